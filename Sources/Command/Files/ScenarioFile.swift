import Foundation
import Scenario

/// Reads and writes scenario files for the subcommands.
package enum ScenarioFile {
  /// Loads the scenario in the file at `path`, in its text form or its byte form.
  ///
  /// - Throws: `unreadable` or `notAScenario`.
  package static func load(_ path: String) throws(CommandError) -> Scenario {
    let bytes = try read(path)
    return isText(bytes) ? try scenario(text: bytes, path) : try scenario(bytes: bytes, path)
  }

  /// Loads the scenario in the file at `path`, which must be in the text form.
  ///
  /// - Throws: `unreadable` or `notAScenario`.
  package static func loadText(_ path: String) throws(CommandError) -> Scenario {
    try scenario(text: read(path), path)
  }

  /// Writes `bytes` to the file at `path`, or to standard output if `path` is nil. All subcommands
  /// write to standard output through this function.
  ///
  /// - Throws: `unwritable`; `outputClosed` if standard output is a pipe without a reader.
  package static func write(_ bytes: [UInt8], to path: String?) throws(CommandError) {
    do throws(FileSystem.Failure) {
      guard let path else { return try FileSystem.write(bytes, to: STDOUT_FILENO) }
      let file = try FileSystem.open(path, O_WRONLY | O_CREAT | O_TRUNC)
      defer { close(file) }
      try FileSystem.write(bytes, to: file)
    } catch {
      if path == nil, error.code == EPIPE { throw .outputClosed }
      throw .unwritable(path ?? "to standard output", "\(error)")
    }
  }

  /// Writes `text` to standard output.
  ///
  /// - Throws: `unwritable` or `outputClosed`.
  package static func write(_ text: String) throws(CommandError) {
    try write(Array(text.utf8), to: nil)
  }

  /// Replaces the file at `path`, if it is a scenario of an older version, by the same scenario in
  /// the current form, text or bytes. Returns whether it was one. A comment in a text stays.
  ///
  /// - Throws: `unreadable`, `unwritable`.
  package static func convert(_ path: String) throws(CommandError) -> Bool {
    let bytes = try read(path)
    if isText(bytes) {
      guard let text = Scenario.converting(textBytes: bytes) else { return false }
      try ResultFile(path: path).write(text)
    } else {
      guard let scenario = try? Scenario(converting: bytes) else { return false }
      try ResultFile(path: path).write(scenario.encoded())
    }
    return true
  }

  /// Expands `paths` to files: a folder becomes the files in and below it, sorted, without hidden
  /// ones.
  ///
  /// - Throws: `unreadable` for a folder that cannot be listed or that holds no file.
  package static func files(at paths: [String]) throws(CommandError) -> [String] {
    var files: [String] = []
    for path in paths {
      let found = FileSystem.isFolder(path) ? try Self.files(below: path) : [path]
      if found.isEmpty { throw .unreadable(path, "the folder has no files") }
      files += found
    }
    return files
  }

  /// The folders of Corpus/ that hold scenarios: those of the targets that have seeds. The inputs
  /// of the other targets are plain bytes.
  ///
  /// - Throws: `unreadable` if Seeds/ cannot be listed.
  package static func committedCorpora() throws(CommandError) -> [String] {
    do throws(FileSystem.Failure) {
      return try FileSystem.names(in: "Seeds").filter { !$0.hasPrefix(".") }.map { "Corpus/\($0)" }
    } catch {
      throw .unreadable(
        "Seeds", "run this in the project's folder, or name files to read in place of its corpora")
    }
  }

  private static func files(below folder: String) throws(CommandError) -> [String] {
    let names: [String]
    do throws(FileSystem.Failure) {
      names = try FileSystem.names(in: folder)
    } catch {
      throw .unreadable(folder, "\(error)")
    }
    var files: [String] = []
    for name in names where !name.hasPrefix(".") {
      let path = folder + "/" + name
      files += FileSystem.isFolder(path) ? try Self.files(below: path) : [path]
    }
    return files
  }

  /// Whether the file is meant as text: the byte form begins with a version number below 32, which
  /// no text does.
  private static func isText(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first(where: { ![9, 10, 13].contains($0) }) else { return false }
    return first >= 32
  }

  private static func scenario(text: [UInt8], _ path: String) throws(CommandError) -> Scenario {
    do {
      return try Scenario(textBytes: text)
    } catch {
      throw .notAScenario("\(path):\(error.line):\(error.column)", error.message)
    }
  }

  private static func scenario(bytes: [UInt8], _ path: String) throws(CommandError) -> Scenario {
    do {
      return try Scenario(checking: bytes)
    } catch {
      throw .notAScenario(path, error.description)
    }
  }

  /// The raw bytes of the file at `path`.
  ///
  /// - Throws: `unreadable`.
  package static func read(_ path: String) throws(CommandError) -> [UInt8] {
    if FileSystem.isFolder(path) { throw .unreadable(path, "it is a folder") }
    do throws(FileSystem.Failure) {
      return try FileSystem.contents(of: path)
    } catch {
      throw .unreadable(path, "\(error)")
    }
  }
}
