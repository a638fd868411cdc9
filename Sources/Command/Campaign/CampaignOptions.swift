import CampaignReport
import Files
import Foundation
import Processes

/// What a person asks of a campaign.
package struct CampaignOptions {
  /// How long to fuzz.
  package var seconds: Int
  /// The targets; all that can run if none is named.
  package var targets: [String]
  /// Processes at a time; one for each core if nil.
  package var concurrency: Int?
  /// The folder that keeps what is found.
  package var state: String
  /// What every process's seed is made of; a new one if nil.
  package var seed: UInt64?
  /// A folder of targets; if nil, all four kinds are built.
  package var build: String?
  /// With `build`, the folders of the other kinds, for those that there are.
  package var everything: String?
  package var sanitized: String?
  package var coverage: String?
  /// Whether the doctor looks at the builds first.
  package var hasDoctor: Bool
  package var subject: SubjectChoice
  /// The command line, for the record.
  package var command: String

  package init(
    seconds: Int, targets: [String], concurrency: Int?, state: String, seed: UInt64?,
    build: String?,
    everything: String?, sanitized: String?, coverage: String?, hasDoctor: Bool,
    subject: SubjectChoice, command: String
  ) {
    self.seconds = seconds
    self.targets = targets
    self.concurrency = concurrency
    self.state = state
    self.seed = seed
    self.build = build
    self.everything = everything
    self.sanitized = sanitized
    self.coverage = coverage
    self.hasDoctor = hasDoctor
    self.subject = subject
    self.command = command
  }
}

/// What came of a campaign.
package struct CampaignResult {
  package let verdict: Verdict
  /// Whether the report and the line about it could be written.
  package let isReported: Bool
}

extension CampaignOptions {
  /// Runs a campaign from the build to the report. What happens is told on standard error; the line for
  /// a mail goes to standard output.
  ///
  /// - Throws: what kept it from its work.
  package func run() async throws -> CampaignResult {
    let targets = try targets(of: TargetTable())
    let given = try buildsThatAreThere()
    let folder = try StateFolder(state)
    let builds: CampaignBuilds
    if let given { builds = given } else { builds = try await .make() }
    let view = CampaignView(seconds: seconds)
    let now = Date()
    var record = CampaignRecord(
      name: CampaignRecord.name(of: now), begin: now, end: now, plannedSeconds: seconds,
      concurrency: concurrency ?? ProcessInfo.processInfo.activeProcessorCount, command: command,
      build: await CampaignRecord.buildHere(), machine: CampaignRecord.vmHere(),
      seed: seed ?? UInt64.random(in: 0...UInt64.max))
    view.log("campaign \(record.name), seed \(record.seed), in \(folder.path)")
    for (build, what) in [
      (builds.everything, "jobs with a value profile"), (builds.sanitized, "the sanitized job"),
      (builds.coverage, "the coverage of the source"),
    ] where build == nil {
      view.log("left out, for want of a build: \(what)")
    }
    record.doctor = try await examine(builds, view)
    let options = Campaign.Options(
      builds: builds, targets: targets, seconds: seconds, concurrency: record.concurrency,
      seed: record.seed,
      subjectArguments: subject.arguments, subjectEnvironment: subject.environment)
    let campaign = try Campaign(options, state: folder, record: record, isOver: { Interrupt.came })
    {
      view.log($0)
    }
    try await campaign.run(view)
    // As it is kept, which is in whole seconds: whoever writes the report again writes the same.
    record = await campaign.record
    record = CampaignRecord(json: record.json) ?? record
    let report = CampaignReportFiles(of: folder, record)
    var isReported = true
    do throws(CommandError) {
      try report.write()
      // The only line on standard output: for a mail.
      try ScenarioFile.write(record.mailLine(report: report.path) + "\n")
      // Not before somebody can have read of it.
      try FindingStore.markReported(in: folder.findings, by: record.name)
    } catch {
      error.print()
      isReported = false
    }
    return CampaignResult(verdict: Verdict(on: record), isReported: isReported)
  }

  /// The builds that are named; nil if they are to be made.
  private func buildsThatAreThere() throws(CommandError) -> CampaignBuilds? {
    guard let build else { return nil }
    func made(_ folder: String?) throws(CommandError) -> FuzzBuild? {
      guard let folder else { return nil }
      return try FuzzBuild(folder: folder)
    }
    return CampaignBuilds(
      focus: try FuzzBuild(folder: build), everything: try made(everything),
      sanitized: try made(sanitized), coverage: try made(coverage))
  }

  /// Those of the table that are to be run.
  private func targets(of table: TargetTable) throws(CommandError) -> [String] {
    let asked = try table.entries(
      asked: targets, of: table.entries.filter { $0.subject != .canary })
    if subject.library == nil,
      let other = asked.first(where: { !targets.isEmpty && $0.subject == .library })
    {
      throw .unusable(other.name, "it fuzzes a library, which --subject LIBRARY names")
    }
    if !targets.isEmpty { return asked.map(\.name) }
    return table.names(of: subject.library == nil ? .ours : .library)
  }

  /// Has the doctor look at the builds.
  ///
  /// - Throws: `unstartable` if it is not content.
  private func examine(
    _ builds: CampaignBuilds, _ view: CampaignView
  ) async throws -> [CampaignRecord.DoctorLine] {
    if !hasDoctor { return [] }
    let findings = try await SelfCheck.examine(
      builds.focus, sanitized: builds.sanitized?.folder, report: { view.log($0.line) })
    if findings.contains(where: { $0.passed == false }) {
      throw CommandError.unstartable("the campaign", "the doctor is not content with this machine")
    }
    return findings.map { CampaignRecord.DoctorLine(passed: $0.passed, sentence: $0.sentence) }
  }
}
