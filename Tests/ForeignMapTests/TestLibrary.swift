import Foundation
import Synchronization
import TestSupport
import Testing

/// Libraries that tests build from a plugin's source, with changes to it.
enum TestLibrary {
  /// The path of a C compiler, or nil. Every Swift toolchain for Linux includes one, which comes
  /// first: another may lack the sanitizers' runtimes.
  static let compiler: String? = {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    let compilers = folders.filter { access("\($0)/clang", X_OK) == 0 }
    let folder = compilers.first { access("\($0)/swift", X_OK) == 0 } ?? compilers.first
    return folder.map { "\($0)/clang" }
  }()

  static var isThere: Bool { compiler != nil }

  private static let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("revfuzz-libraries-\(UUID().uuidString)").path

  /// Builds the sorted array with each of `changes` applied, `more` appended and the compiler's
  /// `flags`, and returns its path. Fails if the text that a change replaces is not there.
  static func sortedArray(
    _ changes: [(String, String)] = [], more: String = "", flags: [String] = []
  ) throws -> String {
    try build(source(sortedArrayFile, changes) + more, flags: flags)
  }

  /// Builds the map that tracks a superset with each of `changes` applied, and returns its path.
  /// Fails if the text that a change replaces is not there.
  static func superset(_ changes: [(String, String)] = []) throws -> String {
    try build(source(supersetFile, changes))
  }

  static let sortedArrayFile = "Plugins/sorted-array/sorted_array.c"
  static let supersetFile = "Plugins/superset/superset.c"
  static let interfaceFolder = Project.path("Sources/Map/CReverseMap/include")

  /// The text of a plugin's `file` with each of `changes` applied. Fails if the text that a change
  /// replaces is not there.
  static func source(_ file: String, _ changes: [(String, String)]) throws -> String {
    var source = try Project.text(file)
    for (old, new) in changes {
      try #require(source.contains(old), "\(file) has no '\(old)' to change")
      source = source.replacing(old, with: new)
    }
    return source
  }

  /// The text of the map that tracks a superset with the bug of this name in Plugins/superset/bugs.
  static func supersetSource(with bug: String) throws -> String {
    let scratch = try Scratch()
    let file = URL(fileURLWithPath: scratch.path(supersetFile))
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Project.text(supersetFile).write(to: file, atomically: true, encoding: .utf8)
    let run = try ChildProcess(
      "/usr/bin/env", ["git", "apply", Project.path("Plugins/superset/bugs/\(bug).patch")],
      in: scratch.url, merged: true)
    try #require(run.code == 0, "\(run.output)")
    return try String(contentsOf: file, encoding: .utf8)
  }

  /// A sorted array whose unmap calls its host: for the first entry in the range it executes
  /// `body`, and begins again. It is sound, or exact.
  static func hosted(_ body: String, isExact: Bool = false) throws -> String {
    try build(hostedSource(body, isExact: isExact))
  }

  /// The text of `hosted`. `body` has the `map`, the index `from` of the `entry`, and `to`.
  static func hostedSource(_ body: String, isExact: Bool = false) throws -> String {
    let sound = [
      (".flags = REVERSE_MAP_EXACT", ".flags = 0"),
      ("    .begin_full_unmap = begin_full_unmap,\n", ""),
      ("    .end_full_unmap = end_full_unmap,\n", ""), ("    .state = state,\n", ""),
      ("    begin_full_unmap(handle);\n    return result;", "    return result;"),
    ]
    let hosted = [
      ("  uint32_t layout;", "  const struct reverse_map_host *host;\n  uint32_t layout;"),
      (
        "  map->layout = configuration->layout;",
        "  map->layout = configuration->layout;\n  map->host = configuration->host;"
      ),
      (
        "  size_t to, from = intersecting(handle, start, start + size - 1, &to);\n"
          + "  replace(handle, from, to, NULL); /* takes less room, so it cannot fail */",
        """
          struct map *map = handle;
          *count = 0;
          for (;;) {
            size_t to, from = intersecting(map, start, start + size - 1, &to);
            if (from == to) break;
            struct reverse_map_entry entry = map->entries[from];
            \(body)
          }
        """
      ),
    ]
    return try source(sortedArrayFile, (isExact ? [] : sound) + hosted)
  }

  /// Statements for `hosted`: the call of the host, and the removal of the entry if it is still
  /// there.
  static let callsHost =
    "map->host->unmap_nested(map->host->context, entry.nested, entry.last - entry.first + 1);"
  static let removesEntry =
    "from = intersecting(map, start, start + size - 1, &to);"
    + "if (from < to) replace(map, from, from + 1, NULL);"

  /// The paths of the libraries built so far, by flags and source. Tests can share a library,
  /// because it has no state before a map is created.
  private static let built = Mutex<[String: String]>([:])

  /// Builds a library from `source`, unless it is built already, and returns its path.
  static func build(_ source: String, flags: [String] = []) throws -> String {
    let key = flags.joined(separator: " ") + "\n" + source
    if let path = built.withLock({ $0[key] }) { return path }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let path = "\(folder)/\(UUID().uuidString)"
    try source.write(toFile: path + ".c", atomically: true, encoding: .utf8)
    let run = try ChildProcess(
      #require(compiler),
      [
        "-w", "-g", "-fPIC", "-shared", "-I", interfaceFolder, "-o", path + ".so", path + ".c",
      ] + flags, merged: true)
    try #require(run.code == 0, "the library does not compile: \(run.output)")
    built.withLock { $0[key] = path + ".so" }
    return path + ".so"
  }
}
