import Foundation

/// A file that a long run leaves behind. Whether it can be written is known before the run, and
/// what was there stays until the new contents are complete.
package struct ResultFile {
  /// Where the user wants it.
  package let path: String

  package init(path: String) { self.path = path }

  /// Finds out whether `write` will succeed, and changes nothing.
  ///
  /// - Throws: `unwritable`.
  package func checkWritable() throws(CommandError) {
    let (file, name) = try makeTemporary()
    close(file)
    unlink(name)
  }

  /// Puts `text` where the old contents were, if there were any, all at once.
  ///
  /// - Throws: `unwritable`; then the old contents are still there.
  package func write(_ text: String) throws(CommandError) { try write(Data(text.utf8)) }

  /// Puts `bytes` where the old contents were, if there were any, all at once.
  ///
  /// - Throws: `unwritable`; then the old contents are still there.
  package func write(_ bytes: Data) throws(CommandError) {
    let (file, name) = try makeTemporary()
    // The mode is that of any new file, or of the one that it replaces.
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

  /// The file itself, if `path` is a link.
  private var target: String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }

  /// A new file beside the target, open for writing, and its name; if the target may be replaced.
  private func makeTemporary() throws(CommandError) -> (file: Int32, name: String) {
    var status = stat()
    if stat(path, &status) == 0 {
      // Not a folder, and nothing like a terminal, which would become a file.
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw .unwritable(path, "it is no ordinary file")
      }
      guard access(path, W_OK) == 0 else { throw .unwritable(path, Self.reason()) }
    }
    let name = "\(target).\(getpid()).partial"
    // One that is there is of a process that is gone, and had this one's number.
    unlink(name)
    let file = open(name, O_WRONLY | O_CREAT | O_EXCL, 0o666)
    guard file >= 0 else { throw .unwritable(path, Self.reason()) }
    return (file, name)
  }

  private static func reason(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }
}
