import CLibFuzzer
import Differential
import Presentation
import ReverseMapping
import Scenario

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// One fuzzing process: the target, buffers for the scenarios that it decodes, and counters.
struct Session {
  private let target: FuzzTarget
  private var scenario: Scenario
  private var other: Scenario
  private var scenarios = 0
  private var refused = 0
  private let watcher: TransitionWatcher?
  /// The node size of all mutants, or nil for either.
  private let nodeSize: World.NodeSize?

  /// The failures that the run goes on after; nil if it ends at the first.
  private(set) var known: KnownFailures?

  /// - Parameters:
  ///   - watcher: the watcher that counts executions and transitions.
  ///   - nodeSize: the node size that the mutator and the crossover give every scenario. Inputs run
  ///     with their own node size, because a saved input has to fail again as it did.
  ///   - known: the failures that the run goes on after; nil if it ends at the first.
  init(
    _ target: FuzzTarget, watcher: TransitionWatcher? = nil, nodeSize: World.NodeSize? = nil,
    known: KnownFailures? = nil
  ) {
    self.target = target
    self.watcher = watcher
    self.nodeSize = nodeSize
    self.known = known
    scenario = Scenario(world: World(family: target.family), operations: [])
    other = scenario
    revfuzz_name_run(
      Self.kept(target.name),
      Self.kept(target.command("replay") ?? shellWord(CommandLine.arguments.first ?? target.name)),
      Self.kept(target.command("explain")), Self.kept(target.command("shrink")))
  }

  /// A copy of `text` that is never freed.
  private static func kept(_ text: String?) -> UnsafePointer<CChar>? {
    text.map { UnsafePointer(strdup($0)) }
  }

  /// Runs `bytes`. On a failure, prints it and aborts, so that libFuzzer saves the input; or saves
  /// it and goes on, if the run does. Returns -1 if the input is not for the corpus.
  mutating func test(_ bytes: UnsafeRawBufferPointer) -> CInt {
    revfuzz_begin_execution(bytes.baseAddress, bytes.count)
    defer { revfuzz_end_execution(target.isOfLibrary) }
    if let plain = target.bytes {
      watcher?.beginExecution(operations: 0)
      guard let failure = plain.check(bytes) else { return 0 }
      return end(
        Failure(
          result: "divergence", signature: FailureSignature.withoutNumbers(failure),
          report: plain.report(failure, for: bytes, of: target.name)))
    }
    guard isForTarget(bytes) else {
      refused &+= 1
      if refused == 1 {
        printError(
          "revfuzz: skipping an input of \(bytes.count) bytes: it is not a \(target.family) "
            + "scenario in byte form; 'revfuzz assemble' converts text\n")
      }
      return -1
    }
    if scenarios == 0 { target.start?() }
    scenario.decode(bytes)
    target.fit?(&scenario)
    scenarios &+= 1
    revfuzz_count_operations(scenario.operations.count)
    watcher?.beginExecution(operations: scenario.operations.count)
    if let known, known.haveEndedProcess,
      let failure = target.failureInChild(scenario, milliseconds: known.milliseconds)
    {
      return end(failure)
    }
    let divergence = target.run(scenario)
    let statistics = target.statistics()
    revfuzz_count_refusals(statistics.memory.refused)
    if let precision = statistics.precision { revfuzz_note_mappings(precision.mostMappings) }
    guard let divergence else { return 0 }
    return end(divergence)
  }

  /// Ends the run, or goes on, after `divergence`, which was not followed up yet.
  private mutating func end(_ divergence: Divergence) -> CInt {
    if known?.isWorthFollowingUp(divergence.signature) == false {
      known?.countRepeat()
      return -1
    }
    if target.isOfLibrary, let failure = target.failureOfState(divergence, in: scenario) {
      return end(failure)
    }
    let final = target.hasGroundTruth ? divergence.followedUp { target.run($0) } : divergence
    return end(
      Failure(
        result: final.check == .unsound ? "unsound" : "divergence",
        signature: final.signature.description,
        report: final.report(of: target.name, input: scenario)))
  }

  /// Whether `bytes` decode strictly to a scenario of the target's family, as `revfuzz replay` will
  /// require. The mutators make no others. An input that is shorter than a header is accepted as a
  /// scenario without operations, because libFuzzer starts from an empty input.
  private func isForTarget(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count >= Limits.headerBytes else { return true }
    return Scenario.error(in: bytes) == nil && Scenario.family(in: bytes) == target.family
  }

