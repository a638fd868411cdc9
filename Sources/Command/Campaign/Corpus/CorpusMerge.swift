import Files
import Foundation
import Processes

/// A merge of corpus folders by libFuzzer: it copies a small set of inputs that reach all that the
/// inputs of the folders reach.
///
/// libFuzzer starts itself again for a merge, through a shell and without quotes. With a blank in a
/// path it would run nothing and still report success. So a merge runs in a folder of its own, in
/// which links with plain names stand for all paths; and a merge that ran no input has failed.
struct CorpusMerge {
  /// The path of the target's executable.
  let executable: String
  /// The folder that receives the chosen inputs. Inputs that it has already are kept.
  let chosen: String
  /// The folders to choose from.
  let sources: [String]
  /// More options of libFuzzer.
  var flags: [String] = []
  /// The path that the names of failing inputs are appended to; empty to save none.
  var artifacts = ""
  var environment: [String: String?] = [:]
  /// The file that the log is appended to.
  let log: String
  /// The time limit, in seconds.
  let seconds: Int
  /// The memory limit, in MB.
  let megabytes: Int
  /// The executable that supervises the process: this one, except in tests.
  var supervisor = OwnExecutable.path

  /// How much of the end of the log is read, in bytes.
  private static let maxLogBytes = 1 << 18

  /// Runs the merge to its end, or until `isOver` returns true. Returns the number of inputs that
  /// it chose.
  ///
  /// - Throws: `unfinished`, `unstartable` or `unwritable`; the chosen inputs are then incomplete.
  func run(isOver: @escaping @Sendable () -> Bool = { false }) async throws(CommandError) -> Int {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("revfuzz-merge-\(UUID().uuidString)").path
    try ResultFolder(path: folder).make()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let name = FileSystem.name(of: executable)
    try link(executable, "\(folder)/\(name)")
    var arguments = ["-set_cover_merge=1"]
    for (number, path) in ([chosen] + sources).enumerated() {
      try link(path, "\(folder)/\(number)")
      arguments.append("\(number)")
    }
    if !artifacts.isEmpty {
      let name = artifacts.hasSuffix("/") ? "" : FileSystem.name(of: artifacts)
      try link(String(artifacts.dropLast(name.count)), "\(folder)/artifacts")
      arguments.append("-artifact_prefix=artifacts/\(name)")
    }
    // The merge's own file is in TMPDIR, and its path is not quoted either.
    let process = BoundedProcess(
      program: "./\(name)", arguments: arguments + flags,
      environment: environment.merging(["TMPDIR": "."]) { $1 },
      log: FileSystem.absolute(log), seconds: seconds, megabytes: megabytes,
      folder: folder, supervisor: supervisor)
    // An earlier merge may have written to the same log.
    let before = Int((try? FileSystem.status(of: log))?.st_size ?? 0)
    let end = try await process.run(isOver: isOver)
    let written = Int((try? FileSystem.status(of: log))?.st_size ?? 0) - before
    let seen = FuzzLog(FuzzLog.tail(of: log, bytes: min(max(0, written), Self.maxLogBytes)))
    guard end.succeeded, let count = seen.chosen else {
      throw .unfinished("the merge", "it \(end), and its result is incomplete; see \(log)")
    }
    let hasInputs = sources.contains { !InputFolder.names(in: $0).isEmpty }
    guard seen.executions > 0 || !hasInputs else {
      throw .unfinished("the merge", "it ran no input; see \(log)")
    }
    return count
  }

  private func link(_ path: String, _ name: String) throws(CommandError) {
    do throws(FileSystem.Failure) {
      try FileSystem.link(name, to: path)
    } catch {
      throw .unwritable(name, "\(error)")
    }
  }
}
