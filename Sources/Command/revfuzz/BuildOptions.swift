import ArgumentParser
import Campaign
import Files

/// The option for fuzz targets that are built already.
struct BuildOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Folder of targets that scripts/build has built. (default: build them)",
      valueName: "folder"),
    completion: .directory)
  var build: String?

  /// The folder of the executables: the given one, or that of a build with `scripts/build` and
  /// these arguments.
  ///
  /// - Throws: `unstartable` or `unfinished` if the build fails.
  func folder(_ arguments: [String] = []) async throws(CommandError) -> String {
    if let build { return build }
    return try await FuzzBuild.make(arguments)
  }
}
