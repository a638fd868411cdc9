import CampaignReport
import Files
import Foundation
import Processes

// The numbers of a campaign while it runs.

extension Campaign {
  /// Reads the current log and transition table of a running process.
  func look(at number: Int) {
    guard var process = running[number] else { return }
    let seen = FuzzLog(FuzzLog.tail(of: process.log, bytes: 4096))
    if process.seen.features > 0, seen.features > process.seen.features {
      tallies[process.job.target]?.lastFind = .now
    }
    if seen.executions > 0 { process.seen = seen }
    // A transition table is a megabyte, so it is read only every few seconds.
    let now = ContinuousClock.now
    if process.lastCounted.map({ now - $0 >= .seconds(3) }) ?? true {
      let store = state.corpus(of: process.job.target).transitions
      process.counted = store.look(at: process.name)
      process.lastCounted = now
    }
    running[number] = process
  }

  /// Reads the state of every process. Returns a row for each target.
  func look() -> [CampaignRow] {
    for number in running.keys { look(at: number) }
    return options.targets.map { target in
      let processes = running.values.filter { $0.job.target == target }
      return CampaignRow(
        line: line(of: target, isForced: false),
        jobs: processes.map(\.job.kind.rawValue).sorted(),
        sinceFind: tallies[target]?.lastFind.map { ContinuousClock.now - $0 },
        findings: tallies[target]?.findings ?? 0)
    }
  }

  /// Seconds of fuzzing left.
  var secondsLeft: Int { max(0, Int((deadline - .now) / .seconds(1))) }

  /// The current numbers of a target, including its running processes.
  ///
  /// - Parameter isForced: whether to measure the corpus size even if a recent one is known.
  func line(of target: String, isForced: Bool = true) -> NumberLine {
    let corpus = state.corpus(of: target)
    tallies[target]?.measureSize(of: corpus, isForced: isForced)
    var tally = tallies[target] ?? TargetTally(target)
    for process in running.values where process.job.target == target {
      let seconds = (ContinuousClock.now - process.begin) / .seconds(1)
      tally.add(process.job.kind, process.seen, process.counted, seconds: seconds)
      tally.transitions.merge(process.counted)
    }
    return tally.numbers
  }

  /// Writes a line of numbers for each target and the record so far, syncs them to disk, and warns
  /// if the disk is full.
  func writeNumbers() {
    // Computed once for both files: the size of a corpus takes a stat of every input.
    let lines = options.targets.map { line(of: $0) }
    complete(lines)
    do throws(CommandError) {
      try Self.append(lines.map { $0.json + "\n" }.joined(), to: "\(folder)/numbers.jsonl")
      try writeRecord()
    } catch {
      note(error.description)
    }
    if !hasRoom() {
      note("the disk of \(state.path) is full: new inputs and findings may be lost")
    }
    state.sync()
  }

  /// Updates the record with a line of numbers for each target and the findings so far.
  private func complete(_ lines: [NumberLine]) {
    record.end = Date()
    record.targets = lines.map { line in
      let tally = tallies[line.target] ?? TargetTally(line.target)
      return CampaignRecord.TargetRecord(
        name: line.target, jobs: tally.jobRecords, last: line, corpusBefore: tally.corpusBefore)
    }
    record.findings = FindingStore.pages(in: state.findings, since: record.begin)
  }

  /// A disk with less free space than this, in bytes, counts as full.
  private static let minFreeBytes = 1 << 20

  /// Whether the disk has room for `bytes` more and is not full then; true if that is unknown.
  func hasRoom(for bytes: Int = 0) -> Bool {
    state.free.map { $0 >= bytes + Self.minFreeBytes } ?? true
  }

  private static func append(_ text: String, to path: String) throws(CommandError) {
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw .unwritable(path, String(cString: strerror(errno))) }
    defer { close(file) }
    // In one write, so that a kill cannot leave half a line.
    let bytes = Array(text.utf8)
    guard Glibc.write(file, bytes, bytes.count) == bytes.count else {
      throw .unwritable(path, String(cString: strerror(errno)))
    }
  }

  /// Writes the record of the run.
  ///
  /// - Throws: `unwritable`.
  func writeRecord() throws(CommandError) {
    try ResultFile(path: "\(folder)/record.json").write(record.json)
  }
}
