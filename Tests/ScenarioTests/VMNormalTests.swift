import ReverseMapping
import TestSupport
import Testing

@testable import Scenario

@Suite("Normal operations, for direct maps and virtual machines")
struct VMNormalTests {
  @Test(
    "An operation in a vm or memory world has zeros in every field that it does not use",
    arguments: [World.Family.vm, .memory])
  func vm(family: World.Family) {
    var random = SplitMix64(seed: 17)
    var mmus: [Int: Int] = [:]
    for _ in 0..<60_000 {
      let world = World.random(family: family, using: &random)
      let operation = Operation.anyBits(in: world, using: &random).normalised(in: world)
      check(operation.mmu < Int(world.mmus))
      if world.mmus == 4, operation.kind.namesMMU { mmus[operation.mmu, default: 0] += 1 }
      let hasNoPages = operation.page == 0 && operation.second == 0
      switch operation.kind {
      case .record, .fill:
        // Without its MMU, a record is the same as in a map world.
        var map = operation.normalised(
          in: World(
            family: .map, ipaBits: world.ipaBits, blocks: world.blocks,
            windowShift: world.windowShift, windows: world.windows))
        check(map.mmu == 0)
        map.mmu = operation.mmu
        check(map == operation)
      case .unmap, .query, .invalidate:
        check(operation.second == 0)
        check(operation.flaw != .misalignedNested && operation.flaw != .nestedOutside)
        if operation.kind != .invalidate { check(operation.mmu == 0) }
      case .refuse: check(operation.head & ~0x00ff_00ff_ffff_00ff == 0 && hasNoPages)
      case .enter: check(operation.head & ~0x1_00ff == 0 && hasNoPages)
      case .reclaim: check(operation.head == 23 && hasNoPages)
      default: check(operation.head & ~0x3ff == 0 && hasNoPages)
      }
    }
    #expect(mmus.count == 4 && mmus.values.allSatisfy { $0 > 2000 })
  }

  @Test("A direct world has the operations of a map world, and invalidations of any range")
  func direct() {
    var random = SplitMix64(seed: 18)
    for _ in 0..<20_000 {
      let direct = World.random(family: .direct, using: &random)
      var map = direct
      map.family = .map
      map = map.normalised()
      var operation = Operation.anyBits(in: direct, using: &random)
      operation.kind = World.Family.map.kinds[random.index(7)]
      check(operation.normalised(in: direct) == operation.normalised(in: map))
      operation.kind = .invalidate
      var unmap = operation
      unmap.kind = .unmap
      let range = operation.normalised(in: direct).range()
      check(range == unmap.normalised(in: map).range())
    }
  }
}
