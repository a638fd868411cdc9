import ArgumentParser
import Campaign
import Differential
import FileNames
import Files
import ForeignMap
import Foundation
import Harnesses
import Processes

/// The options that replace the project's own map by a library.
struct SubjectOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Library whose map runs in place of the project's own; see docs/YourOwnMap.md.",
      valueName: "library"),
    completion: .file())
  var subject: String?

  @Option(
    help: ArgumentHelp(
      "How closely the library must follow the oracle: exact or sound. (default: as it declares)",
      valueName: "level"),
    completion: .list(["exact", "sound"]))
  var agreement: String?

  @Option(
    help: ArgumentHelp(
      "Ranges of the records that the library gets: laminar (aligned power-of-two blocks) or "
        + "any. (default: as it declares)",
      valueName: "kind"),
    completion: .list(["laminar", "any"]))
  var blocks: String?

  /// A faulty subject, with which `doctor` shows that failures are detected.
  @Option(help: .hidden)
  var canary: CanaryFault?

  func validate() throws {
    if let agreement, Agreement(rawValue: agreement) == nil {
      throw ValidationError("--agreement is '\(agreement)'; it must be exact or sound.")
    }
    if let blocks, !["laminar", "any"].contains(blocks) {
      throw ValidationError("--blocks is '\(blocks)'; it must be laminar or any.")
    }
    if subject == nil, agreement != nil || blocks != nil {
      throw ValidationError("--agreement and --blocks need --subject LIBRARY.")
    }
  }

  /// The library that --subject names, or nil without --subject.
  ///
  /// - Throws: `unreadable` if it cannot be loaded, `notAScenario` if it cannot be used.
  func load() throws(CommandError) -> ForeignLibrary? {
    try subject.map { path throws(CommandError) in try Self.load(path, options) }
  }

  /// Prints a note if FuzzForeign saved one of the files at `paths` and --subject is missing.
  func noteMissingLibrary(for paths: [String]) {
    guard subject == nil, paths.contains(where: { $0.contains("FuzzForeign") }) else { return }
    CommandError.note(
      "this ran revfuzz's own map; add --subject LIBRARY to run what FuzzForeign found")
  }

  /// The library at `path`.
  ///
  /// - Throws: `unreadable` if it cannot be loaded, `notAScenario` if it cannot be used.
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
    let path = subject.map(FileSystem.absolute)
    var values: [String: String?] = ["REVFUZZ_SUBJECT": path, "REVFUZZ_AGREEMENT": agreement]
    values["REVFUZZ_BLOCKS"] = .some(blocks)
    values["REVFUZZ_CANARY"] = .some(canary?.rawValue)
    return values
  }

  private var options: ForeignOptions { ForeignOptions(agreement: agreement, blocks: blocks) }
}

extension CanaryFault: ExpressibleByArgument {}

extension SubjectOptions {
  /// What may be the matter if a scenario passes that failed in a fuzz target; nil if the subject
  /// is not a library.
  var hintOfState: String? {
    subject.map { _ in
      "if it failed in a fuzz target, the library may keep state between maps; see "
        + "docs/YourOwnMap.md, 'A failure that does not come back'"
    }
  }

  /// Whether the file at `path` has a name that a fuzz target or a fleet gives to inputs that fail.
  static func isSavedFailure(_ path: String) -> Bool {
    let name = path.split(separator: "/").last ?? ""
    return ["crash-", "leak-", "timeout-", "oom-", "killed-", "clusterfuzz-testcase-"].contains {
      name.hasPrefix($0)
    }
  }
}

extension ForeignLibrary? {
  /// Names a run for a report: the scenario at `path`, and the library if there is one.
  func run(of path: String) -> String {
    let path = FileName.shown(path)
    return map { "\(path) on \($0.name)" } ?? path
  }
}
