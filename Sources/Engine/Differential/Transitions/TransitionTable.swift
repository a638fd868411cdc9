#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A hash table of transitions with the number of executions that showed each, in a memory-mapped
/// file. Counts survive however the process ends, and other processes can read them meanwhile with
/// `TransitionTally`.
///
/// One thread writes it. It never grows and never allocates.
public final class TransitionTable {
  /// The number of slots, which take a megabyte. FuzzAllocationFailure showed 3,700 transitions in
  /// 100 seconds, at a falling rate, and lookups are fast while the table is at most half full.
  public static let slots = 1 << 16
  /// The most slots probed for one transition. In a nearly full table it is better to count the
  /// transition as unplaced than to search the whole table at every operation.
  static let reach = 64

  private let memory: UnsafeMutableRawPointer
  private static var bytes: Int { TransitionFile.headerBytes + slots * TransitionFile.slotBytes }

  /// Creates an empty table at `path` and replaces a file that exists there. O(slots).
  ///
  /// - Throws: `cannotWrite`.
  public init(creatingAt path: String) throws(TransitionError) {
    var mapped: UnsafeMutableRawPointer?
    try TransitionFile.replace(path, with: TransitionFile.empty(slots: Self.slots)) {
      (file) throws(TransitionError) in
      mapped = mmap(nil, Self.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
      if mapped == MAP_FAILED {
        throw .cannotWrite(path, TransitionFile.lastProblem())
      }
    }
    guard let mapped else { throw .cannotWrite(path, "mmap returned no address") }
    memory = mapped
  }

  deinit { munmap(memory, Self.bytes) }

  /// Counts an execution, watched or not, with its number of operations.
  @inline(__always)
  func countExecution(operations: Int) {
    add(1, to: .executions)
    add(UInt64(truncatingIfNeeded: operations), to: .operations)
  }

  /// Counts a watched execution. Later calls of `count` belong to it.
  @inline(__always)
  func beginWatched() { add(1, to: .watched) }

  /// Counts `transition` for the current watched execution, once however often it is seen.
  @inline(__always)
  func count(_ transition: Transition) {
    let execution = UInt32(truncatingIfNeeded: field(.watched).pointee)
    // The upper bits of the product depend on all bits of the transition.
    let mixed = transition.packed &* 0x9e37_79b1
    var slot = Int(mixed >> 16) & (Self.slots - 1)
    for _ in 0..<Self.reach {
      let key = memory + (TransitionFile.headerBytes + slot * TransitionFile.slotBytes)
      let stamp = key + 4
      let count = (key + 8).assumingMemoryBound(to: UInt64.self)
      let found = key.load(as: UInt32.self)
      if found == transition.packed {
        if stamp.load(as: UInt32.self) == execution { return }
        stamp.storeBytes(of: execution, as: UInt32.self)
        count.pointee &+= 1
        return
      }
      if found == 0 {
        count.pointee = 1
        stamp.storeBytes(of: execution, as: UInt32.self)
        // Store the key last, so that a concurrent reader sees an empty slot until then.
        key.storeBytes(of: transition.packed, as: UInt32.self)
        return
      }
      slot = (slot + 1) & (Self.slots - 1)
    }
    add(1, to: .unplaced)
  }

  @inline(__always)
  private func field(_ field: TransitionFile.Field) -> UnsafeMutablePointer<UInt64> {
    (memory + field.rawValue).assumingMemoryBound(to: UInt64.self)
  }

  @inline(__always)
  private func add(_ number: UInt64, to field: TransitionFile.Field) {
    self.field(field).pointee &+= number
  }
}
