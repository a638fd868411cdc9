import ReverseMapping
import Scenario

/// Anything that a scenario can drive: a reverse map, a virtual machine or a range tree, as the
/// subject or as the oracle. The drivers beside this file adapt one of each.
public protocol Driver: ~Copyable {
  /// An operation with its arguments computed, once for subject and oracle together.
  associatedtype Action
  /// One line of its state, as a report prints it.
  associatedtype Row: DriverRow

  /// Action number `index`, below `operation.count`, that `operation` stands for: a fill stands for
  /// as many records, or stores, as it has ranges.
  static func action(for operation: Operation, _ index: Int) -> Action

  /// Does `action` and puts the result into `answer`, whose outcome is `done` on entry.
  mutating func perform(_ action: Action, answer: inout Answer)

  /// Calls `body` with every row of the state, in ascending order.
  func forEachRow(_ body: (Row) -> Void)

  /// The rest of the state as one number: flags and counts. Equal states have equal numbers.
  var status: UInt64 { get }

  /// `status` in words.
  var statusDescription: String { get }

  /// Whether `row` belongs to the direct map, and so repeats what the row of an entry states.
  static func isOfDirectMap(_ row: Row) -> Bool

  /// The symptom of a subject whose rows are right and whose status is `status` instead of
  /// `expected`: a verb and its objects, joined by hyphens.
  static func symptom(ofStatus status: UInt64, against expected: UInt64) -> String
}

extension Driver where Self: ~Copyable {
  /// False: by default there is no direct map.
  public static func isOfDirectMap(_ row: Row) -> Bool { false }

  public static func symptom(ofStatus status: UInt64, against expected: UInt64) -> String {
    "has-another-status"
  }
}

/// A driver of the code under test.
public protocol Subject: Driver, ~Copyable {
  /// How the subject broke the rules of the interface that it is called through, as a sentence, or
  /// nil. Called after every operation, before any other check.
  func checkInterface() -> String?

  /// The first structural rule that the subject breaks (Specification 5.9), as a sentence, or nil.
  /// Called after every operation.
  func checkStructure() -> String?

  /// The first known entry or direct entry without a counterpart, as a sentence, or nil. Called
  /// after every operation whose structure check passed.
  func checkLockstep() -> String?

  /// How the last operation broke a memory rule, or nil. Called after every operation.
  func checkMemory() -> MemoryFault?

  /// The subject's use of memory since it was created.
  var memoryCounts: MemoryCounts { get }

  /// The first malformed row of `rows` in `world`, as a sentence, or nil. Called only if the rows
  /// differ from the oracle's, to report why.
  static func fault(in rows: [Row], world: World) -> String?

  /// Clears everything and returns what is still allocated, as a sentence, or nil.
  mutating func tearDown() -> String?
}

/// A driver of the oracle: an implementation simple enough to be obviously right.
public protocol OracleDriver: Driver {
  /// Resets to the start of a run of `scenario`, whose operations it may look at. Keeps its memory.
  mutating func reset(for scenario: borrowing Scenario)

  /// Whether the rows of `subject` are exactly the oracle's, in ascending order. O(rows).
  func holdsExactlyRows<S: Subject & ~Copyable>(of subject: borrowing S) -> Bool
  where S.Row == Row
}

extension Subject where Self: ~Copyable {
  /// Nil: by default there is no foreign interface.
  @inlinable
  public func checkInterface() -> String? { nil }

  /// Nil: by default there is no direct map.
  @inlinable
  public func checkLockstep() -> String? { nil }

  /// Nil: by default no request for memory is refused.
  @inlinable
  public func checkMemory() -> MemoryFault? { nil }

  /// All zero: by default memory is not counted.
  @inlinable
  public var memoryCounts: MemoryCounts { MemoryCounts() }
}
