import ReverseMapping
import TestSupport
import Testing

@testable import Scenario

@Suite("Host patterns")
struct HostPatternTests {
  /// The operations of `pattern` for a record of 2M, many times.
  private static func draw(_ pattern: HostPattern, in world: World) -> [[Operation]] {
    var random = SplitMix64(seed: 110)
    // A nested page that is not drawn at random.
    let record = Operation.record(1 << 18, nested: 21 << 18, pages: 512, in: world)
    return (0..<400).map { _ in
      var operations: [Operation] = []
      pattern.append(to: &operations, for: record, mmu: 0, in: world, using: &random)
      return operations
    }
  }

  @Test("Patterns are normal in every world, and name the given MMU", arguments: 0..<8)
  func normal(_ number: Int) throws {
    let pattern = try #require(HostPattern(rawValue: UInt8(number)))
    var random = SplitMix64(seed: 111)
    for family in World.Family.allCases where family.drivesMaps {
      for _ in 0..<500 {
        let world = World.random(family: family, using: &random)
        let record = Operation.random(.record, in: world, using: &random)
        let mmu = family.isVM ? Int(world.mmus) - 1 : 0
        var operations = [Operation(.clear, mmu: mmu)]
        pattern.append(to: &operations, for: record, mmu: mmu, in: world, using: &random)
        check((3...7).contains(operations.count), "\(operations.count)")
        check(operations[0] == Operation(.clear, mmu: mmu))
        for operation in operations {
          check(operation.isNormalised(in: world) && operation.flaw == .none)
          check(!operation.kind.namesMMU || operation.mmu == mmu)
        }
      }
    }
  }

  @Test("Each pattern does to a block what it is named after", arguments: World.Blocks.allCases)
  func each(blocks: World.Blocks) {
    let world = World(family: .direct, blocks: blocks, windows: 0)
    func kinds(_ pattern: HostPattern) -> Set<[Operation.Kind]> {
      Set(Self.draw(pattern, in: world).map { $0.map(\.kind) })
    }
    #expect(kinds(.split) == [[.record, .unmap, .record], [.record, .unmap, .fill]])
    #expect(
      kinds(.collapse) == [[.record, .invalidate, .record], [.fill, .invalidate, .record]])
    #expect(kinds(.partialUnmap) == [[.record, .unmap, .record]])
    #expect(kinds(.partialInvalidate) == [[.record, .invalidate, .record]])
    #expect(kinds(.dirtyLogging) == [[.record, .unmap, .record, .record, .unmap, .record]])
    #expect(kinds(.removeMemslot) == [[.record, .unmap]])
    #expect(kinds(.alias) == [[.record, .record, .unmap]])
    #expect(
      kinds(.remap) == [[.record, .record, .unmap], [.record, .invalidate, .record, .unmap]])

    func isInside(_ part: Operation, _ block: Operation) -> Bool {
      part.page >= block.page && part.lastPage <= block.lastPage
        && part.second &- part.page == block.second &- block.page
    }
    for operations in Self.draw(.split, in: world) {
      let (block, unmap, pages) = (operations[0], operations[1], operations[2])
      check(unmap.range() == block.range())
      check(isInside(pages, block), "\(operations.map { $0.text(in: world) })")
      check(pages.kind == .record || pages.page == block.page && pages.gap == 0)
    }
    for operations in Self.draw(.collapse, in: world) {
      let (pages, invalidate, block) = (operations[0], operations[1], operations[2])
      check(isInside(pages, block))
      check(invalidate.page == block.second && invalidate.pages == block.pages)
    }
    for operations in Self.draw(.partialUnmap, in: world) {
      check(isInside(operations[2], operations[0]))
      check(operations[1].range() == operations[2].range())
    }
    for operations in Self.draw(.removeMemslot, in: world) {
      let unmap = operations[1]
      check(unmap.pages.nonzeroBitCount == 1 && unmap.page % unmap.pages == 0)
      check(unmap.page <= operations[0].page && operations[0].page <= unmap.lastPage)
    }
    for operations in Self.draw(.alias, in: world) {
      check(operations[0].range() == operations[1].range())
      check(operations[0].nested() != operations[1].nested())
    }
  }

  @Test("In a small world a removed memslot is the window of the mapping")
  func memslotOfWindow() {
    let world = World(family: .map)
    let page = world.page(7, ofWindow: 3)
    var random = SplitMix64(seed: 112)
    for _ in 0..<100 {
      var operations: [Operation] = []
      HostPattern.removeMemslot.append(
        to: &operations, for: .record(page, nested: 0, in: world), mmu: 0, in: world,
        using: &random)
      #expect(
        operations.last == .unmap(world.firstPage(ofWindow: 3), pages: 64, in: world))
    }
  }

  @Test("Without invalidations, a collapse unmaps the block")
  func map() {
    let world = World(family: .map, windows: 0)
    for operations in Self.draw(.collapse, in: world) {
      #expect(operations[1].kind == .unmap && operations[1].range() == operations[2].range())
    }
  }

  @Test("The generator and a mutator use patterns", arguments: World.Family.allCases)
  func used(family: World.Family) {
    var random = SplitMix64(seed: 113)
    // An unmap of exactly the record before it, after which part of it is mapped again in place.
    func splits(_ operations: [Operation]) -> Int {
      guard operations.count > 2 else { return 0 }
      return (2..<operations.count).count { index in
        let (block, unmap, part) = (
          operations[index - 2], operations[index - 1], operations[index]
        )
        return block.kind == .record && unmap.kind == .unmap && part.kind.isRecord
          && block.flaw == .none && unmap.flaw == .none && part.flaw == .none
          && unmap.range() == block.range() && part.pages < block.pages
          && part.page >= block.page && part.lastPage <= block.lastPage
          && part.second &- part.page == block.second &- block.page
      }
    }
    var (generated, mutated, inserted) = (0, 0, 0)
    for _ in 0..<1000 {
      let scenario = Scenario.random(family: family, operations: 40, using: &random)
      generated += splits(scenario.operations)
      var mutant = Scenario(world: scenario.world)
      Mutator.hostPattern.apply(to: &mutant, using: &random)
      mutated += splits(mutant.operations)
      inserted = max(inserted, mutant.operations.count)
      var short = Scenario(world: scenario.world)
      Mutator.hostPattern.apply(to: &short, using: &random, limit: 2)
      check(short.operations.count <= 2)
    }
    guard family.drivesMaps else {
      #expect(inserted == 1, "trees get one random operation")
      return
    }
    #expect(generated > 50 && mutated > 20 && inserted == 6, "\(generated) \(mutated)")
  }
}
