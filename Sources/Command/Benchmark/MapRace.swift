import ArgumentParser

/// Subjects that are timed round by round, each in turn.
struct MapRace {
  let subjects: [MapSubject]
  /// Rounds that count.
  let rounds: Int
  let seed: UInt64
  /// Whether to say on standard error how far it is.
  var showsProgress = true

  /// All rounds of one workload, and one before them that does not count.
  ///
  /// In each, another subject begins, so that none always follows the same one. Only one map exists
  /// at a time.
  ///
  /// - Throws: which subject gave which wrong answer, with exit code 1.
  func run(_ workload: MapWorkload, records: Int) throws(FileProblem) -> BenchReport.Run {
    let load = MapLoad(workload, records: records, seed: seed)
    var results = [[MapRound]](repeating: [], count: subjects.count)
    var progress = Progress(
      total: (rounds + 1) * subjects.count, unit: "rounds of \(workload.rawValue)")
    defer { progress.end() }
    for round in 0...rounds {
      for turn in subjects.indices {
        let index = (round + turn) % subjects.count
        do {
          // The entries are gone through once: how many there are does not change from round to
          // round if no answer does.
          let result = try subjects[index].round(load, round == 0)
          if round > 0 { results[index].append(result) }
        } catch {
          throw FileProblem(
            description: "\(subjects[index].name) \(error.what), in \"\(error.measure.rawValue)\" "
              + "of \(workload.rawValue)",
            exitCode: ExitCode(1))
        }
        guard showsProgress else { continue }
        progress.advance(to: round * subjects.count + turn + 1)
      }
    }
    return BenchReport.Run(load, subjects: subjects, rounds: results)
  }
}

/// The sizes of maps that `--grow` goes through.
enum Growth {
  /// The pages of 64 GiB.
  static let mostRecords = 1 << 24

  /// 1024 and its multiples by powers of 4, up to `most`, which is 1000 or more. O(log most).
  static func steps(upTo most: Int) -> [Int] {
    var steps = [min(1024, most)]
    while let last = steps.last, last <= most / 4 { steps.append(last * 4) }
    return steps
  }

  /// Rounds of a step of so many records: fewer for millions, where one round has enough of
  /// everything, but 3 at least if so many are asked for. O(1).
  static func rounds(_ asked: Int, records: Int) -> Int {
    min(asked, max(3, (1 << 24) / max(1, records)))
  }
}
