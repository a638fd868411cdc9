// swift-tools-version: 6.2
import PackageDescription

// scripts/build sets REVFUZZ_FOCUS together with `--sanitize fuzzer`. Fuzz targets are then
// instrumented per edge, and so is the code under test, which is generic and compiled into them.
// The modules here, which generate inputs and check results, are instrumented per function only,
// and nothing has its comparisons traced. An input that only changes how often the oracle iterates
// is not worth keeping. Without the variable, `--sanitize fuzzer` instruments everything alike.
let focus: [SwiftSetting] =
  Context.environment["REVFUZZ_FOCUS"] == nil
  ? [] : [.unsafeFlags(["-sanitize-coverage=func,inline-8bit-counters,pc-table"])]

// Modules are listed by layer, in the order of the data flow. A module imports only modules above
// it.
let package = Package(
  name: "revfuzz",
  products: [
    .library(
      name: "RevFuzz",
      targets: ["ReverseMapping", "RangeTree", "ReverseMap", "Oracle", "Scenario", "Differential"]),
    .library(name: "FuzzerEntry", targets: ["FuzzerEntry"]),
    .library(name: "ForeignEntry", targets: ["ForeignEntry"]),
    .library(name: "CLibFuzzer", targets: ["CLibFuzzer"]),
    .executable(name: "revfuzz", targets: ["revfuzz"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
  ],
  targets: [
    // Map: the code under test, and the names of files, because a map may be in a library.
    .target(name: "FileNames", path: "Sources/Map/FileNames", swiftSettings: focus),
    .target(name: "ReverseMapping", path: "Sources/Map/ReverseMapping", swiftSettings: focus),
    .target(name: "CRangeTree", path: "Sources/Map/CRangeTree"),
    .target(
      name: "RangeTree", dependencies: ["ReverseMapping", "CRangeTree"],
      path: "Sources/Map/RangeTree",
      swiftSettings: focus),
    .target(
      name: "ReverseMap", dependencies: ["ReverseMapping", "RangeTree"],
      path: "Sources/Map/ReverseMap", swiftSettings: focus),
    // The interface of a reverse map in C, and the code that calls it.
    .target(name: "CReverseMap", path: "Sources/Map/CReverseMap"),
    .target(
      name: "ForeignMap", dependencies: ["FileNames", "ReverseMapping", "CReverseMap"],
      path: "Sources/Map/ForeignMap", swiftSettings: focus),

    // Oracle: the expected results. It must not import an implementation of Map.
    .target(
      name: "Oracle", dependencies: ["ReverseMapping"], path: "Sources/Oracle",
      swiftSettings: focus),

    // Engine: scenarios, runs of scenarios, and reports for people.
    .target(
      name: "Scenario", dependencies: ["ReverseMapping"], path: "Sources/Engine/Scenario",
      swiftSettings: focus),
    .target(
      name: "Differential",
      dependencies: [
        "ReverseMapping", "RangeTree", "ReverseMap", "Oracle", "Scenario",
      ],
      path: "Sources/Engine/Differential", swiftSettings: focus),
    // In a module of its own, so that the targets which fuzz our own code need not compile it.
    .target(
      name: "Harnesses",
      dependencies: [
        "ReverseMapping", "RangeTree", "ReverseMap", "ForeignMap", "Oracle", "Scenario",
        "Differential",
      ],
      path: "Sources/Engine/Harnesses", swiftSettings: focus),
    .target(
      name: "Exploration",
      dependencies: ["ReverseMapping", "RangeTree", "Oracle", "Scenario", "Differential"],
      path: "Sources/Engine/Exploration"),
    .target(
      name: "Presentation",
      dependencies: [
        "FileNames", "ReverseMapping", "Oracle", "Scenario", "Differential",
      ],
      path: "Sources/Engine/Presentation", swiftSettings: focus),

    // Fuzzing: the only modules that depend on libFuzzer.
    .target(name: "CLibFuzzer", path: "Sources/Fuzzing/CLibFuzzer"),
    .target(
      name: "FuzzerEntry",
      dependencies: [
        "FileNames", "ReverseMapping", "CReverseMap", "Scenario", "Differential", "Presentation",
        "CLibFuzzer",
      ],
      path: "Sources/Fuzzing/FuzzerEntry", swiftSettings: focus),
    // The targets whose subject is not ours: a library or a canary.
    .target(
      name: "ForeignEntry",
      dependencies: [
        "FileNames", "CReverseMap", "ForeignMap", "Differential", "Harnesses", "CLibFuzzer",
        "FuzzerEntry",
      ],
      path: "Sources/Fuzzing/ForeignEntry", swiftSettings: focus),

    // Command: processes, campaigns, benchmarks, and one thin file for each subcommand.
    // Files that commands read and write, and errors about them.
    .target(name: "CFiles", path: "Sources/Command/CFiles"),
    .target(
      name: "Files",
      dependencies: [
        "FileNames", "Scenario", "Differential", "Harnesses", "ForeignMap", "CFiles",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/Command/Files"),
    // The only place that starts a process.
    .target(
      name: "CProcesses", dependencies: ["CReverseMap"], path: "Sources/Command/CProcesses"),
    .target(
      name: "Processes",
      dependencies: [
        "FileNames", "Scenario", "Differential", "Presentation", "Files", "CProcesses",
        .product(name: "Subprocess", package: "swift-subprocess"),
      ],
      path: "Sources/Command/Processes"),
    // What hosts did to shadow stage-2s, and replays of it.
    .target(
      name: "Traces",
      dependencies: [
        "FileNames", "ReverseMapping", "RangeTree", "ReverseMap", "ForeignMap", "Oracle",
        "Scenario", "Differential", "Harnesses", "Files", "Processes",
      ],
      path: "Sources/Command/Traces"),
    // The statistics that a campaign writes, and the report of them.
    .target(
      name: "CampaignReport", dependencies: [.product(name: "Mustache", package: "swift-mustache")],
      path: "Sources/Command/CampaignReport"),
    .target(
      name: "Campaign",
      dependencies: [
        "FileNames", "ReverseMapping", "Scenario", "Differential", "Harnesses", "Exploration",
        "Presentation", "ForeignMap", "Files", "Processes", "CampaignReport",
      ],
      path: "Sources/Command/Campaign"),
    .target(name: "CBenchmark", path: "Sources/Command/CBenchmark"),
    .target(
      name: "Benchmark",
      dependencies: [
        "ReverseMapping", "RangeTree", "ReverseMap", "CReverseMap", "ForeignMap", "Oracle",
        "Scenario", "Files", "Traces", "CBenchmark",
      ],
      path: "Sources/Command/Benchmark"),
    .executableTarget(
      name: "revfuzz",
      dependencies: [
        "FileNames", "ReverseMapping", "RangeTree", "ReverseMap", "ForeignMap", "Scenario",
        "Differential", "Harnesses", "Exploration", "Presentation", "Files", "Processes", "Traces",
        "CampaignReport", "Campaign", "Benchmark",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/Command/revfuzz",
      // So that a library which was compiled for a fuzzer can be loaded
      // (CProcesses/Instrumentation.c).
      linkerSettings: [.unsafeFlags(["-Xlinker", "--export-dynamic"], .when(platforms: [.linux]))]),

    // Shared by the tests of several modules. Nothing in Sources imports it.
    .target(name: "TestSupport", path: "Tests/TestSupport"),
    .testTarget(
      name: "HouseTests", dependencies: ["TestSupport"], exclude: ["private-words.txt"]),
    .testTarget(name: "FileNamesTests", dependencies: ["FileNames"]),
    .testTarget(name: "ReverseMappingTests", dependencies: ["ReverseMapping"]),
    .testTarget(name: "RangeTreeTests", dependencies: ["RangeTree"]),
    .testTarget(name: "ReverseMapTests", dependencies: ["ReverseMap"]),
    .testTarget(name: "OracleTests", dependencies: ["Oracle", "TestSupport"]),
    .testTarget(name: "ScenarioTests", dependencies: ["Scenario", "TestSupport"]),
    .testTarget(
      name: "DifferentialTests",
      dependencies: ["Differential", "Harnesses", "Exploration", "Presentation", "TestSupport"]),
    .testTarget(
      name: "GeneratedTests",
      dependencies: [
        "ReverseMapping", "RangeTree", "ReverseMap", "Scenario", "Differential", "Harnesses",
        "Presentation",
      ],
      exclude: ["Scenarios"]),
    .testTarget(
      name: "ForeignMapTests",
      dependencies: [
        "ForeignMap", "Differential", "Harnesses", "Exploration", "Scenario", "Processes",
        "revfuzz", "TestSupport",
      ]),
    .testTarget(
      name: "FuzzerEntryTests",
      dependencies: ["FuzzerEntry", "CLibFuzzer", "Scenario", "Differential", "Harnesses"]),
    .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"]),
    .testTarget(
      name: "ProcessesTests",
      dependencies: ["CProcesses", "Processes", "TestSupport", "revfuzz"]),
    .testTarget(
      name: "TracesTests",
      dependencies: ["ReverseMap", "Traces", "Oracle", "TestSupport", "revfuzz"]),
    .testTarget(name: "CampaignReportTests", dependencies: ["CampaignReport", "TestSupport"]),
    .testTarget(
      name: "CampaignTests", dependencies: ["Campaign", "TestSupport", "revfuzz"]),
    .testTarget(
      name: "BenchmarkTests", dependencies: ["Benchmark", "Oracle", "Traces", "TestSupport"]),
    .testTarget(name: "revfuzzTests", dependencies: ["Scenario", "revfuzz", "TestSupport"]),
    .testTarget(
      name: "ReproTests",
      dependencies: [
        "Differential", "Harnesses", "Scenario", "Processes", "revfuzz", "TestSupport",
      ],
      exclude: ["Fixtures"]),
  ]
)
