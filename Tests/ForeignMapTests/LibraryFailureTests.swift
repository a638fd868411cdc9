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
  /// A library that executes `statement` in its second record.
  private static func library(
    _ statement: String, name: String = "sorted-array", flags: [String] = []
  ) throws -> String {
    try TestLibrary.sortedArray(
      [
        (
          "#include <stdlib.h>",
          """
          #include <signal.h>
          #include <stdlib.h>
          #include <sys/time.h>
          #include <unistd.h>
          static void leave(int number) { _exit(0); }
          void oops(void) { *(volatile int *)8 = 1; }
          """
        ),
        (".name = \"sorted-array\"", ".name = \"\(name)\""),
        (
          "  if (map->broken) return REVERSE_MAP_IGNORED;",
          "  if (map->count == 1) { \(statement); }\n"
            + "  if (map->broken) return REVERSE_MAP_IGNORED;"
        ),
      ], flags: flags)
  }

  private static let scenario = """
    revfuzz-scenario 4
    world vm mmus 1
    record 0x1000 -> 0x2000 size 0x1000 mmu 0
    record 0x4000 -> 0x5000 size 0x2000 mmu 0
    """

  /// The failure of a library that executes `statement` in its second record.
  private static func failure(
    _ statement: String, name: String = "sorted-array", flags: [String] = [], limit: Int = 5000,
    grace: Duration = WorkerPool.defaultGrace
  ) async throws -> ProcessFailure {
    try await failure(
      of: try library(statement, name: name, flags: flags), scenario, limit: limit, grace: grace)
  }

  /// The failure of the library at `path` in a scenario that ends its process.
  static func failure(
    of path: String, _ scenario: String, limit: Int = 5000,
    grace: Duration = WorkerPool.defaultGrace
  ) async throws -> ProcessFailure {
    var request: WorkerRequest? = WorkerRequest(
      scenario: Data(try Scenario(text: scenario).encoded()), question: .failure, limit: limit)
    var outcomes: [WorkerOutcome] = []
    let workers = WorkerPool(
      executable: Run.executable, arguments: ["worker", "--subject", path], grace: grace)
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

  @Test("a library that switches the time limit off still hangs, and the report gives the call")
  func hangWithoutAlarm() async throws {
    let failure = try await Self.failure(
      "struct itimerval none = {0}; setitimer(ITIMER_REAL, &none, 0); signal(SIGALRM, SIG_IGN); "
        + "for (;;)", limit: 3000, grace: .milliseconds(100))
    #expect(failure.symptom == .hangs)
    #expect(failure.call == Self.call)
  }

  @Test(
    "a call of an exit function is a failure, also in a signal handler, and the report has it",
    arguments: ["exit(0)", "_exit(0)", "signal(SIGSEGV, leave); oops()"])
  func exit(statement: String) async throws {
    let failure = try await Self.failure(statement)
    #expect(failure.symptom == .exits)
    #expect(failure.place == "with code 0")
    #expect(failure.detail.hasSuffix("during " + Self.call))
  }

  /// Replays the scenario with `library`, with `path` as the variable PATH.
  private func replay(_ library: String, path: String? = nil) throws -> ChildProcess {
    let scratch = try Scratch()
    try Self.scenario.write(toFile: scratch.path("a.scenario"), atomically: true, encoding: .utf8)
    return try ChildProcess(
      Run.executable, ["replay", "--subject", library, scratch.path("a.scenario")],
      environment: path.map { ["PATH": $0] } ?? [:])
  }

  @Test("replay prints function, file and line of a trap, the call, and the scenario")
  func location() throws {
    let library = try Self.library("*(volatile int *)16 = 1")
    let run = try replay(library)
    #expect(run.code == 1)
    let source = library.replacing(".so", with: ".c")
    let lines = try String(contentsOfFile: source, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)
    let line = try #require(lines.firstIndex { $0.contains("*(volatile int *)16") }) + 1
    #expect(run.output.contains("signal 11 in record at \(source):\(line); during \(Self.call)"))
    #expect(run.output.contains("    record 0x4000 -> 0x5000 size 0x2000 mmu 0\n"))
  }

  @Test("without a symbolizer, replay prints the exported symbol or the offset in the library")
  func locationWithoutTool() throws {
    let library = try Self.library("oops()")
    let run = try replay(library, path: "/nowhere")
    #expect(run.code == 1)
    #expect(run.output.contains("signal 11 in oops+0x"))
    let name = URL(fileURLWithPath: library).lastPathComponent
    #expect(run.output.contains("(\(name)+0x"))
  }

  @Test(
    "a library compiled with UndefinedBehaviorSanitizer can be loaded, and a finding is a failure")
  func undefinedBehavior() async throws {
    let failure = try await Self.failure(
      "volatile int by = 40; volatile int shifted = 1 << by", flags: ["-fsanitize=undefined"])
    #expect(failure.symptom == .failsUnderASanitizer)
    #expect(failure.place == "SUMMARY: UndefinedBehaviorSanitizer: shift-out-of-bounds")
    #expect(failure.location.contains(/\.c:[0-9]+:[0-9]+$/))
    #expect(failure.call == Self.call)
  }
}
