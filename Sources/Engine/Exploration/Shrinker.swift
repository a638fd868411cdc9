import Differential
import ReverseMapping
import Scenario

/// Makes a failing scenario as small as it gets while it fails in the same way.
///
/// *Principle*: it proposes scenarios that are smaller than what it has, one at a time, and is told
/// what came of each. It runs nothing itself, so a proposal may be tried in this process, in another
/// one, or against a stub.
///
///     var shrinker = Shrinker(failing)
///     while let candidate = shrinker.next() { shrinker.note(tried(candidate)) }
///     shrinker.best, shrinker.isMinimal
///
/// *Passes*, in this order and over again until none of them finds anything: leave out what comes after
/// the failing operation; halves, quarters, eighths, sixteenths; all faults, contexts, operations of an
/// MMU and other sorts; single operations; pairs. Simplify the world; places that several operations
/// share; arguments, one by one and in pairs. Before that, once, it moves to tiny nodes, where fewer
/// operations reach splits and merges.
///
/// *Restarts*: which operations stay depends on the order in which they are left out. While more than
/// a few are left, it starts over from the beginning, leaves out operations in another order, and goes
/// on with what is left if that is less; the more often, the more operations are left. The same
/// orders every time.
///
/// *It ends*, because there are so many restarts, and between them what it accepts is smaller each
/// time: fewer operations, or as many in a simpler world, or as many in the same world with simpler
/// arguments.
///
/// *At the end* every scenario that is simpler by one step is proposed again, whatever was tried
/// before: if none fails, the best is *1-minimal*, and `isMinimal` says so. Before the end nothing is
/// proposed twice.
public struct Shrinker {
  /// The smallest scenario that was seen to fail in the same way.
  public private(set) var best: Scenario
  /// How many scenarios were proposed.
  public private(set) var tries = 0
  /// Whether no single operation of the best can be left out, and no setting or argument take its
  /// next simpler value; known once `next()` has returned nil.
  public private(set) var isMinimal = false

  /// What came of a proposal.
  public enum Outcome: Equatable, Sendable {
    /// It passed, or failed in another way.
    case passes
    /// It failed in the same way, at the operation with this index if that is known.
    case fails(at: Int?)
  }

  private enum Phase {
    case tinyNodes, passes, proof, done
  }
  private var phase = Phase.tinyNodes
  private var pass = ShrinkingPass.tail
  /// What is being made smaller: the best, or after a restart what may become smaller than it.
  private var current: Scenario
  /// The operation that the current one fails at, if that is known.
  private var failingStep: Int?
  /// Where restarts start from.
  private var origin: Scenario
  private let mostRestarts: Int
  private var restarts = 0
  /// The order in which operations are left out after a restart.
  private var random: SplitMix64?
  /// What the pass proposes for the current one as it is.
  private var candidates: [Scenario] = []
  private var position = 0
  private var proposed: Scenario?
  private var hasImproved = false
  /// What came of every proposal.
  private var outcomes: [Scenario: Outcome]

  /// So few operations are left that no other order is tried.
  static let fewOperations = 3
  /// The most restarts that are worth their time where a run takes some microseconds: a few seconds.
  public static let mostRestarts = 400

  /// Starts from `scenario`, which fails. O(operations).
  ///
  /// - Parameters:
  ///   - step: the operation that it fails at, if that is known.
  ///   - restarts: how many other orders of leaving out operations are tried at the most.
  public init(
    _ scenario: Scenario, failingAt step: Int? = nil, restarts: Int = Shrinker.mostRestarts
  ) {
    best = scenario
    current = scenario
    origin = scenario
    failingStep = step
    mostRestarts = restarts
    outcomes = [scenario: .fails(at: step)]
    var tiny = scenario
    tiny.world.nodeSize = .tiny
    tiny.normalise()
    candidates = [tiny]
  }

  /// A scenario to try, or nil at the end. `note` must follow. O(operations^4): that many candidates
  /// a round may have that were all tried before.
  public mutating func next() -> Scenario? {
    while phase != .done {
      while position < candidates.count {
        let candidate = candidates[position]
        if phase != .proof, let known = outcomes[candidate] {
          accept(candidate, known)
        } else {
          proposed = candidate
          tries += 1
          return candidate
        }
      }
      advance()
    }
    return nil
  }

  /// What came of the last proposal. O(a list of candidates).
  public mutating func note(_ outcome: Outcome) {
    guard let candidate = proposed else { return }
    proposed = nil
    outcomes[candidate] = outcome
    accept(candidate, outcome)
  }

