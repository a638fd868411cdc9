import ReverseMapping

/// Changes the kind of an operation and keeps its arguments. A record becomes an unmap of the same
/// range or an invalidation of the same nested range, and back.
enum ChangeKindMutator {
  static func apply(to scenario: inout Scenario, using random: inout SplitMix64, limit: Int) {
    guard !scenario.operations.isEmpty else {
      InsertMutator.apply(to: &scenario, using: &random, limit: limit)
      return
    }
    let index = random.index(scenario.operations.count)
    let world = scenario.world
    var operation = scenario.operations[index]
    let kind = Operation.randomKind(world.family, using: &random)
    // An operation without arguments gets random ones. Zeros would all end up at page 0.
    let old = operation
    let hasNone = !old.kind.takesRange && old.kind != .find
    if hasNone || kind.group == .memory { operation = .random(kind, in: world, using: &random) }
    // Keep the MMU. A kind that names none has 0 there, which is not an MMU to keep.
    if world.family.isVM {
      operation.mmu = old.kind.namesMMU ? old.mmu : random.index(Int(world.mmus))
    }
    if old.kind.isRecord, kind == .invalidate { operation.page = old.second }
    if old.kind == .invalidate, kind == .record { operation.second = old.page }
    // The head of a fill has another layout, and a range of keys has its length in its last key.
    let pages = old.pages
    operation.kind = kind
    if old.kind.isFill, kind.takesRange { operation.pages = pages }
    scenario.operations[index] = operation.normalised(in: world)
  }
}
