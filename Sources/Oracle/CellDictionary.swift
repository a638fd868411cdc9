import ReverseMapping

/// The naive reverse map, which serves as the oracle. It maps every cell of the canonical space to
/// the whole entry that contains it, and every cell of the nested space to its entry of the direct
/// map, if there is one.
///
/// A cell is a run of pages that no operation tells apart (`Cells`), so a range may have any number
/// of pages. Each operation is a loop over the cells of its range, and each loop is a sentence of
/// Specification 3 or 7. No range is ever searched, cut or merged. The only lookup is the number of
/// the cell that starts at a byte.
///
/// It is built for correctness. It shares no code with `RangeTree` and `ReverseMap`: it checks
/// arguments and computes words on its own. `PageDictionary`, which has no cells at all, checks it.
///
/// `restart` takes the ranges of the whole scenario. Any other range is allowed, too. A record
/// that names new bounds first splits the cells that contain them, which changes no entry. An
/// unmap, a query or an invalidation uses the cells that its range intersects: entries consist of
/// whole cells, so these have the entries that the range intersects.
///
/// The dictionary never runs out of memory itself. The caller passes `isRefused` where the subject
/// was refused memory, and the dictionary then breaks.
public struct CellDictionary: ReverseMapProtocol {
  private var space: IPASpace
  private var words: ReferenceWords
  private var hasDirectMap: Bool
  @usableFromInline private(set) var table: CellTable<Entry>
  @usableFromInline private(set) var directTable: CellTable<DirectEntry>
  /// Whether a record with `isRefused` broke the dictionary since it was last emptied
  /// (Specification 4.2).
  public private(set) var isBroken = false
  /// The number of full unmaps that have begun and not ended (Specification 3.6).
  public private(set) var fullUnmapsInProgress = 0

  /// An empty dictionary over one cell, with a direct map if the configuration has one.
  public init(_ configuration: MapConfiguration) {
    self.init(configuration, MapCells(configuration))
  }

  /// An empty dictionary over `cells`, which must be finished.
  init(_ configuration: MapConfiguration, _ cells: MapCells) {
    space = IPASpace(configuration)
    words = ReferenceWords(configuration.layout)
    hasDirectMap = configuration.hasDirectMap
    table = CellTable(cells.canonical)
    directTable = CellTable(cells.nested)
  }

  /// Resets the dictionary to empty with another configuration, and keeps its memory.
  ///
  /// - Parameter addBounds: adds the bounds of the ranges of the coming operations.
  public mutating func restart(
    _ configuration: MapConfiguration, addBounds: (inout MapCells) -> Void = { _ in }
  ) {
    var cells = takeCells()
    cells.restart(configuration)
    addBounds(&cells)
    cells.finish()
    restart(configuration, cells)
  }

  /// Resets the dictionary to empty. Its configuration and its cells stay. O(cells).
  mutating func restart() {
    clear()
    fullUnmapsInProgress = 0
  }

  /// Resets the dictionary to empty with another configuration and `cells`, which must be finished.
  mutating func restart(_ configuration: MapConfiguration, _ cells: MapCells) {
    space = IPASpace(configuration)
    words = ReferenceWords(configuration.layout)
    hasDirectMap = configuration.hasDirectMap
    table.restart(cells.canonical)
    directTable.restart(cells.nested)
    restart()
  }

  /// Empties the dictionary and gives its cells back, so that their memory can be used for the next
  /// ones. It must be restarted afterwards.
  mutating func takeCells() -> MapCells {
    MapCells(canonical: table.takeCells(), nested: directTable.takeCells())
  }

  /// Records a mapping, without a refused request (Specification 3.2 and 7.2).
  /// O(cells, in both spaces, of the input and the entries that it intersects, gaps included).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps`, `outsideWidth` or `strayNestedBits`.
  public mutating func record(
    _ canonical: IPARange, nested: UInt64
  ) throws(ReverseMapError) -> RecordResult {
    try record(canonical, nested: nested, isRefused: false)
  }

