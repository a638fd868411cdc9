import Foundation
import Scenario
import TestSupport
import Testing

@testable import Differential

@Suite("Transitions in a file")
struct TransitionTableTests {
  private static let some = transition(0)

  private static let kinds =
    Set(World.Family.allCases.flatMap(\.kinds).map { UInt32($0.rawValue) + 1 }).sorted()

  /// A distinct transition for each number below 6 x 8 x 16 x 22 x 23 x 4.
  private static func transition(_ number: Int) -> Transition {
    var rest = number
    func take(_ count: Int) -> UInt32 {
      defer { rest /= count }
      return UInt32(rest % count)
    }
    var packed = take(6) << 16 | take(8) << 19 | take(16) << 10
    packed |= kinds[Int(take(kinds.count))]
    let last = Int(take(kinds.count + 1))
    packed |= last == 0 ? 0 : kinds[last - 1] << 5
    packed |= take(4) << 14
    return Transition(packed: packed) ?? some
  }

  @Test("counts can be read while the table is open, and after it was destroyed")
  func shared() throws {
    let folder = try Scratch()
    let path = folder.path("a")
    var table: TransitionTable? = try TransitionTable(creatingAt: path)
    var expected = TransitionTally()
    #expect(try TransitionTally(contentsOf: path) == expected)
    table?.countExecution(operations: 17)
    table?.countExecution(operations: 4)
    table?.beginWatched()
    table?.count(Self.transition(3))
    table?.count(Self.transition(4))
    (expected.executions, expected.operations, expected.watched) = (2, 21, 1)
    expected.transitions = [Self.transition(3).packed: 1, Self.transition(4).packed: 1]
    #expect(try TransitionTally(contentsOf: path) == expected)
    table = nil
    #expect(try TransitionTally(contentsOf: path) == expected)
    #expect(folder.names == ["a"])
  }

  @Test("an execution counts once for a transition, however often it shows it")
  func incidence() throws {
    let folder = try Scratch()
    let table = try TransitionTable(creatingAt: folder.path("a"))
    for seen in [[0, 1, 0, 0, 2], [1, 1], [2, 1, 2]] {
      table.beginWatched()
      for number in seen { table.count(Self.transition(number)) }
    }
    let tally = try TransitionTally(contentsOf: folder.path("a"))
    #expect((0...2).map { tally.transitions[Self.transition($0).packed] } == [1, 3, 2])
    #expect(tally.counts == (watched: 3, distinct: 3, singletons: 1, doubletons: 1))
  }

  @Test("a full table counts transitions that find no slot, and keeps those that it has")
  func full() throws {
    let folder = try Scratch()
    let table = try TransitionTable(creatingAt: folder.path("a"))
    let count = TransitionTable.slots * 5 / 4
    for _ in 0..<2 {
      table.beginWatched()
      for number in 0..<count { table.count(Self.transition(number)) }
    }
    let tally = try TransitionTally(contentsOf: folder.path("a"))
    #expect(tally.transitions.count > TransitionTable.slots * 9 / 10)
    #expect(tally.transitions.count <= TransitionTable.slots)
    #expect(tally.transitions.values.allSatisfy { $0 == 2 })
    #expect(tally.unplaced == 2 * (count - tally.transitions.count))
  }

  @Test("up to half of the slots every transition finds one")
  func roomy() throws {
    let folder = try Scratch()
    let table = try TransitionTable(creatingAt: folder.path("a"))
    table.beginWatched()
    for number in 0..<TransitionTable.slots / 2 { table.count(Self.transition(number * 11)) }
    let tally = try TransitionTally(contentsOf: folder.path("a"))
    #expect(tally.unplaced == 0)
    #expect(tally.counts.distinct == TransitionTable.slots / 2)
  }

  @Test("a new table replaces the file of an old one, whose writer keeps the old file")
  func replaced() throws {
    let folder = try Scratch()
    let path = folder.path("a")
    let old = try TransitionTable(creatingAt: path)
    old.countExecution(operations: 1)
    let new = try TransitionTable(creatingAt: path)
    old.countExecution(operations: 1)
    #expect(try TransitionTally(contentsOf: path).executions == 0)
    new.countExecution(operations: 1)
    #expect(try TransitionTally(contentsOf: path).executions == 1)
  }

