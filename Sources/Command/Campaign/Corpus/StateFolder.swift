import Files
import Foundation
import Processes

/// What campaigns keep from run to run, in one folder:
///
///     lock                         held while a campaign runs
///     targets/TARGET/corpus/       the working corpus
///     targets/TARGET/value-profile/  what only jobs with a value profile keep
///     targets/TARGET/sanitized/    what the sanitized job keeps, until the end of the run
///     targets/TARGET/crashes/      inputs that failed and are not sorted yet
///     targets/TARGET/triaged/      inputs that failed and are sorted
///     targets/TARGET/quarantine/   inputs of the corpus that fail, or cannot be read
///     targets/TARGET/transitions.N.P  what was seen of transitions so far, process P the last
///     targets/TARGET/watched/      the same of processes that run, a file each
///     findings/NAME/               a folder for each way in which something has failed
///     runs/NAME/                 the record, the numbers, the report and the logs of a campaign
///
/// Everything that is found is a file here from the moment at which it was found.
package struct StateFolder {
  package let path: String
  /// The open file that is locked; the system unlocks it when the process ends, however it ends.
  private let lock: Int32

  /// Opens the folder, which is made if it is not there.
  ///
  /// - Throws: `unwritable`; also if another campaign has it.
  package init(_ path: String) throws(CommandError) {
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
        "another campaign is running on this folder; wait for it, or take another --state")
    }
  }

  /// Where findings are.
  var findings: String { "\(path)/findings" }

  /// The folder of the run with this name.
  package func run(_ name: String) -> String { "\(path)/runs/\(name)" }

  /// The names of all runs, the first one first.
  package var runs: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "\(path)/runs")) ?? []).sorted()
  }

  /// The path of the inputs of `target` that are worth keeping.
  package func inputs(of target: String) -> String { corpus(of: target).inputs.path }

  /// The folders of a target.
  func corpus(of target: String) -> WorkingCorpus {
    WorkingCorpus(folder: "\(path)/targets/\(target)")
  }

  /// Free bytes of the disk; nil where that is not known.
  var free: Int? {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return nil }
    return Int(status.f_bavail) * Int(status.f_frsize)
  }

  /// Sees that what was written is on the disk. It takes as long as the disk does.
  func sync() { FileSystem.sync(lock) }
}
