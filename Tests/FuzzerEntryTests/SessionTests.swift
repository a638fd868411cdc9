import CLibFuzzer
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
        == ["FuzzMine", "-max_len=2056", "-timeout=10", "-rss_limit_mb=1024"])
    #expect(
      Defaults.added(to: ["FuzzMine", "-timeout=2", "corpus"], isSanitized: true)
        == ["FuzzMine", "-max_len=2056", "-rss_limit_mb=2048", "-timeout=2", "corpus"])
    let all = ["FuzzMine", "-rss_limit_mb=0", "-max_len=8", "-timeout=0"]
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
}
