import CampaignReport
import TestSupport
import Differential
import Foundation
import ReverseMapping
import struct Scenario.Operation
import Testing

@testable import Campaign

@Suite("Transition counts over all runs")
struct TransitionStoreTests {
  private let scratch = try! Scratch()
  private var store: TransitionStore { TransitionStore(folder: scratch.url.path) }

  /// The transition of an operation of this kind with an empty answer.
  private static func key(_ kind: Operation.Kind) -> UInt32 {
    Transition(kind, after: nil, Answer(), before: nil, after: nil).packed
  }
  private static let record = key(.record)
  private static let unmap = key(.unmap)

  /// The counts of a process that watched `watched` executions. `transitions` gives the number of
  /// these executions in which each transition was seen.
  private static func tally(_ watched: Int, _ transitions: [UInt32: Int]) -> TransitionTally {
    var tally = TransitionTally()
    tally.executions = 10 * watched
    tally.operations = 100 * watched
    tally.watched = watched
    tally.transitions = transitions
    return tally
  }

  private func open(_ problems: inout [String]) -> TransitionTally {
    var reported: [String] = []
    let tally = store.open { reported.append($0) }
    problems += reported
    return tally
  }

  /// Opens the store, and expects no problem.
  private func open() -> TransitionTally {
    var problems: [String] = []
    let tally = open(&problems)
    #expect(problems == [])
    return tally
  }

  /// The names of the sum files and of the tables.
  private var files: [String] {
    InputFolder.names(in: scratch.url.path).filter { $0 != "watched" }
      + InputFolder.names(in: scratch.path("watched"))
  }

  @Test("ended processes are added exactly once, and the sum is kept")
  func adds() throws {
    #expect(open() == TransitionTally())
    try Self.tally(5, [Self.record: 1]).write(to: store.table(of: "a.1"))
    try Self.tally(7, [Self.record: 1, Self.unmap: 3]).write(to: store.table(of: "a.2"))
    let sum = Self.tally(12, [Self.record: 2, Self.unmap: 3])
    #expect(open() == sum)
    #expect(files == ["transitions.2.a.2"])
    #expect(open() == sum)
    var tally = sum
    try Self.tally(1, [Self.unmap: 1]).write(to: store.table(of: "b.1"))
    store.add("b.1", to: &tally) { Issue.record("\($0)") }
    #expect(tally == Self.tally(13, [Self.record: 2, Self.unmap: 4]))
    #expect(open() == tally)
    #expect(
      tally.transitionCounts
        == TransitionCounts(watched: 13, distinct: 2, singletons: 0, doubletons: 1))
  }

  @Test("a process is not added again after a kill between writing the sum and removing its table")
  func cutShort() throws {
    _ = open()
    try Self.tally(5, [Self.record: 1]).write(to: scratch.path("transitions.1.a.1"))
    try Self.tally(9, [Self.record: 2]).write(to: scratch.path("transitions.2.a.2"))
    try Self.tally(4, [Self.record: 1]).write(to: store.table(of: "a.2"))
    #expect(open() == Self.tally(9, [Self.record: 2]))
    #expect(files == ["transitions.2.a.2"])
  }

  @Test("a process without a table adds nothing")
  func noTable() {
    var tally = open()
    store.add("a.1", to: &tally) { Issue.record("\($0)") }
    #expect(tally == TransitionTally() && files == [])
    #expect(store.look(at: "a.1") == TransitionTally())
  }

  @Test("an invalid table is reported and skipped, and the others count")
  func garbage() throws {
    _ = open()
    try "no table".write(toFile: store.table(of: "a.1"), atomically: true, encoding: .utf8)
    try Self.tally(4, [Self.record: 1]).write(to: store.table(of: "a.2"))
    var problems: [String] = []
    #expect(open(&problems) == Self.tally(4, [Self.record: 1]))
    #expect(problems.count == 1 && problems.allSatisfy { $0.contains("watched/a.1") })
    #expect(open() == Self.tally(4, [Self.record: 1]))
    try "no sum".write(toFile: scratch.path("transitions.9.z"), atomically: true, encoding: .utf8)
    problems = []
    // The previous sum is used.
    #expect(open(&problems) == Self.tally(4, [Self.record: 1]))
    #expect(problems.count == 1)
    // A partial file is ignored.
    try "half".write(
      toFile: scratch.path("transitions.9.z.77.part"), atomically: true, encoding: .utf8)
    #expect(open() == Self.tally(4, [Self.record: 1]))
    #expect(files == ["transitions.1.a.2"])
  }
}
