// swift-tools-version: 6.2
import PackageDescription

// A package of its own, because `--sanitize fuzzer` links libFuzzer, main included, into every
// executable of the package that is built: the command-line tool could not be built beside them.
//
//     swift build --package-path FuzzTargets -c release --sanitize fuzzer
//
// REVFUZZ_FOCUS: see ../Package.swift.
let coverage =
  Context.environment["REVFUZZ_FOCUS"] == nil
  ? [] : ["-sanitize-coverage=edge,inline-8bit-counters,pc-table"]

// A target is a library to the compiler, which would otherwise give its one file an empty main.
// Where libFuzzer is linked, main is libFuzzer's; elsewhere the package manager takes NAME_main for
// it, which every target defines.
let settings: [SwiftSetting] = [.unsafeFlags(["-parse-as-library"] + coverage)]

// The names are those of the table `targets`, and a test of the package above sees to it. They are not
// read from there, because the package manager keeps what a manifest has evaluated to for as long as
// the manifest itself stays the same.
let package = Package(
  name: "FuzzTargets",
  dependencies: [.package(name: "revfuzz", path: "..")],
  targets: [
    fuzzTarget("FuzzAllocationFailure"),
    fuzzTarget("FuzzCanary"),
    fuzzTarget("FuzzDirectMap"),
    // A library that is loaded finds libFuzzer's functions in the executable, if that shows them.
    fuzzTarget(
      "FuzzForeign",
      linkerSettings: [.unsafeFlags(["-Xlinker", "--export-dynamic"], .when(platforms: [.linux]))]),
    fuzzTarget("FuzzRangeTree"),
    fuzzTarget("FuzzReverseMap"),
    fuzzTarget("FuzzShadow"),
    fuzzTarget("FuzzWords"),
    // The cost of libFuzzer itself, for `revfuzz throughput`; it tests nothing.
    .executableTarget(
      name: "EmptyTarget", dependencies: [.product(name: "CLibFuzzer", package: "revfuzz")],
      swiftSettings: settings),
  ]
)

func fuzzTarget(_ name: String, linkerSettings: [LinkerSetting] = []) -> Target {
  .executableTarget(
    name: name,
    dependencies: [
      .product(name: "FuzzerEntry", package: "revfuzz"),
      .product(name: "RevFuzz", package: "revfuzz"),
    ],
    swiftSettings: settings, linkerSettings: linkerSettings)
}
