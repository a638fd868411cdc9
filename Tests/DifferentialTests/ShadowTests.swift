import Oracle
import ReverseMap
import ReverseMapping
import Scenario
import Testing

@testable import Differential
import Presentation

/// A bug by which a map or a virtual machine lets a mapping survive. Real code has made each of
/// them (Specification 10).
enum PlantedBug: String, CaseIterable {
  /// An unmap reports the known entries and ignores the unknown ones.
  case unknownIgnored
  /// Full unmaps in progress are not counted.
  case fullUnmapNotCounted
  /// Full unmaps in progress are kept in a flag, which the first end clears.
  case fullUnmapInFlag
  /// A refused record does not leave the map broken.
  case brokenForgotten
  /// A record over another replaces it.
  case aliasForgotten
  /// An invalidation removes every entry.
  case invalidatesAll
  /// The end of a full unmap empties the map again, including records made meanwhile.
  case endEmpties
  /// An unmap skips the last MMU.
  case lastSkipped
  /// Handing an MMU over empties its map at once.
  case handOverEmpties
  /// A record in one MMU forgets the same canonical range in the next one.
  case recordLeaksAcross
  /// A valid record of the second page is rejected.
  case goodRefused
  /// An unmap leaves its entries in the direct map, and an invalidation relies on them.
  case unmapLeavesDirect
  /// Arguments that should be rejected are rounded to pages, and an MMU can be torn down during a
  /// full unmap.
  case badAccepted
}

/// A correct map except for one bug.
struct BuggyMap: ReverseMapProtocol {
  typealias Memory = StubMemory
  var map: CellDictionary
  var flaw: PlantedBug?
  let memory: StubMemory
  /// The direct entries left behind by `unmapLeavesDirect`.
  var left: [DirectEntry] = []

  init(
    _ configuration: MapConfiguration, _ flaw: PlantedBug?, memory: StubMemory = StubMemory()
  ) {
    self.memory = memory
    map = CellDictionary(configuration)
    self.flaw = flaw
  }

  /// `range`, rounded to pages with `badAccepted`.
  private func accepted(_ range: IPARange) -> IPARange {
    guard flaw == .badAccepted else { return range }
    return IPARange(start: range.start & ~0xfff, size: max(range.size & ~0xfff, 4096))
  }

  mutating func record(
    _ canonical: IPARange, nested: UInt64
  ) throws(ReverseMapError) -> RecordResult {
    let canonical = accepted(canonical)
    if flaw == .goodRefused && canonical.start == 4096 { throw .misaligned }
    if memory.isRefused() {
      let before = map
      let result = try map.record(canonical, nested: nested, isRefused: true)
      if flaw == .brokenForgotten { map = before }
      return result
    }
    if flaw == .aliasForgotten {
      var dropped: [IPARange] = []
      _ = try map.unmap(canonical, appendingTo: &dropped)
      while map.fullUnmapsInProgress > 0 { try map.endFullUnmap() }
    }
    return try map.record(canonical, nested: nested)
  }

  mutating func unmap(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    let canonical = accepted(canonical)
    let result = try query(canonical, appendingTo: &nested)
    var ignored: [IPARange] = []
    if result == .everything { beginFullUnmap() }
    if flaw == .unmapLeavesDirect {
      map.forEachDirectEntry { left.append($0) }
    }
    if result == .ranges, try map.query(canonical, appendingTo: &ignored) == .ranges {
      _ = try map.unmap(canonical, appendingTo: &ignored)
    }
    return result
  }

  func query(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    let result = try map.query(accepted(canonical), appendingTo: &nested)
    let isUnknown = result == .everything && !map.isBroken && map.fullUnmapsInProgress == 0
    return flaw == .unknownIgnored && isUnknown ? .ranges : result
  }

  mutating func invalidate(_ nested: IPARange) throws(ReverseMapError) {
    let nested = accepted(nested)
    try map.invalidate(nested)
    if flaw == .invalidatesAll { map.clear() }
    for stale in left where stale.first <= nested.last && nested.start <= stale.last {
      var dropped: [IPARange] = []
      _ = try map.unmap(
        IPARange(start: stale.canonical, size: stale.last - stale.first + 1),
        appendingTo: &dropped)
    }
  }

  mutating func clear() { map.clear() }

  mutating func beginFullUnmap() {
    map.beginFullUnmap()
    if flaw == .fullUnmapNotCounted { try? map.endFullUnmap() }
  }

