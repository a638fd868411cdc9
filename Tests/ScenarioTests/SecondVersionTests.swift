import ReverseMapping
import Testing

@testable import Scenario

@Suite("Version 2 is read, its limits of nodes as budgets")
struct SecondVersionTests {
  /// Bytes as the second version wrote and read them, normal or not, and what they mean now.
  static let golden: [(bytes: [UInt8], world: String, lines: [String])] = [
    (
      // A limit of 0 to 6 nodes of 80 bytes, rounded up to 64; the MMU is gone.
      [2, 4, 1, 0, 0, 0b11, 3, 0b1011] + [20, 0x00, 0, 0, 0, 0, 0, 0]
        + [20, 0x10, 0, 1, 0, 0, 0, 0] + [20, 0x20, 0, 2, 0, 0, 0, 0]
        + [20, 0x00, 0, 3, 0, 0, 0, 0] + [20, 0x10, 0, 4, 0, 0, 0, 0]
        + [20, 0x00, 0, 5, 0, 0, 0, 0] + [20, 0x00, 0, 6, 0, 0, 0, 0]
        + [20, 0x20, 0, 7, 0, 0, 0, 0],
      "vm ipa-bits 48 layout mailed nodes tiny blocks pages window 64 windows 4 direct on mmus 3",
      [
        "refuse budget 0x0", "refuse budget 0x80", "refuse budget 0xc0", "refuse budget 0x100",
        "refuse budget 0x140", "refuse budget 0x1c0", "refuse budget 0x200", "refuse none",
      ]
    ),
    (
      // The same of 528 bytes, and the family modulo 5.
      [2, 9, 1, 0, 1, 1, 3, 0b0011] + [20, 0, 0, 0, 0, 0, 0, 0] + [20, 0, 0, 1, 0, 0, 0, 0]
        + [20, 0, 0, 2, 0, 0, 0, 0] + [20, 0, 0, 3, 0, 0, 0, 0] + [20, 0, 0, 4, 0, 0, 0, 0]
        + [20, 0, 0, 5, 0, 0, 0, 0] + [20, 0, 0, 6, 0, 0, 0, 0],
      "vm ipa-bits 48 layout mailed nodes production blocks pages window 64 windows 4 direct off "
        + "mmus 1",
      [
        "refuse budget 0x0", "refuse budget 0x240", "refuse budget 0x440", "refuse budget 0x640",
        "refuse budget 0x840", "refuse budget 0xa80", "refuse budget 0xc80",
      ]
    ),
    (
      // Byte 0 modulo 11, byte 3 modulo 8, and bits that mean something now.
      [2, 4, 1, 0, 0, 1, 3, 0b1011] + [10, 0, 1, 9, 0, 0, 0, 0] + [21, 0xff, 9, 0xff, 3, 4, 5, 6]
        + [22, 0, 1, 0, 2, 0, 0, 0] + [23, 0, 1, 0, 2, 0, 0, 0] + [19, 0xff, 1, 2, 3, 4, 5, 6],
      "vm ipa-bits 48 layout mailed nodes tiny blocks pages window 64 windows 4 direct off mmus 3",
      [
        "refuse budget 0x80", "refuse none", "record 0x1000 -> 0x2000 size 0x1000 mmu 0",
        "unmap 0x1000 size 0x1000", "tear-down mmu 0",
      ]
    ),
    (
      // A tree had eight kinds; of the others the low three bits counted, of 20 too.
      [2, 1, 1, 0, 0, 1, 0, 0b0111] + [20, 0, 3, 1, 0, 0, 0, 0] + [12, 0, 3, 0, 0, 0, 0, 0],
      "tree nodes tiny window 8 windows 4", ["find 0x3", "list 0x3...0x3"]
    ),
    (
      // There were five families.
      [2, 5, 1, 0, 0, 1, 3, 3] + [20, 0, 1, 0, 0, 0, 0, 0],
      "map ipa-bits 48 layout mailed nodes tiny blocks pages window 64 windows 4",
      ["query 0x1000 size 0x1000"]
    ),
    (
      [2, 3, 1, 0, 0, 1, 3, 3] + [20, 0, 1, 0, 0, 0, 0, 0] + [16, 0, 1, 0, 0, 0, 0, 0],
      "direct ipa-bits 48 layout mailed nodes tiny blocks pages window 64 windows 4",
      ["invalidate 0x1000 size 0x1000", "invalidate 0x1000 size 0x1000"]
    ),
  ]