  @Test("merging adds up two tallies")
  func merge() throws {
    var first = TransitionTally()
    (first.executions, first.operations, first.watched, first.unplaced) = (10, 100, 5, 1)
    first.transitions = [Self.transition(1).packed: 1, Self.transition(2).packed: 4]
    var second = TransitionTally()
    (second.executions, second.operations, second.watched, second.unplaced) = (20, 300, 7, 2)
    second.transitions = [Self.transition(1).packed: 1, Self.transition(3).packed: 1]
    first.merge(second)
    #expect(
      (first.executions, first.operations, first.watched, first.unplaced) == (30, 400, 12, 3))
    #expect(
      first.transitions
        == [
          Self.transition(1).packed: 2, Self.transition(2).packed: 4, Self.transition(3).packed: 1,
        ])
    #expect(first.counts == (watched: 12, distinct: 3, singletons: 1, doubletons: 1))
  }

  @Test("a tally can be written over an old file and read again")
  func written() throws {
    let folder = try Scratch()
    let path = folder.path("a")
    var tally = TransitionTally()
    try tally.write(to: path)
    #expect(try TransitionTally(contentsOf: path) == tally)
    (tally.executions, tally.operations, tally.watched, tally.unplaced) = (1 << 40, 1 << 50, 9, 3)
    for number in 0..<40_000 { tally.transitions[Self.transition(number).packed] = 1 + number % 9 }
    try tally.write(to: path)
    #expect(try TransitionTally(contentsOf: path) == tally)
    #expect(folder.names == ["a"])
  }

  @Test("a path that cannot be written or read is an error, and a pipe is not replaced")
  func unwritable() throws {
    let folder = try Scratch()
    let missing = folder.path("no/such/folder")
    #expect(throws: TransitionError.cannotWrite(missing, "No such file or directory")) {
      try TransitionTable(creatingAt: missing)
    }
    let pipe = folder.path("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(throws: TransitionError.cannotWrite(pipe, "it is not a regular file")) {
      try TransitionTally().write(to: pipe)
    }
    #expect(throws: TransitionError.cannotRead(missing, "No such file or directory")) {
      try TransitionTally(contentsOf: missing)
    }
    #expect(throws: TransitionError.cannotRead(pipe, "it is not a regular file")) {
      try TransitionTally(contentsOf: pipe)
    }
    #expect(folder.names == ["pipe"])
  }

  /// Ways to damage the bytes of a table, each with words of the error.
  static let damages: [(String, @Sendable (inout [UInt8]) -> Void)] = [
    ("too short", { $0 = [] }),
    ("too short", { $0.removeLast($0.count - 40) }),
    ("bytes", { $0.removeLast() }),
    ("bytes", { $0.append(0) }),
    ("bytes", { $0[12] += 1 }),
    ("bytes", { $0[15] = 0xff }),
    ("magic number", { $0[0] ^= 1 }),
    ("magic number", { $0 = [UInt8](repeating: 0x41, count: $0.count) }),
    ("version is 2", { $0[8] = 2 }),
    ("out of range", { $0[23] = 0x80 }),
    ("out of range", { $0[31] = 0xff }),
    ("out of range", { $0[39] = 0xff }),
    ("out of range", { $0[47] = 0xff }),
    ("slot 0 holds", { $0[64 + 3] = 0xff }),
    ("slot 1 holds", { $0.replaceSubrange(80..<84, with: $0[64..<68]) }),
    ("0 of 2 executions", { $0[64 + 8] = 0 }),
    ("3 of 2 executions", { $0[64 + 8] = 3 }),
    ("of 2 executions", { $0[64 + 15] = 0xff }),
  ]

  @Test("a file that is not a table, or a damaged one, is an error", arguments: damages.indices)
  func damaged(_ index: Int) throws {
    let folder = try Scratch()
    let path = folder.path("a")
    var tally = TransitionTally()
    (tally.executions, tally.operations, tally.watched) = (8, 90, 2)
    tally.transitions = [Self.transition(1).packed: 2, Self.transition(2).packed: 1]
    try tally.write(to: path)
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let (word, damage) = Self.damages[index]
    damage(&bytes)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: TransitionError.self) { try TransitionTally(contentsOf: path) }
    let message = error?.description ?? ""
    #expect(message.hasPrefix("\(path) is not a valid transition table: "), "\(message)")
    #expect(message.contains(word), "\(message)")
  }
}
