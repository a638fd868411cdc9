import ReverseMapping

// The arguments that the subject receives. A range may extend past the end of its window, by less
// than a window. Past the top window of a map it leaves the IPA width, and the subject must refuse
// it.

extension Operation {
  /// The offset of a misaligned argument: half a page, in bytes.
  @inlinable
  static var misalignment: UInt64 { Page.size / 2 }

  /// The bit that is set in arguments outside every IPA width.
  @inlinable
  static var outsideBit: UInt64 { 1 << 57 }

  /// The size under the flaw `wraps`, in bytes: the largest multiple of a page.
  @inlinable
  static var wrappingSize: UInt64 { 0 &- Page.size }

  /// The range in bytes, with its flaw: canonical for a record, unmap or query, nested for an
  /// invalidate.
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

  /// The nested base of a record in bytes, with its flaw.
  @inlinable
  public func nested(in world: World) -> UInt64 {
    let start = world.pageNumber(of: secondPlace) << Page.shift
    switch flaw {
    case .misalignedNested: return start &+ Self.misalignment
    case .nestedOutside: return start | Self.outsideBit
    default: return start
    }
  }

  /// The keys of a tree operation with a range, inclusive. `last < first` under the flaw
  /// `reversed`.
  @inlinable
  public func treeRange(in world: World) -> (first: UInt64, last: UInt64) {
    let first = world.pageNumber(of: place)
    if reach != .near { return (first, world.pageNumber(of: secondPlace)) }
    let (last, overflow) = first.addingReportingOverflow(pages &- 1)
    return (first, overflow ? .max : last)
  }

  /// The key of a find.
  @inlinable
  public func treeKey(in world: World) -> UInt64 { world.pageNumber(of: place) }
}

// MARK: - The inverse

/// Why no operation of a world can have the given arguments.
public struct ArgumentMisfit: Error, Equatable, Sendable {
  /// An argument of an operation.
  public enum Argument: Sendable {
    /// The kind of operation.
    case kind
    /// The start of the range: canonical, or nested for an invalidate.
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
  /// What is wrong with it and what was expected, without a full stop.
  public var message: String
}

// Operations from the literal arguments that a subject receives: the inverse of `range(in:)`,
// `nested(in:)`, `treeRange(in:)` and `treeKey(in:)`. Flawed arguments give an operation with that
// flaw. The results are normal.

extension Operation {
  /// A record, unmap, query or invalidate with these arguments, in bytes. Only a record uses
  /// `nested`. In a vm or memory world the operation names MMU 0; set `mmu` afterwards.
  ///
  /// - Throws: the first argument that no operation of this normal world can have, or a second
  ///   flaw.
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

  /// A tree operation on the keys `first...last`, with the flaw `reversed` if `last < first`. Only
  /// kinds with `takesWord` use `word`.
  ///
  /// - Throws: the first argument that no operation of this normal world can have.
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
          message: "word \(hexadecimal(word)) is too large; a tree word is at most 0xffffff")
      }
      treeWord = word
    }
    self = normalised(in: world)
  }

  /// A find of `key`.
  ///
  /// - Throws: if `key` is outside every window of this normal world.
  public init(find key: UInt64, in world: World) throws(ArgumentMisfit) {
    try Kind.find.check(in: world)
    self.init(.find)
    place = try Self.place(ofKey: key, .first, world)
  }

  /// The place of the address `byte`. Notes the flaw `misaligned` or `outside`; both are an error.
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
        message: "\(hexadecimal(byte)) is neither a multiple of 0x1000 nor 0x800 above one; only "
          + "the latter can express a misaligned address")
    }
    guard let place = world.place(ofPage: start >> Page.shift) else {
      throw ArgumentMisfit(
        argument: argument,
        message: "\(hexadecimal(byte)) is outside every window; "
          + world.windowList(shift: Page.shift))
    }
    return place
  }

  /// The number of pages in `size` bytes. Under the flaws `empty` and `wraps` it is 1.
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
        message: "size \(hexadecimal(size)) is not possible in this world; a size is a multiple of "
          + "0x1000 up to \(most), or deliberately wrong: 0x800 above such a multiple, 0, or "
          + "\(hexadecimal(wrappingSize))")
    }
    return whole >> Page.shift
  }

  private static func place(
    ofKey key: UInt64, _ argument: ArgumentMisfit.Argument, _ world: World
  ) throws(ArgumentMisfit) -> Place {
    guard let place = world.place(ofPage: key) else {
      throw ArgumentMisfit(
        argument: argument,
        message: "key \(hexadecimal(key)) is outside every window; " + world.windowList(shift: 0))
    }
    return place
  }

  /// Sets `flaw` to `new`. Throws if an earlier argument already had a flaw.
  private static func note(
    _ new: Flaw, _ argument: ArgumentMisfit.Argument, _ flaw: inout Flaw
  ) throws(ArgumentMisfit) {
    guard flaw == .none else {
      throw ArgumentMisfit(
        argument: argument,
        message: "second flaw, \(new), after \(flaw); an operation has at most one flaw")
    }
    flaw = new
  }

  /// Throws unless this record is a block of the laminar world `world`.
  private func checkBlock(in world: World) throws(ArgumentMisfit) {
    guard pages & (pages - 1) == 0, pages <= world.largestBlock else {
      throw ArgumentMisfit(
        argument: .size,
        message: "a record of \(pages) pages is not a block; with 'blocks laminar' a record has a "
          + "power-of-two number of pages, at most \(world.largestBlock)")
    }
    let places: [(ArgumentMisfit.Argument, Place)] = [(.start, place), (.nested, secondPlace)]
    for (argument, place) in places {
      guard UInt64(place.page) % pages == 0 else {
        throw ArgumentMisfit(
          argument: argument,
          message: "with 'blocks laminar' a record of \(pages) pages starts at a multiple of "
            + hexadecimal(pages << Page.shift))
      }
    }
  }
}

extension Operation.Kind {
  /// Throws if the family of `world` does not have this kind.
  fileprivate func check(in world: World) throws(ArgumentMisfit) {
    guard world.family.contains(self) else {
      throw ArgumentMisfit(
        argument: .kind, message: "a \(world.family) world has no operation \(self)")
    }
  }
}

extension World {
  /// A phrase that lists the windows in use, as page numbers shifted left by `shift`.
  fileprivate func windowList(shift: UInt64) -> String {
    var ranges: [String] = []
    for window in 0..<windows {
      let first = firstPage(ofWindow: window) << shift
      let last = first &+ (windowPages << shift &- 1)
      ranges.append("\(hexadecimal(first))...\(hexadecimal(last))")
    }
    return (ranges.count == 1 ? "the only window is " : "the windows are ")
      + ranges.joined(separator: ", ")
  }
}
