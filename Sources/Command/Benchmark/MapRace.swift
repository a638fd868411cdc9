import ArgumentParser
import Files

/// Times subjects against each other, round by round, each in turn.
package struct MapRace {
  package let subjects: [MapSubject]
  /// Timed rounds.
  package let rounds: Int
  package let seed: UInt64

  /// A race of these subjects.
  package init(subjects: [MapSubject], rounds: Int, seed: UInt64) {
    self.subjects = subjects
    self.rounds = rounds
    self.seed = seed
  }

  /// Turns of one workload: one of each subject in each round, including a warm-up round.
  package var turns: Int { (rounds + 1) * subjects.count }

  /// Runs a warm-up round and all timed rounds of one workload. Calls `note` after each turn with
  /// the number of turns done. Before them, each answer of the subjects that are only sound is
  /// judged; in the other rounds they have to answer the same again.
  ///
  /// Each round starts with the next subject, so that every subject comes first in turn. Only one
  /// map exists at a time.
  ///
  /// - Throws: an error with exit code 1 that names the subject and its wrong answer, or with 65 if
  ///   the answers of a sound map leave nothing to time.
  package func run(
    _ workload: MapWorkload, records: Int, noting note: (Int) -> Void = { _ in }
  ) throws(CommandError) -> BenchReport.Run {
    let load = MapLoad(workload, records: records, seed: seed)
    var answers: [MapSubject.Answers] = []
    var excess: [BenchReport.Excess] = []
    for subject in subjects {
      guard let judge = subject.judge else {
        answers.append(load.tallies)
        continue
      }
      let (given, found) = try Self.naming(subject, load.name) { () throws(WrongAnswer) in
        try judge(load)
      }
      answers.append(given)
      excess.append(BenchReport.Excess(subject: subject.name, figures: found))
    }
    let results = try takeTurns(load.name, noting: note) { index, round throws(WrongAnswer) in
      // Count the entries in one round only: equal answers leave equally many. The number of
      // entries of a sound map is its own affair.
      let walks = round == 0 && subjects[index].judge == nil
      return try subjects[index].round(load, answers[index], walks)
    }
    var run = BenchReport.Run(load, subjects: subjects, rounds: results)
    run.sound = excess.isEmpty ? nil : excess
    return run
  }

  /// Replays a trace in a warm-up round and all timed rounds, as `run` does with a workload. A
  /// subject that is only sound has to answer in each round as in the first. That is not judged
  /// here: `revfuzz trace` does it.
  ///
  /// - Throws: an error with exit code 1 that names the subject and its wrong answer.
  package func run(
    _ load: TraceLoad, noting note: (Int) -> Void = { _ in }
  ) throws(CommandError) -> BenchReport.Run {
    var answers = subjects.map { $0.judge == nil ? load.tallies : nil }
    let results = try takeTurns(load.name, noting: note) { index, _ throws(WrongAnswer) in
      let (given, round) = try subjects[index].replay(load)
      let expected = answers[index] ?? given
      for measure in MapMeasure.allCases where measure.isOfTraces {
        try (given[measure] ?? MapTally()).check(
          against: expected[measure] ?? MapTally(), in: measure)
      }
      answers[index] = expected
      return round
    }
    return BenchReport.Run(load, subjects: subjects, rounds: results)
  }

  /// Runs a warm-up round, which is round 0, and all timed rounds. Returns the timed ones of each
  /// subject.
  private func takeTurns(
    _ load: String, noting note: (Int) -> Void,
    _ body: (_ subject: Int, _ round: Int) throws(WrongAnswer) -> MapRound
  ) throws(CommandError) -> [[MapRound]] {
    var results = [[MapRound]](repeating: [], count: subjects.count)
    for round in 0...rounds {
      for turn in subjects.indices {
        let index = (round + turn) % subjects.count
        let result = try Self.naming(subjects[index], load) { () throws(WrongAnswer) in
          try body(index, round)
        }
        if round > 0 { results[index].append(result) }
        note(round * subjects.count + turn + 1)
      }
    }
    return results
  }

  /// Runs `body`. Its error names the subject and the load.
  private static func naming<Result>(
    _ subject: MapSubject, _ load: String, _ body: () throws(WrongAnswer) -> Result
  ) throws(CommandError) -> Result {
    do throws(WrongAnswer) {
      return try body()
    } catch {
      throw CommandError(
        description: "\(subject.name) \(error.what) in \"\(error.measure.rawValue)\" "
          + "of \(load)",
        exitCode: error.isUnfit ? CommandError.noScenario : ExitCode(1))
    }
  }
}

/// The map sizes of `--grow`.
package enum Growth {
  /// The number of 4K pages in 64 GiB.
  package static let mostRecords = 1 << 24

  /// 1024 times the powers of 4, up to `most`, which is 1000 or more. O(log most).
  package static func steps(upTo most: Int) -> [Int] {
    var steps = [min(1024, most)]
    while let last = steps.last, last <= most / 4 { steps.append(last * 4) }
    return steps
  }

  /// The rounds of a step with this many records. Large steps need fewer rounds, because one round
  /// has enough operations, but run 3 at least if as many are asked for.
  package static func rounds(_ asked: Int, records: Int) -> Int {
    min(asked, max(3, (1 << 24) / max(1, records)))
  }
}
