import Differential
import Harnesses
import Presentation
import ReverseMapping
import Scenario
import Testing

/// The test that a person would write for the scenario of `map()`.
private let mapText = """
  import ReverseMap
  import ReverseMapping
  import Testing

  /// Two lines
  /// of comment.
  @Test("the last page")
  func theLastPage() throws {
    let configuration = try MapConfiguration(ipaBits: 40, layout: .tagged)
    var map = ReverseMap<4>(configuration)

    #expect(try map.record(IPARange(start: 0x1000, size: 0x1000), nested: 0x9000) == .stored)
    #expect(try map.record(IPARange(start: 0x3000, size: 0x3000), nested: 0x10000) == .stored)
    #expect(
      try map.query(IPARange(start: 0x0, size: 0x8000))
        == .ranges([IPARange(start: 0x9000, size: 0x1000), IPARange(start: 0x10000, size: 0x3000)]))
    #expect(try map.record(IPARange(start: 0x0, size: 0x3000), nested: 0x30000) == .polluted)
    #expect(throws: ReverseMapError.misaligned) {
      try map.record(IPARange(start: 0x8000, size: 0x1800), nested: 0x0)
    }
    #expect(
      map.entries == [
        Entry(first: 0x0, last: 0x2fff, content: .unknown, word: 0x3),
        Entry(
          first: 0x3000, last: 0x5fff, content: .known(nested: 0x10000), word: 0x8000_0000_0002_0001),
      ])
    #expect(try map.unmap(IPARange(start: 0x2000, size: 0x1000)) == .everything)
    #expect(try map.record(IPARange(start: 0xff_ffff_f000, size: 0x1000), nested: 0x0) == .stored)
    try map.endFullUnmap()
    #expect(throws: ReverseMapError.noFullUnmapInProgress) { try map.endFullUnmap() }

    #expect(
      map.entries == [
        Entry(
          first: 0xff_ffff_f000, last: 0xff_ffff_ffff, content: .known(nested: 0x0),
          word: 0x8000_0000_0000_0001)
      ])
    #expect(map.isBroken == false)
    #expect(map.fullUnmapsInProgress == 0)
    #expect(map.checkInvariants() == nil)
    map.clear()
    #expect(map.checkEmpty() == nil)
  }

  """

/// The test that a person would write for the scenario of `virtualMachine()`.
private let vmText = """
  import RangeTree
  import ReverseMap
  import ReverseMapping
  import Testing

  @Test("no memory no map")
  func noMemoryNoMap() throws {
    // Which operations get no memory depends on how many nodes a tree requests. If that number
    // changes for a good reason, generate this test again from its scenario.
    let configuration = try MapConfiguration(ipaBits: 48, layout: .mailed)
    var machine = VirtualMachine(configuration, mmus: 2, memory: NodePool()) {
      ProductionReverseMap($0, memory: $1)
    }

    #expect(
      try machine.record(IPARange(start: 0x1000, size: 0x1000), nested: 0x2000, mmu: 1) == .stored)
    machine.refuse(.from(1))
    #expect(
      try machine.record(IPARange(start: 0x5000, size: 0x1000), nested: 0x6000, mmu: 0) == .broke)
    #expect(machine.entries(0) == [])
    #expect(
      try machine.unmap(IPARange(start: 0x1000, size: 0x1000)) == [
        MMUAnswer(mmu: 0, .everything),
        MMUAnswer(mmu: 1, .ranges([IPARange(start: 0x2000, size: 0x1000)])),
      ])
    #expect(throws: ReverseMapError.fullUnmapInProgress) { try machine.tearDown(0) }
    try machine.endFullUnmap(0)
    try machine.tearDown(0)
    try machine.handOver(1)

    #expect(machine.isValid(0) == false)
    #expect(machine.isValid(1) == true)
    #expect(machine.isUnmapDeferred(1) == true)
    #expect(machine.entries(1) == [])
    #expect(machine.isBroken(1) == false)
    #expect(machine.fullUnmapsInProgress(1) == 0)
    #expect(machine.checkInvariants() == nil)
    try machine.clear(1)
    #expect(machine.checkEmpty() == nil)
  }

  """

