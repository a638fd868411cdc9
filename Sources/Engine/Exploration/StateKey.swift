import Differential
import Oracle
import ReverseMapping
import Scenario

/// A state reached by a `StateSearch`, packed without loss: the visible state of the virtual
/// machine and the ground truth.
struct StateKey: Hashable {
  private var first = Half()
  private var second = Half()
  private var isWhole = true

  /// The part of one MMU.
  private struct Half: Hashable {
    var maps: UInt64 = 0
    var groundTruth: UInt64 = 0
  }

  /// The state of `subject` and of `checker`, or nil if it does not fit. A correct virtual machine
  /// in the world of a search always fits. O(rows + mappings).
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

  /// Adds an entry to bits 15:0 of `maps`, four bits for each canonical page. The lower three are 1
  /// for an unknown page, or 2 plus the nested page. The top bit marks the first page of an entry.
  private mutating func add(_ entry: Entry, mmu: Int) {
    forEachPage(entry.first, entry.last) { key, page, offset in
      let content = entry.content.nested.map { 2 &+ ($0 >> Page.shift) &+ offset } ?? 1
      key.add(content, bits: 3, at: 4 * page, mmu, \.maps)
      key.add(offset == 0 ? 1 : 0, bits: 1, at: 4 * page + 3, mmu, \.maps)
    }
  }

  /// Adds a direct entry to bits 31:16 of `maps`, four bits for each nested page. The lower three
  /// are 1 plus the canonical page. The top bit marks the first page of an entry.
  private mutating func add(_ entry: DirectEntry, mmu: Int) {
    forEachPage(entry.first, entry.last) { key, page, offset in
      let canonical = 1 &+ (entry.canonical >> Page.shift) &+ offset
      key.add(canonical, bits: 3, at: 16 + 4 * page, mmu, \.maps)
      key.add(offset == 0 ? 1 : 0, bits: 1, at: 16 + 4 * page + 3, mmu, \.maps)
    }
  }

  /// Adds the ground truth of an MMU to `groundTruth`, seven bits for each nested page. Bits 2:0
  /// are 1 plus the canonical page that it maps. Bit 3 marks the first page of a mapping. Bits 6:4
  /// count the walks in progress that began before the mapping was made. From bit 28 on follow the
  /// number of walks in progress and whether the MMU is valid.
  private mutating func add(_ stage: ShadowStage2, isValid: Bool, mmu: Int) {
    for mapping in stage.mappings {
      let before = UInt64(mapping.fullUnmapsBefore - stage.fullUnmapsEnded)
      forEachPage(mapping.nested.start, mapping.nested.last) { key, page, offset in
        let canonical = 1 &+ (mapping.canonical >> Page.shift) &+ offset
        key.add(canonical, bits: 3, at: 7 * page, mmu, \.groundTruth)
        key.add(offset == 0 ? 1 : 0, bits: 1, at: 7 * page + 3, mmu, \.groundTruth)
        key.add(before, bits: 3, at: 7 * page + 4, mmu, \.groundTruth)
      }
    }
    add(UInt64(stage.fullUnmapsInProgress), bits: 3, at: 28, mmu, \.groundTruth)
    add(isValid ? 1 : 0, bits: 1, at: 31, mmu, \.groundTruth)
  }

  /// Calls `body` with every page of the bytes `first...last` and the page's offset in that range.
  /// If a page lies outside the search, marks the key as not whole instead.
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

  /// Stores `value` in `bits` bits of a word, which must be 0 so far. Marks the key as not whole if
  /// it does not fit.
  private mutating func add(
    _ value: UInt64, bits: UInt64, at shift: UInt64, _ mmu: Int,
    _ word: WritableKeyPath<Half, UInt64>
  ) {
    if value >> bits != 0 || mmu > 1 { isWhole = false }
    if mmu == 0 { first[keyPath: word] |= value << shift }
    if mmu == 1 { second[keyPath: word] |= value << shift }
  }
}
