import CampaignReport
import Files
import Foundation
import Processes

/// Measures what inputs reach of the source, by targets that were built with the compiler's own
/// coverage and by the tools that come with the compiler.
struct CoverageMeasure {
  let build: FuzzBuild
  /// A folder for what comes between, which is taken away at the end.
  let scratch: String
  /// The file that gets what the targets say.
  let log: String
  /// What is set beside this process's own environment.
  let environment: [String: String?]

  /// The longest that a target may take for its corpus, in seconds.
  private static let mostSeconds = 1800

  /// What the inputs in each target's folder reach together of the files in Sources/.
  ///
  /// - Throws: `unstartable` if a target or a tool does not do its work, `unwritable`.
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
        arguments: [
          "-runs=0", "-timeout=60", "-artifact_prefix=\(scratch)/", folder,
        ],
        environment: environment.merging(["LLVM_PROFILE_FILE": profile]) { $1 }, log: log,
        seconds: Self.mostSeconds, megabytes: 4096)
      let end = try await process.run()
      guard end.succeeded else {
        throw .unfinished("the measure of coverage", "\(target) \(end), see \(log)")
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
    else { throw .unfinished("the measure of coverage", "llvm-cov has said something else") }
    return coverage
  }

  /// The most that a tool says: some MB for this project.
  private static let mostWords = 1 << 28

  /// What a tool says that lies beside the compiler: others on the path may be too old for it.
  private func tool(_ name: String, _ arguments: [String]) async throws(CommandError) -> String {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let compiler = path.split(separator: ":").map { String($0) + "/swift" }
      .first { access($0, X_OK) == 0 }
    guard let compiler else { throw .unstartable(name, "there is no swift on PATH") }
    let folder = URL(fileURLWithPath: compiler).resolvingSymlinksInPath()
      .deletingLastPathComponent().path
    let result = try await CapturedProcess.run(
      "\(folder)/\(name)", arguments, limit: Self.mostWords)
    guard result.succeeded else {
      throw .unstartable(name, "it ended with \(result.end): \(result.error.prefix(200))")
    }
    return result.output
  }
}

extension SourceCoverage {
  /// What `llvm-cov export` says as a summary in JSON and as lines in its other format, of the files in
  /// `Sources/` below `root`; nil if it says something else. O(text).
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

  /// The lines of each file that were reached 0 times, as ranges.
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
