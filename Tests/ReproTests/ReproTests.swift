import Differential
import Presentation
import Foundation
import Scenario
import TestSupport
import Testing

@testable import Processes

/// A scenario that failed once, with a header that says what broke, where, and what fixed it.
struct PastFailure: CustomTestStringConvertible {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures")

  /// Every `.scenario` file of the folder, in the order of names.
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

@Suite("Failures of the past", .waitsForProcesses)
struct ReproTests {
  @Test("there are some: an empty folder has lost them")
  func thereAreSome() { #expect(!PastFailure.all.isEmpty) }

  /// `revfuzz worker`, as built beside the tests: what trapped or hung once may do so again.
  static let workers = WorkerPool(
    executable: Run.executable, arguments: ["worker"])

  /// Many times what a fixture takes in a debug build.
  static let limit = 20_000

  @Test(
    "each stays fixed, in every layout and with every size of nodes", arguments: PastFailure.all)
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
        // It survives that, so it can be run here too, for the report.
        let report = scenarios[handedOut - 1].runAndFollowUp()?.report(of: fixture.testDescription)
        Issue.record("\(report ?? "it fails, but not here")")
      case .failure(let failure):
        Issue.record("\(fixture.testDescription) \(failure)")
      }
    }
    #expect(passed == scenarios.count)
  }

  @Test("each says what broke, where, and what fixed it", arguments: PastFailure.all)
  func saysWhatBroke(_ fixture: PastFailure) throws {
    let lines = try fixture.text().split(separator: "\n")
    for name in ["# Broke: ", "# In: ", "# Fixed by: "] {
      let said = try #require(
        lines.first { $0.hasPrefix(name) }?.dropFirst(name.count), "no line '\(name)'")
      #expect(!said.isEmpty && !said.hasPrefix("("), "the line '\(name)' says nothing")
    }
  }
}
