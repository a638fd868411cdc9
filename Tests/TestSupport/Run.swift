import Foundation

/// The output and exit code of one run of `revfuzz`.
package struct Run {
  package var code: Int32
  package var output: String
  package var error: String

  /// The path of the `revfuzz` that was built with the tests.
  package static let executable = URL(fileURLWithPath: CommandLine.arguments[0])
    .deletingLastPathComponent().appendingPathComponent("revfuzz").path

  /// Runs `revfuzz` in `folder`, with lines of `columns` characters.
  package init(_ arguments: String..., in folder: URL, columns: Int = 100) throws {
    try self.init(arguments, in: folder, columns: columns)
  }

  /// Runs `revfuzz` with a list of arguments. Blocks as `ChildProcess` does. If the streams are
  /// `merged`, `output` has both in the order of printing.
  package init(
    _ arguments: [String], in folder: URL, columns: Int = 100, merged: Bool = false
  ) throws {
    let child = try ChildProcess(
      Self.executable, arguments, in: folder, environment: ["COLUMNS": String(columns)],
      merged: merged)
    (code, output, error) = (child.code, child.output, child.error)
  }
}