  /// Records a mapping (Specification 3.2 and 7.2). `isRefused` means that the subject was refused
  /// memory in this record; if there is something to store, the dictionary breaks (3.2.e, 7.4).
  /// O(cells, in both spaces, of the input and the entries that it intersects, gaps included).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps`, `outsideWidth` or `strayNestedBits`.
  public mutating func record(
    _ canonical: IPARange, nested: UInt64, isRefused: Bool
  ) throws(ReverseMapError) -> RecordResult {
    try space.check(canonical)
    try space.check(IPARange(start: nested, size: canonical.size))
    let new = Entry(
      first: canonical.start, last: canonical.last, content: .known(nested: nested),
      word: try words.word(forKnown: nested))

    // 3.2.a
    if isBroken { return .ignored }
    // The cells of the record in both spaces. They exist if `restart` knew its bounds;
    // otherwise cells are split.
    let cells = table.cells(of: new)
    let image = image(of: new)
    let nestedCells = if let image { directTable.cells(of: image) } else { 0..<0 }
    // 3.2.c: entries are disjoint, so an entry with the same bounds is the only one to intersect.
    if table[cells.lowerBound] == new { return .unchanged }
    // 3.2.e; with a direct map, 7.4.
    if isRefused {
      if hasDirectMap { clear() }
      isBroken = true
      return .broke
    }
    // 7.2
    removeEntries(nestedCells: nestedCells)
    // 3.2.d: the union of the record with every entry that intersects it, which is removed.
    var union = Entry(first: new.first, last: new.last, content: .unknown, word: words.unknown)
    var isPolluted = false
    for cell in cells {
      guard let entry = table[cell] else { continue }
      union.first = min(union.first, entry.first)
      union.last = max(union.last, entry.last)
      isPolluted = true
      remove(entry)
    }
    if isPolluted {
      table.insert(union)
      return .polluted
    }
    // 3.2.b and 7.1
    table.insert(new, in: cells)
    if let image { directTable.insert(image, in: nestedCells) }
    return .stored
  }

  /// Removes and reports the entries of a range (Specification 3.3). O(cells of the entries that
  /// `canonical` intersects).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`.
  public mutating func unmap(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    try unmap(canonical, appendingTo: &nested, isRefused: false)
  }

  /// Like `unmap`. `isRefused` means that the subject was refused memory in this unmap; if there is
  /// an entry to remove, the answer is `everything` (Specification 3.3.c). O(cells).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`.
  public mutating func unmap(
    _ canonical: IPARange, appendingTo nested: inout [IPARange], isRefused: Bool
  ) throws(ReverseMapError) -> UnmapResult {
    let before = nested.count
    var result = try query(canonical, appendingTo: &nested)
    // 3.3.c
    if isRefused, nested.count > before {
      nested.removeSubrange(before...)
      result = .everything
    }
    switch result {
    case .everything: beginFullUnmap()
    case .ranges:
      for cell in table.cells.numbers(from: canonical.start, through: canonical.last) {
        if let entry = table[cell] { remove(entry) }
      }
    }
    return result
  }

  /// Reports the entries of a range and changes nothing (Specification 3.4). O(cells of
  /// `canonical`).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`.
  public func query(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    try space.check(canonical)
    // 3.3.a, its first two reasons
    if isBroken || fullUnmapsInProgress > 0 { return .everything }
    let cells = table.cells.numbers(from: canonical.start, through: canonical.last)
    let before = nested.count
    // The last byte that has been reported. An entry is reported at the first of its cells.
    var reported: UInt64?
    for cell in cells {
      guard let entry = table[cell], entry.last != reported else { continue }
      guard let base = entry.content.nested else {
        nested.removeSubrange(before...)
        return .everything
      }
      nested.append(IPARange(start: base, size: entry.last - entry.first + 1))
      reported = entry.last
    }
    return .ranges
  }

  /// Removes every entry and resets the broken flag (Specification 3.5). O(cells).
  public mutating func clear() {
    table.removeAll()
    directTable.removeAll()
    isBroken = false
  }