  mutating func endFullUnmap() throws(ReverseMapError) {
    if flaw == .fullUnmapNotCounted { return }
    try map.endFullUnmap()
    if flaw == .endEmpties { map.clear() }
    while flaw == .fullUnmapInFlag, map.fullUnmapsInProgress > 0 { try map.endFullUnmap() }
  }

  var isBroken: Bool { map.isBroken }
  var fullUnmapsInProgress: Int { map.fullUnmapsInProgress }
  func forEachEntry(_ body: (Entry) -> Void) { map.forEachEntry(body) }
  func forEachDirectEntry(_ body: (DirectEntry) -> Void) {
    map.forEachDirectEntry(body)
    left.forEach(body)
  }
  func checkInvariants() -> String? { nil }
  func checkEmpty() -> String? { nil }
}

/// A virtual machine of buggy maps, correct except for one bug in the maps or of its own.
struct BuggyVM: VirtualMachineProtocol {
  var machine: [BuggyMap?]
  var deferred: [Bool]
  let configuration: MapConfiguration
  let flaw: PlantedBug?
  let memory: StubMemory

  init(
    _ configuration: MapConfiguration, mmus: Int, _ flaw: PlantedBug?,
    memory: StubMemory = StubMemory()
  ) {
    self.configuration = configuration
    self.memory = memory
    self.flaw = flaw
    machine = (0..<mmus).map { [memory] _ in BuggyMap(configuration, flaw, memory: memory) }
    deferred = Array(repeating: false, count: mmus)
  }

  var mmuCount: Int { machine.count }
  func isValid(_ mmu: Int) -> Bool { machine.indices.contains(mmu) && machine[mmu] != nil }
  func isUnmapDeferred(_ mmu: Int) -> Bool { isValid(mmu) && deferred[mmu] }

  private mutating func with<Result>(
    _ mmu: Int, _ body: (inout BuggyMap) throws(ReverseMapError) -> Result
  ) throws(ReverseMapError) -> Result {
    guard isValid(mmu), var map = machine[mmu] else { throw .notValid }
    let result = try body(&map)
    machine[mmu] = map
    return result
  }

  mutating func create(_ mmu: Int) throws(ReverseMapError) {
    guard machine.indices.contains(mmu) else { throw .notValid }
    guard machine[mmu] == nil else { throw .alreadyValid }
    machine[mmu] = BuggyMap(configuration, flaw, memory: memory)
  }

  mutating func handOver(_ mmu: Int) throws(ReverseMapError) {
    let flaw = flaw
    try with(mmu) { (map) throws(ReverseMapError) in
      if flaw == .handOverEmpties { map.clear() }
    }
    deferred[mmu] = true
  }

  mutating func tearDown(_ mmu: Int) throws(ReverseMapError) {
    try with(mmu) { (map) throws(ReverseMapError) in
      if map.fullUnmapsInProgress > 0, map.flaw != .badAccepted { throw .fullUnmapInProgress }
    }
    machine[mmu] = nil
    deferred[mmu] = false
  }

  mutating func record(
    _ canonical: IPARange, nested: UInt64, mmu: Int
  ) throws(ReverseMapError) -> RecordResult {
    let result = try with(mmu) { (map) throws(ReverseMapError) in
      try map.record(canonical, nested: nested)
    }
    memory.noteRecord(result)
    if flaw == .recordLeaksAcross, isValid(mmu + 1) {
      try with(mmu + 1) { (map) throws(ReverseMapError) in
        var dropped: [IPARange] = []
        _ = try map.unmap(canonical, appendingTo: &dropped)
      }
    }
    return result
  }

  mutating func invalidate(_ nested: IPARange, mmu: Int) throws(ReverseMapError) {
    try with(mmu) { (map) throws(ReverseMapError) in try map.invalidate(nested) }
  }

  mutating func clear(_ mmu: Int) throws(ReverseMapError) {
    try with(mmu) { (map) throws(ReverseMapError) in map.clear() }
  }

  mutating func beginFullUnmap(_ mmu: Int) throws(ReverseMapError) {
    try with(mmu) { (map) throws(ReverseMapError) in map.beginFullUnmap() }
    deferred[mmu] = false
  }

  mutating func endFullUnmap(_ mmu: Int) throws(ReverseMapError) {
    try with(mmu) { (map) throws(ReverseMapError) in try map.endFullUnmap() }
  }

