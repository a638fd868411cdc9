import CProcesses
import Files
import Foundation
import Scenario
import TestSupport
import Testing

@testable import Processes

/// Children that are scripts, each ending in a way of its own.
@Suite("A pool of workers", .waitsForProcesses)
struct WorkerPoolTests {
  /// What came of `count` requests to a child that is the shell script `script`.
  private func outcomes(of count: Int, _ script: String) async throws -> [WorkerOutcome] {
    var outcomes: [WorkerOutcome] = []
    try await WorkerPool(
      executable: "/bin/sh", arguments: ["-c", "\(Self.ready); \(script)"]
    ).run {
      outcomes.count == count
        ? nil : WorkerRequest(scenario: Data([3]), question: .failure, limit: 1000)
    } take: {
      outcomes.append($0)
    }
    return outcomes
  }

  private func failures(_ outcomes: [WorkerOutcome]) -> [ProcessFailure] {
    outcomes.compactMap { outcome in
      if case .failure(let failure) = outcome { return failure }
      return nil
    }
  }

  /// Commands of the shell that send a message.
  private static let ready = #"echo '{"event":"ready"}'"#
  private static let pass =
    #"echo '{"event":"answer","answer":{"step":7,"scenario":"","refusedSteps":[]}}'"#
  private static let leak = #"echo '{"event":"leak"}'"#
  private static let trap =
    #"echo '{"event":"trap","signal":4,"function":"0x12","call":"record in \"a\""}'"#

  @Test("one child answers as long as it lives")
  func answers() async throws {
    let outcomes = try await outcomes(of: 5, "while read line; do \(Self.pass); done")
    let steps = outcomes.map { outcome in
      if case .answer(let answer) = outcome { return answer.step }
      return -1
    }
    #expect(steps == [7, 7, 7, 7, 7])
  }

