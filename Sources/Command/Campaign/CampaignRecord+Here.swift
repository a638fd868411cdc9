import CampaignReport
import Files
import Foundation
import Processes

extension CampaignRecord {
  /// The name of a run that begins at `time`, as in `2026-11-25T213000Z`. Names sort by time.
  static func name(of time: Date) -> String {
    time.formatted(.iso8601.timeSeparator(.omitted))
  }

  /// The commit checked out in the current folder, and the compiler's version.
  ///
  /// Only the folder's own repository counts: git would otherwise search the folders above, and
  /// sources from an archive can lie in a folder of another repository.
  static func buildHere() async -> String {
    let commit = await firstLine(
      of: "git", "--git-dir=.git", "--work-tree=.", "describe", "--always", "--dirty",
      "--abbrev=12")
    let compiler = await firstLine(of: "swift", "--version")
    let version = compiler.firstMatch(of: #/Swift version ([0-9.]+)/#)?.output.1
    return "\(commit.isEmpty ? "no commit" : commit), Swift \(version ?? "of an unknown version")"
  }

  /// The operating system, the number of cores and the memory of this machine.
  static func machineHere() -> String {
    let process = ProcessInfo.processInfo
    let memory = process.physicalMemory / (1 << 30)
    let system = process.operatingSystemVersionString
    return "\(system), \(process.activeProcessorCount) cores, \(memory) GiB"
  }

  /// The first line that a program prints; empty if it cannot be run or fails.
  private static func firstLine(of program: String, _ arguments: String...) async -> String {
    let result = try? await CapturedProcess.run(program, arguments, limit: 1 << 16)
    guard let result, result.succeeded else { return "" }
    return result.output.split(separator: "\n").first.map(String.init) ?? ""
  }
}
