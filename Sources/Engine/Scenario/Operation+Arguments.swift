import ReverseMapping

// The arguments that the subject receives. In a small world a range may extend past the end of its
// window, by less than a window. Past the end of the space it leaves the IPA width, and the subject
// must refuse it.

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
  ///
  /// - Parameter index: which range of a fill, below `count`.
  @inlinable
  public func range(_ index: Int = 0) -> IPARange {
    var range = IPARange(start: page << Page.shift, size: pages << Page.shift)
    if isFill {
      range.start &+= UInt64(truncatingIfNeeded: index) &* step << Page.shift
      return range
    }
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
  ///
  /// - Parameter index: which range of a fill, below `count`.
  @inlinable
  public func nested(_ index: Int = 0) -> UInt64 {
    let start = second << Page.shift
    if isFill { return start &+ UInt64(truncatingIfNeeded: index) &* step << Page.shift }
    switch flaw {
    case .misalignedNested: return start &+ Self.misalignment
    case .nestedOutside: return start | Self.outsideBit
    default: return start
    }
  }

  /// The keys of a tree operation with a range, inclusive. `last < first` under the flaw
  /// `reversed`.
  ///
  /// - Parameter index: which range of a fill, below `count`.
  @inlinable
  public func treeRange(_ index: Int = 0) -> (first: UInt64, last: UInt64) {
    guard isFill else { return (page, second) }
    let first = page &+ UInt64(truncatingIfNeeded: index) &* step
    return (first, first &+ (pages &- 1))
  }
}

extension Operation {
  /// The record, or the store, number `index` of a fill, below `count`. Any other operation is its
  /// own number 0.
  public func one(_ index: Int) -> Operation {
    guard isFill else { return self }
    let distance = UInt64(truncatingIfNeeded: index) &* step
    var one = Operation(kind.single, at: page &+ distance, to: second &+ distance, pages: pages)
    if kind == .fill { one.mmu = mmu } else { one.treeWord = treeWord }
    return one
  }
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
    /// The number of ranges of a fill.
    case count
    /// The distance between the starts of two ranges of a fill.
    case step
  }
  /// The argument at fault.
  public var argument: Argument
  /// What is wrong with it and what was expected, without a full stop.
  public var message: String
}

// Operations from the literal arguments that a subject receives: the inverse of `range`, `nested`
// and `treeRange`. Flawed arguments give an operation with that flaw. The results are normal.

extension Operation {
  /// A record, unmap, query or invalidate with these arguments, in bytes. Only a record uses
  /// `nested`. In a vm or memory world the operation names MMU 0; set `mmu` afterwards.
  ///
  /// - Throws: the first argument that no operation of this normal world can have, or a second
  ///   flaw.
  public init(
    _ kind: Kind, range: IPARange, nested: UInt64 = 0, in world: World
  ) throws(ArgumentMisfit) {
    guard kind.group == .map, kind.takesRange, !kind.isFill else {
      throw ArgumentMisfit(argument: .kind, message: "\(kind) takes no range of addresses")
    }
    try kind.check(in: world)
    var flaw = Flaw.none
    let page = try Self.page(
      ofByte: range.start, .start, (.misalignedCanonical, .canonicalOutside), &flaw, world)
    var second: UInt64 = 0
    if kind == .record {
      second = try Self.page(
        ofByte: nested, .nested, (.misalignedNested, .nestedOutside), &flaw, world)
    }
    let pages = try Self.pages(ofSize: range.size, &flaw, world)
    self.init(kind, at: page, to: second, pages: pages)
    self.flaw = flaw
    if kind == .record, world.blocks == .laminar { try checkBlock(in: world) }
    self = normalised(in: world)
  }