  mutating func unmap(
    _ canonical: IPARange, appendingTo visits: inout [MMUVisit], _ nested: inout [IPARange]
  ) throws(ReverseMapError) {
    for mmu in machine.indices where isValid(mmu) {
      if flaw == .lastSkipped && mmu == machine.count - 1 { continue }
      let before = nested.count
      let result = try with(mmu) { (map) throws(ReverseMapError) in
        try map.unmap(canonical, appendingTo: &nested)
      }
      if result == .everything { deferred[mmu] = false }
      visits.append(MMUVisit(mmu: mmu, result: result, ranges: nested.count - before))
    }
  }

  func query(
    _ canonical: IPARange, appendingTo visits: inout [MMUVisit], _ nested: inout [IPARange]
  ) throws(ReverseMapError) {
    for mmu in machine.indices {
      guard let map = machine[mmu] else { continue }
      let before = nested.count
      let result = try map.query(canonical, appendingTo: &nested)
      visits.append(MMUVisit(mmu: mmu, result: result, ranges: nested.count - before))
    }
  }

  func isBroken(_ mmu: Int) -> Bool { isValid(mmu) && machine[mmu]?.isBroken == true }
  func fullUnmapsInProgress(_ mmu: Int) -> Int {
    isValid(mmu) ? machine[mmu]?.fullUnmapsInProgress ?? 0 : 0
  }
  func forEachEntry(_ mmu: Int, _ body: (Entry) -> Void) { machine[mmu]?.forEachEntry(body) }
  func forEachDirectEntry(_ mmu: Int, _ body: (DirectEntry) -> Void) {
    machine[mmu]?.forEachDirectEntry(body)
  }
  mutating func enter(_ context: Context) { memory.enter(context) }
  mutating func refuse(_ plan: FaultPlan) { memory.refuse(plan) }
  mutating func reclaim() throws(ReverseMapError) { try memory.reclaim() }
  mutating func topUp(_ mmu: Int) throws(ReverseMapError) -> Bool {
    guard isValid(mmu) else { throw .notValid }
    if memory.context == .atomic { throw .cannotSleep }
    return memory.saysFull
  }
  var memoryCounts: MemoryCounts { memory.counts }
  var mayRefuse: Bool { memory.mayRefuse }
  func reserve(_ mmu: Int) -> Reserve { memory.reserve }
  func fingerprint(_ mmu: Int) -> UInt64 { memory.fingerprint }
  func checkInvariants() -> String? { nil }
  func checkEmpty() -> String? { nil }
}

@Suite("Specification 9: a surviving mapping is detected and reported")
struct ShadowTests {
  static func run(_ scenario: Scenario, _ flaw: PlantedBug?) -> Divergence? {
    var harness = Harness(virtualMachines: { BuggyVM($0, mmus: $1, flaw) })
    return harness.run(scenario)
  }

  static func scenario(_ operations: String, direct: String = "off") throws -> Scenario {
    try Scenario(
      text: """
        revfuzz-scenario 4
        world vm ipa-bits 48 layout mailed nodes tiny blocks pages window 64 windows 4 \
        direct \(direct) mmus 2
        \(operations)
        """)
  }

