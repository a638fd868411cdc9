import ReverseMapping
import TestSupport
import Testing

@testable import Scenario

/// A bad text, the position of its error, and a part of the expected message.
struct BadText: Sendable, CustomTestStringConvertible {
  var text: String
  var line: Int
  var column: Int
  var says: String
  var testDescription: String { text.debugDescription }

  init(_ text: String, _ line: Int, _ column: Int, _ says: String) {
    self.text = text
    self.line = line
    self.column = column
    self.says = says
  }

  /// A bad operation after a valid header and world line.
  static func map(_ line: String, _ column: Int, _ says: String) -> BadText {
    BadText("revfuzz-scenario 4\nworld map\n" + line, 3, column, says)
  }

  static func laminar(_ line: String, _ column: Int, _ says: String) -> BadText {
    BadText("revfuzz-scenario 4\nworld map blocks laminar\n" + line, 3, column, says)
  }

  static func tree(_ line: String, _ column: Int, _ says: String) -> BadText {
    BadText("revfuzz-scenario 4\nworld tree windows 2\n" + line, 3, column, says)
  }

  static func direct(_ line: String, _ column: Int, _ says: String) -> BadText {
    BadText("revfuzz-scenario 4\nworld direct blocks laminar\n" + line, 3, column, says)
  }

  static func memory(_ line: String, _ column: Int, _ says: String) -> BadText {
    BadText("revfuzz-scenario 4\nworld memory mmus 3\n" + line, 3, column, says)
  }

  static func whole(_ line: String, _ column: Int, _ says: String) -> BadText {
    BadText(
      "revfuzz-scenario 4\nworld map blocks laminar windows none\n" + line, 3, column, says)
  }

  static func vm(_ line: String, _ column: Int, _ says: String) -> BadText {
    BadText("revfuzz-scenario 4\nworld vm mmus 3\n" + line, 3, column, says)
  }
}

