import CampaignReport
import FileNames
import Files
import Foundation
import Processes

/// The options of `revfuzz campaign`.
package struct CampaignOptions {
  /// How long to fuzz.
  package var seconds: Int
  /// The targets; all that can run if empty.
  package var targets: [String]
  /// Concurrent processes; one per core if nil.
  package var concurrency: Int?
  /// The state folder.
  package var state: String
  /// The seed from which every process's seed is derived; random if nil.
  package var seed: UInt64?
  /// A folder of built targets; if nil, all four kinds are built.
  package var build: String?
  /// With `build`, the folders of the other kinds. Jobs of a kind whose folder is nil are skipped.
  package var everything: String?
  package var sanitized: String?
  package var coverage: String?
  /// Whether to run the self-checks first.
  package var hasDoctor: Bool
  package var subject: SubjectChoice
  /// The command line, for the record.
  package var command: String

  package init(
    seconds: Int, targets: [String], concurrency: Int?, state: String, seed: UInt64?,
    build: String?, everything: String?, sanitized: String?, coverage: String?, hasDoctor: Bool,
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

/// The outcome of a campaign run.
package struct CampaignResult {
  package let verdict: Verdict
  /// Whether the report and the mail line could be written.
  package let isReported: Bool
}

extension CampaignOptions {
  /// Runs a campaign from the build to the report. Logs to standard error, and prints the mail line
  /// on standard output.
  ///
  /// - Throws: whatever kept the campaign from running.
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
      build: await CampaignRecord.buildHere(), machine: CampaignRecord.machineHere(),
      seed: seed ?? UInt64.random(in: 0...UInt64.max))
    record.subject = subject.library.map {
      let path = FileSystem.absolute($0)
      let name = subject.name ?? FileSystem.name(of: path)
      return CampaignRecord.Subject(name: FileName.shown(name), path: FileName.shown(path))
    }
    view.log("campaign \(record.name), seed \(record.seed), in \(folder.path)")
    var leftOut: [String] = []
    for (build, what, option) in [
      (builds.everything, "value profile", "everything"),
      (builds.sanitized, "AddressSanitizer", "sanitized"),
      (builds.coverage, "source coverage", "coverage"),
    ] where build == nil {
      view.log("leaving out \(what): no build was given (--\(option))")
      leftOut.append(what)
    }
    // A library chooses its own node size.
    let jobs = targets.compactMap { builds.focus.table[$0] }
    if jobs.contains(where: { $0.subject == .library && !$0.hasNodeSizes }) {
      leftOut.append("node sizes")
    }
    record.leftOut = leftOut
    record.doctor = try await examine(builds, view)
    let options = Campaign.Options(
      builds: builds, targets: targets, seconds: seconds, concurrency: record.concurrency,
      seed: record.seed, subjectArguments: subject.arguments,
      subjectEnvironment: subject.environment)
    let campaign = try Campaign(options, state: folder, record: record, isOver: { Interrupt.came })
    {
      view.log($0)
    }
    try await campaign.run(view)
    // record.json keeps whole seconds. Rounding here makes `revfuzz report` reproduce this report.
    record = await campaign.record
    record = CampaignRecord(json: record.json) ?? record
    let report = ReportWriter(of: folder, record)
    var isReported = true
    do throws(CommandError) {
      try report.write()
      // The only line on standard output.
      try ScenarioFile.write(record.mailLine(report: report.path) + "\n")
      // Last: a finding stays new until a report with it has been written.
      try FindingStore.markReported(in: folder.findings, by: record.name)
    } catch {
      error.print()
      isReported = false
    }
    return CampaignResult(verdict: Verdict(on: record), isReported: isReported)
  }

  /// The builds in the folders that the options name; nil if the targets have to be built.
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

  /// The targets to run.
  private func targets(of table: TargetTable) throws(CommandError) -> [String] {
    let asked = try table.entries(
      asked: targets, of: table.entries.filter { $0.subject != .canary })
    if subject.library == nil,
      let other = asked.first(where: { !targets.isEmpty && $0.subject == .library })
    {
      throw .unusable(other.name, "it fuzzes a library; name one with --subject LIBRARY")
    }
    if !targets.isEmpty { return asked.map(\.name) }
    return table.names(of: subject.library == nil ? .ours : .library)
  }

  /// Runs the self-checks on the builds.
  ///
  /// - Throws: `unstartable` if one fails.
  private func examine(
    _ builds: CampaignBuilds, _ view: CampaignView
  ) async throws -> [CampaignRecord.DoctorLine] {
    if !hasDoctor { return [] }
    let findings = try await SelfCheck.examine(
      builds.focus, sanitized: builds.sanitized?.folder, report: { view.log($0.line) })
    if findings.contains(where: { $0.passed == false }) {
      throw CommandError.unstartable("the campaign", "a self-check failed (see above)")
    }
    return findings.map { CampaignRecord.DoctorLine(passed: $0.passed, sentence: $0.sentence) }
  }
}
