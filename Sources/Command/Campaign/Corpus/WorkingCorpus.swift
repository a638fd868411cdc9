import Files
import Foundation
import Processes

/// The working corpus of a target, and its failing inputs.
struct WorkingCorpus {
  /// The target's folder in the state folder.
  let folder: String

  /// The main corpus: most jobs write to it, and all jobs read it.
  var inputs: InputFolder { InputFolder(path: "\(folder)/corpus") }
  /// The inputs that only value-profile jobs keep.
  var valueProfile: InputFolder { InputFolder(path: "\(folder)/value-profile") }
  /// The inputs that the sanitized job keeps until the end of the run.
  var sanitized: InputFolder { InputFolder(path: "\(folder)/sanitized") }
  /// Failing inputs that are not triaged yet.
  var crashes: String { "\(folder)/crashes" }
  /// Failing inputs that were triaged.
  var triaged: String { "\(folder)/triaged" }
  /// Saved inputs that are not valid scenarios, such as those truncated by a full disk.
  var unsortable: String { "\(folder)/unsortable" }
  /// Corpus inputs that fail or cannot be read.
  var quarantine: String { "\(folder)/quarantine" }
  /// The transition counts so far.
  var transitions: TransitionStore { TransitionStore(folder: folder) }

  private var all: [InputFolder] { [inputs, valueProfile, sanitized] }

  /// The folder that processes of a job write to.
  func output(of kind: Job.Kind) -> InputFolder {
    switch kind {
    case .plain, .tiny, .production: return inputs
    case .valueProfile: return valueProfile
    case .sanitized: return sanitized
    }
  }

  /// Creates the missing folders, and cleans up after a campaign that was killed.
  ///
  /// - Throws: `unwritable`.
  func open() throws(CommandError) {
    try ResultFolder(path: folder).make()
    for folder in all { try folder.open() }
    for path in [crashes, triaged, unsortable, quarantine] { try ResultFolder(path: path).make() }
  }

  /// Adds the inputs in the committed corpus at `path`, if that exists, that the corpus does not
  /// have. Returns a sentence for each file that cannot be read.
  ///
  /// - Throws: `unwritable`.
  func add(from path: String) throws(CommandError) -> [String] {
    var problems: [String] = []
    // Compared by contents, because a merge renames inputs.
    var present = inputs.contents.union(InputFolder(path: quarantine).contents)
    for name in InputFolder.names(in: path) {
      guard let bytes = FileManager.default.contents(atPath: "\(path)/\(name)") else {
        problems.append("\(path)/\(name) cannot be read; skipped")
        continue
      }
      guard present.insert(bytes).inserted else { continue }
      try ResultFile(path: "\(inputs.path)/\(name)").write(bytes)
    }
    return problems
  }

  /// Moves unreadable inputs to the quarantine. Returns a sentence for each.
  func quarantineUnreadable() -> [String] {
    all.flatMap { folder in
      folder.unreadable.map { name, why in
        moveToQuarantine(name, of: folder)
        return "\(folder.path)/\(name) cannot be read (\(why)); moved to \(quarantine)"
      }
    }
  }

  /// Moves every input with the contents of the file at `path` to the quarantine, so that the next
  /// process does not fail on it while it reads the corpus. O(inputs).
  func quarantineInputs(like path: String) {
    guard let bytes = FileManager.default.contents(atPath: path) else { return }
    for folder in all {
      for name in folder.names(of: bytes) { moveToQuarantine(name, of: folder) }
    }
  }

  private func moveToQuarantine(_ name: String, of folder: InputFolder) {
    rename("\(folder.path)/\(name)", "\(quarantine)/\(name)")
  }

  /// Moves a quarantined input back to the corpus.
  func release(_ name: String) { rename("\(quarantine)/\(name)", "\(inputs.path)/\(name)") }

  /// The paths of failing inputs that are not triaged yet. Inputs that libFuzzer saved only because
  /// they are slow are not failures, and are deleted.
  var pending: [String] {
    let names = InputFolder.names(in: crashes)
    for name in names where name.contains("slow-unit-") { unlink("\(crashes)/\(name)") }
    return names.filter { !$0.contains("slow-unit-") }.map { "\(crashes)/\($0)" }
  }

  /// The pending inputs whose names begin with `prefix`.
  func pending(prefix: String) -> [String] {
    pending.filter { $0.hasPrefix("\(crashes)/\(prefix)") }
  }

  /// The prefixes of the names of failing inputs of those processes that left the input that they
  /// were running.
  var interrupted: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: crashes)) ?? []
    let prefixes = names.compactMap { name -> String? in
      // As CLibFuzzer names them: .PREFIXrunning-PID.
      guard name.hasPrefix("."), let end = name.range(of: "running-") else { return nil }
      return String(name[name.index(after: name.startIndex)..<end.lowerBound])
    }
    return Set(prefixes).sorted()
  }

  /// How many triaged inputs are kept. Each finding has a copy of its own input.
  private static let maxTriaged = 200

  /// Moves the file at `path`, which is not a valid scenario, out of the way for good.
  func markUnsortable(_ path: String) {
    rename(path, "\(unsortable)/\(URL(fileURLWithPath: path).lastPathComponent)")
  }

  /// Moves the input at `path`, which was triaged, to `triaged`.
  func markTriaged(_ path: String) {
    rename(path, "\(triaged)/\(URL(fileURLWithPath: path).lastPathComponent)")
    // Names begin with the name of the run, so the first ones are the oldest.
    for name in InputFolder.names(in: triaged).dropLast(Self.maxTriaged) {
      unlink("\(triaged)/\(name)")
    }
  }
}
