// swift-tools-version: 6.2
import PackageDescription

// A package of its own, because `--sanitize fuzzer` links libFuzzer, main included, into every
// executable of the package that is built: the command-line tool could not be built beside them.
//
//     swift build --package-path FuzzTargets -c release --sanitize fuzzer
//
// REVFUZZ_FOCUS: see ../Package.swift.
let focus: [SwiftSetting] =
  Context.environment["REVFUZZ_FOCUS"] == nil
  ? [] : [.unsafeFlags(["-sanitize-coverage=edge,inline-8bit-counters,pc-table"])]

let package = Package(
  name: "FuzzTargets",
  dependencies: [.package(name: "revfuzz", path: "..")],
  targets: [
    fuzzTarget("FuzzRangeTree"),
    fuzzTarget("FuzzReverseMap"),
    fuzzTarget("FuzzWords"),
    // The cost of libFuzzer itself, for scripts/throughput; it tests nothing.
    .executableTarget(
      name: "EmptyTarget", dependencies: [.product(name: "CLibFuzzer", package: "revfuzz")]),
  ]
)

func fuzzTarget(_ name: String) -> Target {
  .executableTarget(
    name: name,
    dependencies: [
      .product(name: "FuzzerEntry", package: "revfuzz"),
      .product(name: "RevFuzz", package: "revfuzz"),
    ],
    swiftSettings: focus)
}
