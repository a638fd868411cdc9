import TestSupport
import Foundation
import Scenario
import Testing

@testable import Campaign
@testable import Files

/// Places that cannot read `FuzzTargets/targets`, and repeat it, agree with it.
@Suite("The table of targets")
struct TargetTableTests {
  private let table = try! TargetTable(at: Project.path(TargetTable.path))

  private func names(in folder: String) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: Project.path(folder)))
  }

  @Test("the package builds exactly the targets of the table, and each has a source folder")
  func package() throws {
    let manifest = try Project.text("FuzzTargets/Package.swift")
    let built = manifest.matches(of: /fuzzTarget\(\s*"(\w+)"/).map { String($0.output.1) }
    #expect(built.sorted() == table.names.sorted())
    #expect(try names(in: "FuzzTargets/Sources") == Set(table.names + ["EmptyTarget"]))
  }

  @Test("a target that is fuzzed has a committed corpus, and seeds for scenarios")
  func folders() throws {
    let ours = Set(table.names(of: .ours))
    let fuzzed = ours.union(table.names(of: .library))
    let scenarios = fuzzed.filter { table[$0]?.family != "bytes" }
    #expect(try names(in: "Seeds") == scenarios)
    #expect(try names(in: "Corpus") == fuzzed)
    // What a corpus reaches in a library depends on the library.
    #expect(table.entries.allSatisfy { ($0.edges > 0) == ours.contains($0.name) })
    #expect(table["FuzzForeign"]?.corpora == ["FuzzForeign", "FuzzShadow"])
    #expect(table["FuzzShadow"]?.corpora == ["FuzzShadow"])
  }

  @Test("the README has the same table")
  func readme() throws {
    let rows = try Project.text("README.md").split(separator: "\n").filter {
      $0.hasPrefix("| Fuzz")
    }
    let entries = table.entries.filter { $0.subject != .canary }
    #expect(rows.map(String.init) == entries.map { "| \($0.name) | \($0.purpose) |" })
  }

  @Test(
    "families exist, minimum counters exceed a build without the code under test, weights are valid"
  )
  func values() {
    let families = Set(World.Family.allCases.map { "\($0)" } + ["bytes"])
    #expect(table.entries.allSatisfy { families.contains($0.family) && $0.counters > 1700 })
    #expect(table.entries.allSatisfy { ($0.weight > 0) == ($0.subject != .canary) })
  }

  @Test("the error for an invalid line quotes it")
  func nonsense() throws {
    let scratch = try Scratch()
    try "FuzzMine map 1 many 1 ours a | b\n"
      .write(toFile: scratch.path("targets"), atomically: true, encoding: .utf8)
    let error = #expect(throws: CommandError.self) { try TargetTable(at: scratch.path("targets")) }
    #expect(error?.description.contains("FuzzMine map 1 many 1 ours a | b") == true)
  }
}
