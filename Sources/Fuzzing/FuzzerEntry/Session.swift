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

/// One fuzzing process: the target, the scenarios that are being read and mutated, and totals.
struct Session {
  private let target: FuzzTarget
  private var scenario: Scenario
  private var other: Scenario
  private var scenarios = 0
  private var refused = 0
  private let watcher: TransitionWatcher?
  /// The size of nodes of what is mutated; nil for any.
  private let nodeSize: World.NodeSize?

  /// - Parameters:
  ///   - watcher: what executions are counted by.
  ///   - nodeSize: the size of nodes that every scenario gets which the mutator or the crossover
  ///     makes. What is run is left as it is: a saved input has to do again what it did.
  init(_ target: FuzzTarget, watcher: TransitionWatcher? = nil, nodeSize: World.NodeSize? = nil) {
    self.target = target
    self.watcher = watcher
    self.nodeSize = nodeSize
    scenario = Scenario(world: World(family: target.family), operations: [])
    other = scenario
  }

  /// Runs `bytes`; on a divergence prints it and aborts, so that libFuzzer saves the input.
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
          "revfuzz: an input of \(bytes.count) bytes is left out: it is no \(target.family) scenario "
            + "in bytes; 'revfuzz assemble' makes bytes of text\n")
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
        signature: divergence.signature.description, report: divergence.report(of: target.name))
    }
    return 0
  }

  /// Whether `bytes` are a scenario of the target's family to the letter, as `revfuzz replay` will
  /// read them. The mutators make no others. Less than a header is one without operations, because
  /// libFuzzer needs an input to start from.
  private func isForTarget(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count >= Limits.headerBytes else { return true }
    return Scenario.error(in: bytes) == nil && Scenario.family(in: bytes) == target.family
  }

  /// Mutates the first `size` bytes of `buffer` and returns the new size.
  ///
  /// Seven times in eight on operations; else libFuzzer mutates the bytes, which knows what the
  /// program compares them with. Either way the result is put back in normal form and family, so
  /// that the corpus holds no two spellings of a scenario.
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

  /// Crosses `first` and `second` over into `output` and returns the size of the result.
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

  /// Makes a scenario that was just made one that is wanted here, and that the target can run. The
  /// target has the last word.
  private func adapt(_ scenario: inout Scenario) {
    if let nodeSize { scenario.setNodeSize(nodeSize) }
    target.fit?(&scenario)
  }

}

// MARK: - The account of the run

extension Session {
  /// Begins the account of this process, whose arguments these are.
  func beginRun(_ argc: CInt, _ argv: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) {
    func kept(_ text: String?) -> UnsafePointer<CChar>? { text.map { UnsafePointer(strdup($0)) } }
    revfuzz_begin_run(
      kept(target.name), kept(target.command("replay") ?? shellWord(CommandLine.arguments[0])),
      kept(target.command("explain")), kept(target.command("shrink")), argc, argv)
  }

  /// Prints what failed, and aborts: libFuzzer then saves the input, and the end of the run says where.
  private func fail(_ result: String, signature: String, report: String) -> Never {
    revfuzz_note_failure(strdup(result), strdup(signature))
    printOut("\n\(report)")
    abort()
  }

  /// Tells the end of a run that nothing has ended before its time.
  func endRun() {
    if let summary = target.summary?() { printOut("\(target.name): \(summary)\n") }
    revfuzz_end_run(CInt(revfuzz_exit_normally))
  }
}

/// Writes to standard output, for a person: whole and unbuffered.
func printOut(_ text: String) { print(text, to: STDOUT_FILENO) }

/// Writes to standard error, where libFuzzer writes: whole and unbuffered.
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
