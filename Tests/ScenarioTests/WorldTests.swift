import ReverseMapping
import TestSupport
import Testing

@testable import Scenario

@Suite("Worlds and their windows")
struct WorldTests {
  @Test("Windows lie where arithmetic goes wrong")
  func windows() {
    let world = World(family: .map, ipaBits: 48)
    #expect(world.firstPage(ofWindow: 0) << 12 == 0)
    #expect(world.firstPage(ofWindow: 1) << 12 == 0x1_0000_0000_0000 - 0x4_0000)
    #expect(world.firstPage(ofWindow: 2) << 12 == 0x8000_0000_0000)
    #expect(world.firstPage(ofWindow: 3) == 1 << 32 - 32)
    #expect(World(family: .map, ipaBits: 40).firstPage(ofWindow: 3) == 1 << 26 - 32)
    let tree = World(family: .tree, windowShift: 3)
    #expect(tree.firstPage(ofWindow: 1) == UInt64.max - 7)
    #expect(tree.firstPage(ofWindow: 2) == 1 << 63)
  }

  @Test("Windows never overlap, and each of their pages names its window")
  func places() {
    for family in World.Family.allCases {
      for bits in World.ipaBitsChoices {
        for shift in World.windowShiftChoices {
          let world = World(family: family, ipaBits: bits, windowShift: shift)
          var seen: Set<UInt64> = []
          for window in 0..<4 as Range<UInt8> {
            for offset in 0..<world.windowPages {
              let page = world.page(offset, ofWindow: window)
              check(seen.insert(page).inserted)
              check(world.window(ofPage: page) == window && world.contains(page))
              check(world.confined(page) == page)
            }
          }
          check(world.window(ofPage: world.windowPages) == nil)
          check(!world.contains(world.windowPages))
          check(seen.contains(world.confined(world.windowPages)))
        }
      }
    }
  }

  @Test("A world is eight bytes, so it fits a register")
  func size() { #expect(MemoryLayout<World>.size == 8 && MemoryLayout<World>.stride == 8) }

  @Test("Normalising is idempotent, and gives unused settings their default")
  func worlds() {
    var wild = World(
      family: .tree, ipaBits: 3, layout: .tagged, nodeSize: .tiny, windowShift: 99, windows: 1)
    #expect(
      wild.normalised() == World(family: .tree, nodeSize: .tiny, windowShift: 6, windows: 1))
    wild.layout = .mailed
    wild.family = .map
    #expect(
      wild.normalised()
        == World(family: .map, ipaBits: 40, nodeSize: .tiny, windowShift: 6, windows: 1))
    #expect(wild.normalised().isNormalised && !wild.isNormalised)
    wild.mmus = 9
    wild.hasDirectMap = true
    for family in [World.Family.map, .tree, .direct] {
      wild.family = family
      #expect(wild.normalised().mmus == World.defaultMMUs)
      #expect(wild.normalised().hasDirectMap == (family == .direct))
    }
    for family in [World.Family.vm, .memory] {
      wild.family = family
      wild.mmus = 9
      wild.hasDirectMap = true
      #expect(wild.normalised().mmus == 4 && wild.normalised().hasDirectMap)
      wild.mmus = 0
      wild.hasDirectMap = false
      #expect(wild.normalised().mmus == 1 && !wild.normalised().hasDirectMap)
    }
    wild.family = .direct
    #expect(!wild.isNormalised && wild.normalised().hasDirectMap)
    #expect(World(family: .direct).isNormalised)
    for hasDirectMap in [false, true] {
      let world = World(family: .vm, ipaBits: 40, layout: .tagged, hasDirectMap: hasDirectMap)
      #expect(
        world.mapConfiguration
          == MapConfiguration(nearestWidthTo: 40, layout: .tagged, hasDirectMap: hasDirectMap))
    }
    // Nothing traps, even in a world that is not normal.
    for bits in [0, 1, 200, 255] as [UInt8] {
      for family in World.Family.allCases {
        let world = World(
          family: family, ipaBits: bits, windowShift: bits, windows: bits, mmus: bits)
        let operation = Operation(head: .max, page: .max, second: .max).normalised(in: world)
        _ = (operation.range(), operation.treeRange())
        _ = operation.text(in: world)
      }
    }
  }
}
