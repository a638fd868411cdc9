import Foundation

@testable import CampaignReport

/// Made-up runs with realistic figures.
enum SampleRun {
  static let names = [
    "FuzzAllocationFailure", "FuzzDirectMap", "FuzzRangeTree", "FuzzReverseMap", "FuzzShadow",
    "FuzzWords",
  ]
  /// For each target: edges, features, transitions, executions/s and operations per execution.
  private static let sizes: [(Int, Int, Int, Int, Int)] = [
    (1429, 9873, 214_000, 8009, 121), (895, 6108, 61_200, 5420, 110),
    (780, 5432, 18_400, 9555, 123), (724, 4846, 22_700, 22_514, 104),
    (1330, 9171, 181_000, 9142, 108), (55, 288, 310, 255_638, 3),
  ]

  /// An empty run: it took no time and ran nothing.
  static func empty(_ name: String = "2026-11-28T213000Z") -> CampaignRecord {
    // 2026-11-28, 21:30 UTC.
    let begin = Date(timeIntervalSince1970: 1_795_901_400)
    var run = CampaignRecord(
      name: name, begin: begin, end: begin, plannedSeconds: 1800, concurrency: 2,
      command: "revfuzz campaign --seconds 1800 --jobs 2 --out out/runs",
      build: "4e1f0c2, Swift 6.3.1, release, x86_64", machine: "Linux 6.12, 2 cores, 7.8 GiB",
      seed: 18_446_744_073_709_551_557)
    run.isInterrupted = true
    return run
  }

  /// A clean run of `minutes`, begun `ago` days before the empty one.
  static func clean(minutes: Int = 30, ago: Int = 0) -> (CampaignRecord, [NumberLine]) {
    var run = empty(ago == 0 ? "2026-11-28T213000Z" : "run-\(ago)-before")
    run.isInterrupted = false
    run.begin -= Double(ago) * 86400
    run.end = run.begin + Double(minutes) * 60 + 154
    run.plannedSeconds = minutes * 60
    run.doctor = doctor
    let lines = names.indices.flatMap { numbers(of: $0, from: run.begin, minutes, ago: ago) }
      .sorted { $0.time < $1.time }
    run.targets = names.map { name in
      let last = lines.last { $0.target == name }
      return target(last ?? NumberLine(time: run.end, target: name), minutes: minutes)
    }
    run.coverage = coverage
    return (run, lines)
  }

  /// A run with two new findings, a known one, and two warnings.
  static func busy(minutes: Int = 30) -> (CampaignRecord, [NumberLine]) {
    var (run, lines) = clean(minutes: minutes)
    run.findings = SampleFinding.all
    run.warnings = [
      CampaignRecord.Warning(
        time: run.begin + 421, sentence: "FuzzWords, value profile: a process had to be killed"),
      CampaignRecord.Warning(
        time: run.begin + 1266,
        sentence: "less than 1 GiB is free where the corpus is written", count: 3),
    ]
    return (run, lines)
  }

  /// A run with very long words and the largest figures, to test the layout.
  static var wide: (CampaignRecord, [NumberLine]) {
    var (run, lines) = busy(minutes: 2)
    let word = String(repeating: "Wide<Word>", count: 30)
    for index in run.findings.indices {
      run.findings[index].name = word
      run.findings[index].failure = word
      run.findings[index].replay = word
    }
    run.warnings[0].sentence = word
    run.doctor[0].sentence = word
    run.coverage?.files[1].path = "Sources/\(word)"
    (run.name, run.command, run.build, run.machine) = (word, word, word, word)
    run.targets[0].name = word
    run.targets[0].last.operations = Int.max / 2
    for index in lines.indices where lines[index].target == names[0] {
      lines[index].target = word
      lines[index].edges = Int.max / 4096
    }
    return (run, lines)
  }

  /// Three earlier runs.
  static var earlier: [(CampaignRecord, [NumberLine])] { (1...3).map { clean(ago: $0) } }

