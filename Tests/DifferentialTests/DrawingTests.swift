import Presentation
import Oracle
import ReverseMap
import ReverseMapping
import Scenario
import Testing

@testable import Differential

/// The lines of an explanation below its legend, as one text.
private func drawn(_ trace: Trace, width: Int = 100) -> String {
  let lines = Explanation(of: trace, width: width).lines(of: 0..<Int.max).map(\.text)
  return lines.drop { !$0.isEmpty }.dropFirst().joined(separator: "\n")
}

/// The trace of `text`, in a map world, with a subject that lies.
private func trace(_ text: String, lie: Lie?) throws -> Trace {
  try trace(try Scenario(text: "revfuzz-scenario 3\n" + text), lie: lie)
}

/// The trace of `scenario`, in a map world, with a subject that lies.
private func trace(_ scenario: Scenario, lie: Lie?) throws -> Trace {
  var harness = Harness(maps: { LyingMap($0, lie: lie) })
  return harness.trace(scenario)
}

@Suite("What an explanation looks like")
struct DrawingTests {
  @Test("entries are drawn where something changed, on one axis for all steps")
  func agreement() throws {
    let scenario = try Scenario(
      text: """
        revfuzz-scenario 3
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
          canonical  both hold nothing
          status     not broken, 1 full unmaps in progress

        they agree throughout: 6 operations
        """)
  }

  @Test("columns are marked where the two say different things, and the last step says so")
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

  @Test("answers that differ are both there")
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

  @Test("another word under the same range is marked, and so are ranges that overlap")
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

  @Test("far windows are joined by a long gap, and addresses like those before them are short")
  func windows() throws {
    let scenario = try Scenario(
      text: """
        revfuzz-scenario 3
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

  @Test("what does not fit is left out, and what still does not is broken into lines")
  func narrow() throws {
    let records = (0..<12).map { "record 0x\(String($0 * 2, radix: 16))000 -> 0x0 size 0x1000\n" }
    let base = "revfuzz-scenario 3\nworld map\n" + records.joined()
    let last = drawn(try Scenario(text: base).trace(), width: 60)
    #expect(
      last.hasSuffix(
        """

        step 12  record 0x16000 -> 0x0 size 0x1000    stored
          canonical  0x0  0x1000 0x16000 0x17000
          op                     [======]
          oracle     [0x0]///////[0x0---]
          subject    [0x0]///////[0x0---]

        they agree throughout: 12 operations
        """), "\(last)")
    // Every record is about it, and so every bound is there: 7 characters for each.
    let all = drawn(try Scenario(text: base + "clear\n").trace(), width: 60)
    #expect(
      all.hasSuffix(
        """
        step 13  clear    done
          canonical  both hold nothing

        they agree throughout: 13 operations
        """), "\(all)")
    let union = drawn(
      try Scenario(text: base + "record 0x0 -> 0x0 size 0x17000\n").trace(), width: 60)
    // Five characters for the first column, which holds `[0x0]`, and seven for each that follows.
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
        revfuzz-scenario 3
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
          canonical  both hold nothing
          nested     0x8000  0x9000 0xa000
          op         [=============]
          oracle     ...............
          subject    ...............

        they agree throughout: 2 operations
        """)
  }

  @Test("of several MMUs those are drawn that a step is about or changed")
  func mmus() throws {
    let scenario = try Scenario(
      text: """
        revfuzz-scenario 3
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
          status     mmu 0 not broken, 0 full unmaps in progress, an unmap deferred

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
          status     mmu 0 not broken, 0 full unmaps in progress, an unmap deferred

        they agree throughout: 4 operations
        """)
  }

  @Test("a tree has keys and words, and its last key an end")
  func tree() throws {
    let scenario = try Scenario(
      text: """
        revfuzz-scenario 3
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

        they agree throughout: 2 operations
        """)
  }
}
