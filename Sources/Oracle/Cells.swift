import ReverseMapping

/// The cells of one IPA space. A *cell* is a run of pages that no operation of a scenario tells
/// apart: its bounds are bytes that operations name, and no operation names a byte inside it. The
/// cells partition the space, so a space of 2^44 pages with ten named ranges has at most 21 cells.
///
/// Bounds are added before a run, in any order and as often as operations name them. `finish` then
/// numbers the cells from 0, in ascending order. A cell is found by its first byte in a hash table,
/// which also drops repeated bounds. A process that runs many scenarios allocates only while they
/// grow, but for hash tables of more than 1024 slots, which the next scenario gives up.
public struct Cells: Sendable {
  /// The first byte of each cell, and then the first byte beyond the space. Ascending once
  /// finished.
  private(set) var bounds: [UInt64] = []
  /// An open hash table of the bounds. At most half of the slots, a power of two, are in use. Byte
  /// 0 is always a bound, and always in slot 0.
  @usableFromInline private(set) var slots: [Slot] = []

  /// A bound and its index in `bounds`, which is the number of the cell that it starts.
  @usableFromInline
  struct Slot: Sendable {
    @usableFromInline var byte: UInt64
    @usableFromInline var number: Int

    /// A free slot. No search for byte 0 ends in one, because byte 0 is found in slot 0.
    static var free: Slot { Slot(byte: 0, number: -1) }
  }

  /// Nothing, to be restarted before use.
  public init() {}

  /// A space of addresses below `limit` that is one cell.
  init(limit: UInt64) {
    restart(limit: limit)
    finish()
  }

  /// The number of cells.
  public var count: Int { max(0, bounds.count - 1) }

  // MARK: Before a run

  /// Resets it to a space of addresses below `limit` that is one cell. Keeps the memory, but for a
  /// hash table of more than 1024 slots.
  /// O(slots).
  public mutating func restart(limit: UInt64) {
    // Without a direct map the nested space is one cell in every scenario.
    if bounds.count == 2, bounds[1] == limit { return }
    bounds.removeAll(keepingCapacity: true)
    bounds.append(0)
    // After a scenario with a large map, clearing its slots would slow all others down.
    if slots.isEmpty || slots.count > 1024 {
      resize(to: 512)
    } else {
      for slot in slots.indices { slots[slot] = .free }
      fillSlots()
    }
    add(limit)
  }

  /// Makes the first byte of `range`, and the byte after its last one, bounds. The range must have
  /// bytes and lie in the space. O(1); the cells have no numbers until `finish`.
  public mutating func add(boundsOf range: IPARange) {
    let end = range.start &+ range.size
    if number(startingAt: range.start) == nil { add(range.start) }
    if number(startingAt: end) == nil { add(end) }
  }

  /// Makes `byte`, which is none, a bound.
  @inline(never)
  private mutating func add(_ byte: UInt64) {
    bounds.append(byte)
    if bounds.count &* 2 > slots.count { return resize(to: 2 * slots.count) }
    slots[slot(of: byte)] = Slot(byte: byte, number: bounds.count - 1)
  }

  /// Numbers the cells. Must follow the last `add`. O(bounds x log bounds).
  public mutating func finish() {
    if bounds.count <= 2 { return }
    bounds.sort()
    fillSlots()
  }

  // MARK: During a run

  /// The first byte of cell `number`, or the limit for the number after the last cell.
  public func start(of number: Int) -> UInt64 { bounds[number] }

  /// The bytes of cell `number`.
  public func size(of number: Int) -> UInt64 { bounds[number + 1] - bounds[number] }

  /// The number of the cell that starts at `byte`, or nil if none does. The limit counts as the
  /// start of a cell after the last one.
  @inlinable @inline(__always)
  func number(startingAt byte: UInt64) -> Int? {
    let slot = slots[firstSlot(for: byte)]
    return slot.byte == byte ? slot.number : self.number(ofDisplaced: byte)
  }

  /// `number(startingAt:)` of a byte that is not in its first slot. Not inlined, so that a search
  /// does not look like a new path to the fuzzer.
  @usableFromInline @inline(never)
  func number(ofDisplaced byte: UInt64) -> Int? {
    let number = slots[slot(of: byte)].number
    return number < 0 ? nil : number
  }

  /// The number of the cell that contains `byte`, which must lie in the space. O(log cells).
  func number(containing byte: UInt64) -> Int {
    var (low, high) = (0, bounds.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if bounds[middle] <= byte { low = middle } else { high = middle }
    }
    return low
  }