  /// For each bug a scenario in which a mapping survives, and lines of the report.
  static let cases: [(PlantedBug, String, String, [String])] = [
    (
      .unknownIgnored, "off",
      """
      record 0x1000 -> 0x2000 size 0x1000 mmu 0
      record 0x1000 -> 0x3000 size 0x1000 mmu 0
      unmap 0x1000 size 0x1000
      """,
      [
        "survivor   mmu 0, nested [0x2000, 0x2fff] -> canonical [0x1000, 0x1fff]",
        "made at    step 1: record 0x1000 -> 0x2000 size 0x1000 mmu 0",
        "missed by  step 3: unmap 0x1000 size 0x1000, which should have killed it",
      ]
    ),
    (
      // The walk may not have reached the page yet when the host takes it.
      .fullUnmapNotCounted, "off",
      """
      record 0x1000 -> 0x2000 size 0x1000 mmu 0
      begin-full-unmap mmu 0
      """,
      [
        "survivor   mmu 0, nested [0x2000, 0x2fff] -> canonical [0x1000, 0x1fff]",
        "made at    step 1: record 0x1000 -> 0x2000 size 0x1000 mmu 0",
        "lost at    step 2: begin-full-unmap mmu 0; from here on no entry leads to all of it",
      ]
    ),
    (
      .fullUnmapInFlag, "off",
      """
      begin-full-unmap mmu 0
      record 0x1000 -> 0x2000 size 0x1000 mmu 0
      begin-full-unmap mmu 0
      end-full-unmap mmu 0
      end-full-unmap mmu 0
      """,
      [
        "survivor   mmu 0, nested [0x2000, 0x2fff] -> canonical [0x1000, 0x1fff]",
        "made at    step 2: record 0x1000 -> 0x2000 size 0x1000 mmu 0",
        "lost at    step 4: end-full-unmap mmu 0; from here on no entry leads to all of it",
      ]
    ),
    (
      .brokenForgotten, "off",
      """
      refuse budget 0x0
      record 0x1000 -> 0x2000 size 0x1000 mmu 1
      """,
      [
        "survivor   mmu 1, nested [0x2000, 0x2fff] -> canonical [0x1000, 0x1fff]",
        "made at    step 2: record 0x1000 -> 0x2000 size 0x1000 mmu 1",
        "lost at    step 2: record 0x1000 -> 0x2000 size 0x1000 mmu 1; "
          + "from here on no entry leads to all of it",
      ]
    ),
    (
      .aliasForgotten, "off",
      """
      record 0x1000 -> 0x2000 size 0x2000 mmu 0
      record 0x2000 -> 0x8000 size 0x1000 mmu 0
      """,
      [
        "survivor   mmu 0, nested [0x2000, 0x3fff] -> canonical [0x1000, 0x2fff]",
        "made at    step 1: record 0x1000 -> 0x2000 size 0x2000 mmu 0",
        "lost at    step 2: record 0x2000 -> 0x8000 size 0x1000 mmu 0; "
          + "from here on no entry leads to all of it",
      ]
    ),
    (
      .invalidatesAll, "on",
      """
      record 0x1000 -> 0x2000 size 0x1000 mmu 0
      record 0x3000 -> 0x8000 size 0x1000 mmu 0
      invalidate 0x8000 size 0x1000 mmu 0
      """,
      [
        "survivor   mmu 0, nested [0x2000, 0x2fff] -> canonical [0x1000, 0x1fff]",
        "made at    step 1: record 0x1000 -> 0x2000 size 0x1000 mmu 0",
        "lost at    step 3: invalidate 0x8000 size 0x1000 mmu 0; "
          + "from here on no entry leads to all of it",
      ]
    ),
    (
      .endEmpties, "off",
      """
      begin-full-unmap mmu 0
      record 0x1000 -> 0x2000 size 0x1000 mmu 0
      end-full-unmap mmu 0
      """,
      [
        "survivor   mmu 0, nested [0x2000, 0x2fff] -> canonical [0x1000, 0x1fff]",
        "made at    step 2: record 0x1000 -> 0x2000 size 0x1000 mmu 0",
        "lost at    step 3: end-full-unmap mmu 0; from here on no entry leads to all of it",
      ]
    ),
    (
      .lastSkipped, "off",
      """
      record 0x1000 -> 0x2000 size 0x1000 mmu 1
      unmap 0x1000 size 0x1000
      """,
      [
        "survivor   mmu 1, nested [0x2000, 0x2fff] -> canonical [0x1000, 0x1fff]",
        "made at    step 1: record 0x1000 -> 0x2000 size 0x1000 mmu 1",
        "missed by  step 2: unmap 0x1000 size 0x1000, which should have killed it",
      ]
    ),
    (
      .handOverEmpties, "on",
      """
      record 0x1000 -> 0x2000 size 0x1000 mmu 1
      hand-over mmu 1
      """,
      [
        "survivor   mmu 1, nested [0x2000, 0x2fff] -> canonical [0x1000, 0x1fff]",
        "made at    step 1: record 0x1000 -> 0x2000 size 0x1000 mmu 1",
        "lost at    step 2: hand-over mmu 1; from here on no entry leads to all of it",
      ]
    ),
    (
      .recordLeaksAcross, "off",
      """
      record 0x1000 -> 0x2000 size 0x1000 mmu 1
      record 0x1000 -> 0x9000 size 0x1000 mmu 0
      """,
      [
        "survivor   mmu 1, nested [0x2000, 0x2fff] -> canonical [0x1000, 0x1fff]",
        "made at    step 1: record 0x1000 -> 0x2000 size 0x1000 mmu 1",
        "lost at    step 2: record 0x1000 -> 0x9000 size 0x1000 mmu 0; "
          + "from here on no entry leads to all of it",
      ]
    ),
    (
      // The mapping is made even if the map rejects its record.
      .goodRefused, "off",
      """
      record 0x1000 -> 0x2000 size 0x1000 mmu 0
      """,
      [
        "survivor   mmu 0, nested [0x2000, 0x2fff] -> canonical [0x1000, 0x1fff]",
        "made at    step 1: record 0x1000 -> 0x2000 size 0x1000 mmu 0",
        "lost at    step 1: record 0x1000 -> 0x2000 size 0x1000 mmu 0; "
          + "from here on no entry leads to all of it",
      ]
    ),
    (
      .unmapLeavesDirect, "on",
      """
      record 0x1000 -> 0x2000 size 0x1000 mmu 0
      unmap 0x1000 size 0x1000
      record 0x1000 -> 0x3000 size 0x1000 mmu 0
      invalidate 0x2000 size 0x1000 mmu 0
      """,
      [
        "survivor   mmu 0, nested [0x3000, 0x3fff] -> canonical [0x1000, 0x1fff]",
        "made at    step 3: record 0x1000 -> 0x3000 size 0x1000 mmu 0",
        "lost at    step 4: invalidate 0x2000 size 0x1000 mmu 0; "
          + "from here on no entry leads to all of it",
        "began at   step 2: unmap 0x1000 size 0x1000",
      ]
    ),
  ]

