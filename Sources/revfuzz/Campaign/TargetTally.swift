import CampaignRecord
import Foundation

/// What a target has come to this night, of all its processes.
struct TargetTally {
  private(set) var line: NumberLine
  private var lanes: [Lane.Kind: NightRecord.LaneRecord] = [:]
  /// Inputs of the corpus when the night began.
  var corpusBefore = 0
  /// When something was last added to the corpus.
  var lastFind: ContinuousClock.Instant?
  /// New findings, and failures of a kind that was known.
  var findings = 0
  var known = 0

  init(_ target: String) { line = NumberLine(time: Date(), target: target) }

  /// Adds what a process of a lane has told, which has run for `seconds`. O(1).
  mutating func add(_ kind: Lane.Kind, _ seen: FuzzLog, seconds: Double) {
    var lane = lanes[kind] ?? NightRecord.LaneRecord(name: kind.rawValue)
    lane.processes += 1
    lane.seconds += seconds
    lane.executions += seen.executions
    lanes[kind] = lane
    line.seconds += seconds
    line.executions += seen.executions
    // Other builds count other things.
    guard kind != .valueProfile, kind != .sanitized else { return }
    line.edges = max(line.edges, seen.edges)
    line.features = max(line.features, seen.features)
  }

  /// What the lanes have had, in order.
  var laneRecords: [NightRecord.LaneRecord] { Lane.Kind.allCases.compactMap { lanes[$0] } }

  /// The numbers now, with a corpus of this size.
  func line(_ size: (inputs: Int, bytes: Int)) -> NumberLine {
    var line = line
    line.time = Date()
    line.corpus = size.inputs
    line.corpusBytes = size.bytes
    return line
  }

  // TEMPORARY until situations are there
  mutating func takeUp(_ corpus: WorkingCorpus, only: String? = nil, _ problem: (String) -> Void) {}
  mutating func look(at corpus: WorkingCorpus, _ name: String) {}
}
