import Differential
import Exploration
import class Foundation.FileManager
import Oracle
import ReverseMapping
import Scenario
import TestSupport
import Testing

/// Shrinks against stubs whose smallest failing scenario is known.
@Suite("The shrinker")
struct ShrinkerTests {
  /// Shrinks `scenario` to the end; a scenario fails if `fails` is true of it.
  static func shrink(_ scenario: Scenario, while fails: (Scenario) -> Bool) -> Shrinker {
    var shrinker = Shrinker(scenario)
    while let candidate = shrinker.next() {
      shrinker.note(fails(candidate) ? .fails(at: nil) : .passes)
    }
    return shrinker
  }

  static func scenario(_ text: String) throws -> Scenario {
    try Scenario(text: "revfuzz-scenario 4\n" + text)
  }

  static func random(_ family: World.Family, _ seed: UInt64, operations: Int = 200) -> Scenario {
    var random = SplitMix64(seed: seed)
    return Scenario.random(family: family, operations: operations, using: &random)
  }

  /// Whether `scenario` has a `first` before a `second`.
  static func has(_ first: Operation.Kind, before second: Operation.Kind, _ scenario: Scenario)
    -> Bool
  {
    guard let index = scenario.operations.firstIndex(where: { $0.kind == first }) else {
      return false
    }
    return scenario.operations[(index + 1)...].contains { $0.kind == second }
  }

  @Test("an unmap after a record shrinks to the simplest such pair", arguments: 1...20)
  func twoInOrder(_ seed: UInt64) throws {
    var start = Self.random(.map, seed)
    // Not every random scenario has both.
    start.operations[90] = Operation.record(
      7, nested: 3, in: start.world)
    start.operations[150] = Operation.unmap(5, in: start.world)
    let shrinker = Self.shrink(start) { Self.has(.record, before: .unmap, $0) }
    let minimum = try Self.scenario(
      """
      world map blocks laminar window 8 windows 1
      record 0x0 -> 0x0 size 0x1000
      unmap 0x0 size 0x1000
      """)
    #expect(shrinker.best == minimum)
    #expect(shrinker.isMinimal)
  }

  @Test(
    "a virtual machine loses its MMUs, contexts and fault plans, and becomes a map",
    arguments: 1...10)
  func vmBecomesMap(_ seed: UInt64) throws {
    var start = Self.random(.memory, seed)
    start.operations.append(.query(5, in: start.world))
    let shrinker = Self.shrink(start) { $0.operations.contains { $0.kind == .query } }
    let minimum = try Self.scenario(
      "world map blocks laminar window 8 windows 1\nquery 0x0 size 0x1000")
    #expect(shrinker.best == minimum)
  }

  @Test("each argument becomes as simple as the failure allows")
  func arguments() throws {
    let start = try Self.scenario(
      """
      world vm blocks pages window 64 windows 4 mmus 4 direct on layout tagged
      record 0x30000 -> 0xffffffff0000 size 0x9000 mmu 3
      """)
    // A record of at least three pages, in MMU 1 or above, from page 4 on, nested in another
    // window.
    let shrinker = Self.shrink(start) { scenario in
      let world = scenario.world
      return scenario.operations.contains { operation in
        guard let window = world.window(ofPage: operation.page) else { return false }
        return operation.kind == .record && operation.pages >= 3 && operation.mmu >= 1
          && operation.page - world.firstPage(ofWindow: window) >= 4
          && world.window(ofPage: operation.second) ?? 0 > 0
      }
    }
    let minimum = try Self.scenario(
      """
      world vm blocks laminar window 8 windows 2 mmus 2
      record 0x4000 -> 0xffffffff8000 size 0x4000 mmu 1
      """)
    #expect(shrinker.best == minimum)
  }

  @Test("if the result depends on the order of removal, restarts try other orders")
  func restarts() throws {
    let numbers = (1...12).map { "find \($0)" }.joined(separator: "\n")
    let start = try Self.scenario("world tree\n\(numbers)")
    let (six, four) = (Set(start.operations.prefix(6)), Set(start.operations.suffix(4)))
    // The last operations are removed first, so without restarts the last four are not found.
    func left(restarts: Int) -> Set<Operation> {
      var shrinker = Shrinker(start, restarts: restarts)
      while let candidate = shrinker.next() {
        let operations = Set(candidate.operations)
        let fails = operations.isSuperset(of: six) || operations.isSuperset(of: four)
        shrinker.note(fails ? .fails(at: nil) : .passes)
      }
      #expect(shrinker.isMinimal)
      return Set(shrinker.best.operations)
    }
    #expect(left(restarts: 0) == six)
    #expect(left(restarts: Shrinker.mostRestarts) == four)
  }

