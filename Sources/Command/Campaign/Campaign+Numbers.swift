import CampaignReport
import Files
import Foundation
import Processes

// What is seen of a campaign while it runs.

extension Campaign {
  func look(at number: Int) {
    guard var process = running[number] else { return }
    let seen = FuzzLog(FuzzLog.tail(of: process.log, bytes: 4096))
    if process.seen.features > 0, seen.features > process.seen.features {
      tallies[process.job.target]?.lastFind = .now
    }
    if seen.executions > 0 { process.seen = seen }
    // A table is a megabyte.
    let now = ContinuousClock.now
    if process.lastCounted.map({ now - $0 >= .seconds(3) }) ?? true {
      let store = state.corpus(of: process.job.target).transitions
      process.counted = store.look(at: process.name)
      process.lastCounted = now
    }
    running[number] = process
  }

  /// Looks at every process. Returns a row for each target.
  func look() -> [CampaignRow] {
    for number in running.keys { look(at: number) }
    return options.targets.map { target in
      let processes = running.values.filter { $0.job.target == target }
      return CampaignRow(
        line: line(of: target, isToBeNew: false),
        jobs: processes.map(\.job.kind.rawValue).sorted(),
        sinceFind: tallies[target]?.lastFind.map { ContinuousClock.now - $0 },
        findings: tallies[target]?.findings ?? 0)
    }
  }

  /// Seconds of fuzzing that are left.
  var secondsLeft: Int { max(0, Int((deadline - .now) / .seconds(1))) }

  /// The numbers of a target now, processes that run included.
  func line(of target: String, isToBeNew: Bool = true) -> NumberLine {
    let corpus = state.corpus(of: target)
    tallies[target]?.lookAtSize(of: corpus, isToBeNew: isToBeNew)
    var tally = tallies[target] ?? TargetTally(target)
    for process in running.values where process.job.target == target {
      let seconds = (ContinuousClock.now - process.begin) / .seconds(1)
      tally.add(process.job.kind, process.seen, process.counted, seconds: seconds)
      tally.transitions.merge(process.counted)
    }
    return tally.numbers
  }

  /// Writes a line of numbers for each target, and what is known of the run so far; sees that
  /// everything is on the disk, and that there is room.
  func writeNumbers() {
    // To find the size of a corpus, every input is looked at: once.
    let lines = options.targets.map { line(of: $0) }
    complete(lines)
    do throws(CommandError) {
      try Self.append(lines.map { $0.json + "\n" }.joined(), to: "\(folder)/numbers.jsonl")
      try writeRecord()
    } catch {
      note(error.description)
    }
    if !hasRoom() {
      note("the disk of \(state.path) is full: what is found now may not be kept")
    }
    state.sync()
  }

  /// Puts into the record what is known now, with a line of numbers for each target.
  private func complete(_ lines: [NumberLine]) {
    record.end = Date()
    record.targets = lines.map { line in
      let tally = tallies[line.target] ?? TargetTally(line.target)
      return CampaignRecord.TargetRecord(
        name: line.target, jobs: tally.jobRecords, last: line, corpusBefore: tally.corpusBefore)
    }
    record.findings = FindingStore.pages(in: state.findings, since: record.begin)
  }

  /// Less room than this, in bytes, is none.
  private static let leastRoom = 1 << 20

  /// Whether the disk has room for so many bytes, and for something more; true where that is not known.
  func hasRoom(for bytes: Int = 0) -> Bool {
    state.free.map { $0 >= bytes + Self.leastRoom } ?? true
  }

  private static func append(_ text: String, to path: String) throws(CommandError) {
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw .unwritable(path, String(cString: strerror(errno))) }
    defer { close(file) }
    // In one piece, so that a kill leaves a line or none.
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
