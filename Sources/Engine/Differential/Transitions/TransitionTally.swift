#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The counts of one or more transition tables, as plain values that can be added and saved.
public struct TransitionTally: Equatable, Sendable {
  /// Executions, watched or not.
  public var executions = 0
  /// Operations in all executions.
  public var operations = 0
  /// Watched executions.
  public var watched = 0
  /// How often a transition found no free slot. If this is not 0, transitions are missing.
  public var unplaced = 0
  /// The number of watched executions, 1 or more, that showed each transition, by
  /// `Transition.packed`.
  public var transitions: [UInt32: Int] = [:]

  public init() {}

  /// Reads the file at `path`, which another process may be writing. O(slots).
  ///
  /// - Throws: `cannotRead`; `invalidTable` if the file is something else or damaged.
  public init(contentsOf path: String) throws(TransitionError) {
    // Without O_NONBLOCK, opening a pipe would wait for a writer.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw .cannotRead(path, TransitionFile.lastProblem()) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .cannotRead(path, "it is not a regular file")
    }
    let header = try Self.read(TransitionFile.headerBytes, of: file, from: 0, path)
    guard Self.number(.magic, of: header) == TransitionFile.magic else {
      throw .invalidTable(path, "it does not begin with the magic number")
    }
    let version = header.load(UInt32.self, at: TransitionFile.Field.version.rawValue)
    guard version == TransitionFile.version else {
      throw .invalidTable(
        path, "its version is \(version); this program reads \(TransitionFile.version)")
    }
    let slots = Int(header.load(UInt32.self, at: TransitionFile.Field.slots.rawValue))
    let bytes = slots * TransitionFile.slotBytes
    guard Int(status.st_size) == TransitionFile.headerBytes + bytes else {
      throw .invalidTable(path, "its size of \(status.st_size) bytes does not match \(slots) slots")
    }
    let body = try Self.read(bytes, of: file, from: TransitionFile.headerBytes, path)
    // Read the totals after the slots, so that no slot counts more executions than the header.
    let totals = try Self.read(TransitionFile.headerBytes, of: file, from: 0, path)
    executions = try Self.total(.executions, of: totals, path)
    operations = try Self.total(.operations, of: totals, path)
    watched = try Self.total(.watched, of: totals, path)
    unplaced = try Self.total(.unplaced, of: totals, path)
    for offset in stride(from: 0, to: bytes, by: TransitionFile.slotBytes) {
      let key = body.load(UInt32.self, at: offset)
      if key == 0 { continue }
      let count = body.load(UInt64.self, at: offset + 8)
      guard Transition(packed: key) != nil, transitions[key] == nil else {
        throw .invalidTable(
          path,
          "slot \(offset / TransitionFile.slotBytes) holds an invalid or duplicate transition")
      }
      guard count > 0, count <= UInt64(watched) else {
        throw .invalidTable(path, "it counts a transition in \(count) of \(watched) executions")
      }
      transitions[key] = Int(count)
    }
  }

  /// Adds the counts of `other`: two samples become one. O(transitions of `other`).
  public mutating func merge(_ other: TransitionTally) {
    executions += other.executions
    operations += other.operations
    watched += other.watched
    unplaced += other.unplaced
    transitions.merge(other.transitions, uniquingKeysWith: +)
  }

  /// Writes a file at `path` that `init(contentsOf:)` reads, with one slot per transition. The
  /// write is atomic: the bytes are on disk before the file gets its name. O(transitions).
  ///
  /// - Throws: `cannotWrite`.
  public func write(to path: String) throws(TransitionError) {
    var bytes = TransitionFile.empty(slots: transitions.count)
    bytes.withUnsafeMutableBytes { memory in
      let totals: [(TransitionFile.Field, Int)] = [
        (.executions, executions), (.operations, operations), (.watched, watched),
        (.unplaced, unplaced),
      ]
      for (field, number) in totals {
        memory.storeBytes(of: UInt64(number), toByteOffset: field.rawValue, as: UInt64.self)
      }
      // Sorted, so that equal tallies give equal files.
      for (index, (key, count)) in transitions.sorted(by: { $0.key < $1.key }).enumerated() {
        let offset = TransitionFile.headerBytes + index * TransitionFile.slotBytes
        memory.storeBytes(of: key, toByteOffset: offset, as: UInt32.self)
        memory.storeBytes(of: UInt64(count), toByteOffset: offset + 8, as: UInt64.self)
      }
    }
    try TransitionFile.replace(path, with: bytes) { (file) throws(TransitionError) in
      guard fsync(file) == 0 else { throw .cannotWrite(path, TransitionFile.lastProblem()) }
    }
  }

  /// The number of watched executions, of distinct transitions, and of transitions seen in exactly
  /// one and in exactly two executions. O(transitions).
  public var counts: (watched: Int, distinct: Int, singletons: Int, doubletons: Int) {
    var (singletons, doubletons) = (0, 0)
    for count in transitions.values {
      if count == 1 { singletons += 1 }
      if count == 2 { doubletons += 1 }
    }
    return (watched, transitions.count, singletons, doubletons)
  }

  private static func read(
    _ count: Int, of file: CInt, from offset: Int, _ path: String
  ) throws(TransitionError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = bytes.withUnsafeMutableBytes { memory in
        pread(file, memory.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
      }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw .cannotRead(path, TransitionFile.lastProblem()) }
      guard got > 0 else { throw .invalidTable(path, "it is too short") }
      done += got
    }
    return bytes
  }

  private static func number(_ field: TransitionFile.Field, of header: [UInt8]) -> UInt64 {
    header.load(UInt64.self, at: field.rawValue)
  }

  private static func total(
    _ field: TransitionFile.Field, of header: [UInt8], _ path: String
  ) throws(TransitionError) -> Int {
    let number = number(field, of: header)
    guard number <= TransitionFile.most else {
      throw .invalidTable(path, "it holds the count \(number), which is out of range")
    }
    return Int(number)
  }
}

extension [UInt8] {
  /// The number at byte `offset`, which must lie within the array.
  fileprivate func load<Number: BitwiseCopyable>(_: Number.Type, at offset: Int) -> Number {
    withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Number.self) }
  }
}
