import ReverseMapping

// What the subject receives. A range may spill out of its window, by less than a window: above the
// top window of a map it then leaves the IPA width, and the subject must refuse it.

extension Operation {
  /// How far a misaligned argument is off: half a page, in bytes.
  @inlinable
  static var misalignment: UInt64 { Page.size / 2 }

  /// The bit that the arguments outside every IPA width have set.
  @inlinable
  static var outsideBit: UInt64 { 1 << 57 }

  /// The size under the flaw `wraps`, in bytes: the largest multiple of a page.
  @inlinable
  static var wrappingSize: UInt64 { 0 &- Page.size }

  /// The range of a record, unmap or query, which is canonical, or of an invalidate, which is
  /// nested; with its flaw, in bytes. O(1).
  @inlinable
  public func range(in world: World) -> IPARange {
    var range = IPARange(
      start: world.pageNumber(of: place) << Page.shift, size: pages << Page.shift)
    switch flaw {
    case .none, .misalignedNested, .nestedOutside, .reversed: break
    case .misalignedCanonical: range.start &+= Self.misalignment
    case .misalignedSize: range.size &+= Self.misalignment
    case .empty: range.size = 0
    case .wraps: range.size = Self.wrappingSize
    case .canonicalOutside: range.start |= Self.outsideBit
    }
    return range
  }

  /// The nested base of a record, with its flaw, in bytes. O(1).
  @inlinable
  public func nested(in world: World) -> UInt64 {
    let start = world.pageNumber(of: secondPlace) << Page.shift
    switch flaw {
    case .misalignedNested: return start &+ Self.misalignment
    case .nestedOutside: return start | Self.outsideBit
    default: return start
    }
  }

  /// The keys of a store, erase, replace or remove, inclusive; `last < first` under the flaw
  /// `reversed`. O(1).
  @inlinable
  public func treeRange(in world: World) -> (first: UInt64, last: UInt64) {
    let first = world.pageNumber(of: place)
    if reach != .near { return (first, world.pageNumber(of: secondPlace)) }
    let (last, overflow) = first.addingReportingOverflow(pages &- 1)
    return (first, overflow ? .max : last)
  }

  /// The key of a find. O(1).
  @inlinable
  public func treeKey(in world: World) -> UInt64 { world.pageNumber(of: place) }
}

// MARK: - The inverse

/// Why no operation of a world has the arguments that were asked for.
public struct ArgumentMisfit: Error, Equatable, Sendable {
  /// An argument of an operation.
  public enum Argument: Sendable {
    /// What to do.
    case kind
    /// The start of the range: canonical, but of an invalidate nested.
    case start
    /// The nested base of a record.
    case nested
    /// The size of the range.
    case size
    /// The first key, or the only one.
    case first
    /// The last key.
    case last
    /// A tree word.
    case word
  }
  /// The argument at fault.
  public var argument: Argument
  /// What is wrong with it and what would be right, without a full stop.
  public var message: String
}

// Operations from the literal arguments that a subject receives: the inverse of `range(in:)`,
// `nested(in:)`, `treeRange(in:)` and `treeKey(in:)`. Flawed arguments give the
// operation with that flaw. The results are normal.

extension Operation {
  /// The record, unmap, query or invalidate with these arguments, in bytes; only a record looks at
  /// `nested`. In a machine it names MMU 0: set `mmu` after it. O(1).
  ///
  /// - Throws: the first argument that no operation of this normal world has, or a second flaw.
  public init(
    _ kind: Kind, range: IPARange, nested: UInt64 = 0, in world: World
  ) throws(ArgumentMisfit) {
    guard kind.group == .map, kind.takesRange else {
      throw ArgumentMisfit(argument: .kind, message: "\(kind) takes no range of addresses")
    }
    try kind.check(in: world)
    var flaw = Flaw.none
    let first = try Self.place(
      ofByte: range.start, .start, (.misalignedCanonical, .canonicalOutside), &flaw, world)
    var second = Place(window: 0, page: 0)
    if kind == .record {
      second = try Self.place(
        ofByte: nested, .nested, (.misalignedNested, .nestedOutside), &flaw, world)
    }
    let pages = try Self.pages(ofSize: range.size, &flaw, world)
    self.init(kind, at: first, to: second, pages: pages)
    self.flaw = flaw
    if kind == .record, world.blocks == .laminar { try checkBlock(in: world) }
    self = normalised(in: world)
  }

  /// The store, erase, replace or remove of the keys `first...last`, or with the flaw `reversed`
  /// if `last < first`; only store and replace look at `word`. O(1).
  ///
  /// - Throws: the first argument that no operation of this normal world has.
  public init(
    _ kind: Kind, first: UInt64, last: UInt64, word: UInt64 = 0, in world: World
  ) throws(ArgumentMisfit) {
    guard kind.group == .tree, kind.takesRange else {
      throw ArgumentMisfit(argument: .kind, message: "\(kind) takes no range of keys")
    }
    try kind.check(in: world)
    let start = try Self.place(ofKey: first, .first, world)
    if first <= last, last - first < world.windowPages {
      self.init(kind, at: start, to: Place(window: 0, page: 0), pages: last - first + 1)
    } else {
      let end = try Self.place(ofKey: last, .last, world)
      self.init(kind, at: start, to: end, pages: 1)
      reach = last < first ? .reversed : .far
    }
    if kind.takesWord {
      guard word < 1 << 24 else {
        throw ArgumentMisfit(
          argument: .word,
          message: "the word \(hexadecimal(word)) is too large; a tree word is at most 0xffffff")
      }
      treeWord = word
    }
    self = normalised(in: world)
  }

