import Differential
import ReverseMapping
import Scenario

/// Makes a failing scenario as small as possible while it fails with the same signature.
///
/// *Principle*: the shrinker proposes smaller scenarios one at a time, and the caller reports the
/// outcome of each. The shrinker runs nothing itself, so a proposal can be tried in this process,
/// in another process, or against a stub.
///
///     var shrinker = Shrinker(failing)
///     while let candidate = shrinker.next() { shrinker.note(tried(candidate)) }
///     shrinker.best, shrinker.isMinimal
///
/// *Passes* run in this order, repeated until none finds anything. First, remove operations: those
/// after the failing one; halves, quarters, eighths and sixteenths; all of one sort (faults,
/// contexts, operations of an MMU, and others); single operations; pairs. Then simplify the world,
/// places that several operations share, and arguments, singly and in pairs. Before the passes it
/// tries tiny nodes once, where fewer operations cause splits and merges.
///
/// *Restarts*: the operations that remain depend on the order of removal. While more than a few
/// remain, the shrinker starts over from the original scenario with another order of removal, and
/// keeps the result if it has fewer operations. The more operations remain, the more restarts it
/// makes. The orders are the same every time.
///
/// *Termination*: the number of restarts is bounded, and between restarts every accepted scenario
/// is smaller: it has fewer operations, or as many in a simpler world, or as many in the same world
/// with simpler arguments.
///
/// *At the end* it proposes once more every scenario that is one step simpler, even those tried
/// before. If none fails, the best is *1-minimal* and `isMinimal` is true. Before this last stage
/// nothing is proposed twice.
public struct Shrinker {
  /// The smallest scenario known to fail with the same signature.
  public private(set) var best: Scenario
  /// The number of scenarios proposed.
  public private(set) var tries = 0
  /// Whether no single operation of the best can be removed and no setting or argument can take its
  /// next simpler value. Known once `next()` has returned nil.
  public private(set) var isMinimal = false

  /// The outcome of a proposal.
  public enum Outcome: Equatable, Sendable {
    /// It passed, or failed with another signature.
    case passes
    /// It failed with the same signature, at the operation with this index, or nil if unknown.
    case fails(at: Int?)
  }

  private enum Phase {
    case tinyNodes, passes, proof, done
  }
  private var phase = Phase.tinyNodes
  private var pass = ShrinkingPass.tail
  /// The scenario being shrunk: the best, or after a restart one that may become smaller than it.
  private var current: Scenario
  /// The index of the operation at which the current scenario fails, if known.
  private var failingStep: Int?
  /// The scenario that restarts start from.
  private var origin: Scenario
  private let mostRestarts: Int
  private var restarts = 0
  /// Shuffles the order of removal after a restart. Nil before the first one.
  private var random: SplitMix64?
  /// The proposals of the current pass for the current scenario.
  private var candidates: [Scenario] = []
  /// Where lists of them that belong together begin: those that change one operation, for example.
  private var starts: [Int] = []
  private var position = 0
  private var proposed: Scenario?
  private var hasImproved = false
  /// The outcome of every proposal.
  private var outcomes: [Scenario: Outcome]

  /// With this many operations or fewer there are no restarts.
  static let fewOperations = 3
  /// The default limit of restarts. They take a few seconds if a run takes some microseconds.
  public static let mostRestarts = 400

  /// A shrinker of `scenario`, which fails. O(operations).
  ///
  /// - Parameters:
  ///   - step: the index of the operation at which it fails, if known.
  ///   - restarts: the most restarts with another order of removal.
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

  /// The next scenario to try, or nil at the end. Call `note` with its outcome. O(operations^4),
  /// because a round can have that many candidates that were all tried before.
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

  /// Reports the outcome of the last proposal. O(candidates of a pass).
  public mutating func note(_ outcome: Outcome) {
    guard let candidate = proposed else { return }
    proposed = nil
    outcomes[candidate] = outcome
    accept(candidate, outcome)
  }

  /// Adopts `candidate` if it fails, else moves on to the next candidate.
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
    // A candidate fails in the proof only if the subject is not deterministic.
    case .proof: startPasses()
    case .passes:
      let list = starts.lastIndex { $0 <= position } ?? 0
      propose()
      // After a removal, keep the position: the candidates before it were tried a moment ago. Where
      // a number became lower, begin again with its largest step, or it would go on by ones.
      if !pass.keepsPosition { position = list < starts.count ? starts[list] : 0 }
    case .done: break
    }
  }

  private mutating func advance() {
    switch phase {
    case .tinyNodes: startPasses()
    case .passes:
      // A restart that has not beaten the best by removals will not beat it by simplifying.
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

  /// The number of restarts that the current best is worth: 32 for four operations, 128 for eight.
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
    propose()
    position = 0
  }

  private mutating func propose() {
    let lists = pass.candidates(for: current, failingAt: failingStep)
    starts = []
    candidates = []
    for list in lists {
      starts.append(candidates.count)
      candidates += list
    }
    if pass.leavesOut, random != nil { random?.shuffle(&candidates) }
  }
}

extension SplitMix64 {
  /// Shuffles `elements`. O(elements).
  fileprivate mutating func shuffle<Element>(_ elements: inout [Element]) {
    for index in elements.indices.reversed() { elements.swapAt(index, self.index(index + 1)) }
  }
}

/// A way to make scenarios smaller, in the order of the passes.
private enum ShrinkingPass: Int {
  case tail, halves, quarters, eighths, sixteenths
  case sorts, singles, pairs, worlds, pages, arguments, argumentPairs

  /// The most operations for which pairs are removed: 24 operations have 276 pairs.
  static let mostForPairs = 24
  /// The most operations for which two arguments are simplified at once: four operations have some
  /// thousand pairs of arguments.
  static let mostForArgumentPairs = 4

  /// Whether the pass only removes operations.
  var leavesOut: Bool { rawValue <= Self.pairs.rawValue }

  /// Whether an accepted candidate makes no earlier one worth another try.
  var keepsPosition: Bool { rawValue <= Self.worlds.rawValue }

  /// Lists of candidates that belong together.
  func candidates(for scenario: Scenario, failingAt step: Int?) -> [[Scenario]] {
    let count = scenario.operations.count
    switch self {
    case .tail: return [[scenario.upTo(step ?? count)].filter { $0 != scenario }]
    case .halves: return [scenario.withoutChunks(of: max(1, count / 2))]
    case .quarters: return [scenario.withoutChunks(of: max(1, count / 4))]
    case .eighths: return [scenario.withoutChunks(of: max(1, count / 8))]
    case .sixteenths: return [scenario.withoutChunks(of: max(1, count / 16))]
    case .sorts: return [scenario.withoutSorts]
    case .singles: return [scenario.withoutChunks(of: 1) + scenario.withRecordsForFills]
    case .pairs: return [count <= Self.mostForPairs ? scenario.withoutPairs : []]
    case .worlds: return [scenario.inSimplerWorlds]
    case .pages: return scenario.withSimplerPages
    case .arguments: return scenario.withSimplerArguments
    case .argumentPairs:
      return count <= Self.mostForArgumentPairs ? scenario.withSimplerArgumentPairs : []
    }
  }
}

extension FailureSignature {
  /// Whether a run that failed with this signature at operation `step` failed in `scenario` itself,
  /// not in probes that the checker appended.
  public func isFailure(of scenario: Scenario, at step: Int) -> Bool {
    step < scenario.operations.count || operation == nil
  }
}
