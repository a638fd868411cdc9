import Foundation

/// The project that contains these tests.
package enum Project {
  /// The project's root folder.
  package static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The absolute path of `name`, which is relative to the root.
  package static func path(_ name: String) -> String { root.appendingPathComponent(name).path }

  /// The text of the file `name`, which is relative to the root.
  package static func text(_ name: String) throws -> String {
    try String(contentsOfFile: path(name), encoding: .utf8)
  }
}
