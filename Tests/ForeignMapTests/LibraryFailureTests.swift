import Foundation
import Scenario
import TestSupport
import Testing

@testable import Processes

/// Runs in which the library ends the process: the report names the library and the operation.
@Suite(
  "A library that ends the process",
  .enabled(if: TestLibrary.isThere, "clang is not on PATH"), .waitsForProcesses)
struct LibraryFailureTests {
  /// The failure of a library that executes `statement` in its second record.
  private static func failure(
    _ statement: String, name: String = "sorted-array"
  ) async throws -> ProcessFailure {
    let path = try TestLibrary.sortedArray([
      (".name = \"sorted-array\"", ".name = \"\(name)\""),
      (
        "  if (map->broken) return REVERSE_MAP_IGNORED;",
        "  if (map->count == 1) \(statement);\n  if (map->broken) return REVERSE_MAP_IGNORED;"
      ),
    ])
    let scenario = try Scenario(
      text: """
        revfuzz-scenario 3
        world vm mmus 1
        record 0x1000 -> 0x2000 size 0x1000 mmu 0
        record 0x4000 -> 0x5000 size 0x2000 mmu 0
        """)
    var request: WorkerRequest? = WorkerRequest(
      scenario: Data(scenario.encoded()), question: .failure, limit: 5000)
    var outcomes: [WorkerOutcome] = []
    let workers = WorkerPool(executable: Run.executable, arguments: ["worker", "--subject", path])
    try await workers.run {
      defer { request = nil }
      return request
    } take: {
      outcomes.append($0)
    }
    try #require(outcomes.count == 1)
    guard case .failure(let failure) = outcomes[0] else { throw Alive() }
    return failure
  }

  private struct Alive: Error {}

  private static let call = "record of [0x4000, 0x5fff] -> 0x5000 in sorted-array"

  @Test(
    "the report of a trap gives the place in the library and the call",
    arguments: ["*(volatile int *)8 = 1", "abort()", "__builtin_trap()"])
  func trap(statement: String) async throws {
    let failure = try await Self.failure(statement)
    #expect(failure.symptom == .traps)
    #expect(failure.place.contains("in the function at library+0x"))
    #expect(failure.detail == "during " + Self.call)
  }

  @Test("the report of a hang gives the call")
  func hang() async throws {
    let failure = try await Self.failure("for (;;)")
    #expect(failure.symptom == .hangs)
    #expect(failure.detail.hasSuffix("in " + Self.call))
  }

  @Test("a name with quotes appears unchanged in the report")
  func quotes() async throws {
    for statement in ["abort()", "for (;;)"] {
      let failure = try await Self.failure(statement, name: #"a\"b\\c"#)
      #expect(failure.call == #"record of [0x4000, 0x5fff] -> 0x5000 in a"b\c"#)
    }
  }

  @Test("a call of exit counts as a failure")
  func exit() async throws {
    let failure = try await Self.failure("exit(0)")
    #expect(failure.symptom == .exits)
    #expect(failure.place == "with code 0")
  }
}
