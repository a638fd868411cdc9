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

  /// - Parameters:
  ///   - watcher: the watcher that counts executions and transitions.
  ///   - nodeSize: the node size that the mutator and the crossover give every scenario. Inputs run
  ///     with their own node size, because a saved input has to fail again as it did.
  init(_ target: FuzzTarget, watcher: TransitionWatcher? = nil, nodeSize: World.NodeSize? = nil) {
    self.target = target
    self.watcher = watcher
    self.nodeSize = nodeSize
    scenario = Scenario(world: World(family: target.family), operations: [])
    other = scenario
  }

  /// Runs `bytes`. On a divergence, prints it and aborts, so that libFuzzer saves the input.
  /// Returns -1 if the input is not for this target.
  mutating func test(_ bytes: UnsafeRawBufferPointer) -> CInt {
    revfuzz_begin_execution(bytes.baseAddress, bytes.count)
    if let plain = target.bytes {
      watcher?.beginExecution(operations: 0)
      if let failure = plain.check(bytes) {
        fail(
          "divergence", signature: FailureSignature.withoutNumbers(failure),
          report: plain.report(failure, for: bytes, of: target.name))
      }
      return 0
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
    if let divergence = target.run(scenario) {
      fail(
        divergence.check == .unsound ? "unsound" : "divergence",
        signature: divergence.signature.description,
        report: divergence.report(of: target.name, input: scenario))
    }
    return 0
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
      scenario.mutate(using: &random, limit: Scenario.operationsFitting(bytes: buffer.count))
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
  /// Starts measuring the run of this process, which has these arguments.
  func beginRun(_ argc: CInt, _ argv: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) {
    func kept(_ text: String?) -> UnsafePointer<CChar>? { text.map { UnsafePointer(strdup($0)) } }
    revfuzz_begin_run(
      kept(target.name), kept(target.command("replay") ?? shellWord(CommandLine.arguments[0])),
      kept(target.command("explain")), kept(target.command("shrink")), argc, argv)
  }

  /// Prints the failure and aborts. libFuzzer then saves the input, and the end of the run reports
  /// where.
  private func fail(_ result: String, signature: String, report: String) -> Never {
    revfuzz_note_failure(strdup(result), strdup(signature))
    printOut("\n\(report)")
    abort()
  }

  /// Reports a run that ended normally.
  func endRun() {
    if let summary = target.summary?() {
      printOut("\(target.name): precision, not failures: \(summary)\n")
    }
    revfuzz_end_run(CInt(revfuzz_exit_normally))
  }
}

/// Writes all of `text` to standard output, unbuffered.
func printOut(_ text: String) { print(text, to: STDOUT_FILENO) }

/// Writes all of `text` to standard error, where libFuzzer writes too, unbuffered.
func printError(_ text: String) { print(text, to: STDERR_FILENO) }

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