  /// The report of `run`, compared with `earlier` runs.
  static func report(
    _ run: (CampaignRecord, [NumberLine]), beside earlier: [(CampaignRecord, [NumberLine])] = []
  ) -> Report {
    Report(run: run.0, numbers: run.1, earlier: earlier) { counts in
      "1 in \(Format.count(counts.watched / max(counts.singletons, 1))) executions"
    }
  }

  private static func numbers(
    of index: Int, from begin: Date, _ minutes: Int, ago: Int
  ) -> [NumberLine] {
    let (edges, features, transitions, rate, length) = sizes[index]
    // A pseudorandom sequence that is the same every time.
    var state = UInt64(index * 31 + ago * 7 + 1)
    var line = NumberLine(time: begin, target: names[index])
    return (1...max(minutes, 1)).prefix(minutes).map { minute in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let noise = Double(state >> 40) / Double(1 << 24)
      line.time = begin + Double(minute) * 60
      line.executions += Int(Double(rate) * 20 * (0.92 + 0.16 * noise))
      line.operations = line.executions * length
      line.seconds += 20
      let way = 1 - 1 / (1 + Double(minute) * 0.6)
      line.edges = Int(Double(edges - ago * 2) * (0.93 + 0.07 * way)).advanced(by: ago % 2)
      line.features = Int(Double(features) * (0.85 + 0.15 * way))
      line.corpus = features / 14 + minute * 3
      line.corpusBytes = line.corpus * 900
      let share = (0.62 + 0.03 * way) * pow(1.13, Double(3 - ago))
      line.transitions = TransitionCounts(
        watched: line.executions * (4 - ago), distinct: Int(Double(transitions) * share),
        singletons: transitions / 60 + 1, doubletons: transitions / 90)
      return line
    }
  }

  private static func target(_ last: NumberLine, minutes: Int) -> CampaignRecord.TargetRecord {
    let parts = [("tiny", 50), ("production", 30), ("value profile", 12), ("address sanitizer", 8)]
    let jobs = parts.map { name, percent in
      CampaignRecord.JobRecord(
        name: name, processes: max(1, minutes * percent / 300),
        seconds: last.seconds * Double(percent) / 100, executions: last.executions * percent / 100)
    }
    return CampaignRecord.TargetRecord(
      name: last.target, jobs: jobs, last: last, corpusBefore: last.corpus - 34)
  }

  private static let doctor: [CampaignRecord.DoctorLine] = [
    (true, "FuzzShadow: 8204 coverage counters (minimum 6970), 1801 edges reached (minimum 1530)"),
    (true, "the canary was caught as unsound and saved to a file"),
    (
      true,
      "the saved canary input fails again as unmap-misses-a-mapping and shrinks "
        + "from 4 to 3 operations"
    ),
    (true, "a trap exits with 77 and leaves a file"),
    (true, "a hang exits with 70 and leaves a file"),
    (nil, "AddressSanitizer: not checked, no build with it was given"),
    (true, "two runs with the same seed are equal in 387 events"),
  ].map { CampaignRecord.DoctorLine(passed: $0.0, sentence: $0.1) }

  private static let coverage = SourceCoverage(
    files: [
      ("RangeTree/NodePool.swift", 131, 131, []),
      ("RangeTree/RangeTree+Commit.swift", 187, 191, [88...88, 131...133]),
      ("RangeTree/RangeTree+Invariants.swift", 21, 84, [20...41, 55...92, 101...103]),
      ("ReverseMap/ReverseMap.swift", 170, 171, [204...204]),
      ("ReverseMap/VirtualMachine+State.swift", 1204, 1210, [77...79, 1118...1120]),
    ].map { path, reached, total, unreached in
      SourceCoverage.File(
        path: "Sources/Map/\(path)", lines: .init(reached: reached, total: total),
        regions: .init(reached: reached / 3, total: total / 3 + 1),
        functions: .init(reached: reached / 10, total: reached / 10), unreached: unreached)
    })
}
