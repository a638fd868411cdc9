#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The layout of a file of transitions. Numbers are in native byte order: a file is read on the
/// host that wrote it.
///
/// | byte | content |
/// |---|---|
/// | 0 | `magic` |
/// | 8 | `version` |
/// | 12 | number of slots, 32 bits |
/// | 16 | executions |
/// | 24 | operations in all executions |
/// | 32 | watched executions |
/// | 40 | transitions seen that found no free slot |
/// | 64 | the slots |
///
/// A slot has three fields: the transition in 32 bits, or 0 for none; the number of the last
/// watched execution that showed it, cut to 32 bits; and the number of watched executions that
/// showed it, in 64 bits. Readers accept a transition in any slot; only the writer of a table cares
/// which.
enum TransitionFile {
  /// The bytes `revfuzz#`.
  static let magic: UInt64 = 0x237a_7a75_6676_6572
  /// Increment it when this layout, or the meaning of the bits of a transition, changes.
  static let version: UInt32 = 1
  /// Bytes before the first slot.
  static let headerBytes = 64
  /// Bytes of a slot.
  static let slotBytes = 16
  /// The largest count that a file may hold, so that sums of counts do not overflow.
  static let most: UInt64 = 1 << 53

  /// The byte offset of each number in the header.
  enum Field: Int {
    case magic = 0
    case version = 8
    case slots = 12
    case executions = 16
    case operations = 24
    case watched = 32
    case unplaced = 40
  }

  /// The bytes of a file with `slots` empty slots. O(slots).
  static func empty(slots: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: headerBytes + slots * slotBytes)
    bytes.withUnsafeMutableBytes { memory in
      memory.storeBytes(of: magic, toByteOffset: Field.magic.rawValue, as: UInt64.self)
      memory.storeBytes(of: version, toByteOffset: Field.version.rawValue, as: UInt32.self)
      memory.storeBytes(
        of: UInt32(truncatingIfNeeded: slots), toByteOffset: Field.slots.rawValue, as: UInt32.self)
    }
    return bytes
  }

  /// Replaces the file at `path` atomically: writes a temporary file beside it, calls `finish` with
  /// that file's descriptor, and renames it to `path`. On an error the temporary file is removed. A
  /// process that has the old file open keeps it. O(bytes).
  ///
  /// - Throws: `cannotWrite`, and anything that `finish` throws.
  static func replace(
    _ path: String, with bytes: [UInt8],
    finish: (CInt) throws(TransitionError) -> Void
  ) throws(TransitionError) {
    var status = stat()
    // Never replace a device or a folder.
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw .cannotWrite(path, "it is not a regular file")
    }
    let beside = "\(path).\(getpid()).part"
    let file = open(beside, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw .cannotWrite(path, lastProblem()) }
    defer { close(file) }
    do throws(TransitionError) {
      try write(bytes, to: file, path)
      try finish(file)
      guard rename(beside, path) == 0 else { throw .cannotWrite(path, lastProblem()) }
    } catch {
      unlink(beside)
      throw error
    }
  }

  /// Writes all of `bytes`, so that every block of the file is allocated. A mapped file with a hole
  /// would kill the process with SIGBUS when the disk is full.
  private static func write(
    _ bytes: [UInt8], to file: CInt, _ path: String
  ) throws(TransitionError) {
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes { memory in
        #if canImport(Glibc)
          Glibc.write(file, memory.baseAddress.map { $0 + done }, memory.count - done)
        #else
          Darwin.write(file, memory.baseAddress.map { $0 + done }, memory.count - done)
        #endif
      }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw .cannotWrite(path, lastProblem()) }
      done += written
    }
  }

  /// The system's message for the call that has just failed.
  static func lastProblem() -> String { String(cString: strerror(errno)) }
}

/// An error of a file of transitions: its path, and what is wrong.
public enum TransitionError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file cannot be written.
  case cannotWrite(String, String)
  /// The file cannot be read.
  case cannotRead(String, String)
  /// The file is not a transition table, or it is damaged.
  case invalidTable(String, String)

  public var description: String {
    switch self {
    case .cannotWrite(let path, let problem): return "\(path) cannot be written: \(problem)"
    case .cannotRead(let path, let problem): return "\(path) cannot be read: \(problem)"
    case .invalidTable(let path, let problem):
      return "\(path) is not a valid transition table: \(problem)"
    }
  }
}
