/// What maps are timed with: operations of a workload, or the events of a trace.
protocol BenchLoad {
  /// The name in results.
  var name: String { get }
  /// The load in one line, for the user.
  var summary: String { get }
  /// The size of the window of canonical addresses that holds the records, in bytes.
  var windowBytes: UInt64 { get }
  /// The number of records.
  var recordCount: Int { get }
  /// Entries after all records, or in a trace at the moment with the most.
  var entries: Int { get }
  /// Those of them that are known.
  var knownEntries: Int { get }
  /// The seed of whatever is random.
  var seed: UInt64 { get }
  /// The number of operations in a measurement; 0 if it does not apply.
  func operations(_ measure: MapMeasure) -> Int
}
