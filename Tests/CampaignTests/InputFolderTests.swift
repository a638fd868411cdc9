import TestSupport
import Foundation
import Testing

@testable import Campaign

@Suite("Pruning a folder of inputs")
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

  /// The names beside the folder.
  private var rest: [String] {
    InputFolder.names(in: scratch.url.path).filter { $0 != "corpus" }
  }

  /// Begins a merge that chooses these files. Each file contains its own name.
  private func merge(_ chosen: String...) throws -> InputFolder.Merge {
    let merge = try folder.beginMerge()
    #expect(merge.chosen == scratch.path("corpus.merging"))
    for name in chosen { try fill("corpus.merging", name) }
    return merge
  }

  @Test("after a complete merge only the chosen inputs are left")
  func pruned() throws {
    try fill("corpus", "a", "b", "c")
    let merge = try merge("b", "hash-of-c")
    #expect(try folder.end(merge, count: 2, duplicates: 0))
    #expect(folder.names == ["b", "hash-of-c"])
    #expect(rest == [])
  }

  @Test("inputs added during a merge stay, whether chosen or not")
  func concurrent() throws {
    try fill("corpus", "a", "b")
    let merge = try merge("b", "seen")
    try fill("corpus", "seen", "unseen")
    #expect(try folder.end(merge, count: 2, duplicates: 0))
    #expect(folder.names == ["b", "seen", "unseen"])
  }

  @Test("inputs removed during a merge do no damage")
  func goneMeanwhile() throws {
    try fill("corpus", "a", "b", "c")
    let merge = try merge("b", "c")
    for name in ["a", "b"] { unlink(scratch.path("corpus/\(name)")) }
    #expect(try folder.end(merge, count: 2, duplicates: 0))
    #expect(folder.names == ["b", "c"])
  }

  @Test(
    "an incomplete merge changes nothing",
    arguments: [(["a"], 2, 0), (["a", "b"], 1, 0), ([], 0, 0), ([], 2, 2), (["a"], 3, 1)])
  func incomplete(chosen: [String], count: Int, duplicates: Int) throws {
    try fill("corpus", "a", "b", "c")
    let merge = try merge()
    for name in chosen { try fill("corpus.merging", name) }
    #expect(try !folder.end(merge, count: count, duplicates: duplicates))
    #expect(folder.names == ["a", "b", "c"])
    #expect(rest == [])
  }

  @Test("an empty file, as a full disk leaves it, makes a merge incomplete")
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

  @Test("a merge killed while it chooses, or while chosen files are moved, loses no input")
  func cutShort() throws {
    try fill("corpus", "a", "b", "hash-of-b")
    try fill("corpus.merging", "a")
    try folder.open()
    #expect(folder.names == ["a", "b", "hash-of-b"])
    #expect(rest == [])
  }

  @Test("inputs are found by their contents under any name")
  func sameBytes() throws {
    try fill("corpus", "a", "b")
    #expect(folder.names(of: Data("b".utf8)) == ["b"])
    #expect(folder.names(of: Data("c".utf8)) == [])
    #expect(folder.size.inputs == 2 && folder.size.bytes == 2)
  }
}
