import ArgumentParser
import Campaign
import Differential
import Files
import ForeignMap
import Foundation
import Processes

/// The options that name another subject than the project's own: a library.
struct SubjectOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A shared library with the reverse map to run, in place of the project's own.",
      discussion: "Sources/Map/CReverseMap/include/reverse_map.h says what it has to export.",
      valueName: "library"))
  var subject: String?

  @Option(help: "'exact' or 'sound': how closely it has to follow, if not as it says itself.")
  var agreement: String?

  @Option(help: "'laminar' or 'any': which records it gets, if not as it says itself.")
  var blocks: String?

  /// A subject that has to fail, by which `doctor` shows that failures are seen.
  @Option(help: .hidden)
  var canary: CanaryFault?

  func validate() throws {
    if let agreement, Agreement(rawValue: agreement) == nil {
      throw ValidationError("--agreement is '\(agreement)', and can be exact or sound.")
    }
    if let blocks, !["laminar", "any"].contains(blocks) {
      throw ValidationError("--blocks is '\(blocks)', and can be laminar or any.")
    }
    if subject == nil, agreement != nil || blocks != nil {
      throw ValidationError("--agreement and --blocks are about a --subject, and there is none.")
    }
  }

  /// The library, if one is named.
  ///
  /// - Throws: `unreadable` or `notAScenario`, with what is wrong with it.
  func load() throws(CommandError) -> ForeignLibrary? {
    try subject.map { path throws(CommandError) in try Self.load(path, options) }
  }

  /// The library at `path`.
  ///
  /// - Throws: `unreadable` or `notAScenario`, with what is wrong with it.
  static func load(
    _ path: String, _ options: ForeignOptions
  ) throws(CommandError) -> ForeignLibrary {
    do {
      return try options.load(path)
    } catch {
      switch error {
      case .notLoadable(let path, let why): throw .unreadable(path, why)
      case .unfit(let path, let why): throw .notAScenario(path, why)
      }
    }
  }

  /// The subject, for a campaign and for triage.
  var choice: SubjectChoice {
    SubjectChoice(
      library: subject,
      arguments: (subject.map { options.arguments($0) } ?? [])
        + (canary.map { ["--canary", $0.rawValue] } ?? []),
      environment: environment, isCanary: canary != nil)
  }

  /// Workers that run scenarios of the subject.
  var workers: WorkerPool { choice.workers }

  private var environment: [String: String?] {
    let path = subject.map { URL(fileURLWithPath: $0).path }
    var values: [String: String?] = ["REVFUZZ_SUBJECT": path, "REVFUZZ_AGREEMENT": agreement]
    values["REVFUZZ_BLOCKS"] = .some(blocks)
    values["REVFUZZ_CANARY"] = .some(canary?.rawValue)
    return values
  }

  private var options: ForeignOptions { ForeignOptions(agreement: agreement, blocks: blocks) }
}

extension CanaryFault: ExpressibleByArgument {}

extension ForeignLibrary? {
  /// What is run, for a report: the scenario at `path`, on the library if there is one.
  func run(of path: String) -> String { map { "\(path) on \($0.name)" } ?? path }
}