  @Test("one that dies at its second run is followed by another")
  func dies() async throws {
    let outcomes = try await outcomes(
      of: 4, "read line; \(Self.pass); read line; \(Self.trap); kill -ILL $$")
    let failures = failures(outcomes)
    #expect(failures.count == 2)
    #expect(
      failures.allSatisfy { $0.symptom == .traps && $0.place == "signal 4 in the function at 0x12" }
    )
    #expect(failures.allSatisfy { $0.detail == #"during record in "a""# })
  }

  @Test("the words of a fatal error say where it is")
  func fatalError() async throws {
    let outcomes = try await outcomes(
      of: 1, "read line; echo 'Map.swift:9: Fatal error: no node' >&2; kill -ILL $$")
    #expect(failures(outcomes).map(\.stderrTail) == ["Map.swift:9: Fatal error: no node"])
    let here = ProcessFailure(
      symptom: .traps, place: "p", stderrTail: "Map.swift:9: Fatal error: no node at 1")
    var there = here
    there.stderrTail = "Map.swift:9: Fatal error: no node at 22"
    #expect(here == there)
    there.stderrTail = "Map.swift:9: Fatal error: no entry at 1"
    #expect(here != there)
  }

  @Test("a hang, a sanitizer's report and a leak are told apart")
  func others() async throws {
    let hang = try await outcomes(of: 1, "read line; kill -ALRM $$")
    #expect(failures(hang).map(\.symptom) == [.hangs])
    let report = "SUMMARY: AddressSanitizer: heap-use-after-free in erase"
    let sanitizer = try await outcomes(of: 1, "read line; echo '\(report)' >&2; exit 1")
    #expect(failures(sanitizer) == [ProcessFailure(symptom: .failsUnderASanitizer, place: report)])
    let leak = try await outcomes(
      of: 1, "read line; echo 'SUMMARY: AddressSanitizer: 120 bytes' >&2; \(Self.leak); exit 1")
    #expect(failures(leak).map(\.symptom) == [.leaksMemory])
  }

  @Test("prose is no message: a worker that says it is ready in words is none")
  func prose() async throws {
    let trap = try await outcomes(of: 1, "read line; echo 'trap 4 0x12 a call'; kill -ILL $$")
    #expect(failures(trap).map(\.place) == ["signal 4"] && failures(trap).map(\.call) == [""])
    let leak = try await outcomes(of: 1, "read line; echo leak; exit 1")
    #expect(failures(leak).map(\.symptom) == [.exits])
    await #expect(throws: CommandError.self) {
      var requests = [WorkerRequest(scenario: Data(), question: .failure, limit: 1)]
      try await WorkerPool(executable: "/bin/sh", arguments: ["-c", "echo ready; cat"]).run {
        requests.popLast()
      } take: { _ in
      }
    }
  }

  @Test(
    "what a signal handler writes as a string of JSON reads as the same text",
    arguments: ["", "record in a", "\"\\\"", "\u{1}\n\t\u{1f}", "ä\u{7f}"])
  func escape(text: String) throws {
    var json = [CChar](repeating: 1, count: 100)
    let length = worker_escape(&json, json.count, text)
    #expect(json[length] == 0)
    let bytes = json[..<length].map { UInt8(bitPattern: $0) }
    let line = #"{"event":"hang","call":""# + String(decoding: bytes, as: UTF8.self) + #""}"#
    #expect(WorkerMessage(line: line)?.call == text)
  }

  @Test("a string that does not fit is cut between characters and escapes")
  func escapeTooLong() throws {
    for capacity in 1...40 {
      var json = [CChar](repeating: 1, count: 41)
      let length = worker_escape(&json, capacity, "\u{1}\"\u{2}\"\u{3}")
      #expect(length < capacity && json[length] == 0 && json[capacity] == 1)
      let bytes = json[..<length].map { UInt8(bitPattern: $0) }
      let line = #"{"event":"hang","call":""# + String(decoding: bytes, as: UTF8.self) + #""}"#
      #expect(WorkerMessage(line: line) != nil, "\(capacity)")
    }
  }

  @Test("an exit is a failure, and so is what is no answer")
  func exits() async throws {
    let exit = try await outcomes(of: 1, "read line; exit 7")
    #expect(failures(exit) == [ProcessFailure(symptom: .exits, place: "with code 7")])
    let chatter = try await outcomes(of: 1, "read line; echo hello")
    #expect(failures(chatter) == [ProcessFailure(symptom: .exits, place: "with code 0")])
  }

  @Test("endless words on standard error do no harm, and the last of them are kept")
  func endlessWords() async throws {
    let outcomes = try await outcomes(
      of: 1,
      "read line; head -c 9000000 /dev/zero | tr '\\0' x >&2; echo >&2; "
        + "echo 'A.swift:1: Fatal error: late' >&2; kill -ILL $$")
    #expect(failures(outcomes).map(\.stderrTail) == ["A.swift:1: Fatal error: late"])
  }

  @Test("a run that goes on when all is over is ended, and what comes after it is not")
  func over() async throws {
    var outcomes: [WorkerOutcome] = []
    var handedOut = 0
    let pool = WorkerPool(
      executable: "/bin/sh", arguments: ["-c", "\(Self.ready); read line; sleep 1; \(Self.pass)"])
    try await pool.run(isOver: { true }) {
      handedOut += 1
      return handedOut > 2
        ? nil : WorkerRequest(scenario: Data(), question: .failure, limit: 60_000)
    } take: {
      outcomes.append($0)
    }
    #expect(handedOut == 3)
    // The first was ended and says nothing; the second has its second.
    #expect(outcomes.count == 1 && failures(outcomes).isEmpty)
  }

  @Test("a child that does not do its work is a problem, not a failure of the scenario")
  func useless() async throws {
    await #expect(throws: CommandError.self) {
      try await WorkerPool(executable: "/bin/sh", arguments: ["-c", "exit 64"]).run {
        WorkerRequest(scenario: Data(), question: .failure, limit: 1)
      } take: { _ in
      }
    }
    await #expect(throws: CommandError.self) { try await outcomes(of: 1, "read l; kill -KILL $$") }
    await #expect(throws: CommandError.self) {
      try await WorkerPool(executable: "/nonexistent/revfuzz", arguments: []).run {
        WorkerRequest(scenario: Data(), question: .failure, limit: 1)
      } take: { _ in
      }
    }
  }
}
