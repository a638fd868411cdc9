import Foundation

/// What one run of the command printed, and how it ended.
package struct Run {
  package var code: Int32
  package var output: String
  package var error: String

  /// The path of `revfuzz`, as built beside the tests.
  package static let executable = URL(fileURLWithPath: CommandLine.arguments[0])
    .deletingLastPathComponent().appendingPathComponent("revfuzz").path

  /// Runs `revfuzz`, as built beside the tests, in `folder`, with lines of `columns` characters.
  package init(_ arguments: String..., in folder: URL, columns: Int = 100) throws {
    try self.init(arguments, in: folder, columns: columns)
  }

  /// The same with a list of arguments. Blocks as `ChildProcess` does. If both streams are `merged`,
  /// `output` has them in the order of printing.
  package init(
    _ arguments: [String], in folder: URL, columns: Int = 100, merged: Bool = false
  ) throws {
    let child = try ChildProcess(
      Self.executable, arguments, in: folder, environment: ["COLUMNS": String(columns)],
      merged: merged)
    (code, output, error) = (child.code, child.output, child.error)
  }
}
