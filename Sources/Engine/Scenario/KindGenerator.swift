import ReverseMapping

// How the generator draws the kind of an operation on maps, and its MMU.

extension ScenarioGenerator {
  /// A valid MMU if there is one. One time in 64 an MMU that is not valid.
  func drawMMU(using random: inout SplitMix64) -> Int {
    guard model.count > 1 else { return 0 }
    let isStray = random.chance(1, in: 64)
    return model.anyMMU(using: &random) { model.isValid($0) != isStray }
      ?? random.index(model.count)
  }

  /// Draws a kind by weight, and changes `mmu` if the kind needs a particular MMU.
  ///
  /// Most beginnings are soon followed by their end, and most ends have a beginning: full unmaps
  /// end, fault plans are lifted, MMUs that were torn down are created again, and atomic sections
  /// end.
  mutating func drawMapKind(
    after last: Operation?, using random: inout SplitMix64
  ) -> Operation.Kind {
    if let kind = drawConclusion(after: last, using: &random) { return kind }
    let kind = weights.draw(using: &random)
    let isStray = random.chance(1, in: 16)
    switch kind {
    case .endFullUnmap:
      return isStray || move(using: &random, where: { $0.fullUnmapsInProgress > 0 })
        ? kind : .record
    case .create:
      guard !isStray else { return kind }
      guard let invalid = model.anyMMU(using: &random, where: { !model.isValid($0) }) else {
        return .record
      }
      mmu = invalid
      return kind
    case .tearDown:
      // Sometimes a tear-down that must be refused, if some MMU is in a full unmap.
      let isRefused = random.chance(1, in: 3)
      if isRefused, move(using: &random, where: { $0.fullUnmapsInProgress > 0 }) { return kind }
      return move(using: &random, where: { $0.fullUnmapsInProgress == 0 }) ? kind : .record
    case .topUp, .reclaim:
      // Both are refused in atomic context. There, three draws in four become an `enter`, which
      // mostly leaves that context, or a record. A quarter of the time is atomic, so about one in
      // 16 is still refused.
      guard model.memory.context == .atomic, random.chance(3, in: 4) else { return kind }
      return random.chance(1, in: 2) ? .enter : .record
    default: return kind
    }
  }

  /// With some probability, a kind that ends a state in progress.
  private mutating func drawConclusion(
    after last: Operation?, using random: inout SplitMix64
  ) -> Operation.Kind? {
    let inProgress = model.fullUnmapsInProgress
    if inProgress > 0 {
      // The more full unmaps are in progress, the sooner one ends.
      let urge = UInt64(min(8, 2 + inProgress))
      if random.chance(urge, in: 12), move(using: &random, where: { $0.fullUnmapsInProgress > 0 }) {
        return .endFullUnmap
      }
    }
    guard world.family.isVM else { return nil }
    let memory = model.memory
    // A reserve is topped up for the next fault, which runs in atomic context.
    if last?.kind == .topUp, memory.context == .maySleep, weights.has(.enter),
      random.chance(1, in: 2)
    {
      return .enter
    }
    // Atomic sections are short.
    if memory.context == .atomic, random.chance(1, in: 10) { return .enter }
    // A broken map ignores records, so one that stays broken for long tests little. A fault plan,
    // though, needs some requests before it refuses one.
    if random.chance(1, in: 12), move(using: &random, where: { $0.isBroken }) {
      let endsPlan = memory.mayRefuse && (world.family == .vm || random.chance(1, in: 2))
      return endsPlan ? .refuse : .beginFullUnmap
    }
    if memory.mayRefuse, random.chance(1, in: 32) { return .refuse }
    // Without a valid MMU every operation is refused.
    return !model.isValid(mmu) && random.chance(1, in: 4) ? .create : nil
  }

  /// Sets `mmu` to a valid MMU whose map satisfies `isWanted`. Returns false if there is none.
  private mutating func move(
    using random: inout SplitMix64, where isWanted: (MapGeneratorModel) -> Bool
  ) -> Bool {
    let found = model.anyMMU(using: &random) { model.isValid($0) && isWanted(model.map($0)) }
    mmu = found ?? mmu
    return found != nil
  }

  /// The fault plan of a `refuse`. An active plan is mostly lifted, sometimes replaced.
  func drawFaultPlan(using random: inout SplitMix64) -> FaultPlan {
    model.memory.mayRefuse && random.chance(3, in: 4)
      ? .none : Operation.randomFaultPlan(using: &random)
  }

  /// The context of an `enter`: one time in 16 the current context, otherwise the other one.
  func drawContext(using random: inout SplitMix64) -> Context {
    let isOther = random.chance(15, in: 16)
    return (model.memory.context == .maySleep) == isOther ? .atomic : .maySleep
  }
}
