import CReverseMap
import ReverseMapping

/// A machine of a library whose maps share a structure (Specification 11.8).
///
/// A virtual machine asks each of its maps in turn to unmap a range. The first call unmaps it in
/// all maps, and stores the answers of the others in their states.
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

  /// Adds a map.
  func add(_ member: Member) { members.append(member) }

  /// Removes the map with this `handle`. O(maps).
  func remove(_ handle: UnsafeMutableRawPointer) { members.removeAll { $0.handle == handle } }

  /// The maps that an unmap asks: all but those in a full unmap that the library does not count.
  private var asked: [Member] {
    members.filter { library.countsFullUnmaps || $0.state.pointee.fullUnmaps == 0 }
  }

  /// Unmaps `canonical` again from within an unmap, and notes the answers of all maps.
  /// O(maps x ranges).
  func interleavedUnmap(_ canonical: IPARange) {
    guard let handle else { return }
    let asked = asked
    for member in asked { member.state.pointee.hosted.isFirst = false }
    var answers = asked.map { member in
      let capacity = ForeignMap.capacity(for: canonical, member.state, library)
      return reverse_map_answer(
        map: member.handle,
        ranges: member.state.pointee.hosted.ranges.room(for: capacity, marked: false),
        capacity: capacity, count: 0, result: CInt(REVERSE_MAP_RANGES))
    }
    let capacities = answers.map(\.capacity)
    reverse_map_unmap_machine(
      library.functions, handle, canonical.start, canonical.size, &answers, answers.count)
    for (index, member) in asked.enumerated() {
      member.state.pointee.hosted.add(
        answers[index].result, answers[index].count, capacity: capacities[index],
        in: member.state.pointee.owner?.configuration)
    }
  }

  /// Unmaps `canonical` in all maps but those in a full unmap that the library does not count, and
  /// leaves the answers in the states of the maps. O(maps x ranges).
  ///
  /// - Parameters:
  ///   - isMarked: whether to find out which ranges the library writes.
  ///   - interleaves: whether other calls come while the library calls its host.
  func unmap(_ canonical: IPARange, isMarked: Bool, interleaves: Bool) {
    guard let handle else { return }
    for member in members {
      member.state.pointee.answer = nil
      _ = member.state.pointee.hosted.end()
    }
    let asked = asked
    for member in asked {
      member.state.pointee.hosted.canonical = canonical
      member.state.pointee.hosted.isFirst = interleaves
    }
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
