import Differential
import Oracle
import ReverseMapping
import Scenario

/// Enumerates every state that a small virtual machine can reach with sequences of operations up to
/// a length. Sequences that reach the same state are continued once.
///
/// The world has one window, and operations use its first few pages, canonical and nested. A
/// *state* is the visible state of the virtual machine (entries, direct entries, flags and full
/// unmaps of every map) and the whole ground truth. It packs into 128 bits for each MMU without
/// loss. A state that does not fit is a divergence, because no correct virtual machine reaches it.
/// State that a subject hides is not part of the key, so the search does not distinguish states
/// that differ only there.
///
/// It searches lengths in ascending order, so it finds a shortest failing sequence.
public struct StateSearch {
  /// The number of pages of either space that operations use. A state has room for four at most.
  public static let pages: UInt64 = 4
  /// The longest sequences, in steps. A state has three bits for full unmaps in progress.
  public static let longest = 7
  /// The number of MMUs.
  public static let mmus = 2

  /// The world of every scenario of the search.
  public let world: World
  /// The steps that are tried in every state. A step is one operation, or a few that belong
  /// together.
  public var steps: [[Operation]]
  /// Whether the subject must agree with the oracle. Otherwise it only has to be sound.
  public let comparesWithOracle: Bool

  /// The counts of a search.
  public struct Tally: Sendable {
    /// States reached, including the first.
    public var states = 1
    /// Steps taken: one for each state and each step tried in it.
    public var transitions = 0
    /// For each length from 0 on, the states that no shorter sequence reaches.
    public var statesByLength = [1]
    /// The first divergence, or nil.
    public var divergence: Divergence?
  }

  /// A search of virtual machines with or without direct maps. Records are naturally aligned blocks
  /// or any ranges, as `blocks` specifies; other operations use any ranges. O(pages^3).
  public init(hasDirectMap: Bool, blocks: World.Blocks, comparesWithOracle: Bool = true) {
    var world = World(
      family: .vm, nodeSize: .tiny, blocks: blocks, windowShift: 3, windows: 1)
    world.hasDirectMap = hasDirectMap
    world.mmus = UInt8(Self.mmus)
    self.world = world.normalised()
    self.comparesWithOracle = comparesWithOracle
    steps = Self.steps(in: self.world)
  }

  /// Searches all sequences of up to `length` steps (at most `longest`) on the virtual machines
  /// that `make` creates. Stops at the first divergence. O(transitions * length).
  public func run<VM: VirtualMachineProtocol & ~Copyable>(
    length: Int, make: @escaping (MapConfiguration, Int) -> VM
  ) -> Tally {
    var harness = VMHarness<VM>(comparing: comparesWithOracle, virtualMachines: make)
    var tally = Tally()
    var seen: Set<StateKey> = []
    var frontier: [[Operation]] = [[]]
    switch state(after: [], then: [], by: &harness) {
    case .state(let key): seen.insert(key)
    case .divergence(let divergence):
      tally.divergence = divergence
      return tally
    }
    for _ in 0..<min(max(0, length), Self.longest) {
      var next: [[Operation]] = []
      for path in frontier {
        for step in steps {
          tally.transitions += 1
          switch state(after: path, then: step, by: &harness) {
          case .divergence(let divergence):
            tally.divergence = divergence.followedUp { harness.run($0) }
            return tally
          case .state(let key):
            if seen.insert(key).inserted { next.append(path + step) }
          }
        }
      }
      tally.states += next.count
      tally.statesByLength.append(next.count)
      frontier = next
      if next.isEmpty { break }
    }
    return tally
  }

  /// The state after the operations of `path`, which are known to pass, and then those of `step`.
  private func state<VM: VirtualMachineProtocol & ~Copyable>(
    after path: [Operation], then step: [Operation], by harness: inout VMHarness<VM>
  ) -> Visit<StateKey> {
    harness.visit(Scenario(world: world, operations: path + step), checkingFrom: path.count) {
      StateKey(of: $0, and: $1)
    }
  }

  /// Every record, invalidation, unmap and query over the pages, every operation on an MMU, and a
  /// record that is refused memory.
  private static func steps(in world: World) -> [[Operation]] {
    var steps: [[Operation]] = []
    for size in 1...pages {
      for first in 0...(pages - size) {
        steps.append([.unmap(first, pages: size, in: world)])
        steps.append([.query(first, pages: size, in: world)])
        for mmu in 0..<mmus {
          steps.append([.invalidate(first, pages: size, mmu: mmu, in: world)])
        }
      }
      // A laminar world normalises every other record to one of these.
      let isLaminar = world.blocks == .laminar
      if isLaminar, size & (size - 1) != 0 { continue }
      let starts = (0...(pages - size)).filter { !isLaminar || $0 % size == 0 }
      for canonical in starts {
        for nested in starts {
          for mmu in 0..<mmus {
            steps.append([
              .record(canonical, nested: nested, pages: size, mmu: mmu, in: world)
            ])
          }
        }
      }
    }
    let single: [Operation.Kind] = [
      .clear, .beginFullUnmap, .endFullUnmap, .create, .handOver, .tearDown,
    ]
    for mmu in 0..<mmus {
      steps += single.map { [Operation($0, mmu: mmu)] }
      steps.append([
        .refuse(.from(1), in: world), .record(1, nested: 2, mmu: mmu, in: world),
        .refuse(.none, in: world),
      ])
    }
    return steps
  }
}

extension StateSearch.Tally: CustomStringConvertible {
  /// For example `120 states (1, 30, 89 by length), 3630 transitions`.
  public var description: String {
    let lengths = statesByLength.map(String.init).joined(separator: ", ")
    return "\(states) states (\(lengths) by length), \(transitions) transitions"
  }
}
