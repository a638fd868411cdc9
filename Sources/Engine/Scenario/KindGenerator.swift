import ReverseMapping

// What an operation of maps does, and in which MMU.

extension ScenarioGenerator {
  /// A valid MMU, if there is one; one time in 64 one that is not.
  func drawMMU(using random: inout SplitMix64) -> Int {
    guard model.count > 1 else { return 0 }
    let isStray = random.chance(1, in: 64)
    return model.anyMMU(using: &random) { model.isValid($0) != isStray }
      ?? random.index(model.count)
  }

  /// A kind by weight, and another MMU if it asks for one.
  ///
  /// What is under way comes to its end soon, and not without having begun: ends of full unmaps
  /// after a beginning, plans that are lifted, MMUs that become valid after they were torn down,
  /// locks that are let go.
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
      // One that is refused, now and then, if there is an MMU to be had for it.
      let isRefused = random.chance(1, in: 3)
      if isRefused, move(using: &random, where: { $0.fullUnmapsInProgress > 0 }) { return kind }
      return move(using: &random, where: { $0.fullUnmapsInProgress == 0 }) ? kind : .record
    case .topUp, .reclaim:
      // Under a lock they are refused: it is let go before, or they wait. About one in 16 of them
      // all is refused, for locks are held a quarter of the time.
      guard model.memory.context == .atomic, random.chance(3, in: 4) else { return kind }
      return random.chance(1, in: 2) ? .enter : .record
    default: return kind
    }
  }

  /// What ends something that is under way, now and then.
  private mutating func drawConclusion(
    after last: Operation?, using random: inout SplitMix64
  ) -> Operation.Kind? {
    let inProgress = model.fullUnmapsInProgress
    if inProgress > 0 {
      // The more are in progress, the sooner one ends.
      let urge = UInt64(min(8, 2 + inProgress))
      if random.chance(urge, in: 12), move(using: &random, where: { $0.fullUnmapsInProgress > 0 }) {
        return .endFullUnmap
      }
    }
    guard world.family.isVM else { return nil }
    let memory = model.memory
    // A reserve is for the fault that comes next, under a lock.
    if last?.kind == .topUp, memory.context == .maySleep, weights.has(.enter),
      random.chance(1, in: 2)
    {
      return .enter
    }
    // Under a lock a few things are done, not many.
    if memory.context == .atomic, random.chance(1, in: 10) { return .enter }
    // A broken map ignores records: little comes of one that stays so for long. A plan needs some
    // time to be met.
    if random.chance(1, in: 12), move(using: &random, where: { $0.isBroken }) {
      let endsPlan = memory.mayRefuse && (world.family == .vm || random.chance(1, in: 2))
      return endsPlan ? .refuse : .beginFullUnmap
    }
    if memory.mayRefuse, random.chance(1, in: 32) { return .refuse }
    // Without a valid MMU nothing happens at all.
    return !model.isValid(mmu) && random.chance(1, in: 4) ? .create : nil
  }

  /// Makes `mmu` a valid one of whose map `isWanted`; false if there is none.
  private mutating func move(
    using random: inout SplitMix64, where isWanted: (MapGeneratorModel) -> Bool
  ) -> Bool {
    let found = model.anyMMU(using: &random) { model.isValid($0) && isWanted(model.map($0)) }
    mmu = found ?? mmu
    return found != nil
  }

  /// The plan of a `refuse`: one is lifted, or now and then replaced, before long. O(1).
  func drawFaultPlan(using random: inout SplitMix64) -> FaultPlan {
    model.memory.mayRefuse && random.chance(3, in: 4)
      ? .none : Operation.randomFaultPlan(using: &random)
  }

  /// The context of an `enter`: the other one, but for one time in 16. O(1).
  func drawContext(using random: inout SplitMix64) -> Context {
    let isOther = random.chance(15, in: 16)
    return (model.memory.context == .maySleep) == isOther ? .atomic : .maySleep
  }
}
