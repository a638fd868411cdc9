import Differential
import Oracle
import ReverseMapping
import Scenario

/// A state that a `StateSearch` has come to, exactly: what can be seen of the machine, and the truth.
struct StateKey: Hashable {
  private var first = Half()
  private var second = Half()
  private var isWhole = true

  /// What belongs to one MMU.
  private struct Half: Hashable {
    var maps: UInt64 = 0
    var truth: UInt64 = 0
  }

  /// The state of `subject` and of the `checker` beside it; nil if it does not fit, which no right
  /// machine in the world of a search brings about. O(rows + mappings).
  init?<VM: VirtualMachineProtocol & ~Copyable>(
    of subject: borrowing VMDriver<VM>, and checker: ShadowChecker
  ) {
    var rows: [VMRow] = []
    subject.forEachRow { rows.append($0) }
    for row in rows {
      switch row.row {
      case .entry(let entry): add(entry, mmu: row.mmu)
      case .direct(let entry): add(entry, mmu: row.mmu)
      }
    }
    for mmu in 0..<StateSearch.mmus {
      // Bits 43:32 of the maps: full unmaps in progress, broken, deferred, valid.
      add(subject.status(of: mmu).bits, bits: 12, at: 32, mmu, \.maps)
      add(checker.stages[mmu], isValid: checker.valid[mmu], mmu: mmu)
    }
    if !isWhole { return nil }
  }

  /// Bits 15:0 of the maps, four for each canonical page: 1 unknown, 2 and more the nested page;
  /// 8 more where an entry begins.
  private mutating func add(_ entry: Entry, mmu: Int) {
    forEachPage(entry.first, entry.last) { key, page, offset in
      let says = entry.content.nested.map { 2 &+ ($0 >> Page.shift) &+ offset } ?? 1
      key.add(says, bits: 3, at: 4 * page, mmu, \.maps)
      key.add(offset == 0 ? 1 : 0, bits: 1, at: 4 * page + 3, mmu, \.maps)
    }
  }

  /// Bits 31:16 of the maps, four for each nested page: 1 and more the canonical page; 8 more where
  /// an entry begins.
  private mutating func add(_ entry: DirectEntry, mmu: Int) {
    forEachPage(entry.first, entry.last) { key, page, offset in
      let canonical = 1 &+ (entry.canonical >> Page.shift) &+ offset
      key.add(canonical, bits: 3, at: 16 + 4 * page, mmu, \.maps)
      key.add(offset == 0 ? 1 : 0, bits: 1, at: 16 + 4 * page + 3, mmu, \.maps)
    }
  }

  /// Seven bits of the truth for each nested page: 1 and more the canonical page that it maps, 8
  /// more where a mapping begins, and from bit 4 on how many of the walks in progress began before
  /// it was made. Then, from bit 28 on, the walks in progress and whether the MMU is valid.
  private mutating func add(_ stage: ShadowStage2, isValid: Bool, mmu: Int) {
    for mapping in stage.mappings {
      let before = UInt64(mapping.fullUnmapsBefore - stage.fullUnmapsEnded)
      forEachPage(mapping.nested.start, mapping.nested.last) { key, page, offset in
        let canonical = 1 &+ (mapping.canonical >> Page.shift) &+ offset
        key.add(canonical, bits: 3, at: 7 * page, mmu, \.truth)
        key.add(offset == 0 ? 1 : 0, bits: 1, at: 7 * page + 3, mmu, \.truth)
        key.add(before, bits: 3, at: 7 * page + 4, mmu, \.truth)
      }
    }
    add(UInt64(stage.fullUnmapsInProgress), bits: 3, at: 28, mmu, \.truth)
    add(isValid ? 1 : 0, bits: 1, at: 31, mmu, \.truth)
  }

  /// Calls `body` with every page of the bytes `first...last` and its offset among them, if all are
  /// pages of a search.
  private mutating func forEachPage(
    _ first: UInt64, _ last: UInt64, _ body: (inout StateKey, UInt64, UInt64) -> Void
  ) {
    guard first <= last, last >> Page.shift < StateSearch.pages else {
      isWhole = false
      return
    }
    for page in first >> Page.shift...last >> Page.shift {
      body(&self, page, page - (first >> Page.shift))
    }
  }

  /// Puts `value` into `bits` bits of a word, which are 0 so far.
  private mutating func add(
    _ value: UInt64, bits: UInt64, at shift: UInt64, _ mmu: Int,
    _ word: WritableKeyPath<Half, UInt64>
  ) {
    if value >> bits != 0 || mmu > 1 { isWhole = false }
    if mmu == 0 { first[keyPath: word] |= value << shift }
    if mmu == 1 { second[keyPath: word] |= value << shift }
  }
}
