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
    let configuration: MapConfiguration
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

  /// Calls the library's unmap_machine for the maps that are `asked`, with the buffer that `room`
  /// gives for the capacity of each. Returns their answers. O(maps x ranges).
  private func answers(
    to canonical: IPARange, from asked: [Member],
    room: (Member, Int) -> UnsafeMutablePointer<reverse_map_range>
  ) -> [Answer] {
    let capacities = asked.map { ForeignMap.capacity(for: canonical, $0.state, library) }
    let refused = asked.map(\.account.pointee.refused)
    var answers = zip(asked, capacities).map { member, capacity in
      reverse_map_answer(
        map: member.handle, ranges: room(member, capacity), capacity: capacity, count: 0,
        result: CInt(REVERSE_MAP_RANGES))
    }
    reverse_map_unmap_machine(
      library.functions, handle, canonical.start, canonical.size, &answers, answers.count)
    return asked.indices.map {
      Answer(
        canonical: canonical, code: answers[$0].result, count: answers[$0].count,
        capacity: capacities[$0], refusedBefore: refused[$0])
    }
  }

  /// Unmaps `canonical` again from within an unmap, and notes the answers of all maps.
  /// O(maps x ranges).
  func interleavedUnmap(_ canonical: IPARange) {
    let asked = asked
    for member in asked { member.state.pointee.hosted.isFirst = false }
    let answers = answers(to: canonical, from: asked) {
      $0.state.pointee.hosted.ranges.room(for: $1, marked: false)
    }
    for (member, answer) in zip(asked, answers) {
      member.state.pointee.hosted.add(answer.code, answer.count, in: member.configuration)
    }
  }

  /// Unmaps `canonical` in all maps but those in a full unmap that the library does not count, and
  /// leaves the answers in the states of the maps. O(maps x ranges).
  ///
  /// - Parameters:
  ///   - isMarked: whether to find out which ranges the library writes.
  ///   - interleaves: whether other calls come while the library calls its host.
  func unmap(_ canonical: IPARange, isMarked: Bool, interleaves: Bool) {
    // There is no map without a machine.
    for member in members {
      member.state.pointee.answer = nil
      _ = member.state.pointee.hosted.end()
    }
    let asked = asked
    for member in asked {
      member.state.pointee.hosted.canonical = canonical
      member.state.pointee.hosted.isFirst = interleaves
    }
    let answers = answers(to: canonical, from: asked) {
      $0.state.pointee.ranges.room(for: $1, marked: isMarked)
    }
    for (member, answer) in zip(asked, answers) { member.state.pointee.answer = answer }
  }
}
