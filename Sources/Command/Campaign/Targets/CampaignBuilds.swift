import Files
import Foundation
import Processes

/// The builds of the targets that a campaign runs.
struct CampaignBuilds {
  /// Edge counters in the code under test, and function counters in the code that checks it. Most
  /// jobs run this build.
  let focus: FuzzBuild
  /// Edge counters and traced comparisons in all code; for value-profile jobs.
  var everything: FuzzBuild?
  /// With AddressSanitizer.
  var sanitized: FuzzBuild?
  /// With the compiler's own coverage, to measure the source coverage of the corpora at the end.
  var coverage: FuzzBuild?

  /// Builds all four kinds with `scripts/build`.
  ///
  /// - Throws: `unstartable` or `unfinished` if a build fails.
  static func make() async throws(CommandError) -> CampaignBuilds {
    CampaignBuilds(
      focus: try await made(),
      everything: try await made("--everything"),
      sanitized: try await made("--sanitized"),
      coverage: try await made("--coverage"))
  }

  private static func made(_ options: String...) async throws(CommandError) -> FuzzBuild {
    try FuzzBuild(folder: await FuzzBuild.make(options))
  }

  /// The build that jobs of this kind run; nil if there is none.
  func build(for kind: Job.Kind) -> FuzzBuild? {
    switch kind {
    case .plain, .tiny, .production: return focus
    case .valueProfile: return everything
    case .sanitized: return sanitized
    }
  }
}
