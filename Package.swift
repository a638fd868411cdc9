// swift-tools-version: 6.2
import PackageDescription

// Modules are listed in the order of the data flow; imports point up this list, never down.
let package = Package(
  name: "revfuzz",
  products: [
    .library(
      name: "RevFuzz",
      targets: ["ReverseMapping", "RangeTree", "ReverseMap", "Oracle", "Scenario", "Differential"]),
    .library(name: "FuzzerEntry", targets: ["FuzzerEntry"]),
    .library(name: "CLibFuzzer", targets: ["CLibFuzzer"]),
    .executable(name: "revfuzz", targets: ["revfuzz"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .target(name: "ReverseMapping"),
    .target(name: "RangeTree"),
    .target(name: "ReverseMap", dependencies: ["ReverseMapping", "RangeTree"]),
    .target(name: "Oracle", dependencies: ["ReverseMapping"]),
    .target(name: "Scenario", dependencies: ["ReverseMapping"]),
    .target(
      name: "Differential",
      dependencies: ["ReverseMapping", "RangeTree", "ReverseMap", "Oracle", "Scenario"]),
    .target(name: "CLibFuzzer"),
    .target(name: "FuzzerEntry", dependencies: ["CLibFuzzer", "Scenario", "Differential"]),
    .executableTarget(
      name: "revfuzz",
      dependencies: [
        "ReverseMapping", "RangeTree", "Scenario", "Differential",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(name: "ReverseMappingTests", dependencies: ["ReverseMapping"]),
    .testTarget(name: "RangeTreeTests", dependencies: ["RangeTree"]),
    .testTarget(name: "ReverseMapTests", dependencies: ["ReverseMap"]),
    .testTarget(name: "OracleTests", dependencies: ["Oracle"]),
    .testTarget(name: "ScenarioTests", dependencies: ["Scenario"]),
    .testTarget(name: "DifferentialTests", dependencies: ["Differential"]),
  ]
)
