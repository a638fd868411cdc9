import ArgumentParser
import Files

/// Subjects that are timed round by round, each in turn.
package struct MapRace {
  package let subjects: [MapSubject]
  /// Rounds that count.
  package let rounds: Int
  package let seed: UInt64

  /// A race of these subjects.
  package init(subjects: [MapSubject], rounds: Int, seed: UInt64) {
    self.subjects = subjects
    self.rounds = rounds
    self.seed = seed
  }

  /// Turns of one workload: of each subject in each round, and in one before them that does not count.
  package var turns: Int { (rounds + 1) * subjects.count }

  /// All rounds of one workload, and one before them that does not count. `note` is called after each
  /// turn, with the number of those that are done.
  ///
  /// In each, another subject begins, so that none always follows the same one. Only one map exists
  /// at a time.
  ///
  /// - Throws: which subject gave which wrong answer, with exit code 1.
  package func run(
    _ workload: MapWorkload, records: Int, noting note: (Int) -> Void = { _ in }
  ) throws(CommandError) -> BenchReport.Run {
    let load = MapLoad(workload, records: records, seed: seed)
    var results = [[MapRound]](repeating: [], count: subjects.count)
    for round in 0...rounds {
      for turn in subjects.indices {
        let index = (round + turn) % subjects.count
        do {
          // The entries are gone through once: how many there are does not change from round to
          // round if no answer does.
          let result = try subjects[index].round(load, round == 0)
          if round > 0 { results[index].append(result) }
        } catch {
          throw CommandError(
            description: "\(subjects[index].name) \(error.what), in \"\(error.measure.rawValue)\" "
              + "of \(workload.rawValue)",
            exitCode: ExitCode(1))
        }
        note(round * subjects.count + turn + 1)
      }
    }
    return BenchReport.Run(load, subjects: subjects, rounds: results)
  }
}

/// The sizes of maps that `--grow` goes through.
package enum Growth {
  /// The pages of 64 GiB.
  package static let mostRecords = 1 << 24

  /// 1024 and its multiples by powers of 4, up to `most`, which is 1000 or more. O(log most).
  package static func steps(upTo most: Int) -> [Int] {
    var steps = [min(1024, most)]
    while let last = steps.last, last <= most / 4 { steps.append(last * 4) }
    return steps
  }

  /// Rounds of a step of so many records: fewer for millions, where one round has enough of
  /// everything, but 3 at least if so many are asked for. O(1).
  package static func rounds(_ asked: Int, records: Int) -> Int {
    min(asked, max(3, (1 << 24) / max(1, records)))
  }
}
