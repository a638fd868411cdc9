import Foundation

/// A folder of results, each in a file with a unique name.
package struct ResultFolder {
  package let path: String

  package init(path: String) { self.path = path }

  /// Creates the folder and its parents if they do not exist.
  ///
  /// - Throws: `unwritable`.
  package func make() throws(CommandError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw .unwritable(
        path,
        FileManager.default.fileExists(atPath: path)
          ? "it exists and is not a folder"
          : "the folder cannot be created; is its parent a writable folder?")
    }
    guard access(path, W_OK | X_OK) == 0 else {
      throw .unwritable(path, String(cString: strerror(errno)))
    }
  }

  /// Checks that the folder exists and is writable.
  ///
  /// - Throws: `unwritable`.
  package func checkThere() throws(CommandError) {
    guard access(path, W_OK | X_OK) == 0 else {
      throw .unwritable(
        path, "\(String(cString: strerror(errno))); run revfuzz in the project's folder")
    }
  }

  /// Writes `text` to a file with this name and extension and returns its path. If a file of this
  /// name holds a different text, the new file is called NAME-2, NAME-3, ...
  ///
  /// - Throws: `unwritable`.
  package func write(_ text: String, named name: String, _ ending: String) throws(CommandError)
    -> String
  {
    var number = 1
    while true {
      let file = "\(path)/\(name)\(number == 1 ? "" : "-\(number)").\(ending)"
      // Reserve the name before writing, so that two processes cannot take the same one.
      let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL, 0o666)
      if descriptor >= 0 {
        close(descriptor)
        try ResultFile(path: file).write(text)
        return file
      }
      guard errno == EEXIST else { throw .unwritable(file, String(cString: strerror(errno))) }
      if FileManager.default.contents(atPath: file) == Data(text.utf8) { return file }
      number += 1
    }
  }
}