  /// Mutates the first `size` bytes of `buffer` and returns the new size.
  ///
  /// Seven times in eight the mutators of `Mutator` change operations. Otherwise libFuzzer mutates
  /// the bytes, using the values that they were compared with where comparisons are traced. Either
  /// way the result is made normal and of the target's family, so that the corpus has one encoding
  /// per scenario.
  mutating func mutate(
    _ buffer: UnsafeMutableRawBufferPointer, size: Int, seed: CUnsignedInt
  ) -> Int {
    if let plain = target.bytes { return plain.mutate(buffer, size: size) }
    watcher?.startSampling()
    var random = SplitMix64(seed: UInt64(seed))
    var size = size
    let onBytes = random.next() % 8 == 0
    if onBytes, let start = buffer.baseAddress {
      let bytes = start.assumingMemoryBound(to: UInt8.self)
      size = revfuzz_libfuzzer_mutate(bytes, size, buffer.count)
    }
    scenario.decode(UnsafeRawBufferPointer(rebasing: buffer[..<size]), family: target.family)
    if !onBytes {
      scenario.mutate(
        using: &random, limit: Scenario.operationsFitting(bytes: buffer.count),
        grows: target.isOfLibrary)
    }
    adapt(&scenario)
    return scenario.encode(into: buffer)
  }

  /// Crosses `first` and `second` into `output` and returns the size of the result.
  mutating func crossOver(
    _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer,
    into output: UnsafeMutableRawBufferPointer, seed: CUnsignedInt
  ) -> Int {
    var random = SplitMix64(seed: UInt64(seed))
    if let plain = target.bytes {
      return plain.crossOver(first, second, into: output, using: &random)
    }
    watcher?.startSampling()
    scenario.decode(first, family: target.family)
    other.decode(second, family: target.family)
    let limit = Scenario.operationsFitting(bytes: output.count)
    var child = Scenario.crossover(scenario, other, limit: limit, using: &random)
    adapt(&child)
    return child.encode(into: output)
  }

  /// Adapts a new scenario to the requested node size and to the target. The target's `fit` comes
  /// last, so it can override the node size.
  private func adapt(_ scenario: inout Scenario) {
    if let nodeSize { scenario.setNodeSize(nodeSize) }
    target.fit?(&scenario)
  }
}

// MARK: - Reporting the run

extension Session {
  /// Prints the scenario of an input.
  var inputPrinter: (UnsafeRawBufferPointer) -> Void {
    let target = target
    return { bytes in
      guard target.bytes == nil else { return }
      var scenario = Scenario(world: World(family: target.family), operations: [])
      scenario.decode(bytes)
      target.fit?(&scenario)
      printOut(scenario.listing())
    }
  }

  /// Reports `failure` and aborts: libFuzzer then saves the input, and the end of the run reports
  /// where. A run that goes on saves the input itself, reports the failure if it is new, and
  /// returns -1.
  private mutating func end(_ failure: Failure) -> CInt {
    if let isNew = known?.isNew(failure.signature) {
      guard isNew else { return -1 }
      printOut("\n\(failure.report)")
      revfuzz_keep_failure(strdup(failure.result), strdup(failure.signature))
      return -1
    }
    revfuzz_note_failure(strdup(failure.result), strdup(failure.signature))
    printOut("\n\(failure.report)")
    abort()
  }

  /// Reports a run that ended normally.
  func endRun() {
    if let precision = target.statistics().precision {
      printOut("\(target.name): precision, not failures: \(precision)\n")
      if let bound = target.mostNeedless {
        printOut("\(target.name): \(bound.comparison(with: precision))\n")
        if bound.isExceeded(by: precision) {
          revfuzz_fail_run(strdup("divergence"), strdup("kills-too-many-mappings-needlessly"))
        }
      }
    }
    if let known, known.repeats > 0 {
      printOut("\(target.name): \(known.repeats) more inputs failed in ways known by then\n")
    }
    let code = revfuzz_end_run(CInt(revfuzz_exit_normally))
    if code != revfuzz_exit_normally { revfuzz_end_process(code) }
  }
}

/// Writes all of `text` to standard output, unbuffered.
package func printOut(_ text: String) { print(text, to: revfuzz_output()) }

/// Writes all of `text` to standard error, where libFuzzer writes too, unbuffered.
package func printError(_ text: String) { print(text, to: revfuzz_errors()) }

private func print(_ text: String, to file: CInt) {
  var text = text
  text.withUTF8 { bytes in
    var rest = UnsafeRawBufferPointer(bytes)
    while rest.count > 0 {
      let written = write(file, rest.baseAddress, rest.count)
      if written <= 0 { return }
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
  }
}
