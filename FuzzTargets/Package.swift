// swift-tools-version: 6.2
import PackageDescription

// A separate package, because `--sanitize fuzzer` links libFuzzer with its main function into every
// executable of the package that is built. The command-line tool could not be in the same package.
//
//     swift build --package-path FuzzTargets -c release --sanitize fuzzer
//
// For REVFUZZ_FOCUS see ../Package.swift.
let coverage =
  Context.environment["REVFUZZ_FOCUS"] == nil
  ? [] : ["-sanitize-coverage=edge,inline-8bit-counters,pc-table"]

// -parse-as-library, because the compiler would otherwise give the only file of a target an empty
// main. With libFuzzer linked, main is libFuzzer's. Without it, the package manager uses NAME_main
// as main, which every target defines.
let settings: [SwiftSetting] = [.unsafeFlags(["-parse-as-library"] + coverage)]

// The names are those of the table `targets`; a test of the main package compares them. They are
// not read from the table, because the package manager caches an evaluated manifest until the
// manifest itself changes.
let package = Package(
  name: "FuzzTargets",
  dependencies: [.package(name: "revfuzz", path: "..")],
  targets: [
    fuzzTarget("FuzzAllocationFailure"),
    fuzzTarget("FuzzCanary", entry: "ForeignEntry"),
    fuzzTarget("FuzzDirectMap"),
    // --export-dynamic, so that a loaded library finds libFuzzer's functions in the executable.
    fuzzTarget(
      "FuzzForeign", entry: "ForeignEntry",
      linkerSettings: [.unsafeFlags(["-Xlinker", "--export-dynamic"], .when(platforms: [.linux]))]),
    fuzzTarget("FuzzRangeTree"),
    fuzzTarget("FuzzReverseMap"),
    fuzzTarget("FuzzShadow"),
    fuzzTarget("FuzzWords"),
    // Measures the cost of libFuzzer itself, for `revfuzz throughput`. It tests nothing.
    .executableTarget(
      name: "EmptyTarget", dependencies: [.product(name: "CLibFuzzer", package: "revfuzz")],
      swiftSettings: settings),
  ]
)

func fuzzTarget(
  _ name: String, entry: String = "FuzzerEntry", linkerSettings: [LinkerSetting] = []
) -> Target {
  .executableTarget(
    name: name,
    dependencies: [
      .product(name: entry, package: "revfuzz"),
      .product(name: "RevFuzz", package: "revfuzz"),
    ],
    swiftSettings: settings, linkerSettings: linkerSettings)
}
