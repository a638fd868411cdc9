import Differential
import Exploration
import Presentation
import Oracle
import RangeTree
import ReverseMap
import ReverseMapping
import Scenario
import Testing

/// A map with a direct map but without rule 7.2: a record keeps the entries whose nested range it
/// takes over, so one nested range can have several entries, all but the last of them stale.
/// Everything else follows the specification, in plain lists.
private struct StaleKeepingMap: ReverseMapProtocol {
  typealias Memory = StubMemory
  private var entries: [Entry] = []
  private var direct: [DirectEntry] = []
  private let layout: WordLayout
  /// Rejects bad arguments on behalf of the map.
  private let checker: CellDictionary
  private let memory: StubMemory
  private(set) var isBroken = false
  private(set) var fullUnmapsInProgress = 0

  init(_ configuration: MapConfiguration, memory: StubMemory) {
    self.memory = memory
    layout = configuration.layout
    checker = CellDictionary(configuration)
  }

  private func check(_ range: IPARange) throws(ReverseMapError) {
    var none: [IPARange] = []
    _ = try checker.query(range, appendingTo: &none)
  }

  private static func meets(_ first: UInt64, _ last: UInt64, _ range: IPARange) -> Bool {
    first <= range.last && range.start <= last
  }

  mutating func record(
    _ canonical: IPARange, nested: UInt64
  ) throws(ReverseMapError) -> RecordResult {
    try check(canonical)
    try check(IPARange(start: nested, size: canonical.size))
    if isBroken { return .ignored }
    var new = Entry(
      first: canonical.start, last: canonical.last, content: .known(nested: nested),
      word: try layout.word(known: nested))
    let hit = entries.filter { Self.meets($0.first, $0.last, canonical) }
    if hit == [new] { return .unchanged }
    if memory.isRefused() {
      clear()
      isBroken = true
      return .broke
    }
    entries.removeAll { hit.contains($0) }
    for entry in hit { forgetDirect(of: entry) }
    if !hit.isEmpty {
      new.first = min(new.first, hit[0].first)
      new.last = max(new.last, hit[hit.count - 1].last)
      new.content = .unknown
      new.word = layout.unknownWord
    } else {
      direct.append(
        DirectEntry(first: nested, last: nested + canonical.size - 1, canonical: canonical.start))
    }
    entries.append(new)
    entries.sort { $0.first < $1.first }
    return hit.isEmpty ? .stored : .polluted
  }

  private mutating func forgetDirect(of entry: Entry) {
    direct.removeAll { $0.canonical == entry.first && $0.first == entry.content.nested }
  }

  mutating func unmap(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    guard try query(canonical, appendingTo: &nested) == .ranges else {
      beginFullUnmap()
      return .everything
    }
    for entry in entries where Self.meets(entry.first, entry.last, canonical) {
      forgetDirect(of: entry)
    }
    entries.removeAll { Self.meets($0.first, $0.last, canonical) }
    return .ranges
  }

  func query(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    try check(canonical)
    let hit = entries.filter { Self.meets($0.first, $0.last, canonical) }
    if isBroken || fullUnmapsInProgress > 0 || hit.contains(where: \.content.isUnknown) {
      return .everything
    }
    for entry in hit {
      nested.append(
        IPARange(start: entry.content.nested ?? 0, size: entry.last - entry.first + 1))
    }
    return .ranges
  }

  mutating func invalidate(_ nested: IPARange) throws(ReverseMapError) {
    try check(nested)
    for dead in direct where Self.meets(dead.first, dead.last, nested) {
      entries.removeAll { $0.first == dead.canonical && $0.content.nested == dead.first }
    }
    direct.removeAll { Self.meets($0.first, $0.last, nested) }
  }

  mutating func clear() {
    entries = []
    direct = []
    isBroken = false
  }

  mutating func beginFullUnmap() {
    clear()
    fullUnmapsInProgress += 1
  }

