import Files
import Foundation
import Processes

/// The inputs of a target that are worth keeping, and those that failed.
struct WorkingCorpus {
  /// The target's folder in the state folder.
  let folder: String

  /// What most jobs write to, and all jobs read.
  var inputs: InputFolder { InputFolder(path: "\(folder)/corpus") }
  /// What only jobs with a value profile keep.
  var valueProfile: InputFolder { InputFolder(path: "\(folder)/value-profile") }
  /// What the sanitized job keeps until the end of the run.
  var sanitized: InputFolder { InputFolder(path: "\(folder)/sanitized") }
  /// Inputs that failed and are not sorted yet.
  var crashes: String { "\(folder)/crashes" }
  /// Inputs that failed and are sorted.
  var triaged: String { "\(folder)/triaged" }
  /// What was saved as failed and is no scenario: it was cut short while it was written.
  var unsortable: String { "\(folder)/unsortable" }
  /// Inputs of the corpus that fail, or cannot be read.
  var quarantine: String { "\(folder)/quarantine" }
  /// What was seen of transitions so far.
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

  /// Makes what is not there, and finishes what something has cut short.
  ///
  /// - Throws: `unwritable`.
  func open() throws(CommandError) {
    try ResultFolder(path: folder).make()
    for folder in all { try folder.open() }
    for path in [crashes, triaged, unsortable, quarantine] { try ResultFolder(path: path).make() }
  }

  /// Adds the committed inputs in `path` that are not there yet, if there is such a folder. Returns what
  /// could not be read, in a sentence each.
  ///
  /// - Throws: `unwritable`.
  func add(from path: String) throws(CommandError) -> [String] {
    var problems: [String] = []
    // A merge gives names of its own, so names do not tell.
    var there = inputs.contents.union(InputFolder(path: quarantine).contents)
    for name in InputFolder.names(in: path) {
      guard let bytes = FileManager.default.contents(atPath: "\(path)/\(name)") else {
        problems.append("\(path)/\(name) cannot be read, and is left out")
        continue
      }
      guard there.insert(bytes).inserted else { continue }
      try ResultFile(path: "\(inputs.path)/\(name)").write(bytes)
    }
    return problems
  }

  /// Puts what is no readable file into quarantine. Returns what it was, in a sentence each.
  func putAwayUnreadable() -> [String] {
    all.flatMap { folder in
      folder.unreadable.map { name, why in
        putAway(name, of: folder)
        return "\(folder.path)/\(name) cannot be read (\(why)), and is put into \(quarantine)"
      }
    }
  }

  /// Puts every input that is the same as the file at `path` into quarantine, so that the next process
  /// does not fail on it before it has begun. O(inputs).
  func putAwayInputs(like path: String) {
    guard let bytes = FileManager.default.contents(atPath: path) else { return }
    for folder in all {
      for name in folder.names(of: bytes) { putAway(name, of: folder) }
    }
  }

  private func putAway(_ name: String, of folder: InputFolder) {
    rename("\(folder.path)/\(name)", "\(quarantine)/\(name)")
  }

  /// Gives an input of the quarantine back.
  func release(_ name: String) { rename("\(quarantine)/\(name)", "\(inputs.path)/\(name)") }

  /// The inputs that failed and are not sorted yet. What libFuzzer only finds slow is none, and goes.
  var waiting: [String] {
    let names = InputFolder.names(in: crashes)
    for name in names where name.contains("slow-unit-") { unlink("\(crashes)/\(name)") }
    return names.filter { !$0.contains("slow-unit-") }.map { "\(crashes)/\($0)" }
  }

  /// The most inputs that are kept of those that are sorted: what is worth it has a finding's folder.
  private static let mostTriaged = 200

  /// Notes that the file at `path` cannot be sorted, ever.
  func giveUp(_ path: String) {
    rename(path, "\(unsortable)/\(URL(fileURLWithPath: path).lastPathComponent)")
  }

  /// Notes that the input at `path` is sorted.
  func setAside(_ path: String) {
    rename(path, "\(triaged)/\(URL(fileURLWithPath: path).lastPathComponent)")
    // The names begin with the run's, so the first ones are the oldest.
    for name in InputFolder.names(in: triaged).dropLast(Self.mostTriaged) {
      unlink("\(triaged)/\(name)")
    }
  }
}
