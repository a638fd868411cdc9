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

  /// The same with a list of arguments.
  package init(_ arguments: [String], in folder: URL, columns: Int = 100) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Self.executable)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    let environment = ProcessInfo.processInfo.environment
    process.environment = environment.merging(["COLUMNS": String(columns)]) { $1 }
    let (output, error) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = error
    try process.run()
    // Neither stream holds more than a pipe does before the process ends.
    let outputData = output.fileHandleForReading.readDataToEndOfFile()
    let errorData = error.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    code = process.terminationReason == .exit ? process.terminationStatus : -1
    self.output = String(decoding: outputData, as: UTF8.self)
    self.error = String(decoding: errorData, as: UTF8.self)
  }
}
