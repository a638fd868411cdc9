import Differential
import Foundation
import Scenario
import Testing

/// A scenario that failed once, with a header that says what broke, where, and what fixed it.
struct Fixture: CustomTestStringConvertible {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures")

  /// Every `.scenario` file of the folder, in the order of names.
  static let all: [Fixture] = {
    let files = try? FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    return (files ?? []).filter { $0.pathExtension == "scenario" }
      .sorted { $0.path < $1.path }.map(Fixture.init)
  }()

  let file: URL

  var testDescription: String { file.deletingPathExtension().lastPathComponent }

  func text() throws -> String { try String(contentsOf: file, encoding: .utf8) }
}

@Suite("Failures of the past")
struct ReproTests {
  @Test("there are some: an empty folder has lost them")
  func thereAreSome() { #expect(!Fixture.all.isEmpty) }

  @Test("each stays fixed, in every layout and with every size of nodes", arguments: Fixture.all)
  func staysFixed(_ fixture: Fixture) throws {
    for scenario in try Scenario.everyReading(of: fixture.text()) {
      if let divergence = scenario.run() {
        Issue.record("\(divergence.report(of: fixture.testDescription))")
      }
    }
  }

  @Test("each says what broke, where, and what fixed it", arguments: Fixture.all)
  func saysWhatBroke(_ fixture: Fixture) throws {
    let lines = try fixture.text().split(separator: "\n")
    for name in ["# Broke: ", "# In: ", "# Fixed by: "] {
      let said = try #require(
        lines.first { $0.hasPrefix(name) }?.dropFirst(name.count), "no line '\(name)'")
      #expect(!said.isEmpty && !said.hasPrefix("("), "the line '\(name)' says nothing")
    }
  }
}
