import ReverseMapping

/// The setup of a scenario: the subject, the addresses in use and the shape of records.
///
/// In a *small* world, addresses come from a few *windows* of `windowPages` pages each, where
/// arithmetic goes wrong: at both ends of the space, in its middle, and across the limit of a
/// 32-bit page offset. Overlaps, repeats and touching neighbours are common there. In a *whole*
/// world, which has no windows, addresses are any of the space, and ranges of any size.
///
/// Each family uses some of the settings. In a *normal* world (`normalised()`) every setting has
/// one of its choices, and the settings that the family does not use have their default:
///
///     setting          default      map   tree   direct   vm, memory
///     ipaBits          48           yes          yes      yes
///     layout           mailed       yes          yes      yes
///     nodeSize         production   yes   yes    yes      yes
///     blocks           pages        yes          yes      yes
///     windowShift      6            yes   yes    yes      yes      (not in a whole world)
///     windows          4            yes   yes    yes      yes
///     hasDirectMap     false                     (true)   yes
///     mmus             2                                  yes
///
/// A direct world always has a direct map.
public struct World: Equatable, Hashable, Sendable {
  /// The kind of subject. The raw value is the wire value: never reuse one.
  public enum Family: UInt8, CaseIterable, Sendable {
    /// A reverse map without a direct map: `record`, `unmap`, ...
    case map
    /// A range tree alone: `store`, `erase`, ..., and `refuse`.
    case tree
    /// A reverse map with its direct map (Specification 7): the operations of `map`, and
    /// `invalidate`. The wire value 2 belonged to a family that no longer exists and must not be
    /// reused.
    case direct = 3
    /// The MMUs of a virtual machine, with one reverse map each (Specification 8): the operations
    /// of `direct`, and `create`, `handOver`, `tearDown` and `refuse`.
    case vm
    /// A virtual machine with contexts, reserves and retired nodes (Specification 4): the
    /// operations of `vm`, and `enter`, `topUp` and `reclaim`.
    case memory

    /// Whether the subject is one reverse map or several. Addresses are then IPAs.
    @inlinable
    public var drivesMaps: Bool {
      switch self {
      case .map, .direct, .vm, .memory: return true
      case .tree: return false
      }
    }

    /// Whether the subject is a virtual machine. Operations then name an MMU, and worlds have
    /// `mmus`.
    @inlinable
    public var isVM: Bool { self == .vm || self == .memory }
  }

  /// How many entries a tree node holds. With tiny nodes a short scenario reaches three levels.
  public enum NodeSize: UInt8, CaseIterable, Sendable {
    /// As few as the tree allows, for many splits and merges.
    case tiny
    /// As many as in production, for full and nearly empty nodes.
    case production
  }

  /// Which ranges a record may cover.
  public enum Blocks: UInt8, CaseIterable, Sendable {
    /// Naturally aligned blocks, canonical and nested. Any two nest or are disjoint. In a whole
    /// world they have the sizes that hosts map: 4K, 16K, 64K, 2M, 32M, 512M and 1G. In a small
    /// world they are scaled down to powers of two of 1 to 32 pages, so that they fit a window.
    case laminar
    /// Any run of pages.
    case pages
  }

  /// The kind of subject.
  public var family: Family
  /// The width of an address in bits: one of `ipaBitsChoices`.
  public var ipaBits: UInt8
  /// The layout of stored words (Specification 2.3).
  public var layout: WordLayout
  /// How many entries a tree node holds.
  public var nodeSize: NodeSize
  /// Which ranges a record may cover.
  public var blocks: Blocks
  /// log2 of the pages in a window: one of `windowShiftChoices`.
  public var windowShift: UInt8
  /// How many windows are in use, counted from the first: 1 to `windowCount`, or 0 in a whole
  /// world.
  @inlinable
  public var windows: UInt8 {
    get { counts & 15 }
    set { counts = counts & 0xf0 | min(newValue, 15) }
  }
  /// Whether the world has no windows: addresses are any of the space, sizes are true.
  @inlinable
  public var isWhole: Bool { windows == 0 }
  /// Whether each map has a direct map (Specification 7).
  public var hasDirectMap: Bool
  /// How many MMUs a virtual machine has: 1 to `mmuCount`. All are valid and empty at first.
  @inlinable
  public var mmus: UInt8 {
    get { counts &>> 4 }
    set { counts = counts & 15 | min(newValue, 15) &<< 4 }
  }
  /// `windows` in the low and `mmus` in the high four bits. Packed, so that a world is 64 bits and
  /// fits a register: normalising reads it for every operation of every input.
  @usableFromInline var counts: UInt8

  /// Address widths of real hosts, and the narrowest and widest that the design allows for.
  public static let ipaBitsChoices: [UInt8] = [40, 48, 52, 56]
  /// 8, 16, 32 or 64 pages. In larger windows operations would rarely meet.
  public static let windowShiftChoices: [UInt8] = [3, 4, 5, 6]
  /// The windows: low, top, middle, and across the limit of a 32-bit page offset.
  public static let windowCount: UInt8 = 4
  /// The most MMUs. Enough to tear one down between two that stay valid.
  public static let mmuCount: UInt8 = 4
  /// The number of MMUs in a world that does not give or does not use it.
  public static let defaultMMUs: UInt8 = 2

  /// A world with exactly these settings, normal or not (`normalised()`). A direct world has a
  /// direct map whatever `hasDirectMap` is.
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

  /// This world with every setting at one of its choices, and unused settings at their default.
  ///
  /// An IPA width that is not a choice becomes the next lower choice, or the lowest. Idempotent.
  @inlinable
  public func normalised() -> World {
    var world = World(family: family)
    world.nodeSize = nodeSize
    world.windows = min(windows, Self.windowCount)
    if !isWhole { world.windowShift = min(max(windowShift, 3), 6) }
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

  /// Whether `normalised()` would change nothing.
  @inlinable
  public var isNormalised: Bool { self == normalised() }
}

extension World {
  /// The configuration of every map in this world.
  public var mapConfiguration: MapConfiguration {
    MapConfiguration(
      nearestWidthTo: Int(ipaBits), layout: layout, hasDirectMap: hasDirectMap)
  }
}
