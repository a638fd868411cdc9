import ReverseMapping

/// One step of a scenario: a kind of operation and its arguments.
///
/// An operation is eight bytes, the same in memory, in a corpus file and in a mutator. Addresses
/// are kept as *coordinates* (window and page), so that any eight bytes are an operation. `World`
/// turns them into the arguments that a subject receives.
///
///              map, direct, vm, memory     tree
///     byte 0   kind                        kind
///     byte 1   bits 0-1 window             bits 0-1 window
///              bits 2-3 second window      bits 2-3 second window
///              bits 4-5 MMU (vm, memory)   bits 4-7 reach: 8-11 far, 15 reversed, else near
///     byte 2   page in the window          page in the window
///     byte 3   pages - 1                   pages - 1 of a near range
///     byte 4   second page: nested         second page: last key of a far or reversed range
///     byte 5   flaw: 1-7, else none        word, 24 bits, lowest byte first
///     byte 6   0                           word
///     byte 7   0                           word
///
/// The place of an `invalidate` (bits 0-1 of byte 1, and byte 2) is nested, not canonical.
///
/// Operations on memory have another layout, which is the same in tree worlds:
///
///              refuse                      enter               topUp           reclaim
///     byte 1   0                           0                   bits 4-5 MMU    0
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
  /// The eight bytes. Byte 0 is the lowest.
  public var bits: UInt64

  /// An operation with exactly these eight bytes, normal or not.
  @inlinable
  public init(bits: UInt64) { self.bits = bits }

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

  /// How a tree range encodes its last key.
  public enum Reach: UInt8, CaseIterable, Sendable {
    /// By length: `pages` keys from the first.
    case near = 0
    /// By the second place, which is `windowPages` or more above the first.
    case far = 8
    /// By the second place, which is below the first: a flaw.
    case reversed = 15
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
      .handOver, .tearDown:
      return .map
    case .store, .erase, .replace, .remove, .find, .insert, .list, .clearTree: return .tree
    case .refuse, .enter, .topUp, .reclaim: return .memory
    }
  }

  /// Whether the operation has a range: canonical, nested or of keys.
  @inlinable
  public var takesRange: Bool {
    switch self {
    case .record, .unmap, .query, .invalidate, .store, .erase, .replace, .remove, .insert, .list:
      return true
    case .clear, .beginFullUnmap, .endFullUnmap, .create, .handOver, .tearDown, .refuse, .enter,
      .topUp, .reclaim, .find, .clearTree:
      return false
    }
  }

  /// Whether the operation has a tree word.
  @inlinable
  public var takesWord: Bool { self == .store || self == .replace || self == .insert }

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
    case .map: return 0x00_003f
    case .tree: return 0x10_3fc0
    case .direct: return 0x01_003f
    case .vm: return 0x1f_003f
    case .memory: return 0xff_003f
    }
  }

  /// The wire value of the kind that byte 0 selects.
  ///
  /// A byte that is the wire value of a kind of the family selects that kind. Any other byte
  /// selects by its value modulo the number of kinds. Trees differ: their eight consecutive kinds
  /// are selected by the low three bits, and `refuse` only by its own wire value, so that random
  /// bytes rarely give a `refuse`.
  ///
  /// Never divides by a variable.
  @inlinable @inline(__always)
  func kind(ofByte byte: UInt64) -> UInt64 {
    let index: UInt64
    switch self {
    case .map: return byte % 6
    case .tree: return byte &- 6 < 8 || byte == 20 ? byte : 6 &+ byte & 7
    case .direct: index = byte == 16 ? 6 : byte % 7
    case .vm: index = byte &- 16 < 5 ? byte &- 10 : byte % 11
    case .memory: index = byte &- 16 < 8 ? byte &- 10 : byte % 14
    }
    // Their kinds are 0 to 5 and then 16 and up.
    return index < 6 ? index : 10 &+ index
  }
}