  /// Goes on with `candidate` if it fails, else with the next one.
  private mutating func accept(_ candidate: Scenario, _ outcome: Outcome) {
    guard case .fails(let step) = outcome else {
      position += 1
      return
    }
    if current == best || candidate.operations.count < best.operations.count { best = candidate }
    current = candidate
    failingStep = step
    hasImproved = true
    switch phase {
    case .tinyNodes:
      origin = candidate
      startPasses()
    // Only a subject that does not always do the same lets one fail in the proof.
    case .proof: startPasses()
    // The position stays: what came before it was tried a moment ago.
    case .passes: candidates = proposals()
    case .done: break
    }
  }

  private mutating func advance() {
    switch phase {
    case .tinyNodes: startPasses()
    case .passes:
      // What is not less than the best by now will not become simpler than it.
      let last = current == best ? ShrinkingPass.argumentPairs : .pairs
      if pass.rawValue < last.rawValue, let next = ShrinkingPass(rawValue: pass.rawValue + 1) {
        enter(next)
      } else if hasImproved {
        startPasses()
      } else if restarts < worthwhileRestarts {
        restart()
      } else {
        phase = .proof
        current = best
        candidates = best.simplerByOne
        position = 0
      }
    case .proof, .done:
      phase = .done
      isMinimal = true
    }
  }

  /// How many restarts what is left is worth: 32 for four operations, 128 for eight.
  private var worthwhileRestarts: Int {
    let count = best.operations.count
    return count <= Self.fewOperations ? 0 : min(mostRestarts, 2 * count * count)
  }

  private mutating func restart() {
    restarts += 1
    random = SplitMix64(seed: UInt64(restarts))
    current = origin
    failingStep = nil
    startPasses()
  }

  private mutating func startPasses() {
    phase = .passes
    hasImproved = false
    enter(.tail)
  }

  private mutating func enter(_ pass: ShrinkingPass) {
    self.pass = pass
    candidates = proposals()
    position = 0
  }

  private mutating func proposals() -> [Scenario] {
    var proposals = pass.candidates(for: current, failingAt: failingStep)
    if pass.leavesOut, random != nil { random?.shuffle(&proposals) }
    return proposals
  }
}

extension SplitMix64 {
  /// Puts `elements` in a random order. O(elements).
  fileprivate mutating func shuffle<Element>(_ elements: inout [Element]) {
    for index in elements.indices.reversed() { elements.swapAt(index, self.index(index + 1)) }
  }
}

/// One way of making scenarios smaller, in the order of the passes.
private enum ShrinkingPass: Int {
  case tail, halves, quarters, eighths, sixteenths
  case sorts, singles, pairs, worlds, places, arguments, argumentPairs

  /// The most operations for which pairs are left out: 24 have 276 pairs.
  static let mostForPairs = 24
  /// The most operations of which two are simplified at once: four have some thousand pairs of
  /// arguments.
  static let mostForArgumentPairs = 4

  /// Whether it leaves operations out, and changes nothing else.
  var leavesOut: Bool { rawValue <= Self.pairs.rawValue }

  func candidates(for scenario: Scenario, failingAt step: Int?) -> [Scenario] {
    let count = scenario.operations.count
    switch self {
    case .tail: return [scenario.upTo(step ?? count)].filter { $0 != scenario }
    case .halves: return scenario.withoutChunks(of: max(1, count / 2))
    case .quarters: return scenario.withoutChunks(of: max(1, count / 4))
    case .eighths: return scenario.withoutChunks(of: max(1, count / 8))
    case .sixteenths: return scenario.withoutChunks(of: max(1, count / 16))
    case .sorts: return scenario.withoutSorts
    case .singles: return scenario.withoutChunks(of: 1)
    case .pairs: return count <= Self.mostForPairs ? scenario.withoutPairs : []
    case .worlds: return scenario.inSimplerWorlds
    case .places: return scenario.withSimplerPlaces
    case .arguments: return scenario.withSimplerArguments
    case .argumentPairs:
      return count <= Self.mostForArgumentPairs ? scenario.withSimplerArgumentPairs : []
    }
  }
}

extension FailureSignature {
  /// Whether a run that failed like this at operation `step` is a failure of `scenario` itself, and not
  /// of operations that the checker has added. O(1).
  public func isFailure(of scenario: Scenario, at step: Int) -> Bool {
    step < scenario.operations.count || operation == nil
  }
}
