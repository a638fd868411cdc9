#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How transitions lie in a file. Numbers are in the byte order of the machine: a file is read where it
/// was written.
///
/// | bytes | what |
/// |---|---|
/// | 0 | `magic` |
/// | 8 | `version` |
/// | 12 | slots, 32 bits |
/// | 16 | executions |
/// | 24 | operations in them |
/// | 32 | executions that were watched |
/// | 40 | how often a transition found no room |
/// | 64 | the slots |
///
/// A slot is a transition in 32 bits, or 0 for none; the number of the last watched execution that it
/// was seen in, cut to 32 bits; and the number of watched executions that it was seen in. Where it lies
/// matters only to who writes a table.
enum TransitionFile {
  /// `revfuzz#` as bytes.
  static let magic: UInt64 = 0x237a_7a75_6676_6572
  /// Of this layout, and of what the bits of a transition stand for: a change of either needs another.
  static let version: UInt32 = 1
  /// Bytes before the first slot.
  static let headerBytes = 64
  /// Bytes of a slot.
  static let slotBytes = 16
  /// No number in a file is larger, so that sums of them do not overflow.
  static let most: UInt64 = 1 << 53

  /// Where a number lies in the header.
  enum Field: Int {
    case magic = 0
    case version = 8
    case slots = 12
    case executions = 16
    case operations = 24
    case watched = 32
    case unplaced = 40
  }

  /// The bytes of a file of `slots` empty slots. O(slots).
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

  /// Writes a file beside `path` and calls `finish` with it, open and named; then it takes the place of
  /// `path`, unless something was thrown. Nobody ever sees half of it, and who has the old one open
  /// keeps that. O(bytes).
  ///
  /// - Throws: `cannotWrite`, and what `finish` throws.
  static func replace(
    _ path: String, with bytes: [UInt8],
    finish: (CInt) throws(TransitionError) -> Void
  ) throws(TransitionError) {
    var status = stat()
    // A device or a folder is not ours to replace.
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw .cannotWrite(path, "it is not a file")
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

  /// All of `bytes`, so that every block of the file is there: a mapped file without one would end the
  /// process when the disk is full.
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

  /// What the system says of the call that has just failed.
  static func lastProblem() -> String { String(cString: strerror(errno)) }
}

/// Why a file of transitions cannot be had.
public enum TransitionError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file at a path cannot be made: what the system says.
  case cannotWrite(String, String)
  /// The file at a path cannot be read: what the system says.
  case cannotRead(String, String)
  /// The file at a path holds something else, or was damaged: what is wrong with it.
  case noTable(String, String)

  public var description: String {
    switch self {
    case .cannotWrite(let path, let problem): return "\(path) cannot be written: \(problem)"
    case .cannotRead(let path, let problem): return "\(path) cannot be read: \(problem)"
    case .noTable(let path, let problem): return "\(path) is no table of transitions: \(problem)"
    }
  }
}
