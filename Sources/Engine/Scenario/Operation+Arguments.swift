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
