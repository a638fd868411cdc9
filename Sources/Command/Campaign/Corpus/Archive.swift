import FileNames
import Files
import Foundation
import Processes

/// A zip file, or a tar file whose name ends with `.tar`. It may come from a stranger, and its name
/// may be any.
///
/// `unzip` and `tar` unpack it. Both drop `..` and a leading `/` from the names in it, or refuse
/// them, and write nothing through a symbolic link.
struct Archive {
  let path: String
  /// The most disk space that its contents may take, in bytes.
  var maxSpace = Self.maxSpace
  /// The executable that supervises the process: this one, except in tests.
  var supervisor = OwnExecutable.path

  /// The default of `maxSpace`. A large corpus of a fleet has some 50,000 inputs of 2 KB, which
  /// take 200 MB.
  static let maxSpace = 1 << 30
  /// The time limit, in seconds.
  private static let maxSeconds = 600
  /// The memory limit, in MB.
  private static let maxMegabytes = 512

  /// Whether the name of the file at `path` is that of a tar file.
  static func isTar(_ path: String) -> Bool { path.hasSuffix(".tar") }

  private var program: String { Self.isTar(path) ? "tar" : "unzip" }

  private var arguments: [String] {
    Self.isTar(path)
      ? ["-xf", "../archive", "--no-same-owner"]
      // Any password, because without one `unzip` asks the terminal.
      : ["-o", "-qq", "-P", "none", "../archive"]
  }

  /// Unpacks the file to the folder `unpacked` in the new folder `scratch`, which gets a link and
  /// a log too.
  ///
  /// - Throws: `unstartable` if the program is missing, `notAScenario` if the file is damaged or is
  ///   not an archive, `unwritable` if the disk is full.
  func unpack(in scratch: String) async throws(CommandError) -> FileTree {
    let (folder, link) = ("\(scratch)/unpacked", "\(scratch)/archive")
    try ResultFolder(path: folder).make()
    do throws(FileSystem.Failure) {
      // The programs might take its own name for a pattern, an option or another machine.
      try FileSystem.link(link, to: path)
    } catch {
      throw .unwritable(link, "\(error)")
    }
    let process = BoundedProcess(
      program: program, arguments: arguments,
      environment: ["UNZIP": nil, "UNZIPOPT": nil, "TAR_OPTIONS": nil],
      log: FileSystem.absolute("\(scratch)/log"), seconds: Self.maxSeconds,
      megabytes: Self.maxMegabytes, folder: folder, supervisor: supervisor)
    let maxSpace = maxSpace
    let end = try await process.run { FileTree(at: folder).space > maxSpace }
    let tree = FileTree(at: folder, unlocked: true)
    if tree.space > maxSpace {
      throw .notAScenario(path, "its contents take more than \(Self.maxSpace >> 20) MB")
    }
    switch (end.reason, end.number) {
    // 1 stands for a warning, for example about an empty file or a name with `..`.
    case (.exited, 0), (.exited, 1): return tree
    case (.exited, 50): throw .unwritable(folder, "the disk is full")
    case (.exited, 82): throw .notAScenario(path, "it is encrypted; unpack it and give the folder")
    case (.exited, _):
      throw .notAScenario(
        path, "\(program) cannot unpack it; give a zip file, a tar file or a folder")
    case (.notStarted, ENOENT):
      throw .unstartable(
        program, "it is not installed; or unpack \(FileName.shown(path)) and give the folder")
    default: throw .unfinished(program, "it \(end)")
    }
  }
}