  /// The find of `key`. O(1).
  ///
  /// - Throws: `key` if it lies in no window of this normal world.
  public init(find key: UInt64, in world: World) throws(ArgumentMisfit) {
    try Kind.find.check(in: world)
    self.init(.find)
    place = try Self.place(ofKey: key, .first, world)
  }

  /// The place of the address `byte`, with at most one of the flaws `misaligned` and `outside`.
  private static func place(
    ofByte byte: UInt64, _ argument: ArgumentMisfit.Argument,
    _ flaws: (misaligned: Flaw, outside: Flaw), _ flaw: inout Flaw, _ world: World
  ) throws(ArgumentMisfit) -> Place {
    var start = byte
    if start % Page.size == misalignment {
      try note(flaws.misaligned, argument, &flaw)
      start -= misalignment
    }
    if start & outsideBit != 0 {
      try note(flaws.outside, argument, &flaw)
      start &= ~outsideBit
    }
    guard start % Page.size == 0 else {
      throw ArgumentMisfit(
        argument: argument,
        message: "\(hexadecimal(byte)) is neither a multiple of 0x1000 nor 0x800 more than one")
    }
    guard let place = world.place(ofPage: start >> Page.shift) else {
      throw ArgumentMisfit(
        argument: argument,
        message: "\(hexadecimal(byte)) is in no window; " + world.windowList(shift: Page.shift))
    }
    return place
  }

  /// The pages of `size` bytes, or 1 and a flaw.
  private static func pages(
    ofSize size: UInt64, _ flaw: inout Flaw, _ world: World
  ) throws(ArgumentMisfit) -> UInt64 {
    if size == 0 {
      try note(.empty, .size, &flaw)
      return 1
    }
    if size == wrappingSize {
      try note(.wraps, .size, &flaw)
      return 1
    }
    var whole = size
    if size % Page.size == misalignment {
      try note(.misalignedSize, .size, &flaw)
      whole -= misalignment
    }
    guard whole % Page.size == 0, (1...world.windowPages).contains(whole >> Page.shift) else {
      let most = hexadecimal(world.windowPages << Page.shift)
      throw ArgumentMisfit(
        argument: .size,
        message: "the size \(hexadecimal(size)) does not fit; in this world it is a multiple of "
          + "0x1000 up to \(most), or 0x800 more, or 0, or \(hexadecimal(wrappingSize))")
    }
    return whole >> Page.shift
  }

  private static func place(
    ofKey key: UInt64, _ argument: ArgumentMisfit.Argument, _ world: World
  ) throws(ArgumentMisfit) -> Place {
    guard let place = world.place(ofPage: key) else {
      throw ArgumentMisfit(
        argument: argument,
        message: "the key \(hexadecimal(key)) is in no window; " + world.windowList(shift: 0))
    }
    return place
  }

  /// Remembers the one flaw that an operation may have.
  private static func note(
    _ new: Flaw, _ argument: ArgumentMisfit.Argument, _ flaw: inout Flaw
  ) throws(ArgumentMisfit) {
    guard flaw == .none else {
      throw ArgumentMisfit(
        argument: argument, message: "\(new) after \(flaw); an operation has at most one flaw")
    }
    flaw = new
  }

  /// Refuses a record that is no block, in a laminar world.
  private func checkBlock(in world: World) throws(ArgumentMisfit) {
    guard pages & (pages - 1) == 0, pages <= world.largestBlock else {
      throw ArgumentMisfit(
        argument: .size,
        message: "a record of \(pages) pages in a laminar world; it covers a power of two of pages,"
          + " at most \(world.largestBlock)")
    }
    let places: [(ArgumentMisfit.Argument, Place)] = [(.start, place), (.nested, secondPlace)]
    for (argument, place) in places {
      guard UInt64(place.page) % pages == 0 else {
        throw ArgumentMisfit(
          argument: argument,
          message: "a block of \(pages) pages in a laminar world starts at a multiple of "
            + hexadecimal(pages << Page.shift))
      }
    }
  }
}

extension Operation.Kind {
  /// Refuses a world of another family.
  fileprivate func check(in world: World) throws(ArgumentMisfit) {
    guard world.family.contains(self) else {
      throw ArgumentMisfit(argument: .kind, message: "a \(world.family) world has no \(self)")
    }
  }
}

extension World {
  /// The windows in use as a phrase, in pages shifted left by `shift`.
  fileprivate func windowList(shift: UInt64) -> String {
    var ranges: [String] = []
    for window in 0..<windows {
      let first = firstPage(ofWindow: window) << shift
      let last = first &+ (windowPages << shift &- 1)
      ranges.append("\(hexadecimal(first))...\(hexadecimal(last))")
    }
    return (ranges.count == 1 ? "the only one is " : "they are ") + ranges.joined(separator: ", ")
  }
}
