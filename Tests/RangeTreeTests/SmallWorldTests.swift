import RangeTree
import Testing

@Suite("Small worlds, enumerated completely")
struct SmallWorldTests {
  /// Applies, to a fresh tree after `prelude`, every sequence that takes one operation from each of
  /// `choices`. The contents of the tree during the prelude are checked only once.
  func enumerate(_ choices: [[Operation]], after prelude: [Operation] = []) -> String? {
    var first = TreeAndModel<4>()
    for operation in prelude {
      if let broken = first.apply(operation) { return broken }
    }
    var indices = [Int](repeating: 0, count: choices.count)
    while true {
      var both = TreeAndModel<4>()
      for operation in prelude {
        if let broken = both.perform(operation) { return "\(indices): \(broken)" }
      }
      for (choice, index) in zip(choices, indices) {
        if let broken = both.apply(choice[index]) { return "\(indices): \(broken)" }
      }
      var place = choices.count - 1
      while place >= 0, indices[place] == choices[place].count - 1 {
        indices[place] = 0
        place -= 1
      }
      if place < 0 { return nil }
      indices[place] += 1
    }
  }

  static let edges: [[UInt64]] = [
    [0, 1, 2, 3, 4, 5], [.max - 5, .max - 4, .max - 3, .max - 2, .max - 1, .max],
    [0, (1 << 32) - 2, (1 << 32) - 1, 1 << 32, (1 << 32) + 1, .max],
  ]

  @Test("Every pair of operations over six keys, and then a removal", arguments: edges)
  func sixKeys(_ keys: [UInt64]) {
    // On an empty tree all ways to store are the same, so the first operation is a store.
    let stores = Operation.all(over: keys, word: 1).filter { $0.kind == .store }
    let others = Operation.all(over: keys, word: 5)
    #expect(enumerate([stores, others]) == nil)
    #expect(enumerate([stores, stores, stores.map { $0.as(.removeIntersecting) }]) == nil)
  }

  @Test("Every sequence of three operations over four keys", arguments: edges)
  func threeOperations(_ keys: [UInt64]) {
    let middle = Array(keys[1...4])
    let stores = Operation.all(over: middle, word: 1).filter { $0.kind == .store }
    let seconds = Operation.all(over: middle, word: 5)
    let thirds = Operation.all(over: middle, word: 9)
    #expect(enumerate([stores, seconds, thirds]) == nil)
  }

  /// Elements of two keys with gaps of one key, so there is something to cut, to merge and to fill.
  static func comb(_ start: UInt64, _ count: UInt64) -> [Operation] {
    (0..<count).map { index in
      let first = start &+ index * 3
      return Operation(kind: .insert, first: first, last: first + 1, word: index * 4 + 1)
    }
  }

  @Test(
    "Every operation, and every pair, on trees of one to three levels",
    arguments: [0, .max - 100, (1 << 32) - 20] as [UInt64])
  func onGrownTrees(_ start: UInt64) {
    for count in [3, 4, 5, 9, 17] as [UInt64] {
      let keys = (0...(3 * count)).map { start + $0 }
      let one = Operation.all(over: keys, word: 5)
      #expect(enumerate([one], after: Self.comb(start, count)) == nil)
    }
    let keys = [0, 1, 5, 7, 12, 14].map { start + $0 }
    let one = Operation.all(over: keys, word: 5)
    #expect(enumerate([one, one], after: Self.comb(start, 5)) == nil)
  }

  @Test("Every search of a small tree finds what the model finds")
  func searches() {
    for start in [0, .max - 40, (1 << 32) - 20] as [UInt64] {
      for count in 0...12 as ClosedRange<UInt64> {
        var both = TreeAndModel<4>()
        for operation in Self.comb(start, count) { #expect(both.apply(operation) == nil) }
        for first in 0...40 as ClosedRange<UInt64> {
          for last in 0...40 as ClosedRange<UInt64> {
            let broken = both.searchDifference(start + first, start + last)
            if broken != nil { #expect(broken == nil) }
          }
        }
      }
    }
  }
}
