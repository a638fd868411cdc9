import ReverseMap
import ReverseMapping
import Scenario
import Testing

@testable import Differential
@testable import Oracle

@Suite("Ranges of any number of pages")
struct HugeRangeTests {
  /// A 56-bit world with a direct map and two MMUs.
  static let world = World(family: .vm, ipaBits: 56, hasDirectMap: true)
  /// The last page of the space.
  static let top = (UInt64(1) << 44) - 1

  /// An action on a range of any pages; `nested` is the first nested page of a record.
  static func action(
    _ kind: Operation.Kind, _ pages: ClosedRange<UInt64>, nested: UInt64 = 0, mmu: Int = 0
  ) -> MapAction {
    var action = MapAction(Operation(kind, mmu: mmu))
    action.range = IPARange(
      start: pages.lowerBound << Page.shift, size: UInt64(pages.count) << Page.shift)
    action.nested = nested << Page.shift
    return action
  }

  @Test("map and oracle agree on the whole space, on 1 GiB blocks and on the pages beside them")
  func agreement() throws {
    let giga: UInt64 = 1 << 18
    let actions = [
      Self.action(.record, 0...Self.top), Self.action(.record, 0...Self.top),
      Self.action(.query, Self.top...Self.top), Self.action(.unmap, 1 << 43...1 << 43),
      Self.action(.record, giga...2 * giga - 1, nested: 4 * giga),
      Self.action(.record, giga - 1...giga - 1, nested: Self.top),
      Self.action(.record, 2 * giga...2 * giga, nested: 0),
      Self.action(.record, Self.top - giga + 1...Self.top, nested: Self.top - 2 * giga),
      Self.action(.invalidate, 5 * giga - 1...5 * giga - 1),
      Self.action(.record, 0...1 << 32, nested: 1 << 40), Self.action(.query, 0...Self.top),
      Self.action(.unmap, 0...1 << 32), Self.action(.endFullUnmap, 0...0),
      Self.action(.record, 7...7, nested: 7), Self.action(.record, 8...Self.top, nested: 8),
      Self.action(.unmap, 0...Self.top),
    ]
    let configuration = Self.world.mapConfiguration
    for areKnown in [true, false] {
      var subject = MapDriver(ReverseMap<4>(configuration))
      var oracle = MapDriver(CellDictionary(configuration))
      oracle.map.restart(configuration) { cells in
        if areKnown { for action in actions { cells.addBounds(of: action) } }
      }
      let cells = oracle.map.table.cells.count
      for action in actions {
        var (expected, actual) = (Answer(), Answer())
        subject.perform(action, answer: &actual)
        oracle.perform(action, answer: &expected)
        #expect(expected == actual)
        let (status, rows) = (subject.status, subject.rows)
        #expect(status == oracle.status)
        #expect(rows == oracle.rows)
        let isSame = oracle.holdsExactlyRows(of: subject)
        #expect(isSame)
      }
      #expect(!areKnown || oracle.map.table.cells.count == cells)
    }
  }

  @Test("the ground truth of a mapping of the whole space")
  func groundTruth() {
    var live = ShadowStage2()
    let whole = IPARange(start: 0, size: 1 << 56)
    live.map(canonical: whole, nested: 0, step: 0)
    let entry = Entry(first: 0, last: whole.last, content: .unknown, word: 1)
    #expect(live.coverage(by: [entry]).pages == 1 << 44)
    #expect(live.coverage(by: [entry]).unknownPages == 1 << 44)
    let last = IPARange(start: Self.top << Page.shift, size: Page.size)
    #expect(live.firstMapping(in: last)?.step == 0)
    #expect(live.firstMapping(in: last, missedBy: [last]) == nil)
    live.map(canonical: whole, nested: 0, step: 1)
    #expect(live.mappings.map(\.step) == [1])
    #expect(live.unmap(last, reported: [last]).killed == 1)
  }

  @Test("of a mapping with many pages, only the pages at its ends are queried")
  func probes() {
    var checker = ShadowChecker(asksForPages: true)
    checker.reset(for: Self.world)
    var answer = Answer()
    answer.outcome = .stored
    checker.follow(Self.action(.record, 0...Self.top), step: 0, answer: answer)
    checker.follow(Self.action(.record, 5...6, mmu: 1), step: 1, answer: answer)
    let ranges = checker.probes(in: Self.world).map { $0.range() }
    let pages = [0, 5, 6, Self.top, 1, 4, 7, Self.top - 1]
    #expect(ranges == pages.map { IPARange(start: $0 << Page.shift, size: Page.size) })
  }

  @Test("of a few pages all are queried: the ends of mappings first, then the pages beside them")
  func fewPages() {
    var checker = ShadowChecker(asksForPages: true)
    checker.reset(for: Self.world)
    var answer = Answer()
    answer.outcome = .stored
    checker.follow(Self.action(.record, 10...20), step: 0, answer: answer)
    checker.follow(Self.action(.record, 14...14, mmu: 1), step: 1, answer: answer)
    let starts = checker.probes(in: Self.world).map { $0.range().start >> Page.shift }
    #expect(starts == [10, 14, 20, 11, 13, 15, 19, 12, 16, 17, 18])
  }

  @Test("of very many mappings, some in every part of the space are queried")
  func manyPages() {
    var world = Self.world
    world.windows = 0
    var checker = ShadowChecker(asksForPages: true)
    checker.reset(for: world)
    var answer = Answer()
    answer.outcome = .stored
    let count: UInt64 = 3000
    for index in 0..<count {
      let page = index << 30
      checker.follow(
        Self.action(.record, page...page, nested: page), step: Int(index), answer: answer)
    }
    let starts = checker.probes(in: world).map { $0.range().start >> Page.shift }
    #expect(starts.count == 1500 && starts.count <= ShadowChecker.mostQueries)
    #expect(starts.first == 0 && starts.last == (count - 2) << 30)
    #expect(zip(starts, starts.dropFirst()).allSatisfy { $1 - $0 == 2 << 30 })
  }

  @Test("the share of unknown pages stays right when the sum of pages exceeds 64 bits")
  func precision() {
    var precision = Precision()
    var coverage = ShadowStage2().coverage(by: [])
    (coverage.pages, coverage.unknownPages) = (1 << 44, 1 << 42)
    for _ in 0..<1 << 20 { precision.count(coverage) }
    #expect(precision.description.hasSuffix("; 25.0 % of the mapped pages unknown"))
  }
}
