import Differential
import Presentation
import Foundation
import Scenario
import Testing

/// The folder of this file: what lies beside it is generated from `Scenarios/`.
private let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

/// The scenarios, by name.
private func scenarioNames() throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: folder.path + "/Scenarios")
    .filter { $0.hasSuffix(".scenario") }.map { String($0.dropLast(9)) }.sorted()
}

/// `top-of-the-space` as `TopOfTheSpace.swift`.
private func fileName(_ scenario: String) -> String {
  scenario.split(separator: "-").map(\.capitalized).joined() + ".swift"
}

/// The tests beside this file are written by `revfuzz show --swift`. They compile and pass as they
/// stand: that is what they show.
@Suite("Generated tests")
struct GeneratedTests {
  @Test(
    "the tests beside this file are what is generated from the scenarios",
    arguments: try scenarioNames())
  func upToDate(name: String) throws {
    let source = folder.appendingPathComponent("Scenarios/\(name).scenario")
    let scenario = try Scenario(text: String(contentsOf: source, encoding: .utf8))
    let file = folder.appendingPathComponent(fileName(name))
    let committed = try? String(contentsOf: file, encoding: .utf8)
    let path = "Tests/GeneratedTests"
    #expect(
      committed == scenario.swiftTest(named: name),
      """
      write it anew, and see that it is right: \
      ./revfuzz show --swift \(path)/Scenarios/\(name).scenario > \(path)/\(fileName(name))
      """)
  }

  @Test("every test beside this file has a scenario, and every family a test")
  func complete() throws {
    let names = try scenarioNames()
    let sources = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".swift") && $0 != "GeneratedTests.swift" }
    #expect(sources.sorted() == names.map(fileName).sorted())
    let families = try names.map { name in
      let source = folder.appendingPathComponent("Scenarios/\(name).scenario")
      return try Scenario(text: String(contentsOf: source, encoding: .utf8)).world.family
    }
    #expect(Set(families) == Set(World.Family.allCases))
  }
}
