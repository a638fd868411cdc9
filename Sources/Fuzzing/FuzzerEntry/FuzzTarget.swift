import CLibFuzzer
import Differential
import Presentation
import Scenario

/// What one fuzz target is. Its file in FuzzTargets/ makes one, and the entry points find it:
///
///     @_silgen_name("revfuzz_fuzz_target")
///     public func fuzzTarget(watcher: TransitionWatcher?) -> FuzzTarget { ... }
///
/// The same file exports the main of a build without libFuzzer, under the name that the package
/// manager gives it:
///
///     @_cdecl("FuzzMine_main")
///     public func mainWithoutLibFuzzer() -> CInt { explainMissingLibFuzzer() }
public struct FuzzTarget {
  /// The target's name: of its executable, and of its folder in Corpus/.
  public let name: String
  /// The machines that it drives. Input of another family is not for this target. A target of bytes
  /// does not look at it.
  public let family: World.Family
  /// Whether `revfuzz replay` runs the same subject and oracle. Otherwise an input is replayed
  /// by the target itself.
  public let isKnownToCommand: Bool
  /// The options that `revfuzz replay` needs for that.
  let commandOptions: [String]
  /// Makes a scenario one that the target can run. Mutants are made so before they are kept.
  let fit: ((inout Scenario) -> Void)?
  /// What is to be done before the first input, when libFuzzer is ready.
  let start: (() -> Void)?
  /// What a run has counted besides, for the end of it; nil if there is nothing.
  public let summary: (() -> String?)?
  /// Runs a scenario on the target's subject and oracle.
  public let run: (borrowing Scenario) -> Divergence?
  /// What a target of bytes does; nil if its input is a scenario.
  let bytes: BytesTarget?

  public init(
    name: String, family: World.Family, isKnownToCommand: Bool = false,
    commandOptions: [String] = [], fit: ((inout Scenario) -> Void)? = nil,
    start: (() -> Void)? = nil,
    summary: (() -> String?)? = nil, run: @escaping (borrowing Scenario) -> Divergence?
  ) {
    self.name = name
    self.family = family
    self.isKnownToCommand = isKnownToCommand
    self.commandOptions = commandOptions
    self.fit = fit
    self.start = start
    self.summary = summary
    self.run = run
    bytes = nil
  }

  /// A target whose input is not a scenario: see `BytesTarget`. It replays its inputs itself.
  ///
  /// - Parameters:
  ///   - largest: the most bytes that `check` looks at.
  ///   - check: what is wrong with these bytes, in a sentence; nil if nothing is.
  public init(name: String, largest: Int, check: @escaping (UnsafeRawBufferPointer) -> String?) {
    self.name = name
    family = .map
    isKnownToCommand = false
    commandOptions = []
    fit = nil
    start = nil
    summary = nil
    run = { _ in nil }
    bytes = BytesTarget(largest: largest, check: check)
  }

  /// The command that does `verb` to an input, but for the name of the file; nil if only the target itself
  /// runs its inputs.
  func command(_ verb: String) -> String? {
    guard isKnownToCommand else { return nil }
    let options = commandOptions.map(shellWord)
    return ([commandNamedByEnvironment(), verb] + options).joined(separator: " ")
  }
}

/// The target that is linked into this executable, whose harness is to show its runs to `watcher`.
@_silgen_name("revfuzz_fuzz_target")
func linkedFuzzTarget(watcher: TransitionWatcher?) -> FuzzTarget

/// Says on standard error how to build this target so that it can fuzz. Returns 2, to exit with.
public func explainMissingLibFuzzer() -> CInt { revfuzz_explain_missing_libfuzzer() }
