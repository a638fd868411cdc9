import RangeTree
import ReverseMapping
import Testing

@Test("a tree of two levels")
func aTreeOfTwoLevels() throws {
  // Which operations get no memory depends on how many nodes a tree requests. If that number
  // changes for a good reason, generate this test again from its scenario.
  let pool = NodePool<4>()
  var tree = RangeTree(pool: pool)

  #expect(try tree.insert(first: 0x0, last: 0x3, word: 0x1) == nil)
  #expect(
    try tree.insert(first: 0x2, last: 0x5, word: 0x3)
      == RangeTreeElement(first: 0x0, last: 0x3, word: 0x1))
  try tree.store(first: 0x8, last: 0xb, word: 0x5)
  try tree.store(first: 0x10, last: 0x13, word: 0x7)
  try tree.store(first: 0x18, last: 0x1b, word: 0x9)
  pool.refuse(.from(1))
  let untouched = tree.fingerprint()
  #expect(throws: RangeTreeError.outOfMemory) { try tree.store(first: 0x20, last: 0x23, word: 0xb) }
  #expect(tree.fingerprint() == untouched)
  pool.refuse(.none)
  try tree.store(first: 0x20, last: 0x23, word: 0xb)
  #expect(throws: RangeTreeError.reservedWord(0x2)) {
    try tree.store(first: 0x9, last: 0x9, word: 0x2)
  }
  #expect(throws: RangeTreeError.invalidRange) { try tree.erase(first: 0x5, last: 0x2) }
  #expect(
    try tree.replaceIntersecting(first: 0x12, last: 0x19, word: 0x1002)
      == RangeTreeElement(first: 0x10, last: 0x1b, word: 0x1002))
  #expect(
    tree.firstElement(atOrAfter: 0x14) == RangeTreeElement(first: 0x10, last: 0x1b, word: 0x1002))
  #expect(
    tree.elements(intersecting: 0x0, last: 0x1f) == [
      RangeTreeElement(first: 0x0, last: 0x3, word: 0x1),
      RangeTreeElement(first: 0x8, last: 0xb, word: 0x5),
      RangeTreeElement(first: 0x10, last: 0x1b, word: 0x1002),
    ])
  #expect(
    tree.removeIntersecting(first: 0x0, last: 0x8) == [
      RangeTreeElement(first: 0x0, last: 0x3, word: 0x1),
      RangeTreeElement(first: 0x8, last: 0xb, word: 0x5),
    ])
  #expect(tree.firstElement(atOrAfter: 0xffff_ffff_ffff_ffff) == nil)

  #expect(
    tree.elements == [
      RangeTreeElement(first: 0x10, last: 0x1b, word: 0x1002),
      RangeTreeElement(first: 0x20, last: 0x23, word: 0xb),
    ])
  #expect(tree.count == 2)
  #expect(tree.checkInvariants() == nil)
  #expect(pool.counts.live == tree.liveNodes)
  tree.clear()
  #expect(pool.counts.live == 0)
}