  mutating func endFullUnmap() throws(ReverseMapError) {
    guard fullUnmapsInProgress > 0 else { throw .noFullUnmapInProgress }
    fullUnmapsInProgress -= 1
  }

  func forEachEntry(_ body: (Entry) -> Void) { entries.forEach(body) }
  func forEachDirectEntry(_ body: (DirectEntry) -> Void) {
    direct.sorted { $0.first < $1.first }.forEach(body)
  }
  func checkInvariants() -> String? { nil }
  func checkEmpty() -> String? { nil }
}

@Suite("Specification 7.5: a stale entry costs precision, never soundness")
struct StaleEntryTests {
  static func scenario(_ operations: String) throws -> Scenario {
    try Scenario(
      text: """
        revfuzz-scenario 4
        world vm ipa-bits 48 layout mailed nodes tiny blocks laminar window 64 windows 4 \
        direct on mmus 1
        \(operations)
        """)
  }

  @Test("without rule 7.2 the maps differ, but no unmap leaves a mapping alive")
  func differs() throws {
    let scenario = try Self.scenario(
      """
      record 0x1000 -> 0x8000 size 0x1000 mmu 0
      record 0x2000 -> 0x8000 size 0x1000 mmu 0
      unmap 0x2000 size 0x1000
      """)
    var harness = Harness(virtualMachines: {
      VirtualMachine($0, mmus: $1, memory: StubMemory()) { StaleKeepingMap($0, memory: $1) }
    })
    let divergence = harness.run(scenario)
    // After the difference came the rest of the scenario and an unmap of every mapping, and still
    // the check is not `unsound`.
    #expect(divergence?.check == .state)
    #expect(divergence?.step == 1)
  }

  /// A harness of our own maps, judged by mappings that die page by page.
  private static func byPages() -> VMHarness<VirtualMachine<ReverseMap<4>>> {
    Harness(comparing: false, checker: ShadowChecker(mappingsDieByPages: true)) {
      VirtualMachine($0, mmus: $1, memory: NodePool()) { ReverseMap($0, memory: $1) }
    }
  }

  @Test(
    "rules 7.2 and 7.3 are unsound for mappings that die page by page",
    arguments: [
      "record 0x4000 -> 0x0 size 0x1000 mmu 0", "invalidate 0x0 size 0x1000 mmu 0",
    ])
  func pages(second: String) throws {
    let scenario = try Self.scenario("record 0x0 -> 0x0 size 0x2000 mmu 0\n\(second)")
    var harness = Self.byPages()
    let divergence = harness.run(scenario)
    #expect(divergence?.check == .unsound)
    #expect(divergence?.step == 1)
  }

  @Test("without a direct map our own rules are sound for mappings that die page by page")
  func pagesWithoutDirectMap() {
    var harness = Self.byPages()
    var random = SplitMix64(seed: 5)
    for _ in 0..<1000 {
      var scenario = Scenario.random(family: .vm, operations: 40, using: &random)
      scenario.world.hasDirectMap = false
      if let divergence = harness.run(scenario) {
        Issue.record("\(divergence.report(of: "our map"))")
        return
      }
    }
    #expect(harness.precision?.killed ?? 0 > 0)
  }

  @Test(
    "without rule 7.2 no sequence of operations in a small world is unsound",
    arguments: [(World.Blocks.laminar, 3), (.pages, 2)])
  func sound(blocks: World.Blocks, length: Int) {
    let search = StateSearch(hasDirectMap: true, blocks: blocks, comparesWithOracle: false)
    let tally = search.run(length: length) { configuration, mmus in
      VirtualMachine(configuration, mmus: mmus, memory: StubMemory()) {
        StaleKeepingMap($0, memory: $1)
      }
    }
    print("stale entries kept, \(blocks), sequences of up to \(length): \(tally)")
    if let divergence = tally.divergence {
      Issue.record("\(divergence.report(of: "the enumeration"))")
    }
    #expect(tally.statesByLength.count == length + 1)
  }
}