  @Test("every bug has a case")
  func complete() {
    #expect(Set(Self.cases.map(\.0)) == Set(PlantedBug.allCases).subtracting([.badAccepted]))
  }

  /// Operations that should be rejected. A virtual machine that does them anyway differs from the
  /// oracle. What it then kills is dead in the ground truth too, so it is not unsound.
  static let invalid = [
    "unmap 0x1800 size 0x1000", "unmap 0x1000 size 0x1800", "query 0x1800 size 0x1000",
    "invalidate 0x2800 size 0x1000 mmu 0", "record 0x1800 -> 0x2000 size 0x1000 mmu 0",
    "begin-full-unmap mmu 0\ntear-down mmu 0",
  ]

  @Test("an operation that is done but should be rejected is a difference", arguments: invalid)
  func badAccepted(_ operation: String) throws {
    let scenario = try Self.scenario(
      "record 0x1000 -> 0x2000 size 0x1000 mmu 0\n" + operation, direct: "on")
    #expect(Self.run(scenario, nil) == nil)
    let divergence = try #require(Self.run(scenario, .badAccepted))
    #expect(divergence.check == .answer)
  }

  @Test("an answer with inconsistent visits and ranges does not trap")
  func wrongVisits() {
    var answer = Answer()
    answer.outcome = .visited
    answer.ranges = [IPARange(start: 0, size: 4096), IPARange(start: 4096, size: 4096)]
    answer.visits = [
      MMUVisit(mmu: 0, result: .ranges, ranges: -3), MMUVisit(mmu: 7, result: .ranges, ranges: 1),
      MMUVisit(mmu: 1, result: .everything, ranges: 9),
    ]
    #expect(
      answer.description
        == "mmu 0 ranges none, mmu 7 ranges [0x0, 0xfff], mmu 1 everything [0x1000, 0x1fff]")
    var checker = ShadowChecker()
    let world = World(family: .vm)
    checker.reset(for: world)
    let operation = Operation.unmap(0, in: world)
    checker.follow(MapAction(operation), step: 0, answer: answer)
    #expect(checker.precision?.fullUnmaps == 1)
  }

  @Test("each bug is unsound, and the report states which mapping survives", arguments: cases)
  func unsound(_ flaw: PlantedBug, direct: String, operations: String, lines: [String]) throws {
    let scenario = try Self.scenario(operations, direct: direct)
    #expect(Self.run(scenario, nil) == nil)
    let divergence = try #require(Self.run(scenario, flaw))
    #expect(divergence.check == .unsound)
    let report = divergence.report(of: "a test").split(separator: "\n").map(String.init)
    #expect(report.first?.hasPrefix("revfuzz: DIVERGENCE in a test: unsound, at step ") == true)
    for line in lines {
      #expect(report.contains(line), "missing: \(line)\n\(report.joined(separator: "\n"))")
    }
  }

  @Test("a difference that affects no mapping is not unsound")
  func noMapping() throws {
    let scenario = try Self.scenario("unmap 0x1000 size 0x1000")
    #expect(Self.run(scenario, .lastSkipped)?.check == .answer)
  }

  @Test("a difference that makes a later unmap miss a mapping is unsound")
  func probed() throws {
    // The unmap differs but touches no mapping. There are two probes of the one mapping: the query
    // finds it, and the unmap misses it.
    let scenario = try Self.scenario(
      """
      record 0x1000 -> 0x2000 size 0x1000 mmu 1
      unmap 0x8000 size 0x1000
      """)
    let divergence = try #require(Self.run(scenario, .lastSkipped))
    #expect(divergence.check == .unsound)
    #expect(divergence.step == 3)
    #expect(divergence.operation == "unmap 0x1000 size 0x1000")
    // The input has two operations; a report that is given it marks the two that were added.
    let marked = divergence.report(of: "a test", input: scenario)
    #expect(marked.contains("  unmap 0x8000 size 0x1000\n"))
    #expect(marked.contains("  unmap 0x1000 size 0x1000    # step 4: unsound; not in the input\n"))
    #expect(!divergence.report(of: "a test").contains("not in the input"))
  }

  @Test("a difference is followed up by related continuations until one is unsound")
  func followedUp() throws {
    // Nothing is mapped, so skipping an MMU misses nothing here.
    let scenario = try Self.scenario("unmap 0x1000 size 0x1000\nhand-over mmu 0")
    let difference = try #require(Self.run(scenario, .lastSkipped))
    #expect(difference.check == .answer)
    let unsound = difference.followedUp { Self.run($0, .lastSkipped) }
    #expect(unsound.check == .unsound)
    #expect(unsound.scenario.operations.first == scenario.operations.first)
    #expect(unsound.firstDifference?.step == 0)
    let report = unsound.report(of: "x")
    #expect(
      report.contains(
        """
        began at   step 1: unmap 0x1000 size 0x1000
        expected   mmu 0 ranges none, mmu 1 ranges none
        actual     mmu 0 ranges none

        """))
    // The result is the same every time, and it replays without the search.
    let again = difference.followedUp { Self.run($0, .lastSkipped) }
    #expect(again.report(of: "x") == report)
    #expect(Self.run(unsound.scenario, .lastSkipped)?.check == .unsound)
  }

  @Test("a difference with no unsound continuation is returned unchanged")
  func neverUnsound() throws {
    let scenario = try Self.scenario("unmap 0x1000 size 0x1000")
    let difference = try #require(Self.run(scenario, .lastSkipped))
    #expect(difference.followedUp { Self.run($0, nil) }.check == .answer)
  }

  @Test("a query that overlooks a mapping is unsound, without any unmap")
  func query() throws {
    let scenario = try Self.scenario(
      """
      record 0x1000 -> 0x2000 size 0x1000 mmu 0
      record 0x1000 -> 0x3000 size 0x1000 mmu 0
      query 0x1000 size 0x1000
      """)
    let divergence = try #require(Self.run(scenario, .unknownIgnored))
    #expect(divergence.check == .unsound)
    #expect(divergence.unsoundness?.rule == .query)
  }

  @Test("precision counts the mappings that unmaps kill, and those killed needlessly")
  func precision() throws {
    let scenario = try Self.scenario(
      """
      record 0x1000 -> 0x2000 size 0x1000 mmu 0
      record 0x5000 -> 0x6000 size 0x3000 mmu 0
      unmap 0x1000 size 0x1000
      record 0x5000 -> 0xa000 size 0x1000 mmu 0
      unmap 0x7000 size 0x1000
      end-full-unmap mmu 0
      """)
    var harness = ShadowHarness()
    let divergence = harness.run(scenario)
    #expect(divergence == nil)
    let precision = harness.precision
    let counted = try #require(precision)
    // The first unmap kills its one mapping. The second answers everything: of the two mappings
    // that it kills, only the one at 0x5000 has no page in the unmapped range.
    #expect(counted.killed == 3)
    #expect(counted.killedNeedlessly == 1)
    #expect(counted.fullUnmaps == 1)
    // Coverage checks see 1, 4, 3 and then 4 pages, the last 4 all unknown. After that the map is
    // in a full unmap, or empty.
    #expect(counted.pages == 12)
    #expect(counted.unknownPages == 4)
  }
}
