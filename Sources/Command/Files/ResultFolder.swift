import Foundation

/// A folder of results, each in a file with a unique name.
package struct ResultFolder {
  package let path: String

  package init(path: String) { self.path = path }

  /// Creates the folder and its parents if they do not exist.
  ///
  /// - Throws: `unwritable`.
  package func make() throws(CommandError) {
    do throws(FileSystem.Failure) {
      try FileSystem.makeFolders(path)
    } catch {
      throw .unwritable(
        path,
        error.code == EEXIST
          ? "it exists and is not a folder"
          : error.code == 0
            ? "\(error)" : "the folder cannot be created; is its parent a writable folder?")
    }
    do throws(FileSystem.Failure) {
      try FileSystem.checkAccess(path, W_OK | X_OK)
    } catch {
      throw .unwritable(path, "\(error)")
    }
  }

  /// Checks that the folder exists and is writable.
  ///
  /// - Throws: `unwritable`.
  package func checkThere() throws(CommandError) {
    do throws(FileSystem.Failure) {
      try FileSystem.checkAccess(path, W_OK | X_OK)
    } catch {
      throw .unwritable(path, "\(error); run revfuzz in the project's folder")
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
      do throws(FileSystem.Failure) {
        close(try FileSystem.open(file, O_WRONLY | O_CREAT | O_EXCL))
      } catch {
        guard error.code == EEXIST else { throw .unwritable(file, "\(error)") }
        if (try? FileSystem.contents(of: file)) == Array(text.utf8) { return file }
        number += 1
        continue
      }
      try ResultFile(path: file).write(text)
      return file
    }
  }
}
