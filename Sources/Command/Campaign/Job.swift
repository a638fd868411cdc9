import Foundation

/// A way of running a target: which build of it, and which scenarios it is led to.
struct Job: Hashable, Codable {
  /// The target, as in `FuzzShadow`.
  let target: String
  let kind: Kind
  /// The target's share of the time, from the table of targets.
  var targetWeight = 1.0

  enum Kind: String, Codable, CaseIterable {
    /// As the target is, for those that have no nodes.
    case plain
    /// Mutants have nodes with as few slots as can be: splits and merges in short scenarios.
    case tiny
    /// Mutants have nodes with as many slots as in use.
    case production
    /// Guided by the values that are compared, too.
    case valueProfile = "value profile"
    /// Under AddressSanitizer.
    case sanitized = "address sanitizer"
  }

  /// How much of the time it gets, in relation to the others.
  var weight: Double { targetWeight * kind.weight }

  /// The jobs of `targets` for which there are builds, in the order in which they begin: every target
  /// has run once before one runs again.
  static func all(of targets: [String], _ builds: CampaignBuilds) -> [Job] {
    let entries = targets.compactMap { builds.focus.table[$0] }
    return Kind.allCases.flatMap { kind in
      entries.filter { entry in
        switch kind {
        case .plain: return !entry.hasNodeSizes
        case .tiny, .production: return entry.hasNodeSizes
        case .valueProfile: return builds.everything != nil
        case .sanitized: return builds.sanitized != nil
        }
      }.map { Job(target: $0.name, kind: kind, targetWeight: $0.weight) }
    }
  }
}

extension Job: CustomStringConvertible {
  /// As in `FuzzShadow, tiny`.
  var description: String { "\(target), \(kind.rawValue)" }
}

extension Job.Kind {
  /// How much of a target's time it gets, in relation to the others. A sanitizer takes most of its time
  /// for itself, and what it sees it sees in the first runs of a scenario.
  fileprivate var weight: Double {
    switch self {
    case .plain: return 5
    case .tiny: return 3
    case .production: return 2
    case .valueProfile: return 1
    case .sanitized: return 0.5
    }
  }

  /// Its name as part of a file's.
  var fileName: String { rawValue.replacingOccurrences(of: " ", with: "-") }

  /// What the names of the files begin with that a process saves because they failed: it has to be
  /// known which build has seen that.
  func prefix(run: String, process: String) -> String { "\(run).\(process).\(fileName)." }

  /// The kind of the job that has saved a file of this name; `plain` if it does not say.
  init(ofSavedFile name: String) {
    let parts = name.split(separator: ".", maxSplits: 3)
    let word = parts.count > 3 ? String(parts[2]) : ""
    self = Self.allCases.first { $0.fileName == word } ?? .plain
  }

  /// What libFuzzer is to do in the job beside what the targets tell it themselves.
  var flags: [String] { self == .valueProfile ? ["-use_value_profile=1"] : [] }

  /// Which node size the mutators are to make, for REVFUZZ_NODES.
  var nodes: String? { self == .tiny || self == .production ? rawValue : nil }

  /// The most memory that a target lets itself have, in MB (FuzzerEntry's defaults).
  var megabytes: Int { self == .sanitized ? 2048 : 1024 }
}
