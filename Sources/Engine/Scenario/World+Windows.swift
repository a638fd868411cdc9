import ReverseMapping

/// A page of a world: page `page` of window `window`.
public struct Place: Equatable, Hashable, Sendable {
  /// The index of the window: 0 low, 1 top, 2 middle, 3 across the limit of a 32-bit page offset.
  public var window: UInt8
  /// The page in the window, from 0.
  public var page: UInt8

  /// Page `page` of window `window`.
  @inlinable
  public init(window: UInt8, page: UInt8) {
    self.window = window
    self.page = page
  }
}

extension World {
  /// Pages in a window.
  @inlinable
  public var windowPages: UInt64 { 1 &<< UInt64(windowShift) }

  /// The most pages in a record of a laminar world: 32, or half a window if that is less. The
  /// fourth window lies *across* its address, so it is aligned to half a window only.
  @inlinable
  public var largestBlock: UInt64 { min(32, windowPages >> 1) }

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

  /// The page number of `place`. For trees it is a key.
  @inlinable
  public func pageNumber(of place: Place) -> UInt64 {
    firstPage(ofWindow: place.window) &+ UInt64(place.page)
  }

  /// The place of page `number`, or nil if it is outside every window in use.
  @inlinable
  public func place(ofPage number: UInt64) -> Place? {
    for window in 0..<min(windows, Self.windowCount) {
      let page = number &- firstPage(ofWindow: window)
      if page < windowPages {
        return Place(window: window, page: UInt8(truncatingIfNeeded: page))
      }
    }
    return nil
  }

  /// The place of page `count`, counted over the windows in use from 0. The first follows the last.
  func place(ofCount count: UInt64) -> Place {
    Place(
      window: UInt8(truncatingIfNeeded: count / windowPages % UInt64(windows)),
      page: UInt8(truncatingIfNeeded: count % windowPages))
  }

  /// The two low bits of `field` modulo the windows in use, without a division.
  @inlinable
  func window(_ field: UInt64) -> UInt64 { Self.remainder(field, by: windows) }

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
