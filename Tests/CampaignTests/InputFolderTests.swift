import TestSupport
import Foundation
import Testing

@testable import Campaign

@Suite("A folder of inputs that is thinned out")
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

  /// Begins a merge that chooses these files, which hold their names.
  private func merge(_ chosen: String...) throws -> InputFolder.Merge {
    let merge = try folder.beginMerge()
    #expect(merge.chosen == scratch.path("corpus.merging"))
    for name in chosen { try fill("corpus.merging", name) }
    return merge
  }

  @Test("of a merge that is complete only what it has chosen is left")
  func pruned() throws {
    try fill("corpus", "a", "b", "c")
    let merge = try merge("b", "hash-of-c")
    #expect(try folder.end(merge, count: 2, duplicates: 0))
    #expect(folder.names == ["b", "hash-of-c"])
    #expect(rest == [])
  }

  @Test("what comes while a merge runs stays, whether it was chosen or not")
  func concurrent() throws {
    try fill("corpus", "a", "b")
    let merge = try merge("b", "seen")
    try fill("corpus", "seen", "unseen")
    #expect(try folder.end(merge, count: 2, duplicates: 0))
    #expect(folder.names == ["b", "seen", "unseen"])
  }

  @Test("what has gone while a merge ran is no hindrance")
  func goneMeanwhile() throws {
    try fill("corpus", "a", "b", "c")
    let merge = try merge("b", "c")
    for name in ["a", "b"] { unlink(scratch.path("corpus/\(name)")) }
    #expect(try folder.end(merge, count: 2, duplicates: 0))
    #expect(folder.names == ["b", "c"])
  }

  @Test(
    "a merge that is not complete changes nothing",
    arguments: [(["a"], 2, 0), (["a", "b"], 1, 0), ([], 0, 0), ([], 2, 2), (["a"], 3, 1)])
  func incomplete(chosen: [String], count: Int, duplicates: Int) throws {
    try fill("corpus", "a", "b", "c")
    let merge = try merge()
    for name in chosen { try fill("corpus.merging", name) }
    #expect(try !folder.end(merge, count: count, duplicates: duplicates))
    #expect(folder.names == ["a", "b", "c"])
    #expect(rest == [])
  }

  @Test("a file that is empty was cut off by a full disk")
  func emptyFile() throws {
    try fill("corpus", "a", "b")
    let merge = try merge()
    _ = FileManager.default.createFile(atPath: merge.chosen + "/a", contents: Data())
    #expect(try !folder.end(merge, count: 1, duplicates: 0))
    #expect(folder.names == ["a", "b"])
  }

  @Test("as many files may be missing as there are duplicates")
  func duplicates() throws {
    try fill("corpus", "a", "b")
    try fill("other", "a", "c")
    let other = InputFolder(path: scratch.path("other"))
    #expect(InputFolder.duplicates(in: [folder, other]) == 1)
    #expect(InputFolder.duplicates(in: [folder]) == 0)
    let merge = try merge("a", "b", "c")
    #expect(try folder.end(merge, count: 4, duplicates: 1))
    #expect(folder.names == ["a", "b", "c"])
  }

  @Test("cut short while it chooses, or while what is chosen moves: every input is there")
  func cutShort() throws {
    try fill("corpus", "a", "b", "hash-of-b")
    try fill("corpus.merging", "a")
    try folder.open()
    #expect(folder.names == ["a", "b", "hash-of-b"])
    #expect(rest == [])
  }

  @Test("the same bytes are found under any name")
  func sameBytes() throws {
    try fill("corpus", "a", "b")
    #expect(folder.names(of: Data("b".utf8)) == ["b"])
    #expect(folder.names(of: Data("c".utf8)) == [])
    #expect(folder.size.inputs == 2 && folder.size.bytes == 2)
  }
}