@Suite("The parser")
struct ParserErrorTests {
  static let bad: [BadText] = [
    BadText("", 1, 1, "missing header; a scenario starts with the line"),
    BadText("# nothing\n\n", 3, 1, "missing header; a scenario starts with the line"),
    BadText("scenario 1\n", 1, 1, "expected 'revfuzz-scenario'"),
    BadText("revfuzz-scenario", 1, 17, "expected a version"),
    BadText(
      "revfuzz-scenario 5", 1, 18, "unknown version '5'; this program reads versions 3 and 4"),
    BadText(
      "revfuzz-scenario 2\nworld vm", 1, 18, "version '2'; this program reads versions 3 and 4"),
    BadText("revfuzz-scenario 1\nworld map", 1, 18, "this program reads versions 3 and 4"),
    BadText("revfuzz-scenario 0", 1, 18, "this program reads versions 3 and 4"),
    BadText("revfuzz-scenario 4 x", 1, 20, "end of the line"),
    BadText("revfuzz-scenario 4\n", 2, 1, "missing world line"),
    BadText("revfuzz-scenario 4\n  unmap 0x0 size 0x1000\n", 2, 3, "expected 'world'"),
    BadText("revfuzz-scenario 4\nworld", 2, 6, "a world family: map, tree, direct, vm, memory"),
    BadText("revfuzz-scenario 4\nworld mop", 2, 7, "map, tree, direct, vm, memory"),
    BadText("revfuzz-scenario 4\nworld map mmus 2", 2, 11, "window, windows"),
    BadText("revfuzz-scenario 4\nworld direct direct on", 2, 14, "window, windows"),
    BadText("revfuzz-scenario 4\nworld vm node tiny", 2, 10, "windows, direct, mmus"),
    BadText("revfuzz-scenario 4\nworld vm mmus 0", 2, 15, "1, 2, 3, 4"),
    BadText("revfuzz-scenario 4\nworld vm mmus 5", 2, 15, "1, 2, 3, 4"),
    BadText("revfuzz-scenario 4\nworld vm direct yes", 2, 17, "on, off"),
    BadText("revfuzz-scenario 4\nworld vm mmus 2 mmus 2", 2, 17, "give each setting at most once"),
    BadText("revfuzz-scenario 4\nworld map ipa-bits 47", 2, 20, "40, 48, 52, 56"),
    BadText("revfuzz-scenario 4\nworld map windows 5", 2, 19, "none, 1, 2, 3, 4"),
    BadText("revfuzz-scenario 4\nworld map windows 0", 2, 19, "none, 1, 2, 3, 4"),
    BadText("revfuzz-scenario 4\nworld map window 63", 2, 18, "8, 16, 32, 64"),
    BadText(
      "revfuzz-scenario 4\nworld map layout", 2, 17,
      "unexpected end of line; expected a value of 'layout': mailed, tagged"),
    BadText(
      "revfuzz-scenario 4\nworld map layout Tagged", 2, 18,
      "'Tagged' is not a value of 'layout'; the choices are mailed, tagged"),
    BadText("revfuzz-scenario 4\nworld map nodes tiny nodes tiny", 2, 22, "duplicate setting"),
    BadText("revfuzz-scenario 4\nworld tree layout tagged", 2, 12, "nodes, window, windows"),
    .map("recall 0x0", 1, "record, unmap, query, clear, begin-full-unmap, end-full-unmap"),
    .map("store 0x0...0x1 word 0x1", 1, "in a map world; its operations are"),
    .map("beginFullUnmap", 1, "unknown operation"),
    .map("record", 7, "expected a canonical address"),
    .map("record 0x1000 0x2000", 15, "expected '->'"),
    .map("record 0x1000 ->", 17, "expected a nested address"),
    .map("record 0x1000 -> 0x2000 0x1000", 25, "expected 'size'"),
    .map("record 0x1000 -> 0x2000 size 0x1000 0x1", 37, "end of the line"),
    .map("clear 0x1", 7, "end of the line"),
    .map("unmap 0xg size 0x1000", 7, "is not a number"),
    .map("unmap 0x size 0x1000", 7, "is not a number"),
    .map("unmap -1 size 0x1000", 7, "is not a number"),
    .map("unmap 1f size 0x1000", 7, "is not a number"),
    .map("unmap 0x10000000000000000 size 0x1000", 7, "at most 64 bits"),
    .map("unmap 99999999999999999999999999 size 0x1000", 7, "at most 64 bits"),
    .map("unmap 18446744073709551616 size 0x1000", 7, "at most 64 bits"),
    .map("unmap 0x1001 size 0x1000", 7, "multiple of 0x1000"),
    .map(
      "unmap 0x40000 size 0x1000", 7,
      "0x40000 is outside every window; the windows are 0x0...0x3ffff, 0xfffffffc0000..."),
    .map("unmap 0xffffffffffffffff size 0x1000", 7, "multiple of 0x1000"),
    .map("unmap 0x0 size 0x41000", 16, "up to 0x40000"),
    .map("unmap 0x0 size 0x1001", 16, "a multiple of 0x1000 up to"),
    .map("unmap 0x0 size 0x800", 16, "a multiple of 0x1000 up to"),
    .map("unmap 0x800 size 0x0", 18, "at most one flaw"),
    .map("record 0x800 -> 0x800 size 0x1000", 17, "at most one flaw"),
    .map("record 0x0 -> 0x40000 size 0x1000", 15, "outside every window"),
    .laminar("record 0x0 -> 0x0 size 0x3000", 24, "a power-of-two number of pages, at most 32"),
    .laminar("record 0x0 -> 0x0 size 0x40000", 24, "a power-of-two number of pages, at most 32"),
    .laminar("record 0x1000 -> 0x2000 size 0x2000", 8, "a multiple of 0x2000"),
    .laminar("record 0x2000 -> 0x1000 size 0x2000", 18, "a multiple of 0x2000"),
    .tree("store 0x0 word 0x1", 7, "is not a range of keys"),
    .tree("store 0x0...word 0x1", 13, "is not a number"),
    .tree("store 0x0...0x5", 16, "expected 'word'"),
    .tree("store 0x0...0x5 word 0x1000000", 22, "at most 0xffffff"),
    .tree("erase 0x0...0x8000000000000000", 13, "outside every window"),
    .tree("erase 0x1000...0x1001", 7, "outside every window"),
    .tree("erase ...0x5", 7, "is not a number"),
    .tree("find 0x40", 6, "key 0x40 is outside every window"),
    .tree("encode 0x0", 1, "in a tree world; its operations are"),
    .map("invalidate 0x0 size 0x1000", 1, "in a map world; its operations are"),
    .map("clear mmu 0", 7, "end of the line"),
    .direct("create", 1, "begin-full-unmap, end-full-unmap, invalidate"),
    .direct("invalidate", 11, "expected a nested address"),
    .direct("invalidate 0x0", 15, "expected 'size'"),
    .direct("invalidate 0x40000 size 0x1000", 12, "outside every window"),
    .direct("invalidate 0x0 size 0x1001", 21, "a multiple of 0x1000 up to"),
    .direct("invalidate 0x800 size 0x0", 23, "at most one flaw"),
    .direct("invalidate 0x0 size 0x1000 mmu 0", 28, "end of the line"),
    .direct("record 0x1000 -> 0x2000 size 0x2000", 8, "a multiple of 0x2000"),
    .vm("recreate mmu 0", 1, "invalidate, create, hand-over, tear-down, refuse"),
    .vm("find 0x0", 1, "in a vm world; its operations are"),
    .vm("record 0x1000 -> 0x2000 size 0x1000", 36, "expected 'mmu'"),
    .vm("record 0x1000 -> 0x2000 size 0x1000 1", 37, "expected 'mmu'"),
    .vm("clear", 6, "expected 'mmu'"),
    .vm("create mmu", 11, "the number of an MMU"),
    .vm("tear-down mmu 3", 15, "there is no MMU 3; this world has MMUs 0 to 2"),
    .vm("hand-over mmu 18446744073709551615", 15, "this world has MMUs 0 to 2"),
    .vm("hand-over mmu 0 1", 17, "end of the line"),
    .vm("unmap 0x0 size 0x1000 mmu 0", 23, "end of the line"),
    .vm("limit-nodes 2 mmu 0", 1, "unknown operation 'limit-nodes' in a vm world"),
    .memory("limit-nodes 2 mmu 0", 1, "unknown operation 'limit-nodes' in a memory world"),
    BadText(
      "revfuzz-scenario 4\nworld memory\nlimit-nodes 2 mmu 0", 3, 1,
      "refuse, enter, top-up, reclaim"
    ),
    .vm("enter atomic", 1, "in a vm world; its operations are"),
    .vm("top-up mmu 0", 1, "in a vm world; its operations are"),
    .vm("reclaim", 1, "in a vm world; its operations are"),
    .map("refuse none", 1, "in a map world; its operations are"),
    .direct("refuse none", 1, "in a direct world; its operations are"),
    .memory("refuse", 7, "expected a fault plan: none, request, every, from, next, budget, chance"),
    .memory(
      "refuse all", 8,
      "'all' is not a fault plan; the choices are none, request, every, from, next,"),
    .memory("refuse none 1", 13, "end of the line"),
    .memory("refuse none mmu 0", 13, "end of the line"),
    .memory("refuse request", 15, "expected a number of requests, 1 to 65536"),
    .memory("refuse request 0", 16, "'0' is out of range; the number of requests is 1 to 65536"),
    .memory("refuse every 65537", 14, "the number of requests is 1 to 65536"),
    .memory("refuse from -1", 13, "is not a number"),
    .memory("refuse next 3 4", 15, "end of the line"),
    .memory("refuse budget", 14, "expected a number of bytes"),
    .memory("refuse budget 0x141", 15, "a multiple of 0x40 bytes, from 0 to 0x3fffc0"),
    .memory("refuse budget 0x400000", 15, "'0x400000' is not a budget"),
    .memory("refuse chance", 14, "expected a chance like 12/65536"),
    .memory("refuse chance 12", 15, "is not a chance; write one like 12/65536"),
    .memory("refuse chance 0/65536 seed 1", 15, "'0' is out of range; the numerator"),
    .memory("refuse chance 65537/65536 seed 1", 15, "the numerator of a chance is 1 to 65536"),
    .memory(
      "refuse chance 12/100 seed 1", 18,
      "the denominator of a chance is always 65536, found '100'"),
    .memory("refuse chance 12/ seed 1", 18, "is not a number"),
    .memory("refuse chance 12/65536", 23, "expected 'seed'"),
    .memory("refuse chance 12/65536 7", 24, "expected 'seed'"),
    .memory("refuse chance 12/65536 seed", 28, "expected a seed, 0 to 255"),
    .memory("refuse chance 12/65536 seed 256", 29, "a seed is 0 to 255"),
    .memory("enter", 6, "expected a context: may-sleep, atomic"),
    .memory("enter maySleep", 7, "'maySleep' is not a context; the choices are may-sleep, atomic"),
    .memory("enter atomic mmu 0", 14, "end of the line"),
    .memory("top-up", 7, "expected 'mmu'"),
    .memory("top-up mmu 3", 12, "this world has MMUs 0 to 2"),
    .memory("topUp mmu 0", 1, "tear-down, refuse, enter, top-up, reclaim"),
    .memory("reclaim mmu 0", 9, "end of the line"),
    .tree("refuse budget 0x1", 15, "is not a budget"),
    BadText("revfuzz-scenario 4\nworld map windows none window 64", 2, 33, "'window' is the size"),
    BadText("revfuzz-scenario 4\nworld tree window 8 windows none", 2, 33, "there are none"),
    .whole("unmap 0x1000000000000 size 0x1000", 7, "the space, which ends at 0xfffffffff000"),
    .whole("unmap 0xfffffffff001 size 0x1000", 7, "multiple of 0x1000"),
    .whole("unmap 0x0 size 0x1000000001000", 16, "up to 0x1000000000000"),
    .whole("record 0x0 -> 0x1000000000000 size 0x1000", 15, "the space, which ends at"),
    .whole("record 0x0 -> 0x0 size 0x2000", 24, "0x1000, 0x4000, 0x10000, 0x200000, 0x2000000,"),
    .whole("record 0x0 -> 0x0 size 0x80000000", 24, "0x20000000, 0x40000000"),
    .whole("record 0x200000 -> 0x1000 size 0x200000", 20, "starts at a multiple of 0x200000"),
    .whole("fill 0x0 0x0 size 0x1000", 10, "expected '->'"),
    .whole("fill 0x0 -> 0x0 size 0x1000", 28, "expected 'count'"),
    .whole("fill 0x0 -> 0x0 size 0x1000 count 2", 36, "expected 'step'"),
    .whole("fill 0x0 -> 0x0 size 0x1000 count 2 step", 41, "expected the distance of two ranges"),
    .whole("fill 0x0 -> 0x0 size 0x1000 count 2 step 0x1000 1", 49, "end of the line"),
    .whole("fill 0x0 -> 0x0 size 0x1000 count 0 step 0x1000", 35, "a fill has 1 to 512 ranges"),
    .whole("fill 0x0 -> 0x0 size 0x1000 count 513 step 0x1000", 35, "1 to 512 ranges"),
    .whole("fill 0x0 -> 0x0 size 0x0 count 2 step 0x1000", 22, "at least 0x1000"),
    .whole("fill 0x0 -> 0x0 size 0x1800 count 2 step 0x2000", 22, "a multiple of 0x1000"),
    .whole("fill 0x0 -> 0x0 size 0x80000000 count 2 step 0x80000000", 22, "at most 0x40000000"),
    .whole("fill 0x0 -> 0x0 size 0x2000 count 2 step 0x2000", 22, "is not a block"),
    .whole("fill 0x0 -> 0x0 size 0x4000 count 2 step 0x1000", 42, "the step of a fill is its size"),
    .whole("fill 0x0 -> 0x0 size 0x4000 count 2 step 0x4800", 42, "not a multiple of 0x1000"),
    .whole("fill 0x0 -> 0x0 size 0x4000 count 2 step 0x5000", 42, "a multiple of its size"),
    .whole("fill 0x0 -> 0x0 size 0x1000 count 2 step 0x200001000", 42, "up to 0x1fffff000 more"),
    .whole("fill 0x800 -> 0x0 size 0x1000 count 2 step 0x1000", 6, "not a multiple of 0x1000"),
    .whole("fill 0x0 -> 0xfffffffff000 size 0x1000 count 2 step 0x1000", 46, "leaves its window"),
    .map("fill 0x0 -> 0x0 size 0x1000 count 65 step 0x1000", 35, "leaves its window or the space"),
    .tree("fill 0x0...0x1 count 2 step 0x2", 16, "expected 'word'"),
    .tree("fill 0x0...0x1 word 0x1 count 2 step 0x1", 38, "the step of a fill is its size"),
    .tree("fill 0x1...0x0 word 0x1 count 2 step 0x1", 12, "1 to 0x40000 keys"),
    .tree("fill 0x0...0x40000 word 0x1 count 1 step 0x40001", 12, "1 to 0x40000 keys"),
    .tree("fill 0x0...0x0 word 0x1000000 count 2 step 0x1", 21, "at most 0xffffff"),
    .tree("fill 0x3e...0x3e word 0x1 count 3 step 0x1", 33, "leaves its window or the space"),
    BadText("revfuzz-scenario 4\nworld memory node tiny", 2, 14, "windows, direct, mmus"),
    BadText("revfuzz-scenario 4\nworld vm mmus 1\nclear mmu 1", 3, 11, "this world has only MMU 0"),
  ]

