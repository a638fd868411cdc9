import Presentation
import Oracle
import ReverseMap
import ReverseMapping
import Scenario
import Testing

@testable import Differential

/// The lines of an explanation after its legend, as one text.
private func drawn(_ trace: Trace, width: Int = 100) -> String {
  let lines = Explanation(of: trace, width: width).lines(of: 0..<Int.max).map(\.text)
  return lines.drop { !$0.isEmpty }.dropFirst().joined(separator: "\n")
}

/// The trace of `text`, in a map world, with a subject that has the fault `lie`.
private func trace(_ text: String, lie: Lie?) throws -> Trace {
  try trace(try Scenario(text: "revfuzz-scenario 4\n" + text), lie: lie)
}

/// The trace of `scenario`, in a map world, with a subject that has the fault `lie`.
private func trace(_ scenario: Scenario, lie: Lie?) throws -> Trace {
  var harness = Harness(maps: { LyingMap($0, lie: lie) })
  return harness.trace(scenario)
}

@Suite("Explanations")
struct DrawingTests {
  @Test("states are drawn at steps that change them, on one axis for all steps")
  func agreement() throws {
    let scenario = try Scenario(
      text: """
        revfuzz-scenario 4
        world map nodes tiny
        record 0x1000 -> 0x20000 size 0x1000
        record 0x3000 -> 0x10000 size 0x3000
        query 0x8000 size 0x1000
        record 0x0 -> 0x30000 size 0x4000
        unmap 0x0 size 0x1800
        begin-full-unmap
        """)
    #expect(
      drawn(scenario.trace()) == """
        step 1  record 0x1000 -> 0x20000 size 0x1000    stored
          canonical  0x0 0x1000   0x2000 0x3000 0x4000 0x6000
          op             [=======]
          oracle     ....[0x20000].....................
          subject    ....[0x20000].....................

        step 2  record 0x3000 -> 0x10000 size 0x3000    stored
          canonical  0x0 0x1000   0x2000 0x3000 0x4000 0x6000
          op                             [============]
          oracle     ....[0x20000].......[0x10000-----]
          subject    ....[0x20000].......[0x10000-----]

        step 3  query 0x8000 size 0x1000    ranges none

        step 4  record 0x0 -> 0x30000 size 0x4000    polluted
          canonical  0x0 0x1000   0x2000 0x3000 0x4000 0x6000
          op         [=========================]
          oracle     [????????????????????????????????]
          subject    [????????????????????????????????]

        step 5  unmap 0x0 size 0x1800    rejected (misaligned)

        step 6  begin-full-unmap    done
          canonical  both are empty
          status     not broken, 1 full unmaps in progress

        no divergence in 6 operations
        """)
  }

  @Test("columns where the two sides differ are marked, and the last step names the check")
  func mistake() throws {
    let text = "world map\nrecord 0x1000 -> 0x8000 size 0x1000\nclear\n"
    #expect(
      drawn(try trace(text, lie: .swallowsNeighbour)) == """
        step 1  record 0x1000 -> 0x8000 size 0x1000    stored
          canonical  0x1000  0x2000 0x3000
          op         [======]
          oracle     [0x8000].......
          subject    [0x8000-------]
                             ^^^^^^^
                     first difference (state)

        """)
  }

  @Test("if the answers differ, both are shown")
  func answers() throws {
    let text = """
      world map
      record 0x1000 -> 0x8000 size 0x1000
      record 0x2000 -> 0x4000 size 0x1000
      query 0x1000 size 0x1000
      """
    #expect(
      drawn(try trace(text, lie: .extraRange)).hasSuffix(
        """

        step 3  query 0x1000 size 0x1000
          oracle     answers ranges [0x8000, 0x8fff]
          subject    answers ranges [0x8000, 0x8fff] [0x8000, 0x8fff]
          canonical  0x1000  0x2000  0x3000
          op         [======]
          oracle     [0x8000][0x4000]
          subject    [0x8000][0x4000]
                     first difference (answer)

        """))
  }

  @Test("a different word for the same range is marked, and so are overlapping ranges")
  func words() throws {
    let record = "world map\nrecord 0x1000 -> 0x8000 size 0x1000\n"
    let word = drawn(try trace(record, lie: .wrongWord))
    #expect(
      word.contains("  subject    [0x8000]\n             ^^^^^^^^\n"), "\(word)")
    let doubled = drawn(
      try trace(record + "record 0x2000 -> 0x4000 size 0x1000\n", lie: .extraEntry))
    #expect(
      doubled.contains(
        """
          oracle     [0x8000][0x4000]
          subject    [0x8000]########
                             ^^^^^^^^

        """), "\(doubled)")
  }

  @Test("a gap of more than 64 pages is drawn with ~")
  func windows() throws {
    let scenario = try Scenario(
      text: """
        revfuzz-scenario 4
        world map
        record 0x0 -> 0x1000 size 0x1000
        record 0xffffffffe000 -> 0x1000 size 0x2000
        """)
    #expect(
      drawn(scenario.trace()).contains(
        """
          canonical  0x0     0x1000 0xffffffffe000 0x1000000000000
          op                        [=============]
          oracle     [0x1000]~~~~~~~[0x1000-------]
        """))
  }

  @Test("an axis that is too long is elided, and if it is still too long it is wrapped")
  func narrow() throws {
    let records = (0..<12).map { "record 0x\(String($0 * 2, radix: 16))000 -> 0x0 size 0x1000\n" }
    let base = "revfuzz-scenario 4\nworld map\n" + records.joined()
    let last = drawn(try Scenario(text: base).trace(), width: 60)
    #expect(
      last.hasSuffix(
        """

        step 12  record 0x16000 -> 0x0 size 0x1000    stored
          canonical  0x0  0x1000 0x16000 0x17000
          op                     [======]
          oracle     [0x0]///////[0x0---]
          subject    [0x0]///////[0x0---]

        no divergence in 12 operations
        """), "\(last)")
    // After a clear there is nothing left to draw, so nothing is too long.
    let all = drawn(try Scenario(text: base + "clear\n").trace(), width: 60)
    #expect(
      all.hasSuffix(
        """
        step 13  clear    done
          canonical  both are empty

        no divergence in 13 operations
        """), "\(all)")
    let union = drawn(
      try Scenario(text: base + "record 0x0 -> 0x0 size 0x17000\n").trace(), width: 60)
    // The record covers every entry, so no bound is elided. The first column, with `[0x0]`, is five
    // characters wide, and each other one seven.
    let first = "[" + String(repeating: "=", count: 39)
    #expect(
      union.contains(
        """
          canonical  0x0  0x1000 0x2000 0x3000 0x4000 0x5000 0x6000
          op         \(first)
          oracle     \(first.map { $0 == "=" ? "?" : String($0) }.joined())
        """), "\(union)")
    #expect(union.contains("\n  op         ======="), "\(union)")
    #expect(union.contains("??]\n  subject    ????"), "\(union)")
  }

  @Test("a direct map has an axis of nested addresses")
  func direct() throws {
    let scenario = try Scenario(
      text: """
        revfuzz-scenario 4
        world direct
        record 0x1000 -> 0x8000 size 0x1000
        invalidate 0x8000 size 0x2000
        """)
    #expect(
      drawn(scenario.trace()) == """
        step 1  record 0x1000 -> 0x8000 size 0x1000    stored
          canonical  0x1000  0x2000
          op         [======]
          oracle     [0x8000]
          subject    [0x8000]
          nested     0x8000  0x9000 0xa000
          op         [======]
          oracle     [0x1000].......
          subject    [0x1000].......

        step 2  invalidate 0x8000 size 0x2000    done
          canonical  both are empty
          nested     0x8000  0x9000 0xa000
          op         [=============]
          oracle     ...............
          subject    ...............

        no divergence in 2 operations
        """)
  }

  @Test("only the MMUs that a step names or changes are drawn")
  func mmus() throws {
    let scenario = try Scenario(
      text: """
        revfuzz-scenario 4
        world vm direct off mmus 3
        record 0x1000 -> 0x8000 size 0x1000 mmu 2
        record 0x1000 -> 0x4000 size 0x1000 mmu 1
        hand-over mmu 0
        unmap 0x1000 size 0x1000
        """)
    #expect(
      drawn(scenario.trace(), width: 80) == """
        step 1  record 0x1000 -> 0x8000 size 0x1000 mmu 2    stored
          mmu 2
          canonical  0x1000  0x2000
          op         [======]
          oracle     [0x8000]
          subject    [0x8000]

        step 2  record 0x1000 -> 0x4000 size 0x1000 mmu 1    stored
          mmu 1
          canonical  0x1000  0x2000
          op         [======]
          oracle     [0x4000]
          subject    [0x4000]

        step 3  hand-over mmu 0    done
          status     mmu 0 not broken, 0 full unmaps in progress, unmap deferred

        step 4  unmap 0x1000 size 0x1000
          both       mmu 0 ranges none, mmu 1 ranges [0x4000, 0x4fff], mmu 2 ranges
                     [0x8000, 0x8fff]
          mmu 1
          canonical  0x1000  0x2000
          op         [======]
          oracle     ........
          subject    ........
          mmu 2
          canonical  0x1000  0x2000
          op         [======]
          oracle     ........
          subject    ........
          status     mmu 0 not broken, 0 full unmaps in progress, unmap deferred

        no divergence in 4 operations
        """)
  }

  @Test("a tree is drawn with keys and words, up to 2^64")
  func tree() throws {
    let scenario = try Scenario(
      text: """
        revfuzz-scenario 4
        world tree
        store 0x0...0xffffffffffffffff word 0x10
        erase 0x2...0x2
        """)
    #expect(
      drawn(scenario.trace()) == """
        step 1  store 0x0...0xffffffffffffffff word 0x10    done
          keys       0x0   0x2 0x3   2^64
          op         [==============]
          oracle     [0x10----------]
          subject    [0x10----------]

        step 2  erase 0x2...0x2    done
          keys       0x0   0x2 0x3   2^64
          op               [==]
          oracle     [0x10]....[0x10]
          subject    [0x10]....[0x10]

        no divergence in 2 operations
        """)
  }
}
