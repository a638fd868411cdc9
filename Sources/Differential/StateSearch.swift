import Oracle
import ReverseMapping
import Scenario

/// Every state that a small virtual machine can come to: all sequences of operations up to a
/// length, where sequences that lead to the same state go on as one.
///
/// The world has one window and the first few pages of it, canonical and nested. A *state* is
/// everything that the rest of a run depends on: the entries, flags and full unmaps of every map, and
/// the mappings of every shadow stage-2. It packs into 64 bits for each MMU without loss, so nothing
/// is taken for visited that is not.
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
  public let steps: [[Operation]]
  /// Whether the subject must agree with the reference, and not be sound only.
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
  /// or any ranges. O(pages^3).
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
    length: Int, make: (MapConfiguration, Int) -> VM
  ) -> Tally {
    var tally = Tally()
    var run = Run(world: world, comparesWithReference: comparesWithReference)
    var seen: Set<StateKey> = []
    var frontier: [[Operation]] = [[]]
    if case .state(let key) = run.state(after: [], then: [], make: make) { seen.insert(key) }
    for _ in 0..<min(max(0, length), Self.longest) {
      var next: [[Operation]] = []
      for path in frontier {
        for step in steps {
          tally.transitions += 1
          switch run.state(after: path, then: step, make: make) {
          case .divergence(let divergence):
            tally.divergence = divergence
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

  /// Every record, invalidation, unmap and query over the pages; every operation on an MMU; and a
  /// record that is refused memory.
  private static func steps(in world: World) -> [[Operation]] {
    var steps: [[Operation]] = []
    func place(_ page: UInt64) -> Place { Place(window: 0, page: UInt8(truncatingIfNeeded: page)) }
    for size in 1...pages {
      // In a laminar world, no more than blocks: any other size becomes one of them.
      if world.blocks == .laminar, size & (size - 1) != 0 { continue }
      let stride = Int(world.blocks == .laminar ? size : 1)
      for first in Swift.stride(from: 0, through: Int(pages - size), by: stride) {
        let canonical = place(UInt64(first))
        steps.append([.unmap(canonical, pages: size, in: world)])
        steps.append([.query(canonical, pages: size, in: world)])
        for mmu in 0..<mmus {
          steps.append([.invalidate(canonical, pages: size, mmu: mmu, in: world)])
          for nested in Swift.stride(from: 0, through: Int(pages - size), by: stride) {
            let nested = place(UInt64(nested))
            steps.append([.record(canonical, nested: nested, pages: size, mmu: mmu, in: world)])
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
        .limitNodes(toFurther: 0, mmu: mmu, in: world),
        .record(place(1), nested: place(2), mmu: mmu, in: world),
        .limitNodes(toFurther: nil, mmu: mmu, in: world),
      ])
    }
    return steps
  }
}

/// A state of the machine, exactly.
struct StateKey: Hashable {
  var first: UInt64 = 0
  var second: UInt64 = 0

  /// Sets bits of the half that belongs to `mmu`.
  mutating func add(_ bits: UInt64, at shift: UInt64, mmu: Int) {
    if mmu == 0 { first |= bits << shift } else { second |= bits << shift }
  }
}

extension StateSearch {
  /// What a step led to.
  private enum Outcome {
    case state(StateKey)
    case divergence(Divergence)
  }

  /// The machines beside the subject, used again for every step.
  private struct Run {
    let comparesWithReference: Bool
    var scenario: Scenario
    var runner = Runner()
    var judge = ShadowJudge()
    var reference: ReferenceVMMachine

    init(world: World, comparesWithReference: Bool) {
      self.comparesWithReference = comparesWithReference
      scenario = Scenario(world: world)
      reference = ReferenceVMMachine(world.mapConfiguration, mmus: StateSearch.mmus)
    }

    /// Takes the operations of `path`, which are known to be right, and then those of `step`.
    mutating func state<VM: VirtualMachineProtocol & ~Copyable>(
      after path: [Operation], then step: [Operation], make: (MapConfiguration, Int) -> VM
    ) -> Outcome {
      let configuration = scenario.world.mapConfiguration
      var subject = VMMachine(make(configuration, StateSearch.mmus))
      reference.restart(configuration, mmus: StateSearch.mmus)
      judge.restart(mmus: StateSearch.mmus)
      scenario.operations = path + step
      var difference: Divergence?
      let harm = runner.drive(
        scenario, from: 0, checkingFrom: path.count, comparing: comparesWithReference,
        subject: &subject, reference: &reference, judge: &judge, difference: &difference)
      if let divergence = harm ?? difference { return .divergence(divergence) }
      return .state(key(of: subject))
    }

    /// For each MMU: 4 bits for each canonical page (what its entry says, and whether it begins
    /// there), 7 bits for each nested page (where its mapping leads, whether it begins there, and
    /// how many of the walks in progress began before it was made), and 6 bits of status.
    private func key<VM: VirtualMachineProtocol & ~Copyable>(
      of subject: borrowing VMMachine<VM>
    ) -> StateKey {
      var key = StateKey()
      subject.forEachRow { row in
        guard case .entry(let entry) = row.row else { return }
        let first = entry.first >> Page.shift
        for page in first...max(first, entry.last >> Page.shift) {
          let says = entry.content.nested.map { 2 + ($0 >> Page.shift) + (page - first) } ?? 1
          key.add(says | (page == first ? 8 : 0), at: 4 * page, mmu: row.mmu)
        }
      }
      for (mmu, stage) in judge.stages.enumerated() {
        for mapping in stage.mappings {
          let first = mapping.nested.start >> Page.shift
          let before = UInt64(mapping.fullUnmapsBefore - stage.fullUnmapsEnded)
          for page in first...max(first, mapping.nested.last >> Page.shift) {
            let canonical = (mapping.canonical >> Page.shift) + (page - first)
            let bits = 1 + canonical | (page == first ? 8 : 0) | before << 4
            key.add(bits, at: 16 + 7 * page, mmu: mmu)
          }
        }
        // Full unmaps in progress, broken, valid and deferred.
        key.add(subject.status(of: mmu).bits & 0x3f, at: 44, mmu: mmu)
      }
      return key
    }
  }
}

extension StateSearch.Tally: CustomStringConvertible {
  /// `120 states (1, 30, 89 by length), 3630 transitions`.
  public var description: String {
    let lengths = statesByLength.map(String.init).joined(separator: ", ")
    return "\(states) states (\(lengths) by length), \(transitions) transitions"
  }
}
