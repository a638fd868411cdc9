import CFiles

/// Operations on the file system that holds a file.
package enum FileSystem {
  /// Flushes the whole file system that holds the open file. Blocks until the disk has finished.
  package static func sync(_ file: Int32) { revfuzz_sync(file) }
}
