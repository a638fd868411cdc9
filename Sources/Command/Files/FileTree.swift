import Foundation

/// The regular files in and below a folder, without hidden ones. Symbolic links are not followed,
/// because the folder may come from a stranger's archive.
package struct FileTree {
  /// A regular file.
  package struct File: Equatable {
    /// The path, which begins with that of the root.
    package var path: String
    /// The names of the folders between the root and the file.
    package var folders: [String]
    /// The size, in bytes.
    package var bytes: Int
  }

  /// The files, sorted by path.
  package private(set) var files: [File] = []
  /// The disk space of everything in the folder, in bytes: whole blocks, hidden files too.
  package private(set) var space = 0

  /// The size of a block of common file systems, in bytes.
  private static let block = 4096

  /// The disk space of a file of this size, in bytes. An empty file is counted as a block, for its
  /// name.
  package static func space(of bytes: Int) -> Int {
    max(1, (bytes + block - 1) / block) * block
  }

  /// Lists the folder at `root`, as far as it can be read.
  ///
  /// - Parameter unlocked: whether to allow this process to read and remove each file and folder.
  package init(at root: String, unlocked: Bool = false) {
    var pending = [(path: root, folders: [String](), isHidden: false)]
    while let folder = pending.popLast() {
      for name in (try? FileSystem.names(in: folder.path)) ?? [] {
        let path = "\(folder.path)/\(name)"
        guard let status = try? FileSystem.statusOfLink(path) else { continue }
        let bytes = Int(status.st_size)
        space += Self.space(of: bytes)
        let isHidden = folder.isHidden || name.hasPrefix(".")
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
          if unlocked { try? FileSystem.setMode(0o700, of: path) }
          pending.append((path, folder.folders + [name], isHidden))
        case S_IFREG:
          if unlocked { try? FileSystem.setMode(0o600, of: path) }
          if !isHidden { files.append(File(path: path, folders: folder.folders, bytes: bytes)) }
        default: continue
        }
      }
    }
    files.sort { $0.path < $1.path }
  }
}
