import RangeTree

/// A model of a `RangeTree`: a sorted array.
struct RangeModel: Equatable {
  var elements: [RangeTreeElement] = []

  func intersecting(_ first: UInt64, _ last: UInt64) -> [RangeTreeElement] {
    first <= last ? elements.filter { $0.first <= last && first <= $0.last } : []
  }

  mutating func add(_ element: RangeTreeElement) {
    elements.append(element)
    elements.sort { $0.first < $1.first }
  }

  mutating func removeIntersecting(_ first: UInt64, _ last: UInt64) -> [RangeTreeElement] {
    let removed = intersecting(first, last)
    elements.removeAll { $0.first <= last && first <= $0.last }
    return removed
  }

  mutating func insert(_ element: RangeTreeElement) -> RangeTreeElement? {
    if let found = intersecting(element.first, element.last).first { return found }
    add(element)
    return nil
  }

  mutating func erase(_ first: UInt64, _ last: UInt64) {
    for cut in removeIntersecting(first, last) {
      if cut.first < first { add(.init(first: cut.first, last: first - 1, word: cut.word)) }
      if cut.last > last { add(.init(first: last + 1, last: cut.last, word: cut.word)) }
    }
  }

  mutating func store(_ element: RangeTreeElement) {
    erase(element.first, element.last)
    add(element)
  }

  mutating func replaceIntersecting(_ element: RangeTreeElement) -> RangeTreeElement {
    let removed = removeIntersecting(element.first, element.last)
    var union = element
    for old in removed {
      union.first = min(union.first, old.first)
      union.last = max(union.last, old.last)
    }
    add(union)
    return union
  }

  func firstElement(atOrAfter key: UInt64) -> RangeTreeElement? {
    elements.first { $0.last >= key }
  }
}

/// A generator with a fixed sequence for each seed.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