  @Test("An error has the position and says what was expected", arguments: bad)
  func errors(bad: BadText) {
    do throws(ScenarioTextError) {
      _ = try Scenario(text: bad.text)
      Issue.record("accepted")
    } catch {
      #expect(error.line == bad.line)
      #expect(error.column == bad.column)
      #expect(error.message.contains(bad.says), "\(error)")
      #expect(!error.description.contains("\n"))
    }
  }

  @Test("The largest 64-bit number is accepted")
  func largest() throws {
    let header = "revfuzz-scenario 4\nworld tree\n"
    let decimal = try Scenario(text: header + "find 18446744073709551615")
    #expect(decimal == (try Scenario(text: header + "find 0xffffffffffffffff")))
    #expect(decimal.operations[0].page == .max)
  }

  @Test("One operation more than the limit is an error")
  func tooMany() throws {
    let header = "revfuzz-scenario 4\nworld map\n"
    let most = header + String(repeating: "clear\n", count: Limits.operations)
    #expect(try Scenario(text: most).operations.count == Limits.operations)
    do throws(ScenarioTextError) {
      _ = try Scenario(text: most + " clear\n")
      Issue.record("accepted")
    } catch {
      #expect(error.line == 3 + Limits.operations && error.column == 2)
      #expect(error.message.contains("at most \(Limits.operations)"))
    }
  }

