import Differential
import ReverseMapping
import Scenario

/// Runs a scenario once for every request for memory that can be refused: with the first request
/// refused, then the second, and so on until a run has no such request. Each request is refused
/// twice: alone, and together with all later ones. This is like the kernel's fail-nth.
///
/// The fault plan is an operation at the head of the scenario, so that a failure replays like any
/// other. The scenario's own plans are removed. At the end every window is unmapped, or the whole
/// space: a broken map must answer `everything`, and no mapping may survive. Long fills are
/// shortened, because a map of a thousand entries makes hundreds of requests, and each is refused
/// in runs of its own. A scenario of a family without contexts is swept in both.
public struct Sweep {
  /// The counts of all sweeps.
  public struct Tally: Equatable, Sendable {
    /// Scenarios swept, each in all contexts.
    public var scenarios = 0
    /// Runs, including the last of each sweep, in which nothing was refused.
    public var runs = 0
    /// Refused requests.
    public var refusals = 0
    /// Operations of maps that got no memory: the map broke, or the answer was `everything`.
    public var breaks = 0
    /// Operations of a tree that got no memory and left the tree as it was.
    public var undone = 0

    /// Refused requests that a reserve made up for, or that left a reserve short.
    public var absorbed: Int { refusals - breaks - undone }

    public init() {}
  }

  /// The counts so far.
  public private(set) var tally = Tally()

  /// Whether the subject is a library, which has no contexts: sweeping in one of them is enough.
  private let isOfLibrary: Bool

  public init(isOfLibrary: Bool = false) { self.isOfLibrary = isOfLibrary }

  /// Sweeps `scenario`. `run` runs a scenario, and returns its divergence and its use of memory.
  /// Returns false if scenarios of this family request no memory.
  ///
  /// - Parameter divergence: set to the first divergence, which ends the sweep.
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

  /// Runs `scenario` with request number `request` refused, alone and with all later ones. Returns
  /// false if there is no such request or a run diverged.
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

  /// The scenarios to sweep in place of `scenario`, with room for a fault plan: one for each
  /// context, or none. O(operations).
  package func variants(of scenario: Scenario) -> [Scenario] {
    var swept = scenario
    swept.operations.removeAll { $0.kind == .refuse }
    swept.shortenFills()
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
  /// The scenario with an `enter` of `context` before it, if given, and unmaps of everything
  /// after it. The last operations are dropped if there is no room for these and for a fault plan.
  fileprivate func unmappedAtEnd(startingIn context: Context?) -> Scenario {
    let head = context.map { [Operation.enter($0, in: world)] } ?? []
    var tail = [Operation.enter(.maySleep, in: world)]
    if world.isWhole { tail.append(.unmap(0, pages: world.lastPage + 1, in: world)) }
    for window in 0..<world.windows {
      tail.append(.unmap(world.page(0, ofWindow: window), pages: world.windowPages, in: world))
    }
    tail.append(Operation(.reclaim))
    let room = Limits.operations - 1 - head.count - tail.count
    return Scenario(world: world, operations: head + operations.prefix(room) + tail)
  }
}
