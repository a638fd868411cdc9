import FileNames
import Files
import Foundation
import Scenario

/// Inputs that another machine found, for example a fleet: an archive or a folder. It may have the
/// inputs of one target, or a folder for each target, as in `corpus/FuzzShadow/`. A tar file in it,
/// as ClusterFuzzLite puts it into an artifact, counts as a folder.
///
/// The name of a folder, or else that of the archive or the folder itself, names the target; it may
/// be part of a longer name, as in `cifuzz-corpus-FuzzShadow.zip`.
package struct FleetCorpus {
  private let path: String
  /// The folder for what is unpacked and chosen.
  private let scratch: String
  private let table: TargetTable
  private let files: [FileTree.File]

  /// Reads the archive or folder at `path`. `remove` must be called at the end.
  ///
  /// - Throws: `unreadable`, also if it has no file; `notAScenario` if it is not an archive or a
  ///   damaged one; `unstartable` if `unzip` or `tar` is missing; `unwritable`.
  package init(at path: String, in table: TargetTable) async throws(CommandError) {
    do throws(FileSystem.Failure) {
      let kind = try FileSystem.status(of: path).st_mode & S_IFMT
      guard [S_IFREG, S_IFDIR].contains(kind) else { throw FileSystem.Failure.notRegular }
      try FileSystem.checkAccess(path, kind == S_IFDIR ? R_OK | X_OK : R_OK)
    } catch {
      throw .unreadable(path, "\(error)")
    }
    self.path = path
    self.table = table
    scratch =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("revfuzz-import-\(UUID().uuidString)").path
    do throws(CommandError) {
      try ResultFolder(path: scratch).make()
      files = try await Self.files(at: path, in: scratch)
      if files.isEmpty { throw .unreadable(path, "it has no files") }
    } catch {
      try? FileManager.default.removeItem(atPath: scratch)
      throw error
    }
  }

  /// The files at `path`, also those in archives, which are unpacked in the folder `scratch`.
  private static func files(
    at path: String, in scratch: String
  ) async throws(CommandError) -> [FileTree.File] {
    let tree =
      FileSystem.isFolder(path)
      ? FileTree(at: path) : try await Archive(path: path).unpack(in: "\(scratch)/whole")
    var files = tree.files.filter { !Archive.isTar($0.path) }
    var room = Archive.maxSpace
    for (number, tar) in tree.files.filter({ Archive.isTar($0.path) }).enumerated() {
      let inner = try await Archive(path: tar.path, maxSpace: room)
        .unpack(in: "\(scratch)/\(number)")
      room -= inner.space
      let folders = tar.folders + [FileSystem.name(of: tar.path)]
      for var file in inner.files {
        file.folders = folders + file.folders
        files.append(file)
      }
    }
    return files
  }

  /// Removes the temporary files.
  package func remove() { try? FileManager.default.removeItem(atPath: scratch) }

  /// The targets, of those whose corpora can be rebuilt, that have files here; only `asked`, unless
  /// it is nil.
  ///
  /// - Throws: `wrongUsage` or `unusable` if there are none, or if no name tells the target.
  package func targets(asked: String?) throws(CommandError) -> [TargetTable.Entry] {
    let known = CommittedCorpus.targets(of: table)
    if let asked { _ = try table.entries(asked: [asked], of: known) }
    let named = Set(files.compactMap { target(of: $0)?.name })
    if named.isEmpty {
      // All files are of one target.
      guard let name = asked ?? targetOfPath?.name else {
        throw .wrongUsage(
          "cannot tell which target \(FileName.shown(path)) is of; name it with --target, as in "
            + "--target \(known.first?.name ?? "FuzzShadow")")
      }
      return try table.entries(asked: [name], of: known)
    }
    if let asked, !named.contains(asked) {
      throw .unusable(path, "it has inputs of \(named.sorted().joined(separator: ", ")) only")
    }
    let found = known.filter { named.contains($0.name) && (asked == nil || asked == $0.name) }
    if found.isEmpty {
      _ = try table.entries(asked: named.sorted(), of: known)
    }
    return found
  }

  /// Copies the inputs of `target` to a folder. Only a scenario in bytes of the target's family is
  /// an input. The target itself skips all other files; but libFuzzer could choose them, for the
  /// coverage of skipping.
  ///
  /// - Throws: `notAScenario` if no file is an input, `unwritable`.
  package func inputs(
    of target: TargetTable.Entry
  ) throws(CommandError) -> (folder: String, inputs: Int, others: Int) {
    let folder = "\(scratch)/inputs/\(target.name)"
    try ResultFolder(path: folder).make()
    let isDivided = files.contains { self.target(of: $0) != nil }
    let own = files.filter { !isDivided || self.target(of: $0) == target }
    var count = 0
    for file in own where file.bytes <= Limits.bytes {
      guard let bytes = try? FileSystem.contents(of: file.path), isInput(bytes, of: target) else {
        continue
      }
      count += 1
      try ScenarioFile.write(bytes, to: "\(folder)/\(count)")
    }
    guard count > 0 else {
      throw .notAScenario(
        path, "none of its files for \(target.name) is a \(target.family) scenario in bytes")
    }
    return (folder, count, own.count - count)
  }

  private func isInput(_ bytes: [UInt8], of target: TargetTable.Entry) -> Bool {
    bytes.withUnsafeBytes {
      Scenario.error(in: $0) == nil && "\(Scenario.family(in: $0))" == target.family
    }
  }

  /// The target of a file, by the nearest folder whose name tells it.
  private func target(of file: FileTree.File) -> TargetTable.Entry? {
    file.folders.reversed().lazy.compactMap { table.target(in: $0) }.first
  }

  /// The target of the whole, by its own name or else by the nearest folder in its path.
  private var targetOfPath: TargetTable.Entry? {
    path.split(separator: "/").reversed().lazy.compactMap { table.target(in: String($0)) }.first
  }
}