  @Test("An error quotes any bad word on one printable line")
  func quoting() {
    let bytes: [UInt8] = Array("revfuzz-scenario 4\nworld map\n".utf8) + [0, 0xff, 0x1b, 0x41]
    do throws(ScenarioTextError) {
      _ = try Scenario(textBytes: bytes)
      Issue.record("accepted")
    } catch {
      #expect(error.message.hasPrefix("unknown operation '\\x00\\xff\\x1bA' in a map world;"))
    }
    do throws(ScenarioTextError) {
      _ = try Scenario(text: String(repeating: "x", count: 100_000))
      Issue.record("accepted")
    } catch {
      #expect(error.message.count < 120)
    }
  }

  @Test("The parser never traps, on valid texts with bytes changed, removed and inserted")
  func neverTraps() {
    var random = SplitMix64(seed: 30)
    var accepted = 0
    var refused = 0
    for scenario in World.Family.allCases.flatMap({ scenarios($0, count: 400, seed: 31) }) {
      let text = Array(scenario.text.utf8)
      for _ in 0..<8 {
        var bytes = text
        for _ in 0...random.index(3) {
          let at = random.index(bytes.count)
          switch random.below(5) {
          case 0: bytes[at] ^= 1 << UInt8(random.below(8))
          case 1: bytes[at] = UInt8(truncatingIfNeeded: random.next())
          case 2: bytes.remove(at: at)
          case 3: bytes.insert(bytes[random.index(bytes.count)], at: at)
          default: bytes.insert(contentsOf: [0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66], at: at)
          }
        }
        do throws(ScenarioTextError) {
          let parsed = try Scenario(textBytes: bytes)
          check(parsed.isNormalised)
          accepted += 1
        } catch {
          check(error.line >= 1 && error.column >= 1 && !error.message.isEmpty)
          refused += 1
        }
      }
    }
    #expect(accepted > 100 && refused > 1000)
  }
}
