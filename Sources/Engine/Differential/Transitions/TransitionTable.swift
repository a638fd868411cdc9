#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Transitions and in how many executions each was seen, in a file that is mapped into memory: what was
/// counted is there however the process ends, and any other process can read it meanwhile, with
/// `TransitionTally`.
///
/// One thread writes it. It never grows and never asks for memory.
public final class TransitionTable {
  /// Room for transitions: a megabyte. FuzzAllocationFailure has shown 3,700 in 100 seconds, and ever
  /// fewer new ones; a table is fast while it is half empty.
  public static let slots = 1 << 16
  /// How many slots are looked at for one transition. In a table that fills up it is better to say that
  /// there is no room than to look through all of it at every operation.
  static let reach = 64

  private let memory: UnsafeMutableRawPointer
  private static var bytes: Int { TransitionFile.headerBytes + slots * TransitionFile.slotBytes }

  /// An empty table at `path`, in place of a file that may be there. O(slots).
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
    guard let mapped else { throw .cannotWrite(path, "it was not mapped") }
    memory = mapped
  }

  deinit { munmap(memory, Self.bytes) }

  /// Counts an execution of so many operations, watched or not. O(1).
  @inline(__always)
  func countExecution(operations: Int) {
    add(1, to: .executions)
    add(UInt64(truncatingIfNeeded: operations), to: .operations)
  }

  /// Counts an execution that is watched: what `count` is told from now on was seen in it. O(1).
  @inline(__always)
  func beginWatched() { add(1, to: .watched) }

  /// Notes that `transition` was seen in the execution that is watched. O(1).
  @inline(__always)
  func count(_ transition: Transition) {
    let execution = UInt32(truncatingIfNeeded: field(.watched).pointee)
    // By the upper bits of the product, which depend on all bits of the transition.
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
        // The last: who reads the slot meanwhile takes it for empty.
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