  /// Empties the dictionary and counts one more full unmap (Specification 3.6.a). O(cells).
  public mutating func beginFullUnmap() {
    clear()
    fullUnmapsInProgress += 1
  }

  /// Counts one full unmap less (Specification 3.6.c).
  ///
  /// - Throws: `noFullUnmapInProgress`.
  public mutating func endFullUnmap() throws(ReverseMapError) {
    if fullUnmapsInProgress == 0 { throw .noFullUnmapInProgress }
    fullUnmapsInProgress -= 1
  }

  /// Removes every known entry whose nested range intersects `nested`; does nothing without a
  /// direct map (Specification 7.3 and 7.5). O(cells of `nested` and of the entries that it
  /// intersects).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`.
  public mutating func invalidate(_ nested: IPARange) throws(ReverseMapError) {
    try space.check(nested)
    guard hasDirectMap else { return }
    removeEntries(
      nestedCells: directTable.cells.numbers(from: nested.start, through: nested.last))
  }

  /// Calls `body` with every entry, in ascending canonical order. O(cells).
  public func forEachEntry(_ body: (Entry) -> Void) { table.runs.forEach(body) }

  /// Calls `body` with every entry that intersects `canonical`, which must lie in the space, in
  /// ascending order. O(cells of `canonical`).
  public func forEachEntry(in canonical: IPARange, _ body: (Entry) -> Void) {
    // The last byte that has been reported. An entry is reported at the first of its cells.
    var reported: UInt64?
    for cell in table.cells.numbers(from: canonical.start, through: canonical.last) {
      guard let entry = table[cell], entry.last != reported else { continue }
      body(entry)
      reported = entry.last
    }
  }

  /// Calls `body` with every entry of the direct map, in ascending nested order. O(cells).
  public func forEachDirectEntry(_ body: (DirectEntry) -> Void) { directTable.runs.forEach(body) }

  /// Checks that, in both maps, exactly the cells of each entry refer to it, and that the two maps
  /// are in lockstep (Specification 7.1). O(cells).
  public func checkInvariants() -> String? {
    if let fault = table.fault() { return fault }
    if let fault = directTable.fault() { return "in the direct map, " + fault }
    let images = table.runs.compactMap(image(of:))
    if let image = images.first(where: { directTable[startingAt: $0.first] != $0 }) {
      return "the direct map has no entry \(image)"
    }
    let count = directTable.runs.count
    return count == images.count
      ? nil : "the direct map has \(count) entries for \(images.count) known ones"
  }

  /// A sentence if the dictionary is not empty, or nil.
  public func checkEmpty() -> String? {
    let cells = table.heldCount + directTable.heldCount
    return cells == 0 ? nil : "\(cells) cells have an entry in an empty dictionary"
  }

  /// The sum of the hashes of all entries and direct entries. Other rows have another sum, but for
  /// a chance of some 2^-52.
  @inlinable @inline(__always)
  public var rowSum: UInt64 { table.rowSum &+ directTable.rowSum }

  /// The direct entry that belongs to `entry`; nil if `entry` is unknown or there is no direct map
  /// (Specification 7.1).
  private func image(of entry: Entry) -> DirectEntry? {
    guard hasDirectMap, let nested = entry.content.nested else { return nil }
    return DirectEntry(
      first: nested, last: nested + (entry.last - entry.first), canonical: entry.first)
  }

  /// Removes `entry` from both maps, whole. O(cells of `entry`).
  private mutating func remove(_ entry: Entry) {
    table.remove(entry)
    if let image = image(of: entry) { directTable.remove(image) }
  }

  /// Removes every known entry with one of these cells in its nested range from both maps, whole
  /// (Specification 7.2, 7.3). O(cells).
  private mutating func removeEntries(nestedCells: Range<Int>) {
    for cell in nestedCells {
      guard let image = directTable[cell], let entry = table[startingAt: image.canonical] else {
        continue
      }
      remove(entry)
    }
  }
}
