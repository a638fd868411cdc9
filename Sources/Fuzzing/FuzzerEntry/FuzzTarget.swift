import CLibFuzzer
import Differential
import Presentation
import ReverseMapping
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
  /// Whether runs are checked against a ground truth, so that a difference is worth following up.
  let hasGroundTruth: Bool
  /// Whether the subject is a library, whose maps may misbehave in every way.
  let isOfLibrary: Bool
  /// The most needless kills; more of them fail the run.
  let mostNeedless: NeedlessBound?
  /// The statistics of the runs so far.
  let statistics: () -> RunStatistics
  /// Runs a scenario on the target's subject and oracle. A difference is not followed up.
  public let run: (borrowing Scenario) -> Divergence?
  /// The target of plain bytes, or nil if its input is a scenario.
  let bytes: BytesTarget?

  /// A target whose input is a scenario.
  ///
  /// - Parameters:
  ///   - hasGroundTruth: whether `run` checks against the ground truth.
  ///   - isOfLibrary: whether the subject is a library.
  ///   - mostNeedless: the most needless kills; more of them fail the run.
  ///   - statistics: the statistics of the runs so far.
  ///   - run: runs a scenario and returns the first divergence, without a follow-up.
  public init(
    name: String, family: World.Family, isKnownToCommand: Bool = false,
    commandOptions: [String] = [], fit: ((inout Scenario) -> Void)? = nil,
    start: (() -> Void)? = nil, hasGroundTruth: Bool = false, isOfLibrary: Bool = false,
    mostNeedless: NeedlessBound? = nil,
    statistics: @escaping () -> RunStatistics = { RunStatistics() },
    run: @escaping (borrowing Scenario) -> Divergence?
  ) {
    self.name = name
    self.family = family
    self.isKnownToCommand = isKnownToCommand
    self.commandOptions = commandOptions
    self.fit = fit
    self.start = start
    self.hasGroundTruth = hasGroundTruth
    self.isOfLibrary = isOfLibrary
    self.mostNeedless = mostNeedless
    self.statistics = statistics
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
    hasGroundTruth = false
    isOfLibrary = false
    mostNeedless = nil
    statistics = { RunStatistics() }
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

/// What a target counts in its runs.
public struct RunStatistics {
  /// The cost of safety in all runs so far; nil without a ground truth.
  public var precision: Precision?
  /// The use of memory in the last run.
  public var memory: MemoryCounts

  /// - Parameters:
  ///   - precision: of all runs so far.
  ///   - memory: of the last run.
  public init(precision: Precision? = nil, memory: MemoryCounts = MemoryCounts()) {
    self.precision = precision
    self.memory = memory
  }
}

/// The target that is linked into this executable. Its harness reports transitions to `watcher`.
@_silgen_name("revfuzz_fuzz_target")
func linkedFuzzTarget(watcher: TransitionWatcher?) -> FuzzTarget

/// Prints to standard error how to build this target with libFuzzer. Returns 2, the exit code to
/// use.
public func explainMissingLibFuzzer() -> CInt { revfuzz_explain_missing_libfuzzer() }