  @Test("two operations that can only be removed together are removed")
  func pairs() throws {
    // It fails with any query, if as many full unmaps end as have begun.
    let start = try Self.scenario(
      """
      world map
      begin-full-unmap
      begin-full-unmap
      end-full-unmap
      query 0x1000 size 0x1000
      end-full-unmap
      """)
    let shrinker = Self.shrink(start) { scenario in
      let kinds = scenario.operations.map(\.kind)
      return kinds.contains(.query)
        && kinds.count { $0 == .beginFullUnmap } == kinds.count { $0 == .endFullUnmap }
    }
    #expect(shrinker.best.operations.map(\.kind) == [.query])
  }

  @Test("operations that must share a place move together")
  func together() throws {
    let start = try Self.scenario(
      """
      world map blocks pages windows 4
      record 0xffffffff5000 -> 0x7000 size 0x1000
      unmap 0xffffffff5000 size 0x1000
      """)
    let shrinker = Self.shrink(start) { scenario in
      let operations = scenario.operations
      return operations.map(\.kind) == [.record, .unmap]
        && operations[0].page == operations[1].page
    }
    let minimum = try Self.scenario(
      """
      world map blocks laminar window 8 windows 1
      record 0x0 -> 0x0 size 0x1000
      unmap 0x0 size 0x1000
      """)
    #expect(shrinker.best == minimum)
  }

  @Test("in a whole world, places and sizes that belong together shrink in few tries")
  func whole() throws {
    let start = try Self.scenario(
      """
      world map blocks pages windows none
      record 0x7fff96f0c000 -> 0x400000 size 0x3456789000
      query 0x7fff96f0c000 size 0x3456789000
      unmap 0x0 size 0x800000008000
      """)
    // The record and the query have one range, of 5 GB or more and beyond 12 GB. The unmap's size
    // has bits beyond 2^32, but its low ones do not reach the record.
    let shrinker = Self.shrink(start) { scenario in
      let operations = scenario.operations
      guard scenario.world.isWhole, operations.map(\.kind) == [.record, .query, .unmap] else {
        return false
      }
      let (record, query, unmap) = (operations[0], operations[1], operations[2])
      return (record.page, record.pages) == (query.page, query.pages)
        && record.pages >= 0x12_3457 && record.page >= 0x32_1cba
        && unmap.pages << 12 > 1 << 32 && unmap.pages << 12 & 0xffff_ffff <= record.page << 12
    }
    let operations = shrinker.best.operations
    #expect(operations.map(\.page) == [0x32_1cba, 0x32_1cba, 0])
    #expect(operations.map(\.pages) == [0x12_3457, 0x12_3457, 1 << 20 + 1])
    #expect(shrinker.isMinimal && shrinker.tries < 5000)
  }

  @Test("a size that is cut to 32 bits shrinks in few tries")
  func cutSize() throws {
    let start = try Self.scenario(
      """
      world map ipa-bits 56 layout tagged blocks pages windows none
      record 0x200000000000 -> 0x600000000000 size 0x1000
      record 0x100000000000 -> 0x0 size 0x100010001000
      """)
    // The second record meets the first one only with the bits of its size that are cut off.
    let shrinker = Self.shrink(start) { scenario in
      let operations = scenario.operations
      guard operations.map(\.kind) == [.record, .record] else { return false }
      let (first, second) = (operations[0].range(0), operations[1].range(0))
      let cut = second.size & 0xffff_ffff
      return cut > 0 && cut < second.size && first.start <= second.last
        && first.start > second.start + cut - 1
    }
    let minimum = try Self.scenario(
      """
      world map blocks pages windows none
      record 0x1000 -> 0x1000 size 0x1000
      record 0x0 -> 0x0 size 0x100001000
      """)
    #expect(shrinker.best == minimum && shrinker.isMinimal && shrinker.tries < 1000)
  }

