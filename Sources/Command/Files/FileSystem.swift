import CFiles
import FileNames
import Foundation

/// System calls on paths, which are texts as `FileName` makes them. The commands read and write the
/// files that a user names through these only, because Foundation finds no file whose name is not
/// UTF-8.
package enum FileSystem {
  /// Why a system call failed, or was not made.
  package struct Failure: Error, CustomStringConvertible {
    /// The reason, as in "No such file or directory".
    package let description: String
    /// The error number; 0 if there was no system call.
    package let code: Int32

    private init(_ description: String, code: Int32 = 0) {
      self.description = description
      self.code = code
    }

    /// The failure with this error number.
    init(_ code: Int32) { self.init(String(cString: strerror(code)), code: code) }

    /// The system would say that there is no such file.
    static let emptyPath = Failure("the path is empty")
    /// The file is a folder or a device.
    package static let notRegular = Failure("not a regular file")
  }

  /// Calls `body` with the bytes of `path`, and again if a signal interrupts it.
  ///
  /// - Throws: the failure, if `body` returns a negative number.
  @discardableResult
  private static func call(
    _ path: String, _ body: (UnsafePointer<CChar>) -> Int32
  ) throws(Failure) -> Int32 {
    if path.isEmpty { throw .emptyPath }
    while true {
      let (result, code) = FileName.withCString(path) { (body($0), errno) }
      if result >= 0 { return result }
      if code != EINTR { throw Failure(code) }
    }
  }

  /// Throws the failure of a system call that returned a negative number.
  static func check(_ result: Int32) throws(Failure) { if result < 0 { throw Failure(errno) } }

  /// Opens the file at `path` and returns its descriptor, which child processes do not inherit. A
  /// file that `flags` create gets the default mode.
  package static func open(_ path: String, _ flags: Int32) throws(Failure) -> Int32 {
    try call(path) { Glibc.open($0, flags | O_CLOEXEC, 0o666) }
  }

  /// The status of the file at `path`; of the file that it leads to, if it is a symbolic link.
  package static func status(of path: String) throws(Failure) -> stat {
    var status = stat()
    try call(path) { stat($0, &status) }
    return status
  }

  /// The status of the file at `path`, which may be a symbolic link.
  package static func statusOfLink(_ path: String) throws(Failure) -> stat {
    var status = stat()
    try call(path) { lstat($0, &status) }
    return status
  }

  /// Whether there is a folder at `path`.
  package static func isFolder(_ path: String) -> Bool {
    guard let status = try? status(of: path) else { return false }
    return status.st_mode & S_IFMT == S_IFDIR
  }

  /// Checks that this process may access the file at `path` in this `mode`, as in `W_OK`.
  package static func checkAccess(_ path: String, _ mode: Int32) throws(Failure) {
    try call(path) { access($0, mode) }
  }

  /// Removes the file at `path`.
  package static func remove(_ path: String) throws(Failure) { try call(path) { unlink($0) } }

  /// Moves the file at `path` to `other`, and replaces the file there.
  package static func move(_ path: String, to other: String) throws(Failure) {
    try call(path) { path in FileName.withCString(other) { rename(path, $0) } }
  }

  /// Creates a symbolic link at `name` that leads to `path`, which is made absolute.
  package static func link(_ name: String, to path: String) throws(Failure) {
    try call(name) { name in FileName.withCString(absolute(path)) { symlink($0, name) } }
  }

  /// Changes the mode of the file at `path`.
  package static func setMode(_ mode: mode_t, of path: String) throws(Failure) {
    try call(path) { chmod($0, mode) }
  }

  /// Creates a folder.
  package static func makeFolder(_ path: String) throws(Failure) {
    try call(path) { mkdir($0, 0o777) }
  }

  /// Creates a folder and the folders above it, unless they exist. O(components).
  package static func makeFolders(_ path: String) throws(Failure) {
    do {
      try makeFolder(path)
    } catch {
      if error.code == ENOENT, let parent = folder(of: path) {
        try makeFolders(parent)
        return try makeFolders(path)
      }
      guard isFolder(path) else { throw error }
    }
  }

  /// The path of the folder that holds `path`; nil if `path` has one component.
  private static func folder(of path: String) -> String? {
    let scalars = path.unicodeScalars
    let end = scalars.lastIndex { $0 != "/" }
    guard let end, let slash = scalars[..<end].lastIndex(of: "/") else { return nil }
    return slash == scalars.startIndex ? "/" : String(scalars[..<slash])
  }

  /// The last component of `path`.
  package static func name(of path: String) -> String {
    String(path.unicodeScalars.split(separator: "/").last.map(String.init) ?? "")
  }

  /// The path of the file to write for `path`: if it is a symbolic link, the one that it leads to,
  /// whether that exists or not.
  static func target(of path: String) -> String {
    var target = path
    // As many links as Linux follows.
    for _ in 0..<40 {
      var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
      let length = FileName.withCString(target) { readlink($0, &buffer, Int(PATH_MAX)) }
      guard length >= 0 else { break }
      let link = FileName.text(of: buffer.prefix(length).map { UInt8(bitPattern: $0) })
      target = link.hasPrefix("/") ? link : folder(of: target).map { "\($0)/\(link)" } ?? link
    }
    return target
  }

  /// `path` from the root on. It stays valid in a process that runs in another folder.
  package static func absolute(_ path: String) -> String {
    guard !path.isEmpty, !path.hasPrefix("/"), let here = getcwd(nil, 0) else { return path }
    defer { free(here) }
    return FileName.text(of: here) + "/" + path
  }

  /// The names of the files and folders in a folder, sorted. O(names log names).
  package static func names(in folder: String) throws(Failure) -> [String] {
    let file = try open(folder, O_RDONLY | O_DIRECTORY)
    guard let stream = fdopendir(file) else {
      let code = errno
      close(file)
      throw Failure(code)
    }
    defer { closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(stream) {
      // The name is at most as long as the field, and ends with a zero byte.
      let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
        name.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: name.pointee)) {
          FileName.text(of: $0)
        }
      }
      if name != ".", name != ".." { names.append(name) }
      errno = 0
    }
    if errno != 0 { throw Failure(errno) }
    return names.sorted()
  }

  /// The contents of the file at `path`, which may also be a pipe. O(bytes).
  package static func contents(of path: String) throws(Failure) -> [UInt8] {
    let file = try open(path, O_RDONLY)
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(file, &buffer, buffer.count)
      if count == 0 { return bytes }
      if count > 0 {
        bytes += buffer.prefix(count)
      } else if errno != EINTR {
        throw Failure(errno)
      }
    }
  }

  /// Writes all `bytes` to an open file. O(bytes).
  package static func write(_ bytes: [UInt8], to file: Int32) throws(Failure) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        throw Failure(errno)
      }
    }
  }

  /// Flushes the whole file system that holds the open file. Blocks until the disk has finished.
  package static func sync(_ file: Int32) { revfuzz_sync(file) }
}
