import Files
import Foundation
import Processes

/// The builds of the targets that a campaign runs.
struct CampaignBuilds {
  /// The code under test is instrumented edge by edge: what most processes run.
  let focus: FuzzBuild
  /// Everything is, and comparisons are traced; for jobs with a value profile.
  var everything: FuzzBuild?
  /// With AddressSanitizer.
  var sanitized: FuzzBuild?
  /// With the compiler's own coverage; runs the corpus at the end.
  var coverage: FuzzBuild?

  /// Every build, by `scripts/build`.
  ///
  /// - Throws: `unstartable` if one does not work.
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

  /// The build that a job runs; nil if there is none.
  func build(for kind: Job.Kind) -> FuzzBuild? {
    switch kind {
    case .plain, .tiny, .production: return focus
    case .valueProfile: return everything
    case .sanitized: return sanitized
    }
  }
}
