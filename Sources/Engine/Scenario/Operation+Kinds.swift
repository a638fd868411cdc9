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
