import TestSupport
import Files
import Foundation
import Processes
import Testing

@testable import Campaign

/// How the self-checks read a target's log. `.ci/run`, which builds the targets, shows that a
/// canary that is not caught and a target without coverage make the doctor fail.
@Suite("The self-checks", .waitsForProcesses)
struct DoctorTests {
  private static func run(_ log: String, code: Int32 = 0) -> FuzzProcess {
    FuzzProcess(code: code, log: log)
  }

  @Test("the number of counters is read from libFuzzer's banner, and is nil without one")
  func counters() {
    let banner = "INFO: Loaded 1 modules   (7629 inline 8-bit counters): 7629 [0x1, 0x2), \n"
    #expect(Self.run(banner).counters == 7629)
    #expect(
      Self.run("INFO: Loaded 2 modules   (99 inline 8-bit counters): 9 [0x1, 0x2)").counters == nil)
    #expect(Self.run("This fuzz target was built without libFuzzer").counters == nil)
  }

  @Test("a target that has lost the edges of the code under test fails, whatever its counters")
  func edges() throws {
    let entry = TargetTable.Entry(
      name: "FuzzMine", family: "vm", weight: 1, counters: 7250, edges: 1570, subject: .ours,
      purpose: "a | b")
    func check(_ counters: Int, _ result: String, _ edges: Int) -> SelfCheck.Result {
      let run = """
        INFO: Loaded 1 modules   (\(counters) inline 8-bit counters): 1 [0x1, 0x2),
        {"revfuzz":1,"target":"FuzzMine","result":"\(result)","executions":2,"operations":3,\
        "milliseconds":4,"megabytes":5,"edges":\(edges),"features":null,"corpus":null,\
        "signature":null,"saved":null}
        """
      return SelfCheck.instrumentation(of: entry, Self.run(run))
    }
    #expect(check(7250, "clean", 1570).passed == true)
    let lost = check(8500, "clean", 338)
    #expect(lost.passed == false)
    #expect(lost.sentence.hasSuffix("338 edges reached (minimum 1570)"))
    #expect(check(7249, "clean", 1570).passed == false)
    let failing = check(8500, "unsound", 338)
    #expect(failing.passed == true && failing.sentence.contains("edges not checked"))
  }

  @Test("the saved file is the last one in the log")
  func savedFile() {
    let saved = """
      artifact_prefix='out/'; Test unit written to out/crash-1
      artifact_prefix='out/'; Test unit written to out/a folder/crash-2
      """
    #expect(Self.run(saved).savedFile == "out/a folder/crash-2")
    #expect(Self.run("SUMMARY: libFuzzer: deadly signal").savedFile == nil)
  }

  @Test("a failed check, a passed one and one that could not run look different")
  func lines() {
    #expect(SelfCheck.Result(passed: true, sentence: "a").line == "ok      a")
    #expect(SelfCheck.Result(passed: false, sentence: "a").line == "FAILED  a")
    #expect(SelfCheck.Result(sentence: "a").line == "--      a")
  }

  @Test("a target that cannot be started throws an error")
  func unstartable() async throws {
    await #expect(throws: CommandError.self) {
      _ = try await FuzzProcess.run("/nowhere/FuzzCanary", [], supervisor: Run.executable)
    }
  }

  @Test("a signal becomes an exit code of 128 plus its number, as in a shell")
  func signal() async throws {
    let run = try await FuzzProcess.run(
      "sh", ["-c", "echo words >&2; kill -9 $$"], supervisor: Run.executable)
    #expect(run.code == 137)
    #expect(run.log == "words\n")
  }

  @Test("the error for a folder without the targets names a missing executable")
  func noBuild() {
    let error = #expect(throws: CommandError.self) {
      try FuzzBuild(folder: "/nowhere", table: TargetTable(at: Project.path(TargetTable.path)))
    }
    #expect(error?.exitCode.rawValue == 66)
    #expect(error?.description.contains("/nowhere/FuzzShadow") == true)
  }
}
