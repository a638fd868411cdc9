import CampaignReport
import Files
import Foundation
import Processes

/// Measures the source coverage of corpora, with targets built with the compiler's own coverage and
/// the LLVM tools that come with the compiler.
struct CoverageMeasure {
  let build: FuzzBuild
  /// A folder for intermediate files; removed at the end.
  let scratch: String
  /// The file for the output of the targets.
  let log: String
  /// Environment variables set on top of this process's own.
  let environment: [String: String?]

  /// The time limit for replaying one target's corpus, in seconds.
  private static let maxSeconds = 1800

  /// The coverage of the files in Sources/ by all corpora together.
  ///
  /// - Throws: `unfinished` or `unstartable` if a target or a tool fails; `unwritable`.
  func measure(_ corpora: [(target: String, folder: String)]) async throws(CommandError)
    -> SourceCoverage
  {
    try ResultFolder(path: scratch).make()
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    var profiles: [String] = []
    for (target, folder) in corpora {
      let profile = "\(scratch)/\(target).profraw"
      let process = BoundedProcess(
        program: build.executable(target),
        arguments: ["-runs=0", "-timeout=60", "-artifact_prefix=\(scratch)/", folder],
        environment: environment.merging(["LLVM_PROFILE_FILE": profile]) { $1 }, log: log,
        seconds: Self.maxSeconds, megabytes: 4096)
      let end = try await process.run()
      guard end.succeeded else {
        throw .unfinished("measuring source coverage", "\(target) \(end), see \(log)")
      }
      profiles.append(profile)
    }
    let data = "\(scratch)/all.profdata"
    _ = try await tool("llvm-profdata", ["merge", "-o", data] + profiles)
    let executables = corpora.map { build.executable($0.target) }
    let objects = executables.dropFirst().flatMap { ["-object", $0] }
    let export = ["export", "-instr-profile", data, executables.first ?? ""] + objects
    let summary = try await tool("llvm-cov", export + ["-summary-only"])
    let lines = try await tool("llvm-cov", export + ["-format=lcov"])
    let root = FileManager.default.currentDirectoryPath + "/"
    guard let coverage = SourceCoverage(summary: Data(summary.utf8), lines: lines, root: root)
    else { throw .unfinished("measuring source coverage", "the output of llvm-cov is invalid") }
    return coverage
  }

  /// The limit for the output of a tool, in bytes; this project needs a few MB.
  private static let maxOutputBytes = 1 << 28

  /// Runs an LLVM tool from the compiler's own folder and returns its output. Another version from
  /// PATH may be too old for the compiler's profiles.
  private func tool(_ name: String, _ arguments: [String]) async throws(CommandError) -> String {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let compiler = path.split(separator: ":").map { String($0) + "/swift" }
      .first { access($0, X_OK) == 0 }
    guard let compiler else { throw .unstartable(name, "swift is not in PATH") }
    let folder = URL(fileURLWithPath: compiler).resolvingSymlinksInPath()
      .deletingLastPathComponent().path
    let result = try await CapturedProcess.run(
      "\(folder)/\(name)", arguments, limit: Self.maxOutputBytes)
    guard result.succeeded else {
      throw .unstartable(name, "it ended with \(result.end): \(result.error.prefix(200))")
    }
    return result.output
  }
}

extension SourceCoverage {
  /// Parses the output of `llvm-cov export` for the files in `Sources/` below `root`: `summary` in
  /// JSON, and `lines` in lcov format. Nil if the JSON is invalid. O(text).
  init?(summary: Data, lines: String, root: String) {
    struct Export: Decodable {
      struct Part: Decodable {
        struct File: Decodable {
          struct Summary: Decodable {
            struct Count: Decodable {
              var count: Int
              var covered: Int
              var share: Share { Share(reached: covered, total: count) }
            }
            var lines: Count
            var regions: Count
            var functions: Count
          }
          var filename: String
          var summary: Summary
        }
        var files: [File]
      }
      var data: [Part]
    }
    guard let export = try? JSONDecoder().decode(Export.self, from: summary) else { return nil }
    let unreached = Self.unreached(lines)
    let sources = root + "Sources/"
    let files = export.data.flatMap(\.files).filter { $0.filename.hasPrefix(sources) }
      .map { file in
        File(
          path: String(file.filename.dropFirst(root.count)), lines: file.summary.lines.share,
          regions: file.summary.regions.share, functions: file.summary.functions.share,
          unreached: unreached[file.filename] ?? [])
      }
    self.init(files: files.sorted { $0.path < $1.path })
  }

  /// The lines of each file that were never reached, as ranges.
  private static func unreached(_ lines: String) -> [String: [ClosedRange<Int>]] {
    var unreached: [String: [ClosedRange<Int>]] = [:]
    var file = ""
    for line in lines.split(separator: "\n") {
      if line.hasPrefix("SF:") { file = String(line.dropFirst(3)) }
      guard line.hasPrefix("DA:"), line.hasSuffix(",0"),
        let number = Int(line.dropFirst(3).dropLast(2))
      else { continue }
      var first = number
      if let last = unreached[file]?.last, last.upperBound == number - 1 {
        first = last.lowerBound
        unreached[file]?.removeLast()
      }
      unreached[file, default: []].append(first...number)
    }
    return unreached
  }
}
