import CLibFuzzer
import Differential
import Scenario

/// What one fuzz target is. Its file in FuzzTargets/ makes one, and the entry points find it:
///
///     @_silgen_name("revfuzz_fuzz_target")
///     public func fuzzTarget() -> FuzzTarget { ... }
///
/// The same file exports the main of a build without libFuzzer, under the name that the package
/// manager gives it:
///
///     @_cdecl("FuzzMine_main")
///     public func mainWithoutLibFuzzer() -> CInt { explainMissingLibFuzzer() }
public struct FuzzTarget {
  /// The target's name: of its executable, and of its folder in Corpus/.
  public let name: String
  /// The machines that it drives. Input of another family is not for this target.
  public let family: World.Family
  /// Whether `revfuzz replay` runs the same subject and reference. Otherwise an input is replayed
  /// by the target itself.
  public let isKnownToCommand: Bool
  /// What a run has counted besides, for the end of it; nil if there is nothing.
  public let summary: (() -> String)?
  /// Runs a scenario on the target's subject and reference.
  public let run: (borrowing Scenario) -> Divergence?

  public init(
    name: String, family: World.Family, isKnownToCommand: Bool = false,
    summary: (() -> String)? = nil, run: @escaping (borrowing Scenario) -> Divergence?
  ) {
    self.name = name
    self.family = family
    self.isKnownToCommand = isKnownToCommand
    self.summary = summary
    self.run = run
  }

  /// The command that replays an input, but for the name of the file.
  var replayCommand: String {
    isKnownToCommand ? "swift run -c release revfuzz replay" : CommandLine.arguments[0]
  }
}

/// The target that is linked into this executable.
@_silgen_name("revfuzz_fuzz_target")
func linkedFuzzTarget() -> FuzzTarget

/// Says on standard error how to build this target so that it can fuzz. Returns 2, to exit with.
public func explainMissingLibFuzzer() -> CInt { revfuzz_explain_missing_libfuzzer() }
