import Files
import Foundation
import Processes

/// A folder of inputs that can be thinned out while processes read it and write to it, in steps that may be
/// cut short anywhere: what is kept is there before anything goes.
struct InputFolder {
  let path: String

  /// What a merge chooses, while it is not known to be complete.
  private var merging: String { "\(path).merging" }

  /// A merge that has begun.
  struct Merge {
    /// The folder for what it chooses.
    let chosen: String
    /// The names of the inputs that there were, which are those that may go.
    let names: [String]
  }

  /// Makes the folder if it is not there, and takes away what was being written.
  ///
  /// - Throws: `unwritable`.
  func open() throws(CommandError) {
    remove(merging)
    try ResultFolder(path: path).make()
    Self.removeParts(in: path)
  }

  /// The names of the inputs, sorted. O(inputs).
  var names: [String] { Self.names(in: path) }

  /// The names in a folder, sorted; none if it cannot be listed. What is hidden is left out, and what was
  /// being written when something cut that short.
  static func names(in path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
      .filter { !$0.hasPrefix(".") && !isPart($0) }.sorted()
  }

  /// Whether a file of this name is written, and gets its own name when it is whole.
  private static func isPart(_ name: String) -> Bool {
    name.hasSuffix(".partial") || name.hasSuffix(".part")
  }

  /// Takes away what was being written in a folder when something cut that short.
  static func removeParts(in path: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    where isPart(name) {
      unlink("\(path)/\(name)")
    }
  }

  /// The bytes of a disk that a copy of the inputs may take. O(inputs).
  var room: Int { names.reduce(0) { $0 + (Self.size("\(path)/\($1)") ?? 0) / 4096 * 4096 + 4096 } }

  /// How many inputs there are, and their bytes. O(inputs).
  var size: (inputs: Int, bytes: Int) {
    let names = names
    return (names.count, names.reduce(0) { $0 + (Self.size("\(path)/\($1)") ?? 0) })
  }

  /// What is in the inputs that can be read. O(bytes).
  var contents: Set<Data> {
    Set(names.compactMap { FileManager.default.contents(atPath: "\(path)/\($0)") })
  }

  /// The inputs that are the same as `bytes`. O(inputs).
  func names(of bytes: Data) -> [String] {
    names.filter { name in
      Self.size("\(path)/\(name)") == bytes.count
        && FileManager.default.contents(atPath: "\(path)/\(name)") == bytes
    }
  }

  /// The inputs that are no readable file, and why: a process would stop there.
  var unreadable: [(name: String, why: String)] {
    names.compactMap { name in Self.whyUnreadable("\(path)/\(name)").map { (name, $0) } }
  }

  private static func whyUnreadable(_ path: String) -> String? {
    // Not to wait for the other end of a pipe.
    let file = Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { return String(cString: strerror(errno)) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      return "it is no ordinary file"
    }
    return nil
  }

  /// Makes an empty folder for a merge to choose into. O(inputs).
  ///
  /// - Throws: `unwritable`.
  func beginMerge() throws(CommandError) -> Merge {
    remove(merging)
    try ResultFolder(path: merging).make()
    return Merge(chosen: merging, names: names)
  }

  /// Keeps of the inputs that there were what the merge has chosen, and what has come since, if that is
  /// `count` files with something in each; fewer only if there were inputs with the same bytes, which become
  /// one file. Returns false, and changes nothing, if it is not. O(inputs), and `duplicates` only if it is
  /// asked for.
  ///
  /// - Throws: `unwritable`.
  func end(
    _ merge: Merge, count: Int, duplicates: @autoclosure () -> Int
  ) throws(CommandError) -> Bool {
    defer { remove(merging) }
    let chosen = Set(Self.names(in: merging))
    let missing = count - chosen.count
    let isWhole =
      !chosen.isEmpty && missing >= 0 && (missing == 0 || missing <= duplicates())
      && chosen.allSatisfy { Self.size("\(merging)/\($0)") ?? 0 > 0 }
    guard isWhole else { return false }
    for name in chosen { try move("\(merging)/\(name)", "\(path)/\(name)") }
    // On the disk before the others are gone.
    Self.sync(path)
    for name in merge.names where !chosen.contains(name) { unlink("\(path)/\(name)") }
    return true
  }

  /// Sees that what was written to the file system of a folder is on its disk.
  private static func sync(_ path: String) {
    let folder = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return }
    FileSystem.sync(folder)
    close(folder)
  }

  /// How many inputs in these folders have the bytes of another one. O(bytes).
  static func duplicates(in folders: [InputFolder]) -> Int {
    var seen: Set<Data> = []
    var duplicates = 0
    for folder in folders {
      for name in folder.names {
        guard let bytes = FileManager.default.contents(atPath: "\(folder.path)/\(name)") else {
          continue
        }
        if !seen.insert(bytes).inserted { duplicates += 1 }
      }
    }
    return duplicates
  }

  /// Takes the inputs away. Only for what a merge has had.
  func empty() { for name in names { unlink("\(path)/\(name)") } }

  private static func size(_ path: String) -> Int? {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : nil
  }

  private func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

  private func move(_ path: String, _ other: String) throws(CommandError) {
    guard rename(path, other) == 0 else {
      throw .unwritable(other, String(cString: strerror(errno)))
    }
  }
}
