import Foundation

/// What is known of one campaign when it is over: `record.json` in its folder, and all that a report
/// needs besides the lines of numbers.
public struct CampaignRecord: Codable, Equatable, Sendable {
  /// The name of its folder, as in `2026-11-25T213000Z`.
  public var name: String
  /// When it began and ended.
  public var begin: Date
  public var end: Date
  /// Seconds of fuzzing that were asked for.
  public var plannedSeconds: Int
  /// Processes at a time.
  public var concurrency: Int
  /// The command line.
  public var command: String
  /// What was built, and of what: commit and compiler.
  public var build: String
  /// The machine: system, cores, memory.
  public var machine: String
  /// The seed that every process's own was made of.
  public var seed: UInt64
  /// Whether somebody has ended it before its time.
  public var isInterrupted = false
  /// What the doctor has found; empty if it was not asked.
  public var doctor: [DoctorLine] = []
  /// Every target, in order.
  public var targets: [TargetRecord] = []
  /// What has failed this run, new ones first.
  public var findings: [FindingPage] = []
  /// Failures of which there is no finding: of processes that saved no input, and of inputs that could not
  /// be sorted or did not fail again. What they were is among the warnings.
  public var unexplained = 0
  /// What went wrong with the campaign itself.
  public var warnings: [Warning] = []
  /// What the corpus reaches of the source; nil if it was not measured.
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

  /// A question of the doctor, and what came of it.
  public struct DoctorLine: Codable, Equatable, Sendable {
    /// Whether it is as it has to be; nil if it could not be asked.
    public var passed: Bool?
    /// What was seen, in one line.
    public var sentence: String

    public init(passed: Bool?, sentence: String) {
      self.passed = passed
      self.sentence = sentence
    }
  }

  /// What a target had, and came to.
  public struct TargetRecord: Codable, Equatable, Sendable {
    /// Its name.
    public var name: String
    /// What each of its jobs had: jobs that never got a process are not there.
    public var jobs: [JobRecord]
    /// Its numbers at the end, after the corpus was minimised.
    public var last: NumberLine
    /// Inputs of the corpus when the run began.
    public var corpusBefore: Int

    public init(name: String, jobs: [JobRecord], last: NumberLine, corpusBefore: Int) {
      self.name = name
      self.jobs = jobs
      self.last = last
      self.corpusBefore = corpusBefore
    }
  }

  /// What a job of a target had.
  public struct JobRecord: Codable, Equatable, Sendable {
    /// Its name: `tiny`, `production`, `value profile`, `address sanitizer`.
    public var name: String
    /// How many processes, one after the other.
    public var processes: Int
    /// Seconds that they had, together.
    public var seconds: Double
    /// Executions in them.
    public var executions: Int

    public init(name: String, processes: Int = 0, seconds: Double = 0, executions: Int = 0) {
      self.name = name
      self.processes = processes
      self.seconds = seconds
      self.executions = executions
    }
  }

  /// Something that went wrong with the campaign itself: a full disk, a process that had to be killed.
  public struct Warning: Codable, Equatable, Sendable {
    /// When it was first seen.
    public var time: Date
    /// What it is, in one line.
    public var sentence: String
    /// How often it was seen.
    public var count: Int

    public init(time: Date, sentence: String, count: Int = 1) {
      self.time = time
      self.sentence = sentence
      self.count = count
    }
  }

  /// A failure, as it is shown to a reader.
  public struct FindingPage: Codable, Equatable, Sendable {
    /// The name of its folder.
    public var name: String
    /// How it fails, in one line.
    public var failure: String
    /// `steady`, or how often it fails.
    public var reproduction: String
    /// Whether this run has found it first.
    public var isNew: Bool
    /// How many inputs have failed like this, in all runs.
    public var count: Int
    /// The command that replays it.
    public var replay: String
    /// What is left of the scenario, as text.
    public var scenario: String
    /// The scenario drawn step by step, in characters of a fixed width; nil where there is none.
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

/// What a corpus reaches of the source, as the compiler's own coverage has it.
public struct SourceCoverage: Codable, Equatable, Sendable {
  /// Every file under Sources/ that is in a target, in the order of their paths.
  public var files: [File]

  public init(files: [File]) { self.files = files }

  /// Reached, of how many.
  public struct Share: Codable, Equatable, Sendable {
    public var reached: Int
    public var total: Int

    public init(reached: Int, total: Int) {
      self.reached = reached
      self.total = total
    }
  }

  /// A file's part of it.
  public struct File: Codable, Equatable, Sendable {
    /// The path in the project, as in `Sources/Map/RangeTree/RangeTree.swift`.
    public var path: String
    public var lines: Share
    public var regions: Share
    public var functions: Share
    /// The lines that were never reached, as inclusive ranges of line numbers, ascending.
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
