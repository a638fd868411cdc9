import Files
import Foundation
import Processes
import ReverseMapping
import Scenario

/// Measurements of how fast targets fuzz.
package struct Throughput {
  /// What a row of the table measures.
  private struct Row {
    let target: String
    /// Where it fuzzes from, for the table.
    let from: String
    let arguments: [String]
  }

  /// What one run came to, per second of it.
  private struct Rate {
    var executions: Double
    var operations: Double
    /// Operations in an execution; 0 for a target that has none.
    var length: Double
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
  ///   - targets: what is measured beside the empty target.
  ///   - folder: the folder of the executables.
  ///   - seconds: how long one measurement takes.
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
    // As long as the inputs of the next rows are.
    let longest = Self.bytes(operations: Self.operations)
    var rows = [
      Row(
        target: Self.emptyTarget, from: "nothing",
        arguments: ["-max_len=\(longest)", "-len_control=0"])
    ]
    for entry in targets {
      if let family = World.Family.allCases.first(where: { "\($0)" == entry.family }) {
        let inputs = try Self.write(family, to: "\(scratch)/\(entry.name)")
        // Inputs shrink from mutation to mutation; room for 52 operations keeps the mean near 32.
        let room = Self.bytes(operations: 52)
        let arguments = [
          "-seed_inputs=@\(inputs)", "-max_len=\(room)", "-len_control=0", "-reduce_inputs=0",
        ]
        rows.append(
          Row(target: entry.name, from: "\(Self.operations) operations", arguments: arguments))
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

  /// Takes away what was written for the measurements.
  package func removeScratch() { try? FileManager.default.removeItem(atPath: scratch) }

  /// Writes generated scenarios to a folder. Returns the path of a list of them.
  private static func write(
    _ family: World.Family, to folder: String
  ) throws(CommandError) -> String {
    try ResultFolder(path: folder).make()
    var paths: [String] = []
    for seed in scenarios {
      var random = SplitMix64(seed: seed)
      let scenario = Scenario.random(family: family, operations: operations, using: &random)
      paths.append("\(folder)/\(seed)")
      try ScenarioFile.write(scenario.encoded(), to: paths.last)
    }
    return try list(paths, "\(folder).list")
  }

  /// Writes paths as libFuzzer takes them, to the file at `path`, and returns that.
  private static func list(_ paths: [String], _ path: String) throws(CommandError) -> String {
    try ScenarioFile.write(Array(paths.joined(separator: ",").utf8), to: path)
    return path
  }

  /// Measures every row so many times, in turn, and returns the table of the medians.
  ///
  /// - Throws: `unstartable`, `unfinished` if a target does not run.
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

  /// One run of a row.
  private func measure(_ row: Row) async throws(CommandError) -> Rate {
    let log = "\(scratch)/log"
    let process = BoundedProcess(
      program: "\(folder)/\(row.target)",
      arguments: row.arguments + [
        "-max_total_time=\(seconds)", "-print_final_stats=1", "-verbosity=0", "-seed=1",
        "-artifact_prefix=\(scratch)/",
      ],
      environment: ["SWIFT_DETERMINISTIC_HASHING": "1"], log: log, seconds: seconds + 60,
      megabytes: 4096)
    let end = try await process.run()
    let told = FuzzLog(FuzzLog.tail(of: log, bytes: 1 << 16))
    guard end.succeeded, told.executions > 0 else {
      throw .unfinished("\(row.target) from \(row.from)", "it \(end)")
    }
    // The empty target tells of executions only, as libFuzzer does.
    let time = told.result.map { Double($0.milliseconds) / 1000 } ?? Double(seconds)
    let operations = Double(told.result?.operations ?? 0)
    return Rate(
      executions: Double(told.executions) / time, operations: operations / time,
      length: operations / Double(told.executions),
      megabytes: told.result?.megabytes ?? end.peak / 1024)
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
