import ReverseMapping
import Scenario

/// Anything that a scenario can drive: a reverse map, a range tree; under test or as
/// the oracle. The adapters beside this file make one of each.
public protocol Driver: ~Copyable {
  /// An operation with its arguments worked out, once for the subject and the oracle.
  associatedtype Action
  /// One line of its state, as a reader of a divergence wants to see it.
  associatedtype Row: DriverRow

  /// The arguments that `operation` stands for in `world`. O(1).
  static func action(for operation: Operation, in world: World) -> Action

  /// Does `action` and puts what came of it into `answer`, which arrives as "done".
  mutating func perform(_ action: Action, answer: inout Answer)

  /// Calls `body` with every row of the state, in ascending order.
  func forEachRow(_ body: (Row) -> Void)

  /// The state that is not rows, as one number that two equal states share. O(1).
  var status: UInt64 { get }

  /// `status` in words.
  var statusDescription: String { get }

  /// Whether `row` is of the direct map, and so says of an entry what the entry's own row says too.
  static func isOfDirectMap(_ row: Row) -> Bool

  /// What a subject with `status` did, where `expected` was expected and its rows are right: a verb
  /// and its objects, joined by hyphens.
  static func symptom(ofStatus status: UInt64, against expected: UInt64) -> String
}

extension Driver where Self: ~Copyable {
  /// There is no direct map. O(1).
  public static func isOfDirectMap(_ row: Row) -> Bool { false }

  /// Nothing more is known. O(1).
  public static func symptom(ofStatus status: UInt64, against expected: UInt64) -> String {
    "has-another-status"
  }
}

/// A machine under test.
public protocol Subject: Driver, ~Copyable {
  /// How the machine has broken the rules of the interface that it is reached through, as a sentence,
  /// or nil. Runs after every operation, before anything else is looked at.
  func checkInterface() -> String?

  /// The first rule that the machine's own structure breaks, as a sentence, or nil. Runs after
  /// every operation.
  func checkStructure() -> String?

  /// The first known entry or direct entry without a counterpart, as a sentence, or nil; asked
  /// when the structure holds. Runs after every operation.
  func checkLockstep() -> String?

  /// How the last operation broke a rule of memory, or nil. Asked after every operation.
  func checkMemory() -> MemoryFault?

  /// What memory was used for since it was made.
  var memoryCounts: MemoryCounts { get }

  /// The first of `rows` that no sound state can hold in `world`, as a sentence, or nil. Runs only
  /// when the rows are not the oracle's, to say what is wrong with them.
  static func fault(in rows: [Row], world: World) -> String?

  /// Forgets everything and says what stayed allocated, or nil.
  mutating func tearDown() -> String?
}

/// A machine that is right by being plain.
public protocol Reference: Driver {
  /// Becomes the machine at the start of a run in `world`, and keeps its memory.
  mutating func reset(for world: World)

  /// Whether the rows of `subject` are exactly this machine's, in ascending order.
  func holdsExactlyRows<S: Subject & ~Copyable>(of subject: borrowing S) -> Bool
  where S.Row == Row
}

extension Subject where Self: ~Copyable {
  /// There is nothing between it and its caller. O(1).
  @inlinable
  public func checkInterface() -> String? { nil }

  /// No direct map: nothing to be out of step. O(1).
  @inlinable
  public func checkLockstep() -> String? { nil }

  /// Memory is never refused. O(1).
  @inlinable
  public func checkMemory() -> MemoryFault? { nil }

  /// Memory is not counted. O(1).
  @inlinable
  public var memoryCounts: MemoryCounts { MemoryCounts() }
}
