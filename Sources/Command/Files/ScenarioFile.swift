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

  /// Writes `bytes` to the file at `path`, or to standard output if `path` is nil.
  ///
  /// - Throws: `unwritable`.
  package static func write(_ bytes: [UInt8], to path: String?) throws(CommandError) {
    var output = FileHandle.standardOutput
    if let path {
      let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
      guard file >= 0 else { throw .unwritable(path, String(cString: strerror(errno))) }
      output = FileHandle(fileDescriptor: file, closeOnDealloc: true)
    }
    do {
      try output.write(contentsOf: Data(bytes))
    } catch {
      throw .unwritable(path ?? "to standard output", reason(error))
    }
  }

  /// Writes `text` to standard output.
  ///
  /// - Throws: `unwritable`.
  package static func write(_ text: String) throws(CommandError) {
    try write(Array(text.utf8), to: nil)
  }

  /// Expands `paths` to files: a folder becomes the files in and below it, sorted, without hidden
  /// ones.
  ///
  /// - Throws: `unreadable` for a folder that cannot be listed or that holds no file.
  package static func files(at paths: [String]) throws(CommandError) -> [String] {
    var files: [String] = []
    for path in paths {
      let found = isFolder(path) ? try Self.files(below: path) : [path]
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
    do {
      return try FileManager.default.contentsOfDirectory(atPath: "Seeds").sorted()
        .filter { !$0.hasPrefix(".") }.map { "Corpus/\($0)" }
    } catch {
      throw .unreadable(
        "Seeds", "run this in the project's folder, or name files to read in place of its corpora")
    }
  }

  private static func files(below folder: String) throws(CommandError) -> [String] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw .unreadable(folder, reason(error))
    }
    var files: [String] = []
    for name in names.sorted() where !name.hasPrefix(".") {
      let path = folder + "/" + name
      files += isFolder(path) ? try Self.files(below: path) : [path]
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
    if isFolder(path) { throw .unreadable(path, "it is a folder") }
    // A handle can also read a pipe; `FileManager.contents` cannot.
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw .unreadable(path, String(cString: strerror(errno)))
    }
    do {
      return [UInt8](try handle.readToEnd() ?? Data())
    } catch {
      throw .unreadable(path, reason(error))
    }
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  private static func reason(_ error: any Error) -> String {
    let outer = error as NSError
    let error = outer.userInfo[NSUnderlyingErrorKey] as? NSError ?? outer
    // The description of such an error begins with "The operation could not be completed".
    guard error.domain == NSPOSIXErrorDomain else { return error.localizedDescription }
    return String(cString: strerror(Int32(error.code)))
  }
}
