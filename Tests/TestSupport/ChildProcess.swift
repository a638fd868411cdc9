import Foundation

/// A finished process and its output.
package struct ChildProcess {
  /// The exit code; -1 if a signal ended the process.
  package var code: Int32
  package var output: String
  /// Standard error; empty if it was merged into `output`.
  package var error: String

  /// Runs the program at `path` in `folder` until it ends, with `environment` added to that of the
  /// tests.
  ///
  /// Standard error must fit into a pipe (64 KB), unless it is `merged` into `output`. Blocks, so
  /// the calling suite needs the trait `waitsForProcesses`.
  package init(
    _ path: String, _ arguments: [String], in folder: URL? = nil,
    environment: [String: String] = [:], merged: Bool = false
  ) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = folder }
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let output = Pipe()
    let error = merged ? output : Pipe()
    process.standardOutput = output
    process.standardError = error
    try process.run()
    let outputData = output.fileHandleForReading.readDataToEndOfFile()
    let errorData = merged ? Data() : error.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    code = process.terminationReason == .exit ? process.terminationStatus : -1
    self.output = String(decoding: outputData, as: UTF8.self)
    self.error = String(decoding: errorData, as: UTF8.self)
  }
}
