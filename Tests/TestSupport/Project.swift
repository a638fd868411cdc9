import Foundation

/// The project that the tests lie in.
package enum Project {
  /// Its folder.
  package static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The path of `name`, as seen from the root.
  package static func path(_ name: String) -> String { root.appendingPathComponent(name).path }

  /// The text of the file `name`.
  package static func text(_ name: String) throws -> String {
    try String(contentsOfFile: path(name), encoding: .utf8)
  }
}
