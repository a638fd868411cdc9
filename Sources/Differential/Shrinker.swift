import Scenario

/// Makes a failing scenario as small as it gets while it fails in the same way.
///
/// *Principle*: it proposes scenarios that are smaller than the best one so far, one at a time, and is
/// told what came of each. It runs nothing itself, so a proposal may be tried in this process, in
/// another one, or against a stub.
///
///     var shrinker = Shrinker(failing)
///     while let candidate = shrinker.next() { shrinker.note(failing: tried(candidate)) }
///     shrinker.best, shrinker.isMinimal
///
/// *Passes*, in this order and over again until none of them finds anything: leave out halves,
/// quarters, ... and single operations; leave out all faults, contexts, MMUs and other sorts; leave
/// out pairs; simplify the world; simplify places that several operations share; simplify arguments,
/// one by one and in pairs. No scenario is proposed twice while it shrinks.
///
/// *It ends*, because what it accepts is smaller each time: fewer operations, or as many in a simpler
/// world, or as many in the same world with simpler arguments. (Once, at the start, it moves to tiny
/// nodes, where fewer operations reach splits and merges.)
///
/// *At the end* every scenario that is simpler by one step is proposed again, whatever was tried
/// before: if none fails, the best is *1-minimal*, and `isMinimal` says so.
public struct Shrinker {
  /// The smallest scenario that was seen to fail in the same way.
  public private(set) var best: Scenario
  /// How many scenarios were proposed.
  public private(set) var tries = 0
  /// Whether no single operation of the best can be left out, and no setting or argument take its
  /// next simpler value; known once `next()` has returned nil.
  public private(set) var isMinimal = false

  private enum Phase {
    case tinyNodes, passes, proof, done
  }
  private var phase = Phase.tinyNodes
  private var pass = ShrinkingPass.halves
  /// What the pass proposes for the best as it is.
  private var candidates: [Scenario] = []
  private var position = 0
  private var proposed: Scenario?
  private var hasImproved = false
  private var seen: Set<Scenario>

  /// Starts from `scenario`, which fails, and whose last operation is the one that it fails at. O(1).
  public init(_ scenario: Scenario) {
    best = scenario
    seen = [scenario]
    var tiny = scenario
    tiny.world.nodeSize = .tiny
    tiny.normalise()
    candidates = [tiny]
  }

  /// A scenario to try, or nil at the end. `note(failing:)` must follow. O(a list of candidates).
  public mutating func next() -> Scenario? {
    while phase != .done {
      while position < candidates.count {
        let candidate = candidates[position]
        if phase == .proof || seen.insert(candidate).inserted {
          proposed = candidate
          tries += 1
          return candidate
        }
        position += 1
      }
      advance()
    }
    return nil
  }

  /// What came of the last proposal: nil if it passed or failed in another way; else the part of it
  /// up to the operation that it failed at. O(a list of candidates).
  public mutating func note(failing: Scenario?) {
    guard proposed != nil else { return }
    proposed = nil
    guard let failing else {
      position += 1
      return
    }
    best = failing
    seen.insert(failing)
    hasImproved = true
    switch phase {
    case .tinyNodes, .proof:
      // Only a subject that does not always do the same lets one fail in the proof.
      startPasses()
    case .passes:
      // The position stays: what came before it was tried a moment ago.
      candidates = pass.candidates(for: best)
    case .done: break
    }
  }

  private mutating func advance() {
    switch phase {
    case .tinyNodes: startPasses()
    case .passes:
      if let next = ShrinkingPass(rawValue: pass.rawValue + 1) {
        enter(next)
      } else if hasImproved {
        startPasses()
      } else {
        phase = .proof
        candidates = best.simplerByOne
        position = 0
      }
    case .proof, .done:
      phase = .done
      isMinimal = true
    }
  }

  private mutating func startPasses() {
    phase = .passes
    hasImproved = false
    enter(.halves)
  }

  private mutating func enter(_ pass: ShrinkingPass) {
    self.pass = pass
    candidates = pass.candidates(for: best)
    position = 0
  }
}

/// One way of making scenarios smaller, in the order of the passes.
private enum ShrinkingPass: Int {
  case halves, quarters, eighths, sixteenths
  case sorts, singles, pairs, worlds, places, arguments, argumentPairs

  /// The most operations for which pairs are left out: 24 have 276 pairs.
  static let mostForPairs = 24
  /// The most operations of which two are simplified at once: four have some thousand pairs of
  /// arguments.
  static let mostForArgumentPairs = 4

  func candidates(for scenario: Scenario) -> [Scenario] {
    let count = scenario.operations.count
    switch self {
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

extension FailureKind {
  /// The part of `scenario`, which failed like this at operation `step`, up to that operation; nil if
  /// that is none of its own, because the failure showed in what the judge has added.
  /// O(operations).
  public func failingPart(of scenario: Scenario, at step: Int) -> Scenario? {
    let count = scenario.operations.count
    if step >= count { return operation == nil ? scenario : nil }
    var part = scenario
    part.operations.removeLast(count - step - 1)
    return part
  }
}

extension Shrinker {
  /// Shrinks `scenario`, which fails as `kind`, to the end, with runs in this process. O(tries x a
  /// run).
  public static func shrink(
    _ scenario: Scenario, as kind: FailureKind, by run: (Scenario) -> Divergence?
  ) -> Shrinker {
    var shrinker = Shrinker(scenario)
    while let candidate = shrinker.next() {
      let divergence = run(candidate)
      let isSame = divergence?.kind == kind
      shrinker.note(
        failing: isSame ? kind.failingPart(of: candidate, at: divergence?.step ?? 0) : nil)
    }
    return shrinker
  }
}
