import CLibFuzzer
import Differential
import Harnesses
import Foundation
import Scenario
import Testing

@testable import FuzzerEntry

/// The symbol that the entry points need. No real target is linked into the tests.
@_silgen_name("revfuzz_fuzz_target")
public func fuzzTargetOfTests() -> FuzzTarget {
  FuzzTarget(name: "tests", family: .map) { _ in nil }
}

@Suite("A fuzzing process")
struct SessionTests {
  private static func session(
    _ family: World.Family, _ size: World.NodeSize?, fit: ((inout Scenario) -> Void)? = nil
  ) -> Session {
    Session(FuzzTarget(name: "tests", family: family, fit: fit) { _ in nil }, nodeSize: size)
  }

  /// The node sizes of 1000 mutants, and of 1000 crossovers of parents whose node size was random.
  private static func sizes(
    _ family: World.Family, _ size: World.NodeSize?, fit: ((inout Scenario) -> Void)? = nil
  ) -> (mutants: Set<World.NodeSize>, children: Set<World.NodeSize>) {
    var session = session(family, size, fit: fit)
    var free = Self.session(family, nil)
    var mutants: Set<World.NodeSize> = []
    var children: Set<World.NodeSize> = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Limits.bytes, alignment: 8)
    let output = UnsafeMutableRawBufferPointer.allocate(byteCount: Limits.bytes, alignment: 8)
    defer {
      buffer.deallocate()
      output.deallocate()
    }
    // Decoding the header is enough.
    func nodeSize(_ bytes: UnsafeMutableRawBufferPointer, _ count: Int) -> World.NodeSize {
      Scenario(decoding: Array(bytes[..<min(count, 8)]), family: family).world.nodeSize
    }
    var length = 0
    for seed in 0..<1000 as Range<CUnsignedInt> {
      length = session.mutate(buffer, size: length, seed: seed)
      mutants.insert(nodeSize(buffer, length))
      // Another seed. With the same one, half of the mutations would undo the previous one.
      length = free.mutate(buffer, size: length, seed: seed + 1_000_000)
      let parent = UnsafeRawBufferPointer(rebasing: buffer[..<length])
      let count = session.crossOver(parent, parent, into: output, seed: seed)
      let error = Scenario.error(in: UnsafeRawBufferPointer(rebasing: output[..<count]))
      if let error { Issue.record("\(error)") }
      children.insert(nodeSize(output, count))
    }
    return (mutants, children)
  }

  @Test(
    "mutants have both node sizes, unless one is requested", arguments: World.Family.allCases)
  func nodeSizes(_ family: World.Family) {
    let any = Self.sizes(family, nil)
    #expect(any.mutants == [.tiny, .production])
    #expect(any.children == [.tiny, .production])
    for size in World.NodeSize.allCases {
      let sizes = Self.sizes(family, size)
      #expect(sizes.mutants == [size])
      #expect(sizes.children == [size])
    }
  }

  @Test("missing flags are inserted after the program name")
  func defaults() {
    #expect(
      Defaults.added(to: ["FuzzMine"], isSanitized: false)
        == ["FuzzMine", "-max_len=6152", "-timeout=10", "-rss_limit_mb=1024", "-entropic=0"])
    #expect(
      Defaults.added(to: ["FuzzMine", "-timeout=2", "corpus"], isSanitized: true)
        == [
          "FuzzMine", "-max_len=6152", "-rss_limit_mb=2048", "-entropic=0", "-timeout=2", "corpus",
        ])
    let all = ["FuzzMine", "-rss_limit_mb=0", "-entropic=1", "-max_len=8", "-timeout=0"]
    #expect(Defaults.added(to: all, isSanitized: false) == all)
    #expect(Defaults.flags(isSanitized: false)[0].value == Limits.bytes)
  }

  @Test("mutants are fitted to what the target can run")
  func fit() {
    let sizes = Self.sizes(.vm, .tiny) { $0.world.nodeSize = .production }
    #expect(sizes.mutants == [.production])
    #expect(sizes.children == [.production])
  }

  @Test("an input runs with its own node size")
  func runs() {
    var ran: [World.NodeSize] = []
    let target = FuzzTarget(name: "tests", family: .map) {
      ran.append($0.world.nodeSize)
      return nil
    }
    var session = Session(target, nodeSize: .tiny)
    let input = Scenario(world: World(family: .map, nodeSize: .production), operations: [])
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: Limits.bytes, alignment: 8)
    defer { bytes.deallocate() }
    let size = input.encode(into: bytes)
    #expect(session.test(UnsafeRawBufferPointer(rebasing: bytes[..<size])) == 0)
    #expect(ran == [.production])
  }

  /// A scenario on which the canary forgets a range.
  private static func scenarioOfCanary() throws -> Scenario {
    try Scenario(
      text: """
        revfuzz-scenario 4
        world vm mmus 1
        record 0x1000 -> 0x2000 size 0x1000 mmu 0
        record 0x4000 -> 0x5000 size 0x2000 mmu 0
        unmap 0x1000 size 0x5000
        """)
  }

  /// Runs `session` on the bytes of a scenario.
  private static func test(_ session: inout Session, _ scenario: Scenario) -> CInt {
    scenario.encoded().withUnsafeBytes { session.test($0) }
  }

  @Test("a run that goes on after failures reports each once, and keeps none in the corpus")
  func goesOn() throws {
    let scenario = try Self.scenarioOfCanary()
    var harness = CanaryHarness(canary: .forget)
    let target = FuzzTarget(name: "tests", family: .vm, hasGroundTruth: true) { harness.run($0) }
    var session = Session(target, known: KnownFailures())
    let first = Self.test(&session, scenario)
    #expect(first == -1 && session.known?.repeats == 0)
    let second = Self.test(&session, scenario)
    #expect(second == -1 && session.known?.repeats == 1)
    let empty = Self.test(&session, Scenario(world: scenario.world, operations: []))
    #expect(empty == 0)
  }

  @Test("equal differences are followed up a few times only")
  func followUps() {
    var known = KnownFailures()
    let signature = FailureSignature(check: .state, operation: .unmap, symptom: "loses-entries")
    let isWorth = (0..<9).map { _ in known.isWorthFollowingUp(signature) }
    #expect(isWorth == Array(repeating: true, count: 8) + [false])
  }

  @Test("the failures of earlier processes of the run are known, and how one ended")
  func known() {
    var known = KnownFailures(["a (answer)", "timeout: "])
    let isNew = ["a (answer)", "b (answer)", "b (answer)"].map { known.isNew($0) }
    #expect(isNew == [false, true, false])
    #expect(known.repeats == 2 && !known.haveEndedProcess)
    #expect(known.milliseconds < KnownFailures().milliseconds)
    #expect(KnownFailures([REVFUZZ_ENDED_PROCESS]).haveEndedProcess)
  }

  @Test("a library whose second answer differs keeps state between maps, and both are reported")
  func keepsState() throws {
    var harness = CanaryHarness(canary: .forget)
    let scenario = try Self.scenarioOfCanary()
    var runs = 0
    var fails = { (run: Int) in run == 1 }
    let target = FuzzTarget(name: "tests", family: .vm, isOfLibrary: true) {
      runs += 1
      return fails(runs) ? harness.run($0) : nil
    }
    let divergence = try #require(target.run(scenario))
    let failure = try #require(target.failureOfState(divergence, in: scenario))
    #expect(failure.signature == "keeps-state-between-maps (interface)")
    #expect(failure.report.contains("first time   fails at step 3, unmap 0x1000 size 0x5000: "))
    #expect(failure.report.contains("second time  passes\n"))
    fails = { _ in true }
    #expect(target.failureOfState(divergence, in: scenario) == nil)
  }

  @Test("a scenario that ends its process is a failure, with how and where it ended")
  func child() {
    func failure(_ end: @escaping () -> Void) -> Failure? {
      let target = FuzzTarget(name: "tests", family: .vm) { _ in
        end()
        return nil
      }
      return target.failureInChild(
        Scenario(world: World(family: .vm), operations: []), milliseconds: 500)
    }
    #expect(failure {} == nil)
    #expect(failure { kill(getpid(), SIGKILL) }?.signature == "crash: signal 9")
    #expect(failure { _exit(3) }?.signature == "crash: exit 3")
    #expect(failure { _exit(0) }?.signature == "crash: exit 0")
    #expect(failure { while true { sleep(1) } }?.result == "timeout")
  }
}
