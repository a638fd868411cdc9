import ReverseMapping

/// One step of a scenario: a kind of operation and its arguments.
///
/// An operation is three words of 64 bits, the same in memory, in a corpus file and in a mutator.
/// Any three words are an operation. Addresses and sizes are the literal ones that a subject
/// receives, in pages.
///
///                        map, direct, vm, memory         tree
///     head   byte 0      kind                            kind
///            byte 1      bits 0-1 MMU (vm, memory)       0
///                        bits 2-7 flaw: 1-7, else none
///            bytes 2-7   pages - 1                       word, 24 bits, lowest byte first
///     page               first page of the range         first key
///     second             a record's first nested page    last key
///
/// The range of an `invalidate` is nested, not canonical. A `fill` packs more into bytes 2-7 of its
/// head, the same in all families; the fill of a tree has its word in `second`:
///
///            bits 16-33  pages - 1 of each range
///            bits 34-42  ranges - 1
///            bits 43-63  the gap between two ranges, in pages
///
/// Operations on memory have another layout, which is the same in tree worlds:
///
///              refuse                      enter               topUp           reclaim
///     byte 1   0                           0                   bits 0-1 MMU    0
///     byte 2   fault plan, modulo 7        bit 0 the context   0               0
///     byte 3   count - 1, 16 bits, lowest byte first; 0 if the plan is none
///     byte 4   count - 1
///     byte 5   0
///     byte 6   seed of a chance
///     byte 7   0
///
/// An operation is *normal* in a world if `normalised(in:)` does not change it. The setters here
/// change only their own bits, so normalise afterwards.
public struct Operation: Equatable, Hashable, Sendable {
  /// The kind and the small arguments. Byte 0 is the lowest.
  public var head: UInt64
  /// The first page of the range: canonical, nested for an `invalidate`; the first key of a tree.
  public var page: UInt64
  /// The first nested page of a record, or the last key of a range of keys.
  public var second: UInt64

  /// An operation with exactly these bits, normal or not.
  @inlinable
  public init(head: UInt64, page: UInt64, second: UInt64) {
    self.head = head
    self.page = page
    self.second = second
  }

  /// The kind of operation. The raw value is the wire value: never reuse one.
  public enum Kind: UInt8, CaseIterable, Codable, Sendable {
    /// Records a new shadow mapping of a canonical range at a nested base (Specification 3.2).
    case record
    /// Unmaps a canonical range (Specification 3.3).
    case unmap
    /// Asks what an unmap of a canonical range would report (Specification 3.4).
    case query
    /// Removes every entry of a map (Specification 3.5).
    case clear
    /// Begins a full unmap of the shadow stage-2 (Specification 3.6).
    case beginFullUnmap
    /// Ends one full unmap (Specification 3.6).
    case endFullUnmap
    /// Stores a word for a range of keys, over anything there (Specification 6.2).
    case store
    /// Erases a range of keys and no other keys (Specification 6.3).
    case erase
    /// Replaces every range that intersects by one range with a word (Specification 6.4).
    case replace
    /// Removes every range that intersects, whole (Specification 6.5).
    case remove
    /// Finds the first range that ends at a key or after it (Specification 6.6).
    case find
    /// Stores a word for a range of keys if no range intersects (Specification 6.1).
    case insert
    /// Lists every range that intersects a range of keys (Specification 6.6).
    case list
    /// Empties the tree.
    case clearTree
    /// Invalidates a nested range, as a guest's TLB invalidation does (Specification 7.3). The wire
    /// values 14 and 15 belonged to a family that no longer exists and must not be reused.
    case invalidate = 16
    /// Makes an MMU valid (Specification 8.3).
    case create
    /// Hands an MMU over to another context (Specification 8.4).
    case handOver
    /// Tears an MMU down (Specification 8.5).
    case tearDown
    /// Sets the fault plan: which requests for memory are refused from now on, in all maps
    /// (Specification 4.6).
    case refuse
    /// Enters a context where code may sleep, or where it must not (Specification 4.5).
    case enter
    /// Tops up an MMU's reserve of nodes for its next record (Specification 4.4).
    case topUp
    /// Gives retired nodes back (Specification 4.7).
    case reclaim
    /// Records up to 512 mappings of one size, one after the other at a fixed distance in both
    /// spaces.
    case fill
    /// Stores a word for up to 512 ranges of keys at a fixed distance.
    case fillTree
  }

