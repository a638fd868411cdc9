import Foundation

/// The record of a campaign run, kept as `record.json` in its folder. The report is made of it and
/// of the lines of numbers.
public struct CampaignRecord: Codable, Equatable, Sendable {
  /// The name of the run and of its folder, as in `2026-11-25T213000Z`.
  public var name: String
  /// When it began and ended.
  public var begin: Date
  public var end: Date
  /// Planned seconds of fuzzing.
  public var plannedSeconds: Int
  /// Concurrent processes.
  public var concurrency: Int
  /// The command line.
  public var command: String
  /// The commit and the compiler of the build.
  public var build: String
  /// The machine: operating system, cores, memory.
  public var machine: String
  /// The seed from which every process's seed was derived.
  public var seed: UInt64
  /// The library under test; nil for the project's own map.
  public var subject: Subject?
  /// What the run left out for lack of a build or of time, each in a few words; nil in a record of
  /// an earlier version.
  public var leftOut: [String]?
  /// Whether the run was interrupted before its planned end.
  public var isInterrupted = false
  /// The results of the self-checks; empty if none was run.
  public var doctor: [DoctorLine] = []
  /// Every target, in order.
  public var targets: [TargetRecord] = []
  /// The findings of this run, new ones first.
  public var findings: [FindingPage] = []
  /// The number of failures without a finding: processes that saved no input, and inputs that could
  /// not be triaged or did not fail again. Each has a warning.
  public var unexplained = 0
  /// Problems of the campaign itself.
  public var warnings: [Warning] = []
  /// The source coverage of the corpora; nil if it was not measured.
  public var coverage: SourceCoverage?

  public init(
    name: String, begin: Date, end: Date, plannedSeconds: Int, concurrency: Int, command: String,
    build: String, machine: String, seed: UInt64
  ) {
    self.name = name
    self.begin = begin
    self.end = end
    self.plannedSeconds = plannedSeconds
    self.concurrency = concurrency
    self.command = command
    self.build = build
    self.machine = machine
    self.seed = seed
  }

  /// A library under test.
  public struct Subject: Codable, Equatable, Sendable {
    /// The name that the library gives its map, or its file name.
    public var name: String
    /// The absolute path of its file, as messages show it.
    public var path: String

    public init(name: String, path: String) {
      self.name = name
      self.path = path
    }
  }

  /// The result of a self-check.
  public struct DoctorLine: Codable, Equatable, Sendable {
    /// Whether the check passed; nil if it could not run.
    public var passed: Bool?
    /// What was observed, in one line.
    public var sentence: String

    public init(passed: Bool?, sentence: String) {
      self.passed = passed
      self.sentence = sentence
    }
  }

  /// The numbers of a target and of its jobs.
  public struct TargetRecord: Codable, Equatable, Sendable {
    /// The target's name.
    public var name: String
    /// The jobs that got at least one process.
    public var jobs: [JobRecord]
    /// The target's numbers at the end, after the corpus was minimised.
    public var last: NumberLine
    /// Inputs in the corpus when the run began.
    public var corpusBefore: Int

    public init(name: String, jobs: [JobRecord], last: NumberLine, corpusBefore: Int) {
      self.name = name
      self.jobs = jobs
      self.last = last
      self.corpusBefore = corpusBefore
    }
  }

  /// The numbers of a job of a target.
  public struct JobRecord: Codable, Equatable, Sendable {
    /// The job's kind: `plain`, `tiny`, `production`, `value profile` or `address sanitizer`.
    public var name: String
    /// Processes of the job.
    public var processes: Int
    /// Total run time of its processes, in seconds.
    public var seconds: Double
    /// Total executions of its processes.
    public var executions: Int
    /// The processes that failed in the first half of their time; nil in a record of an earlier
    /// version.
    public var failedEarly: Int?

    public init(name: String, processes: Int = 0, seconds: Double = 0, executions: Int = 0) {
      self.name = name
      self.processes = processes
      self.seconds = seconds
      self.executions = executions
    }
  }

  /// A problem of the campaign itself, such as a full disk or a process that had to be killed.
  public struct Warning: Codable, Equatable, Sendable {
    /// When it first occurred.
    public var time: Date
    /// The problem, in one line.
    public var sentence: String
    /// How often it occurred.
    public var count: Int

    public init(time: Date, sentence: String, count: Int = 1) {
      self.time = time
      self.sentence = sentence
      self.count = count
    }
  }

  /// A finding, as shown in the report.
  public struct FindingPage: Codable, Equatable, Sendable {
    /// The name of the finding's folder.
    public var name: String
    /// A description of the failure, in one line.
    public var failure: String
    /// `steady`, or how often it fails.
    public var reproduction: String
    /// Whether no earlier report includes it.
    public var isNew: Bool
    /// The number of inputs with this failure, in all runs.
    public var count: Int
    /// The command that replays it.
    public var replay: String
    /// The shrunk scenario, as text.
    public var scenario: String
    /// The scenario drawn step by step, for a fixed-width font; nil if there is no drawing.
    public var drawing: String?

    public init(
      name: String, failure: String, reproduction: String, isNew: Bool, count: Int, replay: String,
      scenario: String, drawing: String?
    ) {
      self.name = name
      self.failure = failure
      self.reproduction = reproduction
      self.isNew = isNew
      self.count = count
      self.replay = replay
      self.scenario = scenario
      self.drawing = drawing
    }
  }
}

/// The source coverage of the corpora, measured with the compiler's own coverage.
public struct SourceCoverage: Codable, Equatable, Sendable {
  /// Every file under Sources/ that is compiled into a target, sorted by path.
  public var files: [File]

  public init(files: [File]) { self.files = files }

  /// How many of a total were reached.
  public struct Share: Codable, Equatable, Sendable {
    public var reached: Int
    public var total: Int

    public init(reached: Int, total: Int) {
      self.reached = reached
      self.total = total
    }
  }

  /// The coverage of a file.
  public struct File: Codable, Equatable, Sendable {
    /// The path in the project, as in `Sources/Map/RangeTree/RangeTree.swift`.
    public var path: String
    public var lines: Share
    public var regions: Share
    public var functions: Share
    /// The lines that were never reached, as ascending ranges of line numbers.
    public var unreached: [ClosedRange<Int>]

    public init(
      path: String, lines: Share, regions: Share, functions: Share, unreached: [ClosedRange<Int>]
    ) {
      self.path = path
      self.lines = lines
      self.regions = regions
      self.functions = functions
      self.unreached = unreached
    }
  }
}