  /// The numbers of the cells that make up `first...last`, or nil if the range begins or ends
  /// inside a cell.
  func numbers(startingAt first: UInt64, endingAt last: UInt64) -> Range<Int>? {
    guard let low = number(startingAt: first), let high = number(startingAt: last + 1) else {
      return nil
    }
    return low..<high
  }

  /// The numbers of the cells with a byte in `first...last`, which must lie in the space. O(1) if
  /// the range neither begins nor ends inside a cell, else O(log cells).
  public func numbers(from first: UInt64, through last: UInt64) -> Range<Int> {
    if let numbers = numbers(startingAt: first, endingAt: last) { return numbers }
    return number(containing: first)..<number(containing: last) + 1
  }

  /// Splits the cell that contains `byte`, so that `byte` is a bound. Cells after it get new
  /// numbers. Returns the number of the cell that was split, or nil if `byte` was a bound already.
  /// O(1) if it was, else O(cells x log cells).
  mutating func split(at byte: UInt64) -> Int? {
    if number(startingAt: byte) != nil { return nil }
    let cell = number(containing: byte)
    add(byte)
    finish()
    return cell
  }

  // MARK: The hash table

  /// The index of the slot where a search for `byte` begins: the upper bits of a product, as many
  /// as an index has.
  @inlinable @inline(__always)
  func firstSlot(for byte: UInt64) -> Int {
    let product = (byte &>> Page.shift) &* 0x9e37_79b9_7f4a_7c15
    return Int(truncatingIfNeeded: product &>> UInt64(slots.count.leadingZeroBitCount &+ 1))
  }

  /// The index of the slot of `byte`, or of the free slot where it belongs.
  private func slot(of byte: UInt64) -> Int {
    var slot = firstSlot(for: byte)
    while slots[slot].number >= 0 && slots[slot].byte != byte {
      slot = (slot &+ 1) & (slots.count &- 1)
    }
    return slot
  }

  /// Gives the table `count` slots, a power of two.
  private mutating func resize(to count: Int) {
    slots = [Slot](repeating: .free, count: count)
    fillSlots()
  }

  /// Enters every bound into the table with its number.
  private mutating func fillSlots() {
    for (number, byte) in bounds.enumerated() {
      slots[slot(of: byte)] = Slot(byte: byte, number: number)
    }
  }
}

/// The cells of the canonical and of the nested space of a scenario.
public struct MapCells: Sendable {
  /// The cells of the canonical space.
  private(set) var canonical = Cells()
  /// The cells of the nested space, which stays one cell if there is no direct map: without one, no
  /// rule asks which nested ranges intersect.
  private(set) var nested = Cells()
  private var space = IPASpace(bits: 0)
  private var hasDirectMap = false

  /// Both spaces of `configuration`, each one cell.
  public init(_ configuration: MapConfiguration) {
    restart(configuration)
    finish()
  }

  /// The memory of the cells of another scenario, to be restarted.
  init(canonical: Cells, nested: Cells) {
    self.canonical = canonical
    self.nested = nested
  }

  /// Resets it to the spaces of `configuration`, each one cell, and keeps the memory.
  mutating func restart(_ configuration: MapConfiguration) {
    space = IPASpace(configuration)
    hasDirectMap = configuration.hasDirectMap
    canonical.restart(limit: space.limit)
    nested.restart(limit: space.limit)
  }

  /// Adds the bounds of a record. Arguments that the record would reject (Specification 3.1) name
  /// no bounds.
  public mutating func addRecord(_ range: IPARange, nested base: UInt64) {
    let image = IPARange(start: base, size: range.size)
    guard space.contains(range), space.contains(image) else { return }
    canonical.add(boundsOf: range)
    if hasDirectMap { nested.add(boundsOf: image) }
  }

  /// Adds the bounds of a canonical range that is unmapped or queried, unless it is rejected.
  public mutating func addCanonical(_ range: IPARange) {
    if space.contains(range) { canonical.add(boundsOf: range) }
  }

  /// Adds the bounds of a nested range that is invalidated, unless it is rejected.
  public mutating func addNested(_ range: IPARange) {
    if hasDirectMap, space.contains(range) { nested.add(boundsOf: range) }
  }

  /// Numbers the cells of both spaces. Must follow the last bound.
  mutating func finish() {
    canonical.finish()
    nested.finish()
  }
}
