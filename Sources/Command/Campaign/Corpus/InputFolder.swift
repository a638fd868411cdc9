import Files
import Foundation
import Processes

/// A folder of inputs that can be pruned while processes read it and write to it.
///
/// Pruning can be killed at any point without losing coverage: chosen inputs are moved in and
/// synced before redundant ones are removed.
struct InputFolder {
  let path: String

  /// The folder that a merge writes to.
  private var merging: String { "\(path).merging" }

  /// A merge in progress.
  struct Merge {
    /// The folder for the chosen inputs.
    let chosen: String
    /// The names of the inputs when the merge began. Only these may be removed.
    let names: [String]
  }

  /// Creates the folder if missing, and removes partial files and an unfinished merge.
  ///
  /// - Throws: `unwritable`.
  func open() throws(CommandError) {
    remove(merging)
    try ResultFolder(path: path).make()
    Self.removeParts(in: path)
  }

  /// The names of the inputs, sorted. O(inputs).
  var names: [String] { Self.names(in: path) }

  /// The names in a folder, sorted, without hidden and partial files; empty if it cannot be listed.
  static func names(in path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
      .filter { !$0.hasPrefix(".") && !isPart($0) }.sorted()
  }

  /// Whether a file of this name is partial: it is renamed when it is complete.
  private static func isPart(_ name: String) -> Bool {
    name.hasSuffix(".partial") || name.hasSuffix(".part")
  }

  /// Removes the partial files that a killed process left in a folder.
  static func removeParts(in path: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    where isPart(name) {
      unlink("\(path)/\(name)")
    }
  }

  /// The disk space that a copy of the inputs may take, in bytes. O(inputs).
  var room: Int { names.reduce(0) { $0 + (Self.size("\(path)/\($1)") ?? 0) / 4096 * 4096 + 4096 } }

  /// The number of inputs and their total bytes. O(inputs).
  var size: (inputs: Int, bytes: Int) {
    let names = names
    return (names.count, names.reduce(0) { $0 + (Self.size("\(path)/\($1)") ?? 0) })
  }

  /// The contents of all readable inputs. O(bytes).
  var contents: Set<Data> {
    Set(names.compactMap { FileManager.default.contents(atPath: "\(path)/\($0)") })
  }

  /// The names of the inputs with the contents `bytes`. O(inputs).
  func names(of bytes: Data) -> [String] {
    names.filter { name in
      Self.size("\(path)/\(name)") == bytes.count
        && FileManager.default.contents(atPath: "\(path)/\(name)") == bytes
    }
  }

  /// The inputs that cannot be read as a file, and why. A fuzz process would stop at them.
  var unreadable: [(name: String, why: String)] {
    names.compactMap { name in Self.whyUnreadable("\(path)/\(name)").map { (name, $0) } }
  }

  private static func whyUnreadable(_ path: String) -> String? {
    // O_NONBLOCK, because opening a named pipe would wait for its writer.
    let file = Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { return String(cString: strerror(errno)) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      return "not a regular file"
    }
    return nil
  }

  /// Begins a merge: creates an empty folder for its result. O(inputs).
  ///
  /// - Throws: `unwritable`.
  func beginMerge() throws(CommandError) -> Merge {
    remove(merging)
    try ResultFolder(path: merging).make()
    return Merge(chosen: merging, names: names)
  }

  /// Ends a merge: replaces the inputs that existed when it began by the chosen ones. Inputs that
  /// have been added since are kept.
  ///
  /// The merge must be complete: it chose `count` inputs, and its folder has as many files, none
  /// empty. Up to `duplicates` fewer are accepted, because equal inputs become one file. Returns
  /// false, and changes nothing, if the merge is not complete. O(inputs), plus the cost of
  /// `duplicates` if files are missing.
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
    // A power failure must not lose both the chosen inputs and those they replace.
    Self.sync(path)
    for name in merge.names where !chosen.contains(name) { unlink("\(path)/\(name)") }
    return true
  }

  /// Flushes the file system of a folder to its disk.
  private static func sync(_ path: String) {
    let folder = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return }
    FileSystem.sync(folder)
    close(folder)
  }

  /// How many inputs in these folders have the same contents as an earlier one. O(bytes).
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

  /// Removes all inputs. Only call this after they were merged into another folder.
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
