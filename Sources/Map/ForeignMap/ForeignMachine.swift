import CReverseMap
import ReverseMapping

/// A machine of a library whose maps share a structure (Specification 11.8).
///
/// A virtual machine asks each of its maps in turn to unmap a range. The first of them that is
/// asked unmaps it in all, and the others find their answers here.
final class ForeignMachine {
  /// A map of the machine.
  struct Member {
    let handle: UnsafeMutableRawPointer
    let account: UnsafeMutablePointer<ForeignMemory.Account>
    let state: UnsafeMutablePointer<ForeignMap.State>
  }

  /// An answer that its map has not been asked for yet.
  struct Answer {
    let canonical: IPARange
    let code: CInt
    let count: Int
    let capacity: Int
    /// The requests of the map that had been refused before.
    let refusedBefore: Int
  }

  let library: ForeignLibrary
  let handle: UnsafeMutableRawPointer?
  /// The maps that exist. A virtual machine creates them in the order of its MMUs, and may end and
  /// create any of them later.
  private(set) var members: [Member] = []

  /// A machine of `library` without maps.
  init(_ library: ForeignLibrary) {
    self.library = library
    handle = reverse_map_create_machine(library.functions)
  }

  deinit { if let handle { reverse_map_destroy_machine(library.functions, handle) } }

  /// Adds a map. O(maps).
  func add(_ member: Member) { members.append(member) }

  /// Removes the map with this `handle`. O(maps).
  func remove(_ handle: UnsafeMutableRawPointer) { members.removeAll { $0.handle == handle } }

  /// Unmaps `canonical` in all maps but those in a full unmap that the library does not count, and
  /// leaves the answers in the states of the maps. O(maps x ranges).
  ///
  /// - Parameter isMarked: whether to find out which ranges the library writes.
  func unmap(_ canonical: IPARange, isMarked: Bool) {
    guard let handle else { return }
    let asked = members.filter { library.countsFullUnmaps || $0.state.pointee.fullUnmaps == 0 }
    var answers = asked.map { member in
      let capacity = ForeignMap.capacity(for: canonical, member.state, library)
      return reverse_map_answer(
        map: member.handle,
        ranges: member.state.pointee.ranges.room(for: capacity, marked: isMarked),
        capacity: capacity, count: 0, result: CInt(REVERSE_MAP_RANGES))
    }
    let (capacities, refused) = (answers.map(\.capacity), asked.map(\.account.pointee.refused))
    reverse_map_unmap_machine(
      library.functions, handle, canonical.start, canonical.size, &answers, answers.count)
    for (index, member) in asked.enumerated() {
      let answer = answers[index]
      member.state.pointee.answer = Answer(
        canonical: canonical, code: answer.result, count: answer.count,
        capacity: capacities[index], refusedBefore: refused[index])
    }
  }
}