@Suite("A scenario as a Swift test")
struct SwiftTestTests {
  @Test(
    "a map's test has the oracle's answers, the entries before they are dropped, and the end state")
  func map() throws {
    let scenario = try Scenario(
      text: """
        revfuzz-scenario 4
        world map ipa-bits 40 layout tagged nodes tiny blocks pages window 64 windows 4
        record 0x1000 -> 0x9000 size 0x1000
        record 0x3000 -> 0x10000 size 0x3000
        query 0x0 size 0x8000
        record 0x0 -> 0x30000 size 0x3000
        record 0x8000 -> 0x0 size 0x1800
        unmap 0x2000 size 0x1000
        record 0xfffffff000 -> 0x0 size 0x1000
        end-full-unmap
        end-full-unmap

        """)
    #expect(
      scenario.swiftTest(
        named: "the-last-page", comment: ["Two lines", "of comment."], refusedSteps: []) == mapText)
  }

  /// The first record of an empty map needs a node (Specification 4.4), and MMU 0 is refused it.
  private static let refused = """
    revfuzz-scenario 4
    world vm nodes production direct off mmus 2
    record 0x1000 -> 0x2000 size 0x1000 mmu 1
    refuse from 1
    record 0x5000 -> 0x6000 size 0x1000 mmu 0
    unmap 0x1000 size 0x1000
    tear-down mmu 0
    end-full-unmap mmu 0
    tear-down mmu 0
    hand-over mmu 1

    """

  @Test("a virtual machine's test has the answers of each MMU, and a map that breaks when refused")
  func virtualMachine() throws {
    let scenario = try Scenario(text: Self.refused)
    #expect(scenario.refusedSteps() == [2])
    #expect(
      scenario.swiftTest(named: "no memory, no map", refusedSteps: scenario.refusedSteps())
        == vmText)
  }

  @Test("entries that may have changed are checked before they are dropped")
  func checksBeforeDropping() throws {
    let scenario = try Scenario(
      text: """
        revfuzz-scenario 4
        world map
        record 0x1000 -> 0x2000 size 0x1000
        unmap 0x1000 size 0x1000
        clear
        begin-full-unmap

        """)
    let look = "  #expect(map.entries == [])\n"
    let test = scenario.swiftTest(named: "a", refusedSteps: scenario.refusedSteps())
    #expect(test.contains("0x1000)]))\n\(look)  map.clear()\n  map.beginFullUnmap()\n\n\(look)"))
  }

  @Test("with refused steps given by the caller, only the oracle runs")
  func refusals() throws {
    let scenario = try Scenario(text: Self.refused)
    let none = scenario.swiftTest(named: "a", refusedSteps: [])
    #expect(none.contains("nested: 0x6000, mmu: 0) == .stored)"))
    #expect(!none.contains(".broke") && !none.contains("depends on how many nodes"))
    let refused = scenario.swiftTest(named: "a", refusedSteps: scenario.refusedSteps())
    #expect(refused != none)
  }

  @Test(
    "4.4.a: with a full reserve no record is expected to break the map, even in a refused step")
  func fullReserve() throws {
    let scenario = try Scenario(
      text: """
        revfuzz-scenario 4
        world memory nodes tiny direct off mmus 1
        top-up mmu 0
        refuse from 1
        record 0x1000 -> 0x2000 size 0x1000 mmu 0
        record 0x3000 -> 0x4000 size 0x1000 mmu 0

        """)
    let test = scenario.swiftTest(named: "a", refusedSteps: [2, 3])
    #expect(test.contains("nested: 0x2000, mmu: 0) == .stored)"))
    // The reserve was not filled again.
    #expect(test.contains("nested: 0x4000, mmu: 0) == .broke)"))
    let short = scenario.swiftTest(named: "a", refusedSteps: [0])
    #expect(short.contains("#expect(try machine.topUp(0) == false)"))
  }

  @Test(
    "a name becomes a test name and a valid function name",
    arguments: [
      ("unmap-misses-mapping-2", "unmap misses mapping 2", "unmapMissesMapping2"),
      ("Crash_0c96/a\"b", "Crash 0c96 a b", "crash0c96AB"),
      ("repeat", "repeat", "testRepeat"), ("2-maps", "2 maps", "test2Maps"),
      ("--é--", "scenario", "testScenario"),
    ])
  func names(name: String, sentence: String, function: String) {
    let test = Scenario(world: World(family: .map)).swiftTest(named: name, refusedSteps: [])
    #expect(test.contains("@Test(\"\(sentence)\")\nfunc \(function)() throws {\n"))
  }

  @Test("any scenario gives a test, the same every time", arguments: World.Family.allCases)
  func random(family: World.Family) {
    var random = SplitMix64(seed: 0x7e57)
    for index in 0..<200 {
      let count = index < 4 ? index : random.index(index < 194 ? 40 : 257)
      let scenario = Scenario.random(family: family, operations: count, using: &random)
      let refused = scenario.refusedSteps()
      let test = scenario.swiftTest(named: "random-\(index)", refusedSteps: refused)
      #expect(test == scenario.swiftTest(named: "random-\(index)", refusedSteps: refused))
      #expect(test.split(separator: "\n").allSatisfy { $0.count <= 100 }, "\(scenario.text)")
      #expect(test.hasSuffix("}\n"))
    }
  }

  @Test("an operation with an unknown answer ends the test, and only has to return")
  func endsOpen() throws {
    let tree = try Scenario(
      text: """
        revfuzz-scenario 4
        world tree nodes tiny window 8 windows 1
        refuse request 2
        store 0x0...0x3 word 0x1
        """)
    #expect(
      tree.swiftTest(named: "store-traps", refusedSteps: [], endsOpen: true) == """
        import RangeTree
        import ReverseMapping
        import Testing

        @Test("store traps")
        func storeTraps() throws {
          let pool = NodePool<4>()
          var tree = RangeTree(pool: pool)

          pool.refuse(.request(2))
          // The run ended here. The answer depends on whether memory is refused.
          _ = try? tree.store(first: 0x0, last: 0x3, word: 0x1)

          #expect(tree.checkInvariants() == nil)
          #expect(pool.counts.live == tree.liveNodes)
          tree.clear()
          #expect(pool.counts.live == 0)
        }

        """)
  }
}