  /// A deliberate error in the arguments, which the subject must refuse (Specification 3.1; for
  /// trees, section 6). An operation has at most one.
  public enum Flaw: UInt8, CaseIterable, Sendable {
    /// No flaw.
    case none
    /// The start of the range is half a page off. It is canonical, or nested for an `invalidate`.
    case misalignedCanonical
    /// The nested start is half a page off. Records only.
    case misalignedNested
    /// The size is half a page too large.
    case misalignedSize
    /// The size is 0.
    case empty
    /// The size is the largest multiple of a page. The range then ends past the last 64-bit address
    /// or, if it starts in the first two pages, leaves the IPA width.
    case wraps
    /// The start of the range has bit 57 set. It is canonical, or nested for an `invalidate`.
    case canonicalOutside
    /// The nested start has bit 57 set. Records only.
    case nestedOutside
    /// The last key is below the first. Trees only.
    case reversed
  }
}

// MARK: - Kinds

// Which kinds of operation a family has, and how byte 0 selects one of them. A kind may belong to
// several families: every family of maps has records.

extension Operation.Kind {
  /// What an operation acts on. It determines the layout of its bytes.
  public enum Group: Sendable {
    /// A reverse map, or the MMU that owns it.
    case map
    /// A range tree.
    case tree
    /// The memory of a virtual machine or a tree, or the context that the code runs in.
    case memory
  }

  /// What the operation acts on.
  @inlinable
  public var group: Group {
    switch self {
    case .record, .unmap, .query, .clear, .beginFullUnmap, .endFullUnmap, .invalidate, .create,
      .handOver, .tearDown, .fill:
      return .map
    case .store, .erase, .replace, .remove, .find, .insert, .list, .clearTree, .fillTree:
      return .tree
    case .refuse, .enter, .topUp, .reclaim: return .memory
    }
  }

  /// Whether the operation has a range: canonical, nested or of keys.
  @inlinable
  public var takesRange: Bool {
    switch self {
    case .record, .unmap, .query, .invalidate, .store, .erase, .replace, .remove, .insert, .list,
      .fill, .fillTree:
      return true
    case .clear, .beginFullUnmap, .endFullUnmap, .create, .handOver, .tearDown, .refuse, .enter,
      .topUp, .reclaim, .find, .clearTree:
      return false
    }
  }

  /// Whether the operation has a tree word.
  @inlinable
  public var takesWord: Bool {
    self == .store || self == .replace || self == .insert || self == .fillTree
  }

  /// Whether the operation makes mappings, and so has a nested range beside the canonical one.
  @inlinable
  public var isRecord: Bool { self == .record || self == .fill }

  /// Whether the operation stands for several ranges: `Operation.count` of them.
  @inlinable
  public var isFill: Bool { self == .fill || self == .fillTree }

  /// The kind of each of the operations that a fill stands for; otherwise this kind.
  @inlinable
  public var single: Operation.Kind {
    self == .fill ? .record : self == .fillTree ? .store : self
  }

  /// Whether the operation names an MMU in a vm or memory world. `unmap` and `query` do not: they
  /// visit every valid MMU (Specification 8.6). Nor do `refuse`, `enter` and `reclaim`, which act
  /// on the whole virtual machine.
  @inlinable
  public var namesMMU: Bool {
    group == .map && self != .unmap && self != .query || self == .topUp
  }
}

extension World.Family {
  /// The kinds of the family, ascending by wire value. O(kinds).
  public var kinds: [Operation.Kind] { Operation.Kind.allCases.filter(contains) }

  /// Whether the family has `kind`.
  @inlinable
  public func contains(_ kind: Operation.Kind) -> Bool {
    kindMask &>> UInt64(kind.rawValue) & 1 == 1
  }

  /// One bit for each kind of the family, at its wire value.
  @inlinable
  var kindMask: UInt64 {
    switch self {
    case .map: return 0x100_003f
    case .tree: return 0x210_3fc0
    case .direct: return 0x101_003f
    case .vm: return 0x11f_003f
    case .memory: return 0x1ff_003f
    }
  }

  /// The wire value of the kind that byte 0 selects.
  ///
  /// A byte that is the wire value of a kind of the family selects that kind. Any other byte
  /// selects by its value modulo the number of kinds without `fill`. Trees differ: their eight
  /// consecutive kinds are selected by the low three bits, and `refuse` only by its own wire value.
  /// So random bytes rarely give a `refuse`, and seldom a `fill`, which takes long to run.
  ///
  /// Never divides by a variable.
  @inlinable @inline(__always)
  func kind(ofByte byte: UInt64) -> UInt64 {
    if byte < 64, kindMask &>> byte & 1 == 1 { return byte }
    let index: UInt64
    switch self {
    case .map: return byte % 6
    case .tree: return 6 &+ byte & 7
    case .direct: index = byte % 7
    case .vm: index = byte % 11
    case .memory: index = byte % 14
    }
    // Their kinds are 0 to 5 and then 16 and up.
    return index < 6 ? index : 10 &+ index
  }
}
