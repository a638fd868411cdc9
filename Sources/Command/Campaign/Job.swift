import Foundation

/// A campaign's unit of work: a target, a build of it, and the settings to run it with.
struct Job: Hashable, Codable {
  /// The target, as in `FuzzShadow`.
  let target: String
  let kind: Kind
  /// The target's share of the time, from the table of targets.
  var targetWeight = 1.0

  enum Kind: String, Codable, CaseIterable {
    /// The target without settings; for targets that have no node sizes.
    case plain
    /// Mutated scenarios get nodes with the fewest slots, so that short scenarios split and merge.
    case tiny
    /// Mutated scenarios get nodes of the size used in production.
    case production
    /// Also guided by the values that comparisons see (libFuzzer's value profile).
    case valueProfile = "value profile"
    /// Under AddressSanitizer.
    case sanitized = "address sanitizer"
  }

  /// The job's share of the time, relative to other jobs.
  var weight: Double { targetWeight * kind.weight }

  /// The jobs of `targets` that have builds, in the order in which they start. The order is by kind
  /// first, so that every target starts early.
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
  /// The share of a target's time, relative to the target's other jobs. The sanitized job gets
  /// little: it runs slowly, and finds what it can find in the first executions of a scenario.
  fileprivate var weight: Double {
    switch self {
    case .plain: return 5
    case .tiny: return 3
    case .production: return 2
    case .valueProfile: return 1
    case .sanitized: return 0.5
    }
  }

  /// The kind's name as part of a file name.
  var fileName: String { rawValue.replacingOccurrences(of: " ", with: "-") }

  /// The prefix of the names of failing inputs that a process saves. It names the kind, because
  /// triage has to run the same build.
  func prefix(run: String, process: String) -> String { "\(run).\(process).\(fileName)." }

  /// The kind of the job that saved a file of this name; `plain` if the name has no such prefix.
  init(ofSavedFile name: String) {
    let parts = name.split(separator: ".", maxSplits: 3)
    let word = parts.count > 3 ? String(parts[2]) : ""
    self = Self.allCases.first { $0.fileName == word } ?? .plain
  }

  /// libFuzzer options of the job, on top of the target's defaults.
  var flags: [String] { self == .valueProfile ? ["-use_value_profile=1"] : [] }

  /// The value of REVFUZZ_NODES: the node size that the mutators set.
  var nodes: String? { self == .tiny || self == .production ? rawValue : nil }

  /// The target's own memory limit, in MB (FuzzerEntry's default).
  var megabytes: Int { self == .sanitized ? 2048 : 1024 }
}
