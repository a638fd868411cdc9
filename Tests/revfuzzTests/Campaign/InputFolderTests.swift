import Foundation
import Testing

@testable import revfuzz

@Suite("A folder of inputs that is replaced by fewer")
struct InputFolderTests {
  private let scratch = try! Scratch()

  private var folder: InputFolder { InputFolder(path: scratch.path("corpus")) }

  private func fill(_ name: String, _ files: String...) throws {
    try FileManager.default.createDirectory(
      atPath: scratch.path(name), withIntermediateDirectories: true)
    for file in files {
      try file.write(toFile: scratch.path("\(name)/\(file)"), atomically: true, encoding: .utf8)
    }
  }

  /// What is beside the folder.
  private var rest: [String] {
    InputFolder.names(in: scratch.url.path).filter { $0 != "corpus" }
  }

  @Test("a merge that is complete replaces the inputs")
  func replaces() throws {
    try fill("corpus", "a", "b", "c")
    let merging = try folder.beginMerge()
    try fill(URL(fileURLWithPath: merging).lastPathComponent, "b", "c")
    #expect(try folder.endMerge(count: 2, duplicates: 0))
    #expect(folder.names == ["b", "c"])
    #expect(rest == [])
  }

  @Test(
    "a merge that is not complete changes nothing",
    arguments: [(["a"], 2, 0), (["a", "b"], 1, 0), ([], 0, 0), ([], 2, 2), (["a"], 3, 1)])
  func incomplete(chosen: [String], count: Int, duplicates: Int) throws {
    try fill("corpus", "a", "b", "c")
    let merging = URL(fileURLWithPath: try folder.beginMerge()).lastPathComponent
    for name in chosen { try fill(merging, name) }
    #expect(try !folder.endMerge(count: count, duplicates: duplicates))
    #expect(folder.names == ["a", "b", "c"])
    #expect(rest == [])
  }

  @Test("a file that is empty was cut off by a full disk")
  func emptyFile() throws {
    try fill("corpus", "a", "b")
    let merging = try folder.beginMerge()
    _ = FileManager.default.createFile(atPath: merging + "/a", contents: Data())
    #expect(try !folder.endMerge(count: 1, duplicates: 0))
    #expect(folder.names == ["a", "b"])
  }

  @Test("as many files may be missing as there are duplicates")
  func duplicates() throws {
    try fill("corpus", "a", "b")
    try fill("other", "a", "c")
    let other = InputFolder(path: scratch.path("other"))
    #expect(InputFolder.duplicates(in: [folder, other]) == 1)
    #expect(InputFolder.duplicates(in: [folder]) == 0)
    let merging = URL(fileURLWithPath: try folder.beginMerge()).lastPathComponent
    try fill(merging, "a", "b", "c")
    #expect(try folder.endMerge(count: 4, duplicates: 1))
    #expect(folder.names == ["a", "b", "c"])
  }

  @Test("cut short while it chooses: the old inputs")
  func cutWhileChoosing() throws {
    try fill("corpus", "a", "b")
    try fill("corpus.merging", "a")
    try folder.open()
    #expect(folder.names == ["a", "b"])
    #expect(rest == [])
  }

  @Test("cut short when it has chosen: the new inputs")
  func cutWhenChosen() throws {
    try fill("corpus", "a", "b")
    try fill("corpus.merged", "b")
    try folder.open()
    #expect(folder.names == ["b"])
    #expect(rest == [])
  }

  @Test("cut short between the two moves: the new inputs")
  func cutBetweenMoves() throws {
    try fill("corpus.replaced", "a", "b")
    try fill("corpus.merged", "b")
    try folder.open()
    #expect(folder.names == ["b"])
    #expect(rest == [])
  }

  @Test("cut short while the old inputs are taken away: the new inputs")
  func cutAtTheEnd() throws {
    try fill("corpus", "b")
    try fill("corpus.replaced", "a")
    try folder.open()
    #expect(folder.names == ["b"])
    #expect(rest == [])
  }

  @Test("where only the old inputs are left, moved away, they come back")
  func onlyReplaced() throws {
    try fill("corpus.replaced", "a")
    try folder.open()
    #expect(folder.names == ["a"])
  }

  @Test("the same bytes are found under any name")
  func sameBytes() throws {
    try fill("corpus", "a", "b")
    #expect(folder.names(of: Data("b".utf8)) == ["b"])
    #expect(folder.names(of: Data("c".utf8)) == [])
    #expect(folder.size.inputs == 2 && folder.size.bytes == 2)
  }
}

/// A folder that is gone with the test.
final class Scratch {
  let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("revfuzz-test-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(at: url) }

  /// The path of `name` in the folder.
  func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}
