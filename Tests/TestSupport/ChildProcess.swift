import Foundation

/// A process that has ended, and what it printed.
package struct ChildProcess {
  /// Its exit code; -1 if a signal ended it.
  package var code: Int32
  package var output: String
  /// Its standard error; empty where that went into `output`.
  package var error: String

  /// Runs the program at `path` in `folder` until it ends, with `environment` added to that of the
  /// tests. Neither stream may hold more than a pipe does before the process ends, unless they are
  /// `merged` into `output`. Blocks: a suite that calls it has the trait `waitsForProcesses`.
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