  /// A fill of `count` ranges from `range` on, mapped from `nested` on, `step` bytes from the start
  /// of one to the start of the next. In a vm or memory world it names MMU 0; set `mmu` afterwards.
  ///
  /// - Throws: the first argument that no fill of this normal world can have.
  public init(
    fill range: IPARange, nested: UInt64, count: UInt64, step: UInt64, in world: World
  ) throws(ArgumentMisfit) {
    try Kind.fill.check(in: world)
    var flaw = Flaw.none
    let page = try Self.page(ofByte: range.start, .start, nil, &flaw, world)
    let second = try Self.page(ofByte: nested, .nested, nil, &flaw, world)
    guard range.size % Page.size == 0, range.size > 0 else {
      throw ArgumentMisfit(
        argument: .size,
        message: "size \(hexadecimal(range.size)) is not possible in a fill; a size is a multiple "
          + "of 0x1000, at least 0x1000")
    }
    guard step % Page.size == 0 else {
      throw ArgumentMisfit(
        argument: .step, message: "step \(hexadecimal(step)) is not a multiple of 0x1000")
    }
    self.init(.fill, at: page, to: second, pages: 1)
    try setFill(
      pages: range.size >> Page.shift, count: count, step: step >> Page.shift, shift: Page.shift)
    if world.blocks == .laminar {
      try checkBlock(in: world)
      guard self.step % pages == 0 else {
        throw ArgumentMisfit(
          argument: .step,
          message: "with 'blocks laminar' the step of a fill is a multiple of its size")
      }
    }
    try checkFill(in: world)
  }

  /// A fill of `count` ranges of keys from `first...last` on, each with `word`, `step` keys from
  /// the start of one to the start of the next.
  ///
  /// - Throws: the first argument that no fill of this normal world can have.
  public init(
    fillTree first: UInt64, last: UInt64, word: UInt64, count: UInt64, step: UInt64,
    in world: World
  ) throws(ArgumentMisfit) {
    try Kind.fillTree.check(in: world)
    guard first <= last, last - first < 1 << 18 else {
      throw ArgumentMisfit(
        argument: .last,
        message: "key \(hexadecimal(last)) is not possible; the ranges of a fill have 1 to "
          + "0x40000 keys")
    }
    self.init(.fillTree, at: try Self.page(ofKey: first, .first, world), to: 0, pages: 1)
    try setFill(pages: last - first + 1, count: count, step: step, shift: 0)
    try setWord(word)
    try checkFill(in: world)
  }

  /// A tree operation on the keys `first...last`, with the flaw `reversed` if `last < first`. Only
  /// kinds with `takesWord` use `word`.
  ///
  /// - Throws: the first argument that no operation of this normal world can have.
  public init(
    _ kind: Kind, first: UInt64, last: UInt64, word: UInt64 = 0, in world: World
  ) throws(ArgumentMisfit) {
    guard kind.group == .tree, kind.takesRange, !kind.isFill else {
      throw ArgumentMisfit(argument: .kind, message: "\(kind) takes no range of keys")
    }
    try kind.check(in: world)
    let page = try Self.page(ofKey: first, .first, world)
    // The end of a short range need not be in a window.
    let isShort = first <= last && last - first < world.windowPages
    self.init(head: UInt64(kind.rawValue), page: page, second: last)
    if !isShort { second = try Self.page(ofKey: last, .last, world) }
    if kind.takesWord { try setWord(word) }
    self = normalised(in: world)
  }

  /// A find of `key`.
  ///
  /// - Throws: if `key` is outside every window of this normal world.
  public init(find key: UInt64, in world: World) throws(ArgumentMisfit) {
    try Kind.find.check(in: world)
    self.init(.find)
    page = try Self.page(ofKey: key, .first, world)
  }

  private mutating func setWord(_ word: UInt64) throws(ArgumentMisfit) {
    guard word < 1 << 24 else {
      throw ArgumentMisfit(
        argument: .word,
        message: "word \(hexadecimal(word)) is too large; a tree word is at most 0xffffff")
    }
    treeWord = word
  }

  /// Sets the size, the number and the distance of the ranges of this fill. `shift` is that of a
  /// page, or 0 for keys; errors state numbers shifted by it.
  private mutating func setFill(
    pages: UInt64, count: UInt64, step: UInt64, shift: UInt64
  ) throws(ArgumentMisfit) {
    guard pages <= 1 << 18 else {
      throw ArgumentMisfit(
        argument: .size,
        message: "size \(hexadecimal(pages << shift)) is too large; the ranges of a fill have at "
          + "most \(hexadecimal((1 << 18) << shift))")
    }
    guard (1...512).contains(count) else {
      throw ArgumentMisfit(
        argument: .count, message: "count \(count) is not possible; a fill has 1 to 512 ranges")
    }
    guard step >= pages, step - pages < 1 << 21 else {
      throw ArgumentMisfit(
        argument: .step,
        message: "step \(hexadecimal(step << shift)) is not possible; the step of a fill is its "
          + "size, or up to \(hexadecimal((1 << 21 - 1) << shift)) more")
    }
    self.pages = pages
    self.count = Int(truncatingIfNeeded: count)
    // The distance of a single range says nothing.
    gap = count == 1 ? 0 : step - pages
  }

