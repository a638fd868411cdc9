import Foundation
import Testing

/// Libraries that tests build from Plugins/sorted-array, with something changed in it.
enum TestLibrary {
  /// Where a C compiler is, or nil. Every Swift toolchain for Linux has one.
  static let compiler: String? = {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.map { "\($0)/clang" }.first { access($0, X_OK) == 0 }
  }()

  static var isThere: Bool { compiler != nil }

  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  private static let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("revfuzz-libraries-\(UUID().uuidString)").path

  /// The path of the sorted array with each of `changes` made, which all have to be possible, and
  /// `more` behind it.
  static func sortedArray(
    _ changes: [(String, String)] = [], more: String = ""
  ) throws -> String {
    var source = try String(
      contentsOfFile: root + "/Plugins/sorted-array/sorted_array.c", encoding: .utf8)
    for (old, new) in changes {
      try #require(source.contains(old), "sorted_array.c has no '\(old)' to change")
      source = source.replacing(old, with: new)
    }
    return try build(source + more)
  }

  /// The path of a library with this source.
  static func build(_ source: String) throws -> String {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let path = "\(folder)/\(UUID().uuidString)"
    try source.write(toFile: path + ".c", atomically: true, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(compiler))
    process.arguments = [
      "-w", "-g", "-fPIC", "-shared", "-I", root + "/Sources/Map/CReverseMap/include", "-o",
      path + ".so", path + ".c",
    ]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "the library does not compile")
    return path + ".so"
  }
}
