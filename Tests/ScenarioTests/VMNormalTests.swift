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
      let operation = Operation(bits: random.next()).normalised(in: world)
      check(operation.mmu < Int(world.mmus))
      if world.mmus == 4, operation.kind.namesMMU { mmus[operation.mmu, default: 0] += 1 }
      switch operation.kind {
      case .record:
        // Without its MMU, a record is the same as in a map world.
        let map = Operation(bits: operation.bits).normalised(
          in: World(
            family: .map, ipaBits: world.ipaBits, blocks: world.blocks,
            windowShift: world.windowShift, windows: world.windows))
        check(map.bits == operation.bits & ~0x3000)
      case .unmap, .query, .invalidate:
        check(operation.secondPlace == Place(window: 0, page: 0))
        check(operation.flaw != .misalignedNested && operation.flaw != .nestedOutside)
        if operation.kind != .invalidate { check(operation.mmu == 0) }
      case .refuse: check(operation.bits & ~0x00ff_00ff_ffff_00ff == 0)
      case .enter: check(operation.bits & ~0x1_00ff == 0)
      case .reclaim: check(operation.bits == 23)
      default: check(operation.bits & ~0x30ff == 0)
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
      var operation = Operation(bits: random.next())
      operation.kind = World.Family.map.kinds[random.index(6)]
      check(operation.normalised(in: direct) == operation.normalised(in: map))
      operation.kind = .invalidate
      var unmap = operation
      unmap.kind = .unmap
      let range = operation.normalised(in: direct).range(in: direct)
      check(range == unmap.normalised(in: map).range(in: map))
    }
  }
}
