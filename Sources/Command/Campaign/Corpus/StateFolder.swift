import Files
import Foundation
import Processes

/// The state folder, which campaigns keep from run to run:
///
///     lock                            locked while a campaign runs
///     targets/TARGET/corpus/          the working corpus
///     targets/TARGET/value-profile/   inputs that only value-profile jobs keep
///     targets/TARGET/sanitized/       inputs that the sanitized job keeps until the end of a run
///     targets/TARGET/crashes/         failing inputs that are not triaged yet
///     targets/TARGET/triaged/         failing inputs that were triaged
///     targets/TARGET/unsortable/      saved inputs that are not valid scenarios
///     targets/TARGET/quarantine/      corpus inputs that fail or cannot be read
///     targets/TARGET/transitions.N.P  transition counts so far; process P was added last
///     targets/TARGET/watched/         transition counts of running processes, a file each
///     findings/NAME/                  a folder for each failure signature
///     runs/NAME/                      the record, numbers, report and logs of a run
///
/// Every input and finding is written here as soon as it is found.
package struct StateFolder {
  package let path: String
  /// The locked file. The kernel unlocks it when the process ends, in any way.
  private let lock: Int32

  /// Opens the folder of earlier campaigns at `path`.
  ///
  /// - Throws: `unreadable` if no campaign has used it; else as `init(_:)`.
  package init(existing path: String) throws(CommandError) {
    if path.isEmpty { throw .unreadable(path, "the path is empty") }
    guard FileManager.default.fileExists(atPath: "\(path)/runs") else {
      throw .unreadable(
        "\(path)/runs", "no campaign has used this --state; start one with 'revfuzz campaign'")
    }
    try self.init(path)
  }

  /// Opens the folder, which is created if missing.
  ///
  /// - Throws: `unwritable`; also if another campaign uses the folder.
  package init(_ path: String) throws(CommandError) {
    // Foundation takes an empty path for the current folder.
    if path.isEmpty { throw .unwritable(path, "the path is empty") }
    self.path = URL(fileURLWithPath: path).standardizedFileURL.path
    try ResultFolder(path: "\(self.path)/targets").make()
    try ResultFolder(path: "\(self.path)/runs").make()
    let file = "\(self.path)/lock"
    lock = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard lock >= 0 else { throw .unwritable(file, String(cString: strerror(errno))) }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      close(lock)
      throw .unwritable(
        self.path,
        "another campaign is running on this folder; wait for it, or use another --state")
    }
  }

  /// The folder of findings.
  var findings: String { "\(path)/findings" }

  /// The folder of the run with this name.
  package func run(_ name: String) -> String { "\(path)/runs/\(name)" }

  /// The names of all runs, oldest first.
  package var runs: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "\(path)/runs")) ?? []).sorted()
  }

  /// The path of the working corpus of `target`.
  package func inputs(of target: String) -> String { corpus(of: target).inputs.path }

  /// The corpus folders of `target`.
  func corpus(of target: String) -> WorkingCorpus {
    WorkingCorpus(folder: "\(path)/targets/\(target)")
  }

  /// Free bytes of the disk; nil if unknown.
  var free: Int? {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return nil }
    return Int(status.f_bavail) * Int(status.f_frsize)
  }

  /// Flushes everything written to the disk. Blocks until that is done.
  func sync() { FileSystem.sync(lock) }
}
