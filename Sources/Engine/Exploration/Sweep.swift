import Differential
import ReverseMapping
import Scenario

/// Every refusal of memory that a scenario can meet, one run each: the first request is refused, then
/// only the second, and so on until a run passes without a refusal; each once alone, and once with
/// all that follow it.
///
/// The plan is an operation at the head of the scenario, so that a failure replays like any other. A
/// scenario's own plans are left out. At its end every window is unmapped: a broken map has to answer
/// `everything`, and nothing may live on. A scenario that says nothing of contexts is swept in both.
public struct Sweep {
  /// What sweeps have met.
  public struct Tally: Equatable, Sendable {
    /// Scenarios swept, each in all contexts.
    public var scenarios = 0
    /// Runs of them, the last of each sweep included, in which nothing was refused.
    public var runs = 0
    /// Requests that were refused.
    public var refusals = 0
    /// FaultPlanRun that broke a map, which then answered `everything` or ended.
    public var breaks = 0
    /// FaultPlanRun after which a tree by itself was as before.
    public var undone = 0

    /// FaultPlanRun that a reserve stood in for, or that left one short. O(1).
    public var absorbed: Int { refusals - breaks - undone }

    public init() {}
  }

  /// What was met so far.
  public private(set) var tally = Tally()

  /// Whether the runs are of a library, which knows no contexts: one run of each refusal is enough.
  private let isOfLibrary: Bool

  /// Nothing was swept. O(1).
  public init(isOfLibrary: Bool = false) { self.isOfLibrary = isOfLibrary }

  /// Sweeps `scenario`, whose runs `run` does: it answers what diverged, and what memory was used
  /// for. False if its family asks for no memory.
  ///
  /// - Parameter divergence: the first one; the sweep ends with it.
  /// - Complexity: O(requests x a run).
  public mutating func sweep(
    _ scenario: Scenario, divergence: inout Divergence?,
    by run: (Scenario) -> (Divergence?, MemoryCounts)
  ) -> Bool {
    let variants = variants(of: scenario)
    if variants.isEmpty { return false }
    tally.scenarios += 1
    for variant in variants {
      var request = 1
      while refuse(request, in: variant, divergence: &divergence, by: run) { request += 1 }
      if divergence != nil { break }
    }
    return true
  }

  /// Refuses a request of `scenario` alone, and from it on. False if it has no such request, or if a
  /// run diverged.
  private mutating func refuse(
    _ request: Int, in scenario: Scenario, divergence: inout Divergence?,
    by run: (Scenario) -> (Divergence?, MemoryCounts)
  ) -> Bool {
    var isMet = false
    for plan in [FaultPlan.request(request), .from(request)] {
      var planned = scenario
      planned.operations.insert(.refuse(plan, in: scenario.world), at: 0)
      let (found, counts) = run(planned)
      tally.runs += 1
      tally.refusals += counts.refused
      if scenario.world.family == .tree {
        tally.undone += counts.failures
      } else {
        tally.breaks += counts.failures
      }
      if let found {
        divergence = found
        return false
      }
      isMet = isMet || counts.refused > 0
    }
    return isMet
  }

  /// What of `scenario` is swept: nothing, or one for each context, with room for a plan.
  /// O(operations).
  package func variants(of scenario: Scenario) -> [Scenario] {
    var swept = scenario
    swept.operations.removeAll { $0.kind == .refuse }
    switch scenario.world.family {
    case .tree where isOfLibrary: return []
    case .tree:
      swept.operations = Array(swept.operations.prefix(Limits.operations - 1))
      return [swept]
    case .memory: return [swept.unmappedAtEnd(startingIn: nil)]
    case .map, .direct: swept.world.mmus = 1
    case .vm: break
    }
    swept.world.family = .memory
    if isOfLibrary { return [swept.unmappedAtEnd(startingIn: nil)] }
    return Context.allCases.map { swept.unmappedAtEnd(startingIn: $0) }
  }
}

extension Scenario {
  /// With an `enter` of `context` before it, if given, and unmaps of everything behind it; operations
  /// for which there is then no room, and none for a plan, are left out from the end.
  fileprivate func unmappedAtEnd(startingIn context: Context?) -> Scenario {
    let head = context.map { [Operation.enter($0, in: world)] } ?? []
    var tail = [Operation.enter(.maySleep, in: world)]
    for window in 0..<world.windows {
      tail.append(
        .unmap(Place(window: window, page: 0), pages: world.windowPages, in: world))
    }
    tail.append(Operation(.reclaim))
    let room = Limits.operations - 1 - head.count - tail.count
    return Scenario(world: world, operations: head + operations.prefix(room) + tail)
  }
}
