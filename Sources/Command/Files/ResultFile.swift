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
    let (file, name) = try makeTemporary()
    close(file)
    unlink(name)
  }

  /// Atomically replaces the file's contents, if any, with `text`.
  ///
  /// - Throws: `unwritable`. The old contents are then still there.
  package func write(_ text: String) throws(CommandError) { try write(Data(text.utf8)) }

  /// Atomically replaces the file's contents, if any, with `bytes`.
  ///
  /// - Throws: `unwritable`. The old contents are then still there.
  package func write(_ bytes: Data) throws(CommandError) {
    let (file, name) = try makeTemporary()
    // A replaced file keeps its mode; a new file gets the default mode.
    var status = stat()
    var isDone = stat(path, &status) != 0 || fchmod(file, status.st_mode & 0o777) == 0
    do {
      try FileHandle(fileDescriptor: file, closeOnDealloc: false)
        .write(contentsOf: bytes)
    } catch {
      isDone = false
    }
    isDone = isDone && fsync(file) == 0
    let problem = errno
    close(file)
    guard isDone else {
      unlink(name)
      throw .unwritable(path, Self.reason(problem))
    }
    guard rename(name, target) == 0 else {
      let problem = errno
      unlink(name)
      throw .unwritable(path, Self.reason(problem))
    }
  }

  /// The file to replace: `path` with symbolic links resolved. A rename onto `path` itself would
  /// replace the link.
  private var target: String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }

  /// Creates a temporary file beside the target and opens it for writing.
  ///
  /// - Throws: `unwritable`, also if the target exists and may not be replaced.
  private func makeTemporary() throws(CommandError) -> (file: Int32, name: String) {
    var status = stat()
    if stat(path, &status) == 0 {
      // A rename would replace a device such as /dev/null with a regular file.
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw .unwritable(path, "not a regular file")
      }
      guard access(path, W_OK) == 0 else { throw .unwritable(path, Self.reason()) }
    }
    let name = "\(target).\(getpid()).partial"
    // A leftover of this name belongs to a dead process that had the same process ID.
    unlink(name)
    let file = open(name, O_WRONLY | O_CREAT | O_EXCL, 0o666)
    guard file >= 0 else { throw .unwritable(path, Self.reason()) }
    return (file, name)
  }

  private static func reason(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }
}
