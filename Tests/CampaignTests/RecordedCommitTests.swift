import Foundation
import TestSupport
import Testing

@Suite("The commit that a campaign records", .waitsForProcesses)
struct RecordedCommitTests {
  /// The field `build` of the only run of a project.
  private func build(of folder: URL) throws -> String {
    struct Record: Decodable { var build: String }
    let runs = folder.appendingPathComponent("state/runs")
    let name = try #require(
      FileManager.default.contentsOfDirectory(atPath: runs.path).first { $0.hasSuffix("Z") })
    let data = try Data(contentsOf: runs.appendingPathComponent("\(name)/record.json"))
    return try JSONDecoder().decode(Record.self, from: data).build
  }

  @Test("is that of the project's own repository, not of one that the project lies in")
  func own() throws {
    let fake = try FakeProject(["FuzzShadow"])
    let scratch = try Scratch()
    let inner = scratch.url.appendingPathComponent("inner")
    try FileManager.default.copyItem(at: fake.url, to: inner)
    let commit =
      "git init -q . && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x"
    func campaign(in folder: URL, _ preparation: String) throws -> String {
      #expect(try FakeProject.shell("cd '\(folder.path)' && \(preparation)").code == 0)
      try? FileManager.default.removeItem(at: inner.appendingPathComponent("state"))
      let run = try Run(
        "campaign", "--minutes", "0.02", "--jobs", "1", "--state", "state", "--build",
        inner.appendingPathComponent("build").path, "--without-doctor", in: inner)
      #expect(run.code == 2, "without self-checks no run is clean: \(run.error)")
      return try build(of: inner)
    }
    #expect(try campaign(in: scratch.url, commit).hasPrefix("no commit, Swift "))
    let recorded = try campaign(in: inner, commit)
    let head = try FakeProject.shell("git -C '\(inner.path)' rev-parse --short=12 HEAD").output
    #expect(
      recorded.hasPrefix(head.trimmingCharacters(in: .newlines) + ", Swift "), "\(recorded)")
  }
}
