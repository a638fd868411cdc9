import Foundation

/// A file that a long run writes at its end.
///
/// The run can check up front that the file is writable. The old contents stay in place until the
/// new contents are complete.
package struct ResultFile {
  /// The path that the user gave.
  package let path: String

  package init(path: String) { self.path = path }

  /// Checks that `write` can succeed, without changing the file.
  ///
  /// - Throws: `unwritable`.
  package func checkWritable() throws(CommandError) {
    try reporting { () throws(FileSystem.Failure) in
      let (file, name) = try makeTemporary()
      close(file)
      try FileSystem.remove(name)
    }
  }

  /// Atomically replaces the file's contents, if any, with `text`.
  ///
  /// - Throws: `unwritable`. The old contents are then still there.
  package func write(_ text: String) throws(CommandError) { try write(text.utf8) }

  /// Atomically replaces the file's contents, if any, with `bytes`.
  ///
  /// - Throws: `unwritable`. The old contents are then still there.
  package func write(_ bytes: some Sequence<UInt8>) throws(CommandError) {
    try reporting { () throws(FileSystem.Failure) in
      let (file, name) = try makeTemporary()
      do throws(FileSystem.Failure) {
        defer { close(file) }
        // A replaced file keeps its mode; a new file gets the default mode.
        if let status = try? FileSystem.status(of: path) {
          try FileSystem.check(fchmod(file, status.st_mode & 0o777))
        }
        try FileSystem.write(Array(bytes), to: file)
        try FileSystem.check(fsync(file))
        try FileSystem.move(name, to: FileSystem.target(of: path))
      } catch {
        try? FileSystem.remove(name)
        throw error
      }
    }
  }

  /// Runs `body`, whose failures are those of writing the file.
  private func reporting(
    _ body: () throws(FileSystem.Failure) -> Void
  ) throws(CommandError) {
    do throws(FileSystem.Failure) {
      if let status = try? FileSystem.status(of: path) {
        // A rename would replace a device such as /dev/null with a regular file.
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileSystem.Failure.notRegular }
        try FileSystem.checkAccess(path, W_OK)
      }
      try body()
    } catch {
      throw .unwritable(path, "\(error)")
    }
  }

  /// Creates a temporary file beside the target and opens it for writing.
  private func makeTemporary() throws(FileSystem.Failure) -> (file: Int32, name: String) {
    if path.isEmpty { throw FileSystem.Failure.emptyPath }
    let name = "\(FileSystem.target(of: path)).\(getpid()).partial"
    // A leftover of this name belongs to a dead process that had the same process ID.
    try? FileSystem.remove(name)
    return (try FileSystem.open(name, O_WRONLY | O_CREAT | O_EXCL), name)
  }
}
