import Files
import Foundation
import Scenario
import Testing

@testable import Processes

/// Children that are scripts, each ending in a way of its own.
@Suite("Runs in a child process")
struct IsolationTests {
  /// What came of `count` requests to a child that is the shell script `script`.
  private func outcomes(of count: Int, _ script: String) async throws -> [TrialOutcome] {
    var outcomes: [TrialOutcome] = []
    try await Isolation.run(by: ("/bin/sh", ["-c", "echo ready; \(script)"])) {
      outcomes.count == count
        ? nil : TrialRequest(scenario: Data([3]), question: .failure, limit: 1000)
    } take: {
      outcomes.append($0)
    }
    return outcomes
  }

  private func deaths(_ outcomes: [TrialOutcome]) -> [Death] {
    outcomes.compactMap { outcome in
      if case .death(let death) = outcome { return death }
      return nil
    }
  }

  private static let pass = #"echo '{"step":7,"scenario":"","refusedSteps":[]}'"#

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
      of: 4, "read line; \(Self.pass); read line; echo 'trap 4 0x12'; kill -ILL $$")
    let deaths = deaths(outcomes)
    #expect(deaths.count == 2)
    #expect(
      deaths.allSatisfy { $0.deed == "traps" && $0.place == "signal 4 in the function at 0x12" })
  }

  @Test("the words of a fatal error say where it is")
  func fatalError() async throws {
    let outcomes = try await outcomes(
      of: 1, "read line; echo 'Map.swift:9: Fatal error: no node' >&2; kill -ILL $$")
    #expect(deaths(outcomes).map(\.lastWords) == ["Map.swift:9: Fatal error: no node"])
    let here = Death(deed: "traps", place: "p", lastWords: "Map.swift:9: Fatal error: no node at 1")
    var there = here
    there.lastWords = "Map.swift:9: Fatal error: no node at 22"
    #expect(here == there)
    there.lastWords = "Map.swift:9: Fatal error: no entry at 1"
    #expect(here != there)
  }

  @Test("a hang, a sanitizer's report and a leak are told apart")
  func others() async throws {
    let hang = try await outcomes(of: 1, "read line; kill -ALRM $$")
    #expect(deaths(hang).map(\.deed) == [Death.hang])
    let report = "SUMMARY: AddressSanitizer: heap-use-after-free in erase"
    let sanitizer = try await outcomes(of: 1, "read line; echo '\(report)' >&2; exit 1")
    #expect(deaths(sanitizer) == [Death(deed: "fails-under-a-sanitizer", place: report)])
    let leak = try await outcomes(
      of: 1, "read line; echo 'SUMMARY: AddressSanitizer: 120 bytes' >&2; echo leak; exit 1")
    #expect(deaths(leak).map(\.deed) == ["leaks-memory"])
  }

  @Test("an exit is a death, and so is what is no answer")
  func exits() async throws {
    let exit = try await outcomes(of: 1, "read line; exit 7")
    #expect(deaths(exit) == [Death(deed: "exits", place: "with code 7")])
    let chatter = try await outcomes(of: 1, "read line; echo hello")
    #expect(deaths(chatter) == [Death(deed: "exits", place: "with code 0")])
  }

  @Test("endless words on standard error do no harm, and the last of them are kept")
  func endlessWords() async throws {
    let outcomes = try await outcomes(
      of: 1,
      "read line; head -c 9000000 /dev/zero | tr '\\0' x >&2; echo >&2; "
        + "echo 'A.swift:1: Fatal error: late' >&2; kill -ILL $$")
    #expect(deaths(outcomes).map(\.lastWords) == ["A.swift:1: Fatal error: late"])
  }

  @Test("a run that goes on when all is over is ended, and what comes after it is not")
  func over() async throws {
    var outcomes: [TrialOutcome] = []
    var handedOut = 0
    try await Isolation.run(
      by: ("/bin/sh", ["-c", "echo ready; read line; sleep 1; \(Self.pass)"]), isOver: { true }
    ) {
      handedOut += 1
      return handedOut > 2
        ? nil : TrialRequest(scenario: Data(), question: .failure, limit: 60_000)
    } take: {
      outcomes.append($0)
    }
    #expect(handedOut == 3)
    // The first was ended and says nothing; the second has its second.
    #expect(outcomes.count == 1 && deaths(outcomes).isEmpty)
  }

  @Test("a child that does not do its work is a problem, not a failure of the scenario")
  func useless() async throws {
    await #expect(throws: FileProblem.self) {
      try await Isolation.run(by: ("/bin/sh", ["-c", "exit 64"])) {
        TrialRequest(scenario: Data(), question: .failure, limit: 1)
      } take: { _ in
      }
    }
    await #expect(throws: FileProblem.self) { try await outcomes(of: 1, "read l; kill -KILL $$") }
    await #expect(throws: FileProblem.self) {
      try await Isolation.run(by: ("/nonexistent/revfuzz", [])) {
        TrialRequest(scenario: Data(), question: .failure, limit: 1)
      } take: { _ in
      }
    }
  }
}
