import CFiles

/// The file system that a file lies in.
package enum FileSystem {
  /// Writes everything in the file system of an open file to its disk. It takes as long as the disk does.
  package static func sync(_ file: Int32) { revfuzz_sync(file) }
}
