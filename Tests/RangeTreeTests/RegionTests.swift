import RangeTree
import Testing

@Suite("Keys and elements at the edges of regions and of the key space")
struct RegionTests {
  static let edges: [UInt64] = [
    0, 1, (1 << 32) - 1, 1 << 32, (1 << 32) + 1, 1 << 33, 1 << 63, .max - 1, .max,
  ]

  @Test("Every pair of operations between the edges agrees with the model")
  func edgesOfRegions() {
    for one in Operation.all(over: Self.edges, word: 1) {
      for other in Operation.all(over: Self.edges, word: 5) {
        var both = TreeAndModel<4>()
        var broken = both.apply(one)
        if broken == nil { broken = both.apply(other) }
        if let broken { Issue.record("after \(one), \(broken)") }
      }
    }
  }

  @Test("Single elements far apart take a leaf each and can be removed again")
  func farApart() {
    var both = TreeAndModel<4>()
    for shift in 0..<64 as Range<UInt64> {
      let key = (1 as UInt64) << shift
      #expect(both.apply(.init(kind: .insert, first: key, last: key, word: shift * 4 + 1)) == nil)
    }
    for shift in 0..<64 as Range<UInt64> {
      let key = (1 as UInt64) << (63 - shift)
      #expect(both.searchDifference(key, .max) == nil)
      #expect(both.apply(.init(kind: .removeIntersecting, first: key, last: key)) == nil)
    }
    #expect(both.tree.liveNodes == 0)
  }

  @Test("A store in the middle of an element over the whole space splits it in three")
  func wholeSpace() throws {
    var tree = RangeTree<4>()
    try tree.store(first: 0, last: .max, word: 1)
    #expect(tree.firstElement(atOrAfter: .max) == .init(first: 0, last: .max, word: 1))
    try tree.store(first: 1 << 40, last: 1 << 41, word: 5)
    let middle = RangeTreeElement(first: 1 << 40, last: 1 << 41, word: 5)
    let left = RangeTreeElement(first: 0, last: middle.first - 1, word: 1)
    let right = RangeTreeElement(first: middle.last + 1, last: .max, word: 1)
    #expect(contents(tree) == [left, middle, right])
    #expect(tree.checkInvariants() == nil)
    #expect(
      try tree.replaceIntersecting(first: 0, last: .max, word: 9)
        == .init(first: 0, last: .max, word: 9))
    #expect(tree.count == 1 && tree.liveNodes == 1 && tree.height == 1)
  }

  @Test("A union that begins in a lower region moves to another leaf")
  func unionMovesDown() throws {
    var both = TreeAndModel<4>()
    for key in 0..<6 as Range<UInt64> {
      let high = (3 << 32) + key * 2
      #expect(both.apply(.init(kind: .insert, first: high, last: high, word: 1)) == nil)
      #expect(both.apply(.init(kind: .insert, first: key * 2, last: key * 2, word: 1)) == nil)
    }
    let union = Operation(
      kind: .replaceIntersecting, first: 1 << 32, last: (3 << 32) + 3, word: 5)
    #expect(both.apply(union) == nil)
  }

  @Test("Ascending insertion leaves every leaf but the last one full")
  func ascendingIsDense() throws {
    var tree = RangeTree<8>()
    for key in 0..<512 as Range<UInt64> {
      #expect(try tree.insert(first: key, last: key, word: 1) == nil)
    }
    #expect(tree.liveNodes == 64 + 8 + 1)
    #expect(tree.height == 3)
    #expect(RangeTree<8>.bytesPerNode == 16 + 8 * 16)
  }
}