  @Test("trees and fault plans are simplified too")
  func otherFamilies() throws {
    let tree = try Self.scenario(
      """
      world tree nodes production
      refuse chance 700/65536 seed 9
      store 0x5...0xffffffffffffffff word 0x123456
      """)
    let smallestTree = try Self.scenario(
      "world tree window 8 windows 1\nrefuse request 1\nstore 0x0...0x0 word 0x1")
    #expect(
      Self.shrink(tree) { scenario in
        Self.has(.refuse, before: .store, scenario)
          && scenario.operations.first?.faultPlan != FaultPlan.none
      }.best == smallestTree)
  }

  @Test(
    "a scenario that fails with another signature is never accepted",
    arguments: World.Family.allCases)
  func otherFailure(_ family: World.Family) {
    // Fails with the same signature if the number of operations is even, with another if it is odd.
    for seed in 1...5 as ClosedRange<UInt64> {
      var accepted: [Scenario] = []
      let start = Self.random(family, seed, operations: 40)
      var shrinker = Shrinker(start)
      while let candidate = shrinker.next() {
        let isSame = candidate.operations.count % 2 == 0 && candidate.operations.count >= 6
        if isSame { accepted.append(candidate) }
        shrinker.note(isSame ? .fails(at: nil) : .passes)
      }
      #expect(accepted.contains(shrinker.best))
      #expect(shrinker.best.operations.count == 6)
      #expect(shrinker.best.isNormalised)
    }
  }

  @Test("shrinking ends on every input of the corpus, with a 1-minimal result")
  func corpus() throws {
    let names = try FileManager.default.subpathsOfDirectory(atPath: Project.path("Corpus"))
    var count = 0
    for name in names {
      guard let bytes = FileManager.default.contents(atPath: Project.path("Corpus/\(name)")) else {
        continue
      }
      let start = Scenario(decoding: bytes)
      // Fails while it has an operation of the kind and flaw of its last one.
      guard let last = start.operations.last else { continue }
      count += 1
      func fails(_ scenario: Scenario) -> Bool {
        scenario.operations.contains { $0.kind == last.kind && $0.flaw == last.flaw }
      }
      let shrinker = Self.shrink(start, while: fails)
      #expect(shrinker.isMinimal && shrinker.best.operations.count == 1, "\(name)")
      #expect(shrinker.best.simplerByOne.allSatisfy { !fails($0) }, "\(name)")
    }
    #expect(count > 1000)
  }

  @Test("if a subject is not deterministic, isMinimal stays false until the proof holds")
  func nondeterministic() throws {
    let start = Self.random(.map, 3, operations: 12)
    var shrinker = Shrinker(start)
    var proofs = 0
    var seen: Set<Scenario> = [start]
    while let candidate = shrinker.next() {
      #expect(!shrinker.isMinimal)
      // Nothing fails, except the first scenario that is proposed a second time.
      let isAgain = !seen.insert(candidate).inserted
      if isAgain { proofs += 1 }
      shrinker.note(isAgain && proofs == 1 ? .fails(at: nil) : .passes)
    }
    #expect(shrinker.isMinimal)
    #expect(shrinker.best != start)
  }

  @Test("a real difference shrinks to two operations with the same signature", arguments: 1...10)
  func realDifference(_ seed: UInt64) throws {
    func run(_ scenario: Scenario) -> Divergence? {
      var harness = Harness(maps: { LyingMap($0, lie: .wrongResult) })
      return harness.run(scenario)
    }
    var start = Self.random(.map, seed)
    // Insert the same record twice, which exposes the lie.
    let record = Operation.record(
      4, nested: 2, in: start.world)
    start.operations[100...103] = [.init(.clear), record, record, .init(.clear)]
    let found = try #require(run(start))
    var shrinker = Shrinker(start, failingAt: found.step)
    while let candidate = shrinker.next() {
      let divergence = run(candidate)
      shrinker.note(
        divergence?.signature == found.signature ? .fails(at: divergence?.step) : .passes)
    }
    let minimum = try Self.scenario(
      """
      world map blocks laminar window 8 windows 1
      record 0x0 -> 0x0 size 0x1000
      record 0x0 -> 0x0 size 0x1000
      """)
    #expect(shrinker.best == minimum)
    #expect(run(shrinker.best)?.signature == found.signature)
    #expect(found.signature.name == "record-answers-polluted-for-unchanged")
  }

  @Test("the operations after the failing one are removed first")
  func tail() throws {
    let start = Self.random(.map, 4)
    var shrinker = Shrinker(start, failingAt: 20)
    // The first proposal is the same scenario with tiny nodes.
    var candidates: [Scenario] = []
    while candidates.count < 3, let candidate = shrinker.next() {
      candidates.append(candidate)
      shrinker.note(.passes)
    }
    #expect(candidates.contains { $0.operations == Array(start.operations[...20]) })
  }
}

@Suite("Simpler operations and worlds")
struct SimplerTests {
  @Test(
    "every simpler operation is normalised and of the same kind, and there is a simplest one",
    arguments: World.Family.allCases)
  func operationsEnd(_ family: World.Family) {
    var random = SplitMix64(seed: 5)
    for _ in 0..<50 {
      let scenario = Scenario.random(family: family, operations: 8, using: &random)
      for var operation in scenario.operations {
        var seen: Set<Operation> = [operation]
        while let next = operation.simpler(in: scenario.world).randomElement(using: &random) {
          check(next.isNormalised(in: scenario.world))
          check(next.kind == operation.kind)
          check(seen.insert(next).inserted, "\(next) was seen before")
          operation = next
          if seen.count > 1000 { break }
        }
        check(seen.count <= 1000)
      }
    }
  }

  @Test(
    "every simpler world is normalised, and the steps lead to the simplest one",
    arguments: World.Family.allCases)
  func worldsEnd(_ family: World.Family) {
    var random = SplitMix64(seed: 6)
    for _ in 0..<200 {
      var world = Scenario.random(family: family, operations: 0, using: &random).world
      var steps = 0
      while let next = world.simpler().last {
        check(next.isNormalised && next != world)
        world = next
        steps += 1
        if steps > 100 { break }
      }
      check(steps <= 100)
      let simplest = World(
        family: family.drivesMaps ? .map : family, blocks: .laminar, windowShift: 3, windows: 1
      ).normalised()
      check(world == simplest)
    }
  }
}
