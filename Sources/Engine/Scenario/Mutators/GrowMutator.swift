import ReverseMapping

/// Inserts a run of records, or of stores, of one page each that share no page: it makes a map
/// large in one step. Most pages of a world are needed for the largest maps, so it enlarges the
/// windows for a long run.
///
/// Single insertions do not get there: a map of 100 entries is no step for the coverage over one of
/// 99, and the mutators that shrink a map are as common as those that enlarge it.
enum GrowMutator {
  static func apply(to scenario: inout Scenario, using random: inout SplitMix64, limit: Int) {
    let room = limit - scenario.operations.count
    guard room > 0 else { return DeleteMutator.apply(to: &scenario, using: &random, limit: limit) }
    let isLong = random.chance(1, in: 3)
    if isLong {
      scenario.world.windows = World.windowCount
      scenario.world.windowShift = World.windowShiftChoices.last ?? scenario.world.windowShift
      for index in scenario.operations.indices {
        scenario.operations[index] = scenario.operations[index].normalised(in: scenario.world)
      }
    }
    let world = scenario.world
    let pages = Int(world.windowPages) * Int(world.windows)
    // Mostly short: a large map takes long to check, and what is kept is mutated again and again.
    let most = min(room, pages)
    let count =
      !isLong
      ? min(most, 2 + random.index(23)) : random.chance(1, in: 2) ? most : 1 + random.index(most)
    let order = Order(pages: pages, count: count, using: &random)
    let nested = random.index(pages)
    let mmu = world.family.isVM ? random.index(Int(world.mmus)) : 0
    let kind: Operation.Kind = world.family == .tree ? .store : .record
    let word = Operation.randomTreeWord(using: &random)
    let run = (0..<count).map { index in
      let page = order.page(index)
      var operation = Operation(
        kind, at: world.place(ofCount: UInt64(page)),
        to: world.place(ofCount: UInt64(page + nested)), pages: 1)
      if world.family.isVM { operation.mmu = mmu }
      if kind == .store { operation.treeWord = word }
      return operation.normalised(in: world)
    }
    // Half of the time before everything else, which then acts on a large map.
    let index = random.chance(1, in: 2) ? 0 : random.index(scenario.operations.count + 1)
    scenario.operations.insert(contentsOf: run, at: index)
  }

  /// The order in which a run visits pages, each at most once.
  private struct Order {
    private let pages: Int
    private let first: Int
    private let stride: Int

    /// Ascending or descending, with touching pages; or with gaps, in an order that looks random.
    init(pages: Int, count: Int, using random: inout SplitMix64) {
      self.pages = pages
      first = random.index(pages)
      switch random.below(4) {
      case 0: stride = 1
      case 1: stride = pages - 1
      // The number of pages is 3 times a power of two or a power of two, so these visit all pages.
      case 2: stride = 5
      default: stride = 6 * random.index(pages) + 1
      }
    }

    func page(_ index: Int) -> Int { (first + index * stride) % pages }
  }
}
