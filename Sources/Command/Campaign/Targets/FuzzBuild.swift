import Files
import Foundation
import Processes

/// A build of the fuzz targets: a folder of executables, and the table of targets.
package struct FuzzBuild {
  /// The folder of the executables.
  let folder: String
  /// The table of targets.
  let table: TargetTable

  /// The build of the targets in `table` in `folder`.
  ///
  /// - Throws: `unreadable` if an executable is missing.
  package init(folder: String, table: TargetTable) throws(CommandError) {
    self.folder = folder
    self.table = table
    for target in table.names where access(executable(target), X_OK) != 0 {
      throw .unreadable(
        executable(target), "not built; run scripts/build, which prints the folder to name here")
    }
  }

  /// The build in `folder` of the targets of the project in the current folder.
  ///
  /// - Throws: `unreadable` if the table or an executable is missing, `notAScenario` if the table
  ///   is invalid.
  package init(folder: String) throws(CommandError) {
    try self.init(folder: folder, table: TargetTable())
  }

  /// Builds the targets with `scripts/build` and these options. The script's messages go to
  /// standard error. Returns the folder of the executables.
  ///
  /// - Throws: `unstartable` or `unfinished` if the build fails.
  package static func make(_ options: [String] = []) async throws(CommandError) -> String {
    let script = "scripts/build"
    guard access(script, X_OK) == 0 else {
      throw .unstartable(script, "no such script; run this in the project's folder")
    }
    let result = try await CapturedProcess.run(script, options, limit: 4096, errors: .inherited)
    let folder = result.output.split(separator: "\n").last
    if result.succeeded, let folder { return String(folder) }
    throw .unfinished("the build of the targets", "\(script) failed (see above)")
  }

  /// The path of a target's executable.
  func executable(_ target: String) -> String { "\(folder)/\(target)" }
}
