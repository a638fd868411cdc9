import Foundation

/// The project that contains these tests.
package enum Project {
  /// The project's root folder.
  package static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The absolute path of `name`, which is relative to the root.
  package static func path(_ name: String) -> String { root.appendingPathComponent(name).path }

  /// The files in and below `folder` whose names end with `ending`, as sorted paths relative to
  /// the root. Empty if there is no such folder.
  package static func files(in folder: String, ending: String = "") -> [String] {
    let paths = FileManager.default.enumerator(
      at: root.appendingPathComponent(folder), includingPropertiesForKeys: [.isRegularFileKey])
    return (paths?.allObjects ?? []).compactMap { $0 as? URL }.filter { url in
      let isFile = try? url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile
      return isFile == true && url.path.hasSuffix(ending)
    }.map { String($0.path.dropFirst(root.path.count + 1)) }.sorted()
  }

  /// The text of the file `name`, which is relative to the root.
  package static func text(_ name: String) throws -> String {
    try String(contentsOfFile: path(name), encoding: .utf8)
  }
}
