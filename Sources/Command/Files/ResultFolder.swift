import Foundation

/// A folder that results are put into, each under a name of its own.
package struct ResultFolder {
  package let path: String

  package init(path: String) { self.path = path }

  /// Makes the folder if it is not there.
  ///
  /// - Throws: `unwritable`.
  package func make() throws(CommandError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw .unwritable(path, "the folder cannot be made")
    }
    guard access(path, W_OK | X_OK) == 0 else {
      throw .unwritable(path, String(cString: strerror(errno)))
    }
  }

  /// - Throws: `unwritable` if the folder is not there.
  package func checkThere() throws(CommandError) {
    guard access(path, W_OK | X_OK) == 0 else {
      throw .unwritable(path, "\(String(cString: strerror(errno))); run it in the project's folder")
    }
  }

  /// Writes `text` to a file with this name and extension, and returns its path. If the name is
  /// taken by another text, the file is called NAME-2, NAME-3, ...
  ///
  /// - Throws: `unwritable`.
  package func write(_ text: String, named name: String, _ ending: String) throws(CommandError)
    -> String
  {
    var number = 1
    while true {
      let file = "\(path)/\(name)\(number == 1 ? "" : "-\(number)").\(ending)"
      // The name is taken first and filled then, so that two at once do not take the same.
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
