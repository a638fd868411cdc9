import Files
import Foundation
import Processes

/// Fuzz targets as they were built: a folder of executables, and what each has to report.
package struct FuzzBuild {
  /// The folder of the executables.
  let folder: String
  /// The fewest coverage counters of each target, from `FuzzTargets/counters`.
  let floors: [String: Int]

  /// The floors of the project that this is run in.
  package static let floorsHere = "FuzzTargets/counters"

  /// The build in `folder`, with the floors of the project that this is run in.
  ///
  /// - Throws: `unreadable` if one of the two is not there, `notAScenario` if the floors are no floors.
  package init(folder: String, floorsAt path: String = floorsHere) throws(FileProblem) {
    self.folder = folder
    floors = try Self.floors(at: path)
    for target in targets where access(executable(target), X_OK) != 0 {
      throw .unreadable(executable(target), "it is not built there; scripts/build says where")
    }
  }

  /// The floors in the file at `path`: lines of a target and a number, and comments.
  ///
  /// - Throws: `unreadable` or `notAScenario`.
  static func floors(at path: String = floorsHere) throws(FileProblem) -> [String: Int] {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw .unreadable(path, "run it in the project's folder")
    }
    var floors: [String: Int] = [:]
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let fields = line.split(separator: " ")
      guard fields.count == 2, let floor = Int(fields[1]) else {
        throw .notAScenario(path, "'\(line)' is no target and a number")
      }
      floors[String(fields[0])] = floor
    }
    return floors
  }

  /// Builds the targets with `scripts/build` and these options, whose words go on to standard error. Returns
  /// the folder that they are in.
  ///
  /// - Throws: `unstartable` if it does not work.
  package static func make(_ options: [String] = []) async throws(FileProblem) -> String {
    let script = "scripts/build"
    guard access(script, X_OK) == 0 else {
      throw .unstartable(script, "it is not here; run it in the project's folder")
    }
    let result = try await CapturedProcess.run(script, options, limit: 4096, errors: .inherited)
    let folder = result.output.split(separator: "\n").last
    if result.succeeded, let folder { return String(folder) }
    throw .unstartable("the targets", "\(script) has failed (see above), so they")
  }

  /// Every target, in order.
  var targets: [String] { floors.keys.sorted() }

  /// The path of a target's executable.
  func executable(_ target: String) -> String { "\(folder)/\(target)" }
}
