import ReverseMapping

extension World {
  /// Pages in a window.
  @inlinable
  public var windowPages: UInt64 { 1 &<< UInt64(windowShift) }

  /// The last page of the space; the last key of a tree.
  @inlinable
  public var lastPage: UInt64 {
    family.drivesMaps ? UInt64.max &>> (64 &- (UInt64(ipaBits) &- Page.shift)) : .max
  }

  /// The first page of window `index`, in IPA pages for maps, in the 64-bit key space for trees.
  /// Never traps, even in a world that is not normal.
  @inlinable
  public func firstPage(ofWindow index: UInt8) -> UInt64 {
    let bits = family.drivesMaps ? UInt64(ipaBits) &- Page.shift : 64
    switch index & 3 {
    case 0: return 0
    case 1: return (UInt64.max &>> (64 &- bits)) &- windowPages &+ 1
    case 2: return 1 &<< (bits &- 1)
    // Half of the window on either side of 2^32 pages (16 TiB), or of a quarter of the space if it
    // is too small for that.
    default: return (1 &<< (bits > 34 ? 32 : bits &- 2)) &- windowPages / 2
    }
  }

  /// Page `offset` of window `window`: 0 low, 1 top, 2 middle, 3 across the limit of a 32-bit page
  /// offset.
  @inlinable
  public func page(_ offset: UInt64, ofWindow window: UInt8) -> UInt64 {
    firstPage(ofWindow: window) &+ offset
  }

  /// The window in use that contains `page`, or nil. Always nil in a whole world.
  @inlinable
  public func window(ofPage page: UInt64) -> UInt8? {
    for window in 0..<min(windows, Self.windowCount)
    where page &- firstPage(ofWindow: window) < windowPages {
      return window
    }
    return nil
  }

  /// Whether an operation of this world may start at `page`, or at this key.
  @inlinable
  public func contains(_ page: UInt64) -> Bool {
    isWhole ? page <= lastPage : window(ofPage: page) != nil
  }

  /// `page` if an operation of this world may start there; otherwise a page that it may start at,
  /// chosen by the bits of `page`.
  @inlinable
  public func confined(_ page: UInt64) -> UInt64 {
    if isWhole { return page & lastPage }
    if window(ofPage: page) != nil { return page }
    let window = Self.remainder(page &>> UInt64(windowShift), by: windows)
    return self.page(page & (windowPages &- 1), ofWindow: UInt8(truncatingIfNeeded: window))
  }

  /// The first page of the window of `page`, or of the space in a whole world. `page` must be one
  /// that this world contains.
  @inlinable
  func firstPage(below page: UInt64) -> UInt64 {
    window(ofPage: page).map(firstPage(ofWindow:)) ?? 0
  }

  /// The last page of the window of `page`, or of the space in a whole world.
  @inlinable
  func lastPage(above page: UInt64) -> UInt64 {
    window(ofPage: page).map { firstPage(ofWindow: $0) &+ (windowPages &- 1) } ?? lastPage
  }

  /// The page of another world, moved to the same place in this one: the same distance from the
  /// start of the same window or, between whole worlds, from the nearer end of the space.
  func page(_ page: UInt64, from other: World) -> UInt64 {
    if !isWhole, let window = other.window(ofPage: page) {
      let offset = (page &- other.firstPage(ofWindow: window)) & (windowPages &- 1)
      let index = Self.remainder(UInt64(window), by: windows)
      return self.page(offset, ofWindow: UInt8(truncatingIfNeeded: index))
    }
    let distance = other.lastPage &- page
    return distance < page && other.lastPage != lastPage
      ? confined(lastPage &- min(distance, lastPage)) : confined(page)
  }

  /// Page `count`, counted over the windows in use from 0. The first follows the last. In a whole
  /// world, `count` itself.
  func page(ofCount count: UInt64) -> UInt64 {
    if isWhole { return confined(count) }
    let window = UInt8(truncatingIfNeeded: count / windowPages % UInt64(windows))
    return page(count % windowPages, ofWindow: window)
  }

  /// The two low bits of `field` modulo the MMUs, without a division.
  @inlinable
  func mmu(_ field: UInt64) -> UInt64 { Self.remainder(field, by: mmus) }

  /// The two low bits of `field` modulo `count`, which is 1 to 4, without a division.
  @inlinable
  static func remainder(_ field: UInt64, by count: UInt8) -> UInt64 {
    // One byte for each count, two bits for each remainder: 0000, 0101, 0120, 0123.
    let remainders: UInt64 = 0xe424_4400
    return remainders &>> ((UInt64(count) &- 1) & 3 &* 8 &+ (field & 3) &* 2) & 3
  }
}

// MARK: - Blocks

extension World {
  /// The blocks that hosts map with granules of 4K, 16K and 64K, in pages: 4K, 16K, 64K, 2M, 32M,
  /// 512M and 1G.
  public static let hostBlocks: [UInt64] = [1, 4, 16, 512, 8192, 131_072, 262_144]

  /// The most pages in a record of a laminar world. In a small world 32, or half a window if that
  /// is less: the fourth window lies *across* its address, so it is aligned to half a window only.
  @inlinable
  public var largestBlock: UInt64 { isWhole ? 1 &<< 18 : min(32, windowPages >> 1) }

  /// The smallest block of a laminar world that contains the pages `low` and `high`, or the largest
  /// block if none does. In pages.
  func block(containing low: UInt64, _ high: UInt64) -> UInt64 {
    let distance = low ^ high
    guard isWhole else {
      // The highest bit in which the pages differ is below the block's size.
      return min(largestBlock, distance == 0 ? 1 : 2 &<< (63 - distance.leadingZeroBitCount))
    }
    return Self.hostBlocks.first { distance < $0 } ?? largestBlock
  }

  /// The smallest block of a laminar world of at least `pages` pages, or the largest block.
  func block(above pages: UInt64) -> UInt64 { block(containing: 0, max(1, pages) - 1) }

  /// The size in pages of a block of a laminar world, for a record of `pages` pages, which are at
  /// least 1. In a whole world the largest block that is no larger; in a small one the lowest set
  /// bit of `pages`. In random bytes half of the records of a small world thus have one page, a
  /// quarter two, and so on.
  @inlinable
  func block(_ pages: UInt64) -> UInt64 {
    guard isWhole else { return min(pages & (0 &- pages), largestBlock) }
    // Bit n is set if a host maps blocks of 2^n pages: 0, 2, 4, 9, 13, 17, 18.
    let shifts: UInt64 = 0x6_2215
    let most = 63 &- UInt64(truncatingIfNeeded: pages.leadingZeroBitCount)
    let fitting = shifts & ((2 &<< most) &- 1)
    return 1 &<< (63 &- UInt64(truncatingIfNeeded: fitting.leadingZeroBitCount))
  }
}
