// swift-tools-version: 6.2
import PackageDescription

// What scripts/build sets, together with `--sanitize fuzzer`: then a target is instrumented edge by
// edge, and with it the code under test, which is generic and is compiled into the target; the
// modules here, which judge and feed it, only function by function, and comparisons nowhere. An
// input that differs only in how often the oracle goes round a loop is not worth keeping.
// Without the variable no flag is set, and `--sanitize fuzzer` instruments everything alike.
let focus: [SwiftSetting] =
  Context.environment["REVFUZZ_FOCUS"] == nil
  ? [] : [.unsafeFlags(["-sanitize-coverage=func,inline-8bit-counters,pc-table"])]

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
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
  ],
  targets: [
    .target(name: "ReverseMapping", swiftSettings: focus),
    .target(name: "RangeTree", dependencies: ["ReverseMapping"], swiftSettings: focus),
    .target(
      name: "ReverseMap", dependencies: ["ReverseMapping", "RangeTree"], swiftSettings: focus),
    .target(name: "Oracle", dependencies: ["ReverseMapping"], swiftSettings: focus),
    .target(name: "Scenario", dependencies: ["ReverseMapping"], swiftSettings: focus),
    // The interface that a reverse map in C exports, and the side that calls it.
    .target(name: "CReverseMap"),
    .target(
      name: "ForeignMap", dependencies: ["ReverseMapping", "CReverseMap"], swiftSettings: focus),
    .target(
      name: "Differential",
      dependencies: [
        "ReverseMapping", "RangeTree", "ReverseMap", "Oracle", "Scenario", "ForeignMap",
      ],
      swiftSettings: focus),
    .target(
      name: "Explanation",
      dependencies: [
        "ReverseMapping", "RangeTree", "ReverseMap", "Oracle", "Scenario", "ForeignMap",
        "Differential",
      ]),
    .target(name: "CLibFuzzer"),
    .target(
      name: "FuzzerEntry",
      dependencies: [
        "ReverseMapping", "CReverseMap", "ForeignMap", "CLibFuzzer", "Scenario", "Differential",
      ],
      swiftSettings: focus),
    // What a campaign leaves behind: its numbers, and the report that is made of them.
    .target(
      name: "CampaignRecord", dependencies: [.product(name: "Mustache", package: "swift-mustache")]),
    .target(name: "CTrial", dependencies: ["CReverseMap"]),
    .target(name: "CWarden"),
    .executableTarget(
      name: "revfuzz",
      dependencies: [
        "ReverseMapping", "RangeTree", "ReverseMap", "Oracle", "Scenario", "Differential",
        "CReverseMap", "ForeignMap", "Explanation", "CampaignRecord", "CTrial",
        "CWarden",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Subprocess", package: "swift-subprocess"),
      ],
      // So that a library which was compiled for a fuzzer can be loaded (CTrial/Instrumentation.c).
      linkerSettings: [.unsafeFlags(["-Xlinker", "--export-dynamic"], .when(platforms: [.linux]))]),
    .testTarget(name: "ReverseMappingTests", dependencies: ["ReverseMapping"]),
    .testTarget(name: "RangeTreeTests", dependencies: ["RangeTree"]),
    .testTarget(name: "ReverseMapTests", dependencies: ["ReverseMap"]),
    .testTarget(name: "OracleTests", dependencies: ["Oracle"]),
    .testTarget(name: "ScenarioTests", dependencies: ["Scenario"]),
    .testTarget(name: "DifferentialTests", dependencies: ["Differential", "Explanation"]),
    .testTarget(
      name: "GeneratedTests",
      dependencies: ["ReverseMapping", "RangeTree", "ReverseMap", "Scenario", "Differential"],
      exclude: ["Scenarios"]),
    .testTarget(
      name: "ForeignMapTests", dependencies: ["ForeignMap", "Differential", "Scenario", "revfuzz"]),
    .testTarget(name: "FuzzerEntryTests", dependencies: ["FuzzerEntry", "CLibFuzzer", "Scenario"]),
    .testTarget(name: "CampaignRecordTests", dependencies: ["CampaignRecord"]),
    .testTarget(name: "revfuzzTests", dependencies: ["revfuzz"]),
    .testTarget(
      name: "ReproTests", dependencies: ["Differential", "Scenario", "revfuzz"],
      exclude: ["Fixtures"]),
  ]
)
