import Files
import Foundation
import Processes

/// Fuzz targets as they were built: a folder of executables, and the table of them.
package struct FuzzBuild {
  /// The folder of the executables.
  let folder: String
  /// The targets, and what each has to report.
  let table: TargetTable

  /// The build in `folder` of the targets in `table`.
  ///
  /// - Throws: `unreadable` if one of them is not there.
  package init(folder: String, table: TargetTable) throws(CommandError) {
    self.folder = folder
    self.table = table
    for target in table.names where access(executable(target), X_OK) != 0 {
      throw .unreadable(executable(target), "it is not built there; scripts/build says where")
    }
  }

  /// The build in `folder` of the project that this is run in.
  ///
  /// - Throws: `unreadable` if the table or a target is not there, `notAScenario` if the table is none.
  package init(folder: String) throws(CommandError) {
    try self.init(folder: folder, table: TargetTable())
  }

  /// Builds the targets with `scripts/build` and these options, whose words go on to standard error. Returns
  /// the folder that they are in.
  ///
  /// - Throws: `unstartable` if it does not work.
  package static func make(_ options: [String] = []) async throws(CommandError) -> String {
    let script = "scripts/build"
    guard access(script, X_OK) == 0 else {
      throw .unstartable(script, "it is not here; run it in the project's folder")
    }
    let result = try await CapturedProcess.run(script, options, limit: 4096, errors: .inherited)
    let folder = result.output.split(separator: "\n").last
    if result.succeeded, let folder { return String(folder) }
    throw .unstartable("the targets", "\(script) has failed (see above), so they")
  }

  /// The path of a target's executable.
  func executable(_ target: String) -> String { "\(folder)/\(target)" }
}
