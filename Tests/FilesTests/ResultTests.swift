import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import Files

@Suite("Result files are replaced atomically")
struct ResultFileTests {
  private let scratch = try! Scratch()

  private func path(_ name: String) -> String { scratch.path(name) }

  private func contents(_ name: String) throws -> String {
    try String(contentsOfFile: path(name), encoding: .utf8)
  }

  @Test("Writing replaces the file, also through a symbolic link, and keeps its mode")
  func replace() throws {
    try ResultFile(path: path("new.csv")).write("old\n")
    #expect(try contents("new.csv") == "old\n")
    #expect(chmod(path("new.csv"), 0o600) == 0)
    #expect(symlink("new.csv", path("link.csv")) == 0)
    let file = ResultFile(path: path("link.csv"))
    try file.checkWritable()
    #expect(try contents("new.csv") == "old\n")
    try file.write("new\n")
    #expect(try contents("new.csv") == "new\n" && contents("link.csv") == "new\n")
    var status = stat()
    #expect(lstat(path("new.csv"), &status) == 0 && status.st_mode & 0o777 == 0o600)
    #expect(scratch.names.count == 2)
  }

  @Test("An unwritable path is detected up front with code 73 and leaves no files behind")
  func unwritable() throws {
    try ResultFile(path: path("file")).write("old\n")
    for name in ["no/such/folder", "file/below", "", "/dev/null"] {
      let path = name.hasPrefix("/") ? name : path(name)
      for attempt in [{ try $0.checkWritable() }, { try $0.write("new\n") }]
        as [(ResultFile) throws -> Void]
      {
        let problem = #expect(throws: CommandError.self) { try attempt(ResultFile(path: path)) }
        #expect(problem?.exitCode == ExitCode(73), "\(name)")
      }
    }
    #expect(try contents("file") == "old\n")
    #expect(scratch.names == ["file"])
  }
}

@Suite("Names of files in a result folder")
final class ResultFolderTests {
  private let folder = ResultFolder(
    path: FileManager.default.temporaryDirectory
      .appendingPathComponent("revfuzz-results-\(UUID().uuidString)").path)

  deinit { try? FileManager.default.removeItem(atPath: folder.path) }

  @Test("a name taken by a different text gets a number; the same text reuses its file")
  func numbers() throws {
    try folder.make()
    let names = try ["one", "two", "one", "three"].map {
      URL(fileURLWithPath: try folder.write($0, named: "unmap-hangs", "scenario"))
        .lastPathComponent
    }
    #expect(
      names == [
        "unmap-hangs.scenario", "unmap-hangs-2.scenario", "unmap-hangs.scenario",
        "unmap-hangs-3.scenario",
      ])
  }

  @Test("a folder that cannot be created or does not exist is an error")
  func unwritable() {
    #expect(throws: CommandError.self) { try ResultFolder(path: "/dev/null/results").make() }
    #expect(throws: CommandError.self) { try folder.checkThere() }
  }
}
