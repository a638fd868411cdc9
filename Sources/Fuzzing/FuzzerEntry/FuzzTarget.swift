import CLibFuzzer
import Differential
import Presentation
import Scenario

/// Everything that defines one fuzz target. Its file in FuzzTargets/ creates one, which the entry
/// points find by its symbol:
///
///     @_silgen_name("revfuzz_fuzz_target")
///     public func fuzzTarget(watcher: TransitionWatcher?) -> FuzzTarget { ... }
///
/// The same file exports the main function for a build without libFuzzer, under the name that the
/// package manager expects:
///
///     @_cdecl("FuzzMine_main")
///     public func mainWithoutLibFuzzer() -> CInt { explainMissingLibFuzzer() }
public struct FuzzTarget {
  /// The name of the target, of its executable and of its folder in Corpus/.
  public let name: String
  /// The family of its scenarios. It rejects input of any other family. Unused in a bytes target.
  public let family: World.Family
  /// Whether `revfuzz replay` can run the same subject and oracle. If not, only the target itself
  /// can replay its inputs.
  public let isKnownToCommand: Bool
  /// The options that `revfuzz replay` needs to do so.
  let commandOptions: [String]
  /// Changes a scenario so that the target can run it. Applied to each mutant and to each input.
  let fit: ((inout Scenario) -> Void)?
  /// Called once before the first scenario, after libFuzzer has started.
  let start: (() -> Void)?
  /// A line of statistics to print at the end of a run, or nil if there are none.
  public let summary: (() -> String?)?
  /// Runs a scenario on the target's subject and oracle.
  public let run: (borrowing Scenario) -> Divergence?
  /// The target of plain bytes, or nil if its input is a scenario.
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

  /// A target whose input is not a scenario (`BytesTarget`). Only the target itself can replay its
  /// inputs.
  ///
  /// - Parameters:
  ///   - largest: the most bytes that `check` reads.
  ///   - check: runs the bytes and returns what failed, as a sentence, or nil.
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

  /// The revfuzz command line for `verb`, without the file name. Nil if only the target itself can
  /// run its inputs.
  func command(_ verb: String) -> String? {
    guard isKnownToCommand else { return nil }
    let options = commandOptions.map(shellWord)
    return ([commandNamedByEnvironment(), verb] + options).joined(separator: " ")
  }
}

/// The target that is linked into this executable. Its harness reports transitions to `watcher`.
@_silgen_name("revfuzz_fuzz_target")
func linkedFuzzTarget(watcher: TransitionWatcher?) -> FuzzTarget

/// Prints to standard error how to build this target with libFuzzer. Returns 2, the exit code to
/// use.
public func explainMissingLibFuzzer() -> CInt { revfuzz_explain_missing_libfuzzer() }
