import Differential
import Oracle
import ReverseMapping
import Scenario

/// Every state that a small virtual machine can come to: all sequences of operations up to a
/// length, where sequences that lead to the same state go on as one.
///
/// The world has one window and the first few pages of it, canonical and nested. A *state* is what
/// can be seen of the machine (the entries, direct entries, flags and full unmaps of every map) and
/// all of the truth. It packs into 128 bits for each MMU without loss; one that does not fit is a
/// divergence, because no right machine comes to it. What a subject keeps where nobody sees it is not
/// part of the state: for one that has such a memory the search is of what its rows tell apart.
///
/// What it finds is a shortest sequence: lengths are searched in turn.
public struct StateSearch {
  /// Pages of either space that operations name: at most four, which is what a state has room for.
  public static let pages: UInt64 = 4
  /// The longest sequences: the count of full unmaps in progress has three bits.
  public static let longest = 7
  /// MMUs of the machine.
  public static let mmus = 2

  /// Where it happens.
  public let world: World
  /// What can happen next in every state. A step is an operation, or a few that belong together.
  public var steps: [[Operation]]
  /// Whether the subject must agree with the oracle, and not be sound only.
  public let comparesWithReference: Bool

  /// What a search has seen.
  public struct Tally: Sendable {
    /// States that were reached, the first one included.
    public var states = 1
    /// Steps that were taken, one for each state and each step that can follow.
    public var transitions = 0
    /// States that no shorter sequence reaches, for each length from 0.
    public var statesByLength = [1]
    /// The first thing that was wrong.
    public var divergence: Divergence?
  }

  /// A search of machines with or without direct maps, whose records are naturally aligned blocks
  /// or any ranges; other operations have any ranges. O(pages^3).
  public init(hasDirectMap: Bool, blocks: World.Blocks, comparesWithReference: Bool = true) {
    var world = World(
      family: .vm, nodeSize: .tiny, blocks: blocks, windowShift: 3, windows: 1)
    world.hasDirectMap = hasDirectMap
    world.mmus = UInt8(Self.mmus)
    self.world = world.normalised()
    self.comparesWithReference = comparesWithReference
    steps = Self.steps(in: self.world)
  }

  /// Searches all sequences of up to `length` steps (at most `longest`) on the machines that `make`
  /// makes. O(transitions * length).
  public func run<VM: VirtualMachineProtocol & ~Copyable>(
    length: Int, make: @escaping (MapConfiguration, Int) -> VM
  ) -> Tally {
    var harness = VMHarness<VM>(comparing: comparesWithReference, machines: make)
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

  /// What the operations of `path`, which are known to be right, and then those of `step` come to.
  private func state<VM: VirtualMachineProtocol & ~Copyable>(
    after path: [Operation], then step: [Operation], by harness: inout VMHarness<VM>
  ) -> Visit<StateKey> {
    harness.visit(Scenario(world: world, operations: path + step), checkingFrom: path.count) {
      StateKey(of: $0, and: $1)
    }
  }

  /// Every record, invalidation, unmap and query over the pages; every operation on an MMU; and a
  /// record that is refused memory.
  private static func steps(in world: World) -> [[Operation]] {
    var steps: [[Operation]] = []
    func place(_ page: UInt64) -> Place { Place(window: 0, page: UInt8(truncatingIfNeeded: page)) }
    for size in 1...pages {
      for first in 0...(pages - size) {
        steps.append([.unmap(place(first), pages: size, in: world)])
        steps.append([.query(place(first), pages: size, in: world)])
        for mmu in 0..<mmus {
          steps.append([.invalidate(place(first), pages: size, mmu: mmu, in: world)])
        }
      }
      // In a laminar world any other record would become one of these.
      let isLaminar = world.blocks == .laminar
      if isLaminar, size & (size - 1) != 0 { continue }
      let starts = (0...(pages - size)).filter { !isLaminar || $0 % size == 0 }
      for canonical in starts {
        for nested in starts {
          for mmu in 0..<mmus {
            steps.append([
              .record(place(canonical), nested: place(nested), pages: size, mmu: mmu, in: world)
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
        .refuse(.from(1), in: world), .record(place(1), nested: place(2), mmu: mmu, in: world),
        .refuse(.none, in: world),
      ])
    }
    return steps
  }
}

extension StateSearch.Tally: CustomStringConvertible {
  /// `120 states (1, 30, 89 by length), 3630 transitions`.
  public var description: String {
    let lengths = statesByLength.map(String.init).joined(separator: ", ")
    return "\(states) states (\(lengths) by length), \(transitions) transitions"
  }
}
