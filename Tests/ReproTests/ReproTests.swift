import Differential
import Harnesses
import Presentation
import Foundation
import Scenario
import TestSupport
import Testing

@testable import Processes

/// A scenario that failed once. Its header states what broke, in which version, and what fixed it.
struct PastFailure: CustomTestStringConvertible {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures")

  /// Every `.scenario` file of the folder, sorted by name.
  static let all: [PastFailure] = {
    let files = try? FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    return (files ?? []).filter { $0.pathExtension == "scenario" }
      .sorted { $0.path < $1.path }.map(PastFailure.init)
  }()

  let file: URL

  var testDescription: String { file.deletingPathExtension().lastPathComponent }

  func text() throws -> String { try String(contentsOf: file, encoding: .utf8) }
}

@Suite("Past failures", .waitsForProcesses)
struct ReproTests {
  @Test("the folder has fixtures")
  func hasFixtures() { #expect(!PastFailure.all.isEmpty) }

  /// `revfuzz worker`, as built with the tests. A fixture that trapped or hung once may do so
  /// again, so it runs in another process.
  static let workers = WorkerPool(
    executable: Run.executable, arguments: ["worker"])

  /// Milliseconds for one fixture: many times what it takes in a debug build.
  static let limit = 20_000

  @Test(
    "each stays fixed, with every layout and node size", arguments: PastFailure.all)
  func staysFixed(_ fixture: PastFailure) async throws {
    let scenarios = try Scenario.everyReading(of: fixture.text())
    var handedOut = 0
    var passed = 0
    try await Self.workers.run {
      guard handedOut < scenarios.count else { return nil }
      handedOut += 1
      return WorkerRequest(
        scenario: Data(scenarios[handedOut - 1].encoded()), question: .failure, limit: Self.limit)
    } take: { outcome in
      switch outcome {
      case .answer(let answer) where answer.signature == nil: passed += 1
      case .answer:
        // The worker survived, so this process can run it too, for the report.
        let report = scenarios[handedOut - 1].runAndFollowUp()?.report(of: fixture.testDescription)
        Issue.record("\(report ?? "it fails in a worker, but not in this process")")
      case .failure(let failure):
        Issue.record("\(fixture.testDescription) \(failure)")
      }
    }
    #expect(passed == scenarios.count)
  }

  @Test("each states what broke, in which version, and what fixed it", arguments: PastFailure.all)
  func saysWhatBroke(_ fixture: PastFailure) throws {
    let lines = try fixture.text().split(separator: "\n")
    for name in ["# Broke: ", "# In: ", "# Fixed by: "] {
      let value = try #require(
        lines.first { $0.hasPrefix(name) }?.dropFirst(name.count), "no line '\(name)'")
      #expect(!value.isEmpty && !value.hasPrefix("("), "the line '\(name)' is not filled in")
    }
  }
}