  /// Throws unless this fill is normal, that is, unless all its ranges start in the windows.
  private func checkFill(in world: World) throws(ArgumentMisfit) {
    guard !isNormalised(in: world) else { return }
    throw ArgumentMisfit(
      argument: .count,
      message: "a fill of \(count) ranges of this size and step leaves its window or the space")
  }

  /// The page of the address `byte`. Notes the flaw `misaligned` or `outside`; without `flaws` both
  /// are an error.
  private static func page(
    ofByte byte: UInt64, _ argument: ArgumentMisfit.Argument,
    _ flaws: (misaligned: Flaw, outside: Flaw)?, _ flaw: inout Flaw, _ world: World
  ) throws(ArgumentMisfit) -> UInt64 {
    var start = byte
    if let flaws, start % Page.size == misalignment {
      try note(flaws.misaligned, argument, &flaw)
      start -= misalignment
    }
    if let flaws, start & outsideBit != 0 {
      try note(flaws.outside, argument, &flaw)
      start &= ~outsideBit
    }
    guard start % Page.size == 0 else {
      throw ArgumentMisfit(
        argument: argument,
        message: flaws == nil
          ? "\(hexadecimal(byte)) is not a multiple of 0x1000"
          : "\(hexadecimal(byte)) is neither a multiple of 0x1000 nor 0x800 above one; only "
            + "the latter can express a misaligned address")
    }
    let page = start >> Page.shift
    guard world.contains(page) else {
      throw ArgumentMisfit(
        argument: argument,
        message: "\(hexadecimal(byte)) is outside " + world.places(shift: Page.shift))
    }
    return page
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
    let pages = world.mostPages
    guard whole % Page.size == 0, (1...pages).contains(whole >> Page.shift) else {
      let most = hexadecimal(pages << Page.shift)
      throw ArgumentMisfit(
        argument: .size,
        message: "size \(hexadecimal(size)) is not possible in this world; a size is a multiple of "
          + "0x1000 up to \(most), or deliberately wrong: 0x800 above such a multiple, 0, or "
          + "\(hexadecimal(wrappingSize))")
    }
    return whole >> Page.shift
  }

  private static func page(
    ofKey key: UInt64, _ argument: ArgumentMisfit.Argument, _ world: World
  ) throws(ArgumentMisfit) -> UInt64 {
    guard world.contains(key) else {
      throw ArgumentMisfit(
        argument: argument,
        message: "key \(hexadecimal(key)) is outside " + world.places(shift: 0))
    }
    return key
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
    guard world.block(pages) == pages else {
      let choices =
        world.isWhole
        ? "the size of a block that hosts map: "
          + World.hostBlocks.map { hexadecimal($0 << Page.shift) }.joined(separator: ", ")
        : "a power-of-two number of pages, at most \(world.largestBlock)"
      throw ArgumentMisfit(
        argument: .size,
        message: "a record of \(pages) pages is not a block; with 'blocks laminar' a record has "
          + choices)
    }
    for (argument, page) in [(ArgumentMisfit.Argument.start, page), (.nested, second)] {
      guard page % pages == 0 else {
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
  /// The most pages of a range: those of a window, or of the space. A space of keys has one more
  /// than fits into 64 bits.
  var mostPages: UInt64 { isWhole ? max(lastPage, lastPage &+ 1) : windowPages }

  /// A phrase that says where operations may start, in page numbers shifted left by `shift`.
  fileprivate func places(shift: UInt64) -> String {
    if isWhole { return "the space, which ends at \(hexadecimal(lastPage << shift))" }
    var ranges: [String] = []
    for window in 0..<windows {
      let first = firstPage(ofWindow: window) << shift
      let last = first &+ (windowPages << shift &- 1)
      ranges.append("\(hexadecimal(first))...\(hexadecimal(last))")
    }
    return "every window; "
      + (ranges.count == 1 ? "the only window is " : "the windows are ")
      + ranges.joined(separator: ", ")
  }
}
