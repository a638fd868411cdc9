import ArgumentParser
import Benchmark
import Foundation
import TestSupport
import Testing

@testable import revfuzz

@Suite("The options of a study")
struct StudyTests {
  @Test("wrong usage of a study names the option")
  func usage() throws {
    #expect(try StudyAllocation.parse(["--records", "1000"]).options.records == 1000)
    let both = try StudyAllocation.parse(["--workload", "boot", "--workload", "churn"])
    #expect(both.options.workload == [.boot, .churn])
    #expect(
      try StudyPrecision.parse(["--trace", "a", "--trace", "-"]).options.trace == ["a", "-"])
    for arguments in [
      ["--records", "999"], ["--records", "1000000001"], ["--records", "x"], ["--seed=-1"],
      ["--workload", "sleep"], ["--direct", "maybe"],
    ] {
      let error = #expect(throws: (any Error).self) { _ = try StudyAllocation.parse(arguments) }
      let message = error.map { StudyAllocation.fullMessage(for: $0) } ?? ""
      #expect(message.contains(arguments[0].prefix(6)), "\(message)")
      #expect(error.map { StudyAllocation.exitCode(for: $0) } == ExitCode(64))
    }
  }
}

@Suite("Studies of traces", .waitsForProcesses)
struct TraceStudyTests {
  private let scratch = try! Scratch()
  private let piece = Project.path("Traces/run-p-phases-4-to-8.txt.gz")

  @Test("the made-up loads run unless a trace is given, and both if both are named")
  func loads() async throws {
    func count(_ arguments: [String]) async throws -> Int {
      try await StudyPrecision.parse(arguments).options.loads().count
    }
    #expect(try await count([]) == Workload.allCases.count)
    #expect(try await count(["--trace", piece]) == 1)
    #expect(try await count(["--trace", piece, "--workload", "boot"]) == 2)
  }

  @Test("precision prints a block for each load and writes a line for each design")
  func precision() throws {
    let run = try Run(
      "study", "precision", "--trace", piece, "--workload", "churn", "--records", "1000", "--csv",
      "p.csv", in: scratch.url)
    #expect(run.code == 0)
    #expect(run.output.contains("\nchurn, ") && run.output.contains("4-to-8.txt.gz, 16 unmaps\n"))
    let lines = try String(contentsOfFile: scratch.path("p.csv"), encoding: .utf8)
      .split(separator: "\n")
    #expect(lines.count == 1 + 2 * 3)
    // The host itself counted what it lost: 3,029 in 32 full unmaps, of which 0 had to go.
    #expect(lines[4] == "run-p-phases-4-to-8.txt.gz,none,16,32,3029,3029,0,0")
    #expect(lines[5].hasPrefix("run-p-phases-4-to-8.txt.gz,without-direct,16,2,1072,755,"))
  }

  @Test("a bad trace ends a study before it prints anything")
  func badTrace() throws {
    try "1 unmap 0x1\n".write(toFile: scratch.path("bad"), atomically: true, encoding: .utf8)
    for study in ["precision", "allocation"] {
      let run = try Run("study", study, "--trace", "bad", in: scratch.url)
      #expect(run.code == 65 && run.output.isEmpty)
      #expect(run.error.hasPrefix("revfuzz: bad:1: expected the size in bytes"))
    }
  }

  @Test("allocation runs a trace with every probability and use of the reserve")
  func allocation() throws {
    let trace = Project.path("Traces/run-f.txt.gz")
    let run = try Run("study", "allocation", "--trace", trace, "--csv", "a.csv", in: scratch.url)
    #expect(run.code == 0 && run.output.contains("\nrun-f.txt.gz: a trace of 10367 lines\n"))
    let lines = try String(contentsOfFile: scratch.path("a.csv"), encoding: .utf8)
      .split(separator: "\n")
    #expect(lines.count == 1 + 21)
    #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("run-f.txt.gz,on,") })
    #expect(lines.dropFirst().allSatisfy { $0.split(separator: ",")[4] == "125" })
  }
}
