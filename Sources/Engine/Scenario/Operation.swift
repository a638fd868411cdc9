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
/// What has to do with memory has another layout (`Operation+Memory.swift`), in a tree too:
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

// MARK: - Fields

extension Operation {
  /// The field of `width` bits from bit `shift` on. O(1).
  @inlinable
  func field(_ shift: UInt64, _ width: UInt64) -> UInt64 {
    bits &>> shift & ((1 &<< width) &- 1)
  }

  /// Puts the low `width` bits of `value` at bit `shift`. O(1).
  @inlinable
  mutating func setField(_ shift: UInt64, _ width: UInt64, _ value: UInt64) {
    let mask = ((1 &<< width) &- 1) as UInt64
    bits = bits & ~(mask &<< shift) | (value & mask) &<< shift
  }

  /// What to do. `record` if byte 0 is no kind at all. O(1).
  @inlinable
  public var kind: Kind {
    get { Kind(rawValue: UInt8(truncatingIfNeeded: bits)) ?? .record }
    set { setField(0, 8, UInt64(newValue.rawValue)) }
  }

  /// The index of the window where the range, or the tree range, starts. O(1).
  @inlinable
  public var window: UInt8 { UInt8(truncatingIfNeeded: field(8, 2)) }

  /// The index of the window of a record's nested base, or of a far last key. O(1).
  @inlinable
  public var secondWindow: UInt8 { UInt8(truncatingIfNeeded: field(10, 2)) }

  /// The page in `window`. O(1).
  @inlinable
  public var page: UInt8 { UInt8(truncatingIfNeeded: field(16, 8)) }

  /// The page in `secondWindow`. O(1).
  @inlinable
  public var secondPage: UInt8 { UInt8(truncatingIfNeeded: field(32, 8)) }

  /// Where the range starts: canonical, but in an `invalidate` nested; or the tree range. O(1).
  @inlinable
  public var place: Place {
    get { Place(window: window, page: page) }
    set {
      setField(8, 2, UInt64(newValue.window))
      setField(16, 8, UInt64(newValue.page))
    }
  }

  /// Where the nested range of a record starts, or a far tree range ends. O(1).
  @inlinable
  public var secondPlace: Place {
    get { Place(window: secondWindow, page: secondPage) }
    set {
      setField(10, 2, UInt64(newValue.window))
      setField(32, 8, UInt64(newValue.page))
    }
  }

  /// The length in pages, or in keys: 1 to 256. Values outside wrap. O(1).
  @inlinable
  public var pages: UInt64 {
    get { field(24, 8) &+ 1 }
    set { setField(24, 8, newValue &- 1) }
  }

  /// The MMU that an operation of a machine names, 0 to 3; 0 in those that name none
  /// (`Kind.namesMMU`) and in other worlds. Set values wrap. O(1).
  @inlinable
  public var mmu: Int {
    get { Int(truncatingIfNeeded: field(12, 2)) }
    set { setField(12, 2, UInt64(truncatingIfNeeded: newValue)) }
  }

  /// The word of a tree operation, 24 bits: 0 and the reserved words 2, 6, ... 4094 included. O(1).
  @inlinable
  public var treeWord: UInt64 {
    get { field(40, 24) }
    set { setField(40, 24, newValue) }
  }

  /// How the last key of a tree operation is given. O(1).
  @inlinable
  public var reach: Reach {
    get {
      let value = field(12, 4)
      return value == 15 ? .reversed : value & 12 == 8 ? .far : .near
    }
    set { setField(12, 4, UInt64(newValue.rawValue)) }
  }

  /// What is wrong with the arguments. Set a tree operation to `reversed` or `none`, and a map
  /// operation to anything else; what is about memory has no flaw. O(1).
  @inlinable
  public var flaw: Flaw {
    get {
      switch kind.group {
      case .map:
        let value = UInt8(truncatingIfNeeded: field(40, 8))
        return value < 8 ? Flaw(rawValue: value) ?? .none : .none
      case .tree: return reach == .reversed ? .reversed : .none
      case .memory: return .none
      }
    }
    set {
      switch kind.group {
      case .map: setField(40, 8, UInt64(newValue.rawValue))
      case .tree:
        if (newValue == .reversed) != (reach == .reversed) {
          reach = newValue == .reversed ? .reversed : .near
        }
      case .memory: break
      }
    }
  }
}
