import ReverseMapping

/// A page of a world: the `page`-th one of window `window`.
public struct Place: Equatable, Hashable, Sendable {
  /// The index of the window: 0 low, 1 top, 2 middle, 3 across the 32-bit page offset.
  public var window: UInt8
  /// The page in the window, from 0.
  public var page: UInt8

  /// Page `page` of window `window`. O(1).
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

  /// The most pages in a record of a laminar world: 32, or half of a smaller window, because that
  /// is what the fourth window (which lies *across* its address) is aligned to.
  @inlinable
  public var largestBlock: UInt64 { min(32, windowPages >> 1) }

  /// The first page of window `index`, in the space that the family addresses: IPA pages for maps,
  /// the whole 64-bit key space for trees. Never traps, whatever the settings. O(1).
  @inlinable
  public func firstPage(ofWindow index: UInt8) -> UInt64 {
    let bits = family.drivesMaps ? UInt64(ipaBits) &- Page.shift : 64
    switch index & 3 {
    case 0: return 0
    case 1: return (UInt64.max &>> (64 &- bits)) &- windowPages &+ 1
    case 2: return 1 &<< (bits &- 1)
    // Half of the window on either side of 2^32 pages (16 TiB), or of a quarter of a space that is
    // too small to have such a place.
    default: return (1 &<< (bits > 34 ? 32 : bits &- 2)) &- windowPages / 2
    }
  }

  /// The number of the page at `place`, which for a tree is a key. O(1).
  @inlinable
  public func pageNumber(of place: Place) -> UInt64 {
    firstPage(ofWindow: place.window) &+ UInt64(place.page)
  }

  /// Where page `number` is, or nil if it lies in none of the windows in use. O(1).
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

  /// The two low bits of `field`, modulo the windows in use. O(1), without a division.
  @inlinable
  func window(_ field: UInt64) -> UInt64 { Self.remainder(field, by: windows) }

  /// The two low bits of `field`, modulo the MMUs. O(1), without a division.
  @inlinable
  func mmu(_ field: UInt64) -> UInt64 { Self.remainder(field, by: mmus) }

  /// The two low bits of `field`, modulo `count`, which is 1 to 4. O(1), without a division.
  @inlinable
  static func remainder(_ field: UInt64, by count: UInt8) -> UInt64 {
    // One byte for each count, two bits for each value: 0000, 0101, 0120, 0123.
    let remainders: UInt64 = 0xe424_4400
    return remainders &>> ((UInt64(count) &- 1) & 3 &* 8 &+ (field & 3) &* 2) & 3
  }
}
