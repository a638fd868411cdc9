import ReverseMapping

/// One step of a scenario: what to do, and where in the world.
///
/// Eight bytes, the same in memory, in a corpus file and in a mutator. Addresses are kept as
/// *coordinates* (window and page) so that any eight bytes are an operation; `World` turns them
/// into the arguments that a subject receives.
///
///              map, direct, machines       tree
///     byte 0   kind                        kind
///     byte 1   bits 0-1 window             bits 0-1 window
///              bits 2-3 second window      bits 2-3 second window
///              bits 4-5 MMU, in machines   bits 4-7 reach: 8-11 far, 15 reversed, else near
///     byte 2   page in the window          page in the window
///     byte 3   pages - 1                   pages - 1 of a near range
///     byte 4   second page: nested         second page: last key of a far or reversed range
///     byte 5   flaw: 1-7, else none        word, 24 bits, lowest byte first
///     byte 6   0                           word
///     byte 7   0                           word
///
/// Machines are the families vm and memory. The one place of an `invalidate`, bits 0-1 of byte 1
/// and byte 2, is nested.
///
/// What has to do with memory has another layout, in a tree too:
///
///              refuse                      enter               topUp           reclaim
///     byte 1   0                           0                   bits 4-5 MMU    0
///     byte 2   plan, modulo 7              bit 0 the context   0               0
///     byte 3   count - 1, 16 bits, lowest byte first, unless the plan is none
///     byte 4   count - 1
///     byte 5   0
///     byte 6   seed of a chance
///     byte 7   0
///
/// An operation is *normal* in a world if it is what `normalised(in:)` makes of it. The setters
/// here change their bits and no others: normalise after them.
public struct Operation: Equatable, Hashable, Sendable {
  /// The eight bytes, first byte lowest.
  public var bits: UInt64

  /// The operation with these eight bytes, as they are. O(1).
  @inlinable
  public init(bits: UInt64) { self.bits = bits }

  /// What to do. The raw value is the wire value: never reuse one.
  public enum Kind: UInt8, CaseIterable, Codable, Sendable {
    /// A shadow mapping is made: a canonical range, a nested base (Specification 3.2).
    case record
    /// A canonical range goes away (Specification 3.3).
    case unmap
    /// What an unmap of a canonical range would report (Specification 3.4).
    case query
    /// The map forgets everything (Specification 3.5).
    case clear
    /// The whole shadow stage-2 starts to go away (Specification 3.6).
    case beginFullUnmap
    /// One full unmap is over (Specification 3.6).
    case endFullUnmap
    /// A range of keys gets a word, whatever was there (Specification 6.2).
    case store
    /// A range of keys loses what it has, other keys keep theirs (Specification 6.3).
    case erase
    /// Whatever a range of keys meets becomes one range with a word (Specification 6.4).
    case replace
    /// Every range that a range of keys meets goes away whole (Specification 6.5).
    case remove
    /// The first range that ends at a key or after it (Specification 6.6).
    case find
    /// A range of keys gets a word if nothing is there (Specification 6.1).
    case insert
    /// Every range that a range of keys meets (Specification 6.6).
    case list
    /// The tree becomes empty.
    case clearTree
    /// The guest drops the translations of a nested range (Specification 7.3). 14 and 15 are
    /// retired: they were kinds of a family that is gone.
    case invalidate = 16
    /// An MMU becomes valid (Specification 8.3).
    case create
    /// An MMU goes to another context (Specification 8.4).
    case handOver
    /// An MMU ends (Specification 8.5).
    case tearDown
    /// Requests for memory are refused from now on as a plan says, in the whole machine
    /// (Specification 4.6).
    case refuse
    /// From now on the code may sleep, or may not (Specification 4.5).
    case enter
    /// The map of an MMU sets nodes aside for its next record (Specification 4.4).
    case topUp
    /// Retired nodes are given back (Specification 4.7).
    case reclaim
  }

  /// What is wrong with an operation's arguments, on purpose: each must be refused
  /// (Specification 3.1). At most one in an operation.
  public enum Flaw: UInt8, CaseIterable, Sendable {
    /// Nothing.
    case none
    /// The start of the range, which is canonical but in an `invalidate`, is half a page off.
    case misalignedCanonical
    /// The nested start is half a page off. Records only.
    case misalignedNested
    /// The size is half a page more.
    case misalignedSize
    /// The size is 0.
    case empty
    /// The size is the largest multiple of a page: it runs past the last 64-bit address, or, from
    /// the first two pages, leaves the IPA width.
    case wraps
    /// The start of the range, which is canonical but in an `invalidate`, has bit 57 set.
    case canonicalOutside
    /// The nested start has bit 57 set. Records only.
    case nestedOutside
    /// The last key is below the first. Trees only.
    case reversed
  }

  /// How the last key of a tree range is given.
  public enum Reach: UInt8, CaseIterable, Sendable {
    /// `pages` keys from the first.
    case near = 0
    /// At the second place, above the first by `windowPages` or more.
    case far = 8
    /// At the second place, below the first: a flaw.
    case reversed = 15
  }
}

// MARK: - Kinds

// Which kinds of operation a family has, and what byte 0 stands for in it. A kind may belong to
// several families: a record is one of maps of every sort.

extension Operation.Kind {
  /// What an operation is about, which says how its bytes are laid out.
  public enum Group: Sendable {
    /// A reverse map, or the MMU that has one.
    case map
    /// A range tree.
    case tree
    /// The memory of a machine or a tree, and what may be done with it where the code runs.
    case memory
  }

  /// What the operation is about. O(1).
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

  /// Whether the operation has a canonical range, a nested range or a tree range. O(1).
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

  /// Whether the operation has a tree word. O(1).
  @inlinable
  public var takesWord: Bool { self == .store || self == .replace || self == .insert }

  /// Whether the operation names an MMU in a vm or memory world: of those that these have, all but
  /// `unmap` and `query`, which visit every valid MMU (Specification 8.6), and `refuse`, `enter`
  /// and `reclaim`, which are about the whole machine. O(1).
  @inlinable
  public var namesMMU: Bool {
    group == .map && self != .unmap && self != .query || self == .topUp
  }
}

extension World.Family {
  /// The kinds that the family has, by wire value. O(kinds).
  public var kinds: [Operation.Kind] { Operation.Kind.allCases.filter(contains) }

  /// Whether the family has `kind`. O(1).
  @inlinable
  public func contains(_ kind: Operation.Kind) -> Bool {
    kindMask &>> UInt64(kind.rawValue) & 1 == 1
  }

  /// A bit for each wire value of a kind of the family.
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

  /// The wire value of the kind that byte 0 stands for: itself if the family has it, else the
  /// kind whose place among the kinds of the family is `byte` modulo their count. Of a tree it is
  /// the low three bits: it has eight kinds in a row, and beside them `refuse`, which random bytes
  /// seldom are. O(1), without a division by a variable.
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
