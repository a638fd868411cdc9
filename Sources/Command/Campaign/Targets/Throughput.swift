import Files
import Foundation
import Processes
import ReverseMapping
import Scenario

/// Measures how fast targets fuzz.
package struct Throughput {
  /// A row of the table.
  private struct Row {
    let target: String
    /// The inputs that fuzzing starts from, for the table.
    let from: String
    let arguments: [String]
  }

  /// The result of one run.
  private struct Rate {
    /// Executions per second.
    var executions: Double
    /// Operations per second.
    var operations: Double
    /// Operations per execution; 0 for a target without operations.
    var length: Double
    /// Peak memory in MB.
    var megabytes: Int
  }

  private let rows: [Row]
  private let folder: String
  private let seconds: Int
  private let scratch: String

  private static let emptyTarget = "EmptyTarget"
  private static let operations = 32
  private static let scenarios: ClosedRange<UInt64> = 1...64

  /// - Parameters:
  ///   - targets: the targets to measure, in addition to the empty one.
  ///   - folder: the folder of the executables.
  ///   - seconds: the duration of one measurement.
  /// - Throws: `unwritable`, `unreadable` if a target has no corpus.
  package init(
    of targets: [TargetTable.Entry], in folder: String, seconds: Int
  ) throws(CommandError) {
    self.folder = folder
    self.seconds = seconds
    scratch =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("revfuzz-throughput-\(UUID().uuidString)").path
    try ResultFolder(path: scratch).make()
    // The empty target gets inputs as long as those of the next rows.
    let longest = Self.bytes(operations: Self.operations)
    var rows = [
      Row(
        target: Self.emptyTarget, from: "nothing",
        arguments: ["-max_len=\(longest)", "-len_control=0"])
    ]
    for entry in targets {
      if let family = World.Family.allCases.first(where: { "\($0)" == entry.family }) {
        for isWhole in [false, true] {
          let name = isWhole ? "whole" : "small"
          let inputs = try Self.write(
            family, isWhole: isWhole, to: "\(scratch)/\(entry.name).\(name)")
          // Mutation shortens inputs. Room for 52 operations keeps the mean near 32.
          let room = Self.bytes(operations: 52)
          let arguments = [
            "-seed_inputs=@\(inputs)", "-max_len=\(room)", "-len_control=0", "-reduce_inputs=0",
          ]
          rows.append(Row(target: entry.name, from: "\(name) worlds", arguments: arguments))
        }
      }
      let corpus = try Self.list(
        ScenarioFile.files(at: ["Corpus/\(entry.name)"]), "\(scratch)/\(entry.name).corpus")
      rows.append(
        Row(target: entry.name, from: "corpus", arguments: ["-seed_inputs=@\(corpus)"]))
    }
    self.rows = rows
  }

  private static func bytes(operations: Int) -> Int {
    Limits.headerBytes + operations * Limits.operationBytes
  }

  /// Removes the scratch folder.
  package func removeScratch() { try? FileManager.default.removeItem(atPath: scratch) }

  /// Writes generated scenarios to a folder. Returns the path of a file that lists them.
  private static func write(
    _ family: World.Family, isWhole: Bool, to folder: String
  ) throws(CommandError) -> String {
    try ResultFolder(path: folder).make()
    var paths: [String] = []
    for seed in scenarios {
      var random = SplitMix64(seed: seed)
      let scenario = Scenario.random(
        family: family, operations: operations, isWhole: isWhole, using: &random)
      paths.append("\(folder)/\(seed)")
      try ScenarioFile.write(scenario.encoded(), to: paths.last)
    }
    return try list(paths, "\(folder).list")
  }

  /// Writes a list of paths, as libFuzzer's `-seed_inputs=@FILE` reads it, to `path`. Returns
  /// `path`.
  private static func list(_ paths: [String], _ path: String) throws(CommandError) -> String {
    try ScenarioFile.write(Array(paths.joined(separator: ",").utf8), to: path)
    return path
  }

  /// Measures every row `rounds` times, round by round. Returns the table of the medians.
  ///
  /// - Throws: `unstartable`; `unfinished` if a target fails or executes nothing.
  package func measure(rounds: Int) async throws(CommandError) -> String {
    var rates = [[Rate]](repeating: [], count: rows.count)
    for _ in 0..<rounds {
      for (index, row) in rows.enumerated() { rates[index].append(try await measure(row)) }
    }
    let empty = Self.median(rates[0], \.executions)
    var lines = [
      Self.line(
        "target", "from",
        ["executions/s", "operations", "operations/s", "share of empty", "peak MB"])
    ]
    for (row, rates) in zip(rows, rates) {
      let executions = Self.median(rates, \.executions)
      let hasOperations = rates.contains { $0.length > 0 }
      lines.append(
        Self.line(
          row.target, row.from,
          [
            "\(Int(executions))",
            hasOperations ? Self.tenths(Self.median(rates, \.length)) : "-",
            hasOperations ? "\(Int(Self.median(rates, \.operations)))" : "-",
            Self.tenths(100 * executions / max(1, empty)) + "%",
            "\(Self.median(rates, \.megabytes))",
          ]))
    }
    return lines.joined()
  }

  /// Measures a row once.
  private func measure(_ row: Row) async throws(CommandError) -> Rate {
    let log = "\(scratch)/log"
    let process = BoundedProcess(
      program: "\(folder)/\(row.target)",
      arguments: row.arguments + [
        "-max_total_time=\(seconds)", "-print_final_stats=1", "-verbosity=0", "-seed=1",
        "-artifact_prefix=\(scratch)/",
      ],
      environment: FuzzProcess.environment, log: log, seconds: seconds + 60,
      megabytes: 4096)
    let end = try await process.run()
    let seen = FuzzLog(FuzzLog.tail(of: log, bytes: 1 << 16))
    guard end.succeeded, seen.executions > 0 else {
      throw .unfinished("the measurement of \(folder)/\(row.target) from \(row.from)", "it \(end)")
    }
    // The empty target prints no result line. Only libFuzzer's count of executions is known.
    let time = seen.result.map { Double($0.milliseconds) / 1000 } ?? Double(seconds)
    let operations = Double(seen.result?.operations ?? 0)
    return Rate(
      executions: Double(seen.executions) / time, operations: operations / time,
      length: operations / Double(seen.executions),
      megabytes: seen.result?.megabytes ?? end.peak / 1024)
  }

  private static func median<Value: Comparable>(_ rates: [Rate], _ value: (Rate) -> Value) -> Value
  {
    rates.map(value).sorted()[rates.count / 2]
  }

  private static func tenths(_ number: Double) -> String {
    let tenths = Int((number * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }

  /// A line of the table.
  private static func line(_ target: String, _ from: String, _ figures: [String]) -> String {
    func padded(_ text: String, _ width: Int) -> String {
      text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0)
    }
    let widths = [13, 11, 13, 15, 8]
    let columns = zip(figures, widths).map { text, width in
      " " + String(repeating: " ", count: max(0, width - text.count)) + text
    }
    return padded(target, 21) + " " + padded(from, 14) + columns.joined() + "\n"
  }
}