  @Test("Bytes mean what they meant, or the nearest that there is", arguments: golden.indices)
  func bytes(index: Int) throws {
    let golden = Self.golden[index]
    let lines = ["revfuzz-scenario 3", "world \(golden.world)"] + golden.lines
    for scenario in [try Scenario(checking: golden.bytes), Scenario(decoding: golden.bytes)] {
      #expect(scenario.isNormalised)
      #expect(scenario.text == lines.map { $0 + "\n" }.joined())
      #expect(scenario.encoded()[0] == 3)
      #expect(try Scenario(checking: scenario.encoded()) == scenario)
      #expect(golden.bytes.withUnsafeBytes(Scenario.family(in:)) == scenario.world.family)
    }
  }

  @Test("A budget for some nodes admits so many and not one more")
  func budgets() {
    for (nodes, bytes) in [(World.NodeSize.tiny, 80), (.production, 528)] {
      let world = World(family: .vm, nodeSize: nodes)
      for further in 0...6 {
        let plan = RefusalPlan.furtherNodes(further, in: world)
        guard case .budget(let budget) = plan else {
          Issue.record("\(plan)")
          continue
        }
        #expect(budget / bytes == further && budget % 64 == 0)
        #expect(Operation.refuse(plan, in: world).refusalPlan == plan)
      }
      #expect(RefusalPlan.furtherNodes(nil, in: world) == .none)
    }
  }

  @Test("In a memory world that a target forces on it, its operations are those of a vm")
  func forced() {
    let bytes = Self.golden[2].bytes
    let vm = Scenario(decoding: bytes)
    let memory = Scenario(decoding: bytes, family: .memory)
    #expect(memory.world.family == .memory && memory.world.mmus == 3)
    #expect(memory.operations == vm.operations)
    // The first version, likewise, but that it has two MMUs, and the third of three is the first.
    let first = Scenario(decoding: [1] + bytes.dropFirst(), family: .vm)
    #expect(first.operations.dropLast() == vm.operations.dropLast())
    #expect(first.operations.last == Operation(.tearDown, mmu: 1))
  }

  @Test("Any bytes of an older version decode to a normal scenario")
  func total() {
    var random = SplitMix64(seed: 70)
    for version in [1, 2] as [UInt8] {
      for family in World.Family.allCases {
        for _ in 0..<500 {
          let bytes = [version] + randomBytes(upTo: 300, using: &random)
          let scenario = Scenario(decoding: bytes, family: family)
          #expect(scenario.isNormalised && scenario.world.family == family)
          #expect(
            scenario.operations.allSatisfy { ![.enter, .topUp, .reclaim].contains($0.kind) })
        }
      }
    }
  }

  @Test("Texts mean what they meant, and their limits are budgets")
  func text() throws {
    let limits = "limit-nodes 2 mmu 0\nlimit-nodes none mmu 1 # all\nclear mmu 1\n"
    for (nodes, budget) in [("tiny", "0xc0"), ("production", "0x440")] {
      let world = "world vm nodes \(nodes)\n"
      let old = try Scenario(text: "revfuzz-scenario 2\n" + world + limits)
      let new = try Scenario(
        text: "revfuzz-scenario 3\n\(world)refuse budget \(budget)\nrefuse none\nclear mmu 1\n")
      #expect(old == new)
      #expect(old.text.hasPrefix("revfuzz-scenario 3\n"))
    }
    for family in [World.Family.map, .direct, .tree, .words, .vm] {
      for scenario in scenarios(family, count: 100, seed: 71) {
        let lines = scenario.text.split(separator: "\n")
        let old = "revfuzz-scenario 2\n" + lines.dropFirst().joined(separator: "\n")
        #expect(try Scenario(text: old) == scenario)
      }
    }
  }

  @Test("Every scenario of the corpus of machines is read strictly, and survives version 3")
  func corpus() throws {
    for target in ["FuzzShadow", "FuzzDirectMap"] {
      let files = try corpusFiles(of: target)
      #expect(!files.isEmpty)
      for (name, bytes) in files {
        let scenario = try Scenario(checking: bytes)
        #expect(try Scenario(checking: scenario.encoded()) == scenario, "\(name)")
        let isNewest = bytes[0] == Scenario.byteVersion
        for (index, operation) in scenario.operations.enumerated() {
          let offset = 8 + 8 * index
          let old = Array(bytes[offset..<offset + 8])
          if operation.kind == .refuse, !isNewest {
            let further = Int(old[3])
            let expected = further == 7 ? nil : further
            #expect(
              operation.refusalPlan == .furtherNodes(expected, in: scenario.world), "\(name)")
          } else {
            #expect(Array(scenario.encoded()[offset..<offset + 8]) == old, "\(name)")
          }
        }
      }
    }
  }
}
