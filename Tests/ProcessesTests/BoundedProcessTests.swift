import TestSupport
import Foundation
import Testing

@testable import Processes

@Suite("A bounded process", .waitsForProcesses)
struct BoundedProcessTests {
  private let scratch = try! Scratch()

  private static func text(of path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }

  private func run(
    _ script: String, seconds: Int = 30, megabytes: Int = 0,
    isOver: @escaping @Sendable () -> Bool = { false }
  ) async throws -> (end: BoundedProcess.End, output: String) {
    let process = BoundedProcess(
      program: "/bin/sh", arguments: ["-c", script], environment: ["WORD": "set", "HOME": nil],
      log: scratch.path("log"), seconds: seconds, megabytes: megabytes, supervisor: Run.executable)
    let end = try await process.run(isOver: isOver)
    return (end, Self.text(of: scratch.path("log")))
  }

  @Test("its output goes to the log, and its exit code is reported")
  func exits() async throws {
    let (end, output) = try await run("echo out $WORD ${HOME-none}; echo err >&2; exit 7")
    #expect(end.reason == .exited && end.number == 7 && !end.succeeded)
    #expect(output == "out set none\nerr\n")
    #expect(try await run("true").end.succeeded)
  }

  @Test("a signal from elsewhere is reported as a signal, not as a kill by the supervisor")
  func signal() async throws {
    let end = try await run("kill -9 $$").end
    #expect(end.reason == .signalled && end.number == 9)
  }

  @Test("a program that does not exist is reported with the system's reason")
  func unstarted() async throws {
    let process = BoundedProcess(
      program: "/nowhere", arguments: [], environment: [:], log: scratch.path("log"), seconds: 1,
      megabytes: 0, supervisor: Run.executable)
    let end = try await process.run()
    #expect(end == BoundedProcess.End(reason: .notStarted, number: ENOENT))
    #expect(end.description == "did not start: No such file or directory")
  }

  @Test("a program that exceeds its time limit is killed together with its children")
  func late() async throws {
    let file = scratch.path("child")
    let end = try await run(
      "sleep 60 & echo $! >\(file); trap '' TERM INT; wait; wait", seconds: 1
    )
    .end
    #expect(end.reason == .timedOut)
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let child = try #require(pid_t(text.trimmingCharacters(in: .newlines)))
    for _ in 0..<50 where kill(child, 0) == 0 { try await Task.sleep(for: .milliseconds(100)) }
    #expect(kill(child, 0) != 0)
  }

  @Test("a program that exceeds its memory limit is killed")
  func big() async throws {
    let end = try await run("exec tail /dev/zero", megabytes: 64).end
    #expect(end.reason == .exceededMemory)
    #expect(end.peak > 64 << 10)
  }

  @Test("a program that exceeds its output limit is killed")
  func loud() async throws {
    let end = try await run("head -c 80000000 /dev/zero; sleep 1000").end
    #expect(end.reason == .exceededLog)
  }

  @Test("an interrupt is passed on to the program")
  func interrupt() async throws {
    let script = "trap 'echo interrupted; exit 5' INT; echo ready; while :; do sleep 0.1; done"
    let log = scratch.path("log")
    // Other tests may occupy the threads that tasks run on for minutes.
    let (end, output) = try await run(script, seconds: 900) {
      Self.text(of: log) == "ready\n"
    }
    #expect(end.reason == .exited && end.number == 5, "\(end)")
    #expect(output == "ready\ninterrupted\n")
  }
}
