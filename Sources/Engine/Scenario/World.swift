import ReverseMapping

/// Where a scenario takes place: which subject, which addresses, which shape of block.
///
/// Addresses of a scenario come from a few *windows* of `windowPages` pages each, at places where
/// arithmetic goes wrong: both ends of the space, its middle, and across the reach of a 32-bit page
/// offset. A small world makes overlap, repeats and touching neighbours common, and keeps the
/// naive oracle fast.
///
/// A family uses some of the settings only. In a *normal* world (`normalised()`) every setting is
/// one of its choices, and those that the family does not use have their default:
///
///     setting          default      map   tree   direct   vm, memory
///     ipaBits          48           yes          yes      yes
///     layout           mailed       yes          yes      yes
///     nodeSize         production   yes   yes    yes      yes
///     blocks           pages        yes          yes      yes
///     windowShift      6            yes   yes    yes      yes
///     windows          4            yes   yes    yes      yes
///     hasDirectMap     false                     (true)   yes
///     mmus             2                                  yes
///
/// A direct world has a direct map, always; that is what it is for.
public struct World: Equatable, Hashable, Sendable {
  /// What kind of machine the operations drive. The raw value is the wire value: never reuse one.
  public enum Family: UInt8, CaseIterable, Sendable {
    /// A reverse map without a direct map: `record`, `unmap`, ...
    case map
    /// A range tree alone: `store`, `erase`, ..., and `refuse`.
    case tree
    /// A reverse map with its direct map (Specification 7): as `map`, and `invalidate`. 2 is
    /// retired: it was a family that is gone.
    case direct = 3
    /// The MMUs of a virtual machine, with a reverse map each (Specification 8): as `direct`, and
    /// `create`, `handOver`, ..., `refuse`.
    case vm
    /// As vm, and where it runs, its reserves and what it has retired (Specification 4): `enter`,
    /// `topUp` and `reclaim`.
    case memory

    /// Whether the machine is a reverse map or several: its addresses are IPAs. O(1).
    @inlinable
    public var drivesMaps: Bool {
      switch self {
      case .map, .direct, .vm, .memory: return true
      case .tree: return false
      }
    }

    /// Whether the machine has MMUs: operations name them, and worlds say how many there are. O(1).
    @inlinable
    public var isVM: Bool { self == .vm || self == .memory }
  }

  /// How many entries a tree node holds. Tiny nodes let short scenarios reach three levels.
  public enum NodeSize: UInt8, CaseIterable, Sendable {
    /// As few as the tree allows, for many splits and merges.
    case tiny
    /// As many as in production, for full and nearly empty nodes.
    case production
  }

  /// Which ranges a record may cover.
  public enum Blocks: UInt8, CaseIterable, Sendable {
    /// Naturally aligned powers of two of 1 to 32 pages, canonical and nested: any two nest or are
    /// disjoint, as with the blocks of 4K, 16K, 64K, 2M, 32M and 1G that KVM creates. The six
    /// sizes are scaled down to neighbouring powers of two to keep the per-page oracle fast; the
    /// map never looks at a size, only at bounds.
    case laminar
    /// Any run of pages.
    case pages
  }

  /// What kind of machine the operations drive.
  public var family: Family
  /// Bits of an address: one of `ipaBitsChoices`.
  public var ipaBits: UInt8
  /// The layout of stored words (Specification 2.3).
  public var layout: WordLayout
  /// How many entries a tree node holds.
  public var nodeSize: NodeSize
  /// Which ranges a record may cover.
  public var blocks: Blocks
  /// log2 of the pages in a window: one of `windowShiftChoices`.
  public var windowShift: UInt8
  /// How many of the windows are in use, from the first: 1 to `windowCount`.
  @inlinable
  public var windows: UInt8 {
    get { counts & 15 }
    set { counts = counts & 0xf0 | min(newValue, 15) }
  }
  /// Whether each map has a direct map (Specification 7).
  public var hasDirectMap: Bool
  /// How many MMUs a virtual machine has, all of them valid and empty at first: 1 to `mmuCount`.
  @inlinable
  public var mmus: UInt8 {
    get { counts &>> 4 }
    set { counts = counts & 15 | min(newValue, 15) &<< 4 }
  }
  /// Both counts, so that a world is 64 bits and travels in a register: every operation of every
  /// input is made normal in one.
  @usableFromInline var counts: UInt8

  /// Address widths that hosts have, and the narrowest and widest that the design allows for.
  public static let ipaBitsChoices: [UInt8] = [40, 48, 52, 56]
  /// 8, 16, 32 or 64 pages. 64 is the most that the oracle's page table makes cheap.
  public static let windowShiftChoices: [UInt8] = [3, 4, 5, 6]
  /// low, top, middle, and across the 32-bit page offset.
  public static let windowCount: UInt8 = 4
  /// The most MMUs: enough for one that is torn down between two that live on.
  public static let mmuCount: UInt8 = 4
  /// The MMUs of a world that does not say, or does not use them.
  public static let defaultMMUs: UInt8 = 2

  /// A world with these settings, as they are but for the direct map, which a direct world has in
  /// any case: see `normalised()`. O(1).
  @inlinable
  public init(
    family: Family, ipaBits: UInt8 = 48, layout: WordLayout = .mailed,
    nodeSize: NodeSize = .production, blocks: Blocks = .pages, windowShift: UInt8 = 6,
    windows: UInt8 = 4, hasDirectMap: Bool = false, mmus: UInt8 = World.defaultMMUs
  ) {
    self.family = family
    self.ipaBits = ipaBits
    self.layout = layout
    self.nodeSize = nodeSize
    self.blocks = blocks
    self.windowShift = windowShift
    counts = min(windows, 15) | min(mmus, 15) &<< 4
    self.hasDirectMap = hasDirectMap || family == .direct
  }

  /// This world with every setting one of its choices, and the unused ones at their default.
  ///
  /// A width that is no choice becomes the next lower one, or the lowest. Idempotent. O(1).
  @inlinable
  public func normalised() -> World {
    var world = World(family: family)
    world.nodeSize = nodeSize
    world.windowShift = min(max(windowShift, 3), 6)
    world.windows = min(max(windows, 1), 4)
    if family == .tree { return world }
    world.layout = layout
    world.ipaBits = ipaBits < 48 ? 40 : ipaBits < 52 ? 48 : ipaBits < 56 ? 52 : 56
    world.blocks = blocks
    if family.isVM {
      world.hasDirectMap = hasDirectMap
      world.mmus = min(max(mmus, 1), Self.mmuCount)
    }
    return world
  }

  /// Whether `normalised()` would change nothing. O(1).
  @inlinable
  public var isNormalised: Bool { self == normalised() }
}

extension World {
  /// The configuration of every map in this world. O(1).
  public var mapConfiguration: MapConfiguration {
    MapConfiguration(
      nearestWidthTo: Int(ipaBits), layout: layout, hasDirectMap: hasDirectMap)
  }
}
