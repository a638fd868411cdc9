import CProcesses
import Files
import Foundation
import Scenario
import TestSupport
import Testing

@testable import Processes

/// The workers are shell scripts, and each test's script ends in a different way.
@Suite("A pool of workers", .waitsForProcesses)
struct WorkerPoolTests {
  /// The outcomes of `count` requests to workers that run the shell script `script`.
  private func outcomes(
    of count: Int, _ script: String, limit: Int = 1000,
    grace: Duration = WorkerPool.defaultGrace
  ) async throws -> [WorkerOutcome] {
    var outcomes: [WorkerOutcome] = []
    try await WorkerPool(
      executable: "/bin/sh", arguments: ["-c", "\(Self.ready); \(script)"], grace: grace
    ).run {
      outcomes.count == count
        ? nil : WorkerRequest(scenario: Data([3]), question: .failure, limit: limit)
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

  // Shell commands that send a message.
  private static let ready = #"echo '{"event":"ready"}'"#
  private static let pass =
    #"echo '{"event":"answer","answer":{"step":7,"scenario":"","refusedSteps":[]}}'"#
  private static let leak = #"echo '{"event":"leak"}'"#
  private static let trap =
    #"echo '{"event":"trap","signal":4,"function":"0x12","call":"record in \"a\""}'"#

  @Test("one worker answers all requests while it runs")
  func answers() async throws {
    let outcomes = try await outcomes(of: 5, "while read line; do \(Self.pass); done")
    let steps = outcomes.map { outcome in
      if case .answer(let answer) = outcome { return answer.step }
      return -1
    }
    #expect(steps == [7, 7, 7, 7, 7])
  }

  @Test("a worker that dies at its second run is replaced")
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

  @Test("a fatal error is identified by its message, without numbers")
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

  @Test("a hang, a sanitizer's report and a leak are different failures")
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

  @Test("plain text from a worker is not a message, not even \"ready\"")
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
    "text that the signal handler escapes for JSON decodes to the same text",
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

  @Test("an exit is a failure, and so is a line that is not a message")
  func exits() async throws {
    let exit = try await outcomes(of: 1, "read line; exit 7")
    #expect(failures(exit) == [ProcessFailure(symptom: .exits, place: "with code 7")])
    let chatter = try await outcomes(of: 1, "read line; echo hello")
    #expect(failures(chatter) == [ProcessFailure(symptom: .exits, place: "with code 0")])
  }

  @Test("any amount of standard error is read, and its last line is kept")
  func endlessWords() async throws {
    let outcomes = try await outcomes(
      of: 1,
      "read line; head -c 9000000 /dev/zero | tr '\\0' x >&2; echo >&2; "
        + "echo 'A.swift:1: Fatal error: late' >&2; kill -ILL $$")
    #expect(failures(outcomes).map(\.stderrTail) == ["A.swift:1: Fatal error: late"])
  }

  @Test("isOver stops the run in progress, and later runs complete")
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
    // The first run was stopped and has no outcome. The second ran to its end, which takes 1 s.
    #expect(outcomes.count == 1 && failures(outcomes).isEmpty)
  }

  @Test("a worker that cannot start is an error, not a failure of the scenario")
  func useless() async throws {
    await #expect(throws: CommandError.self) {
      try await WorkerPool(executable: "/bin/sh", arguments: ["-c", "exit 64"]).run {
        WorkerRequest(scenario: Data(), question: .failure, limit: 1)
      } take: { _ in
      }
    }
    await #expect(throws: CommandError.self) {
      try await WorkerPool(executable: "/nonexistent/revfuzz", arguments: []).run {
        WorkerRequest(scenario: Data(), question: .failure, limit: 1)
      } take: { _ in
      }
    }
  }

  // MARK: - Killed and late

  /// A shell command that counts the workers, each of which appends a byte to a file in `scratch`.
  private func counting(in scratch: Scratch) -> String { "printf x >>'\(scratch.path("workers"))'" }

  private func workers(in scratch: Scratch) throws -> Int {
    try Data(contentsOf: scratch.url.appendingPathComponent("workers")).count
  }

  @Test("SIGKILL is a failure of the scenario after a second try, and then at once")
  func killed() async throws {
    let scratch = try Scratch()
    let outcomes = try await outcomes(
      of: 3, "\(counting(in: scratch)); read line; kill -KILL $$")
    #expect(failures(outcomes).map(\.symptom) == [.isKilled, .isKilled, .isKilled])
    #expect(failures(outcomes).allSatisfy { $0.description.contains("signal 9") })
    #expect(try workers(in: scratch) == 4)
  }

  @Test("a scenario whose worker was killed once, and then answers, has not failed")
  func killedOnce() async throws {
    let scratch = try Scratch()
    let flag = scratch.path("flag")
    let outcomes = try await outcomes(
      of: 2,
      """
      while read line; do
        if [ -e '\(flag)' ]; then \(Self.pass); else : >'\(flag)'; kill -KILL $$; fi
      done
      """)
    #expect(outcomes.count == 2 && failures(outcomes).isEmpty)
  }

  @Test(
    "a worker that ignores its time limit is ended by this process, with all its children",
    arguments: [
      "trap '' ALRM ABRT; sleep 1000", "trap '' ABRT; exec sleep 1000 >&- 2>&-",
    ])
  func late(script: String) async throws {
    let outcomes = try await outcomes(
      of: 1, "read line; \(script)", limit: 1, grace: .milliseconds(100))
    #expect(failures(outcomes) == [ProcessFailure(symptom: .hangs)])
    #expect(failures(outcomes).map(\.limit) == [1])
  }

  @Test("an answer that comes too late does not count")
  func lateAnswer() async throws {
    let outcomes = try await outcomes(
      of: 1,
      "read line; trap '\(Self.pass.replacing("'", with: "\""))' ABRT; sleep 1000 & wait; wait",
      limit: 1, grace: .milliseconds(100))
    #expect(failures(outcomes) == [ProcessFailure(symptom: .hangs)])
  }

  // MARK: - Places

  @Test("the location is shown, but is no part of a failure's identity")
  func location() {
    let bare = ProcessFailure(symptom: .traps, place: "signal 11 in the function at library+0x1")
    var located = bare
    located.location = "signal 11 in insert at map.c:9"
    located.instruction = .init(library: "/map.so", address: 9)
    #expect(bare == located && bare.hashValue == located.hashValue)
    #expect(bare.signature == located.signature)
    #expect(located.description == "traps (signal 11 in insert at map.c:9)")
    #expect(bare.description == "traps (signal 11 in the function at library+0x1)")
  }

  @Test("a sanitizer's summary identifies a failure without its file and line")
  func summary() async throws {
    let failures = failures(
      try await outcomes(
        of: 1,
        "read l; echo 'SUMMARY: UndefinedBehaviorSanitizer: shift-out-of-bounds map.c:9:5' >&2; "
          + "exit 1"))
    #expect(failures.map(\.place) == ["SUMMARY: UndefinedBehaviorSanitizer: shift-out-of-bounds"])
    #expect(failures.first?.description.contains("map.c:9:5") == true)
  }

  @Test(
    "the place that a symbolizer prints is that of the innermost frame",
    arguments: [
      ("insert\n/a/map.c:9\nrecord\n/a/map.c:20\n", "insert at /a/map.c:9"),
      ("insert\n/a/map.c:9 (discriminator 2)\n", "insert at /a/map.c:9"),
      ("trap\n/a/map.c:0\nrecord\n/a/map.c:20\n", "trap at /a/map.c:20"),
      ("insert\n??:0\n", "insert"), ("insert\n??:?\n", "insert"), ("insert\nmap.c:?\n", "insert"),
      ("??\n??:0\n", nil), ("", nil),
    ] as [(String, String?)])
  func symbolizer(output: String, place: String?) {
    #expect(Symbolizer.place(inOutput: output) == place)
  }
}
