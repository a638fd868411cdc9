import ReverseMapping
import Testing

@testable import Traces

@Suite("Lines of a trace")
struct TraceLineTests {
  private func parse(_ text: String) throws(TraceLineError) -> TraceLine {
    let bytes = Array(text.utf8)
    return try TraceLineParser.parse(bytes, 0..<bytes.count)
  }

  /// The error of a line that is wrong.
  private func message(_ text: String) -> String? {
    do throws(TraceLineError) {
      _ = try parse(text)
      return nil
    } catch {
      return error.description
    }
  }

  @Test("an event has its ranges and its MMU, and further words are notes")
  func events() throws {
    let block = IPARange(start: 0x8020_0000, size: 0x20_0000)
    let record = TraceLine.event(.record(block, nested: 0x4000_0000, mmu: 63))
    #expect(try parse("20385 record s63 0x80200000 0x40000000 0x200000") == record)
    #expect(
      try parse(" 1\trecord s63  0x80200000 0x40000000 0x200000 l1blk=0x0 rwx new\r") == record)
    #expect(
      try parse("0 unmap 0x80200000 0x200000 notifier:clear comm=a shadow_hits=3")
        == .event(.unmap(block)))
    #expect(
      try parse("7 invalidate s0 0x80200000 0x200000 tlbi:ipas2 lost=1")
        == .event(.invalidate(block, mmu: 0)))
    // In upper case too; and the last page of the widest space.
    #expect(
      try parse("7 unmap 0xFFFFFFFFFFF000 0x1000")
        == .event(.unmap(IPARange(start: 0xff_ffff_ffff_f000, size: 0x1000))))
  }

  @Test("a full unmap is the guest's, a recycling, or the host's answer to a canonical unmap")
  func fullUnmaps() throws {
    #expect(
      try parse("5 full-unmap s1 tlbi:vmalls12 lost=3 needed=3") == .event(.fullUnmap(mmu: 1)))
    #expect(try parse("5 full-unmap s1 memslot-flush") == .event(.fullUnmap(mmu: 1)))
    #expect(try parse("5 full-unmap s2 recycle(pending_unmap) lost=3") == .recycle(mmu: 2))
    #expect(try parse("5 full-unmap s2 recycle").event == .fullUnmap(mmu: 2))
    #expect(
      try parse("5 full-unmap s0 notifier:clear lost=4099 lost_bytes=0x1003000 needed=1")
        == .hostFullUnmap(mmu: 0, lost: 4099, needed: 1))
    // Notes that are missing, or no numbers, are not known.
    #expect(
      try parse("5 full-unmap s0 notifier:clear lost=many")
        == .hostFullUnmap(mmu: 0, lost: nil, needed: nil))
    #expect(try parse("5 full-unmap s0 notifier:clear").event == nil)
    #expect(try parse("5 full-unmap none-valid tlbi:alle1 dur_us=2") == .other(.emptyFullUnmap))
  }

  @Test("lines that a map has nothing to do with are known by their first word")
  func others() throws {
    for word in [
      "cmap", "crelax", "relax", "enter", "exit", "tlbi", "mark", "wrprotect", "full-wrprotect",
      "newcontext", "memslot-flush", "teardown",
    ] {
      let other = try #require(TraceLine.OtherWord(rawValue: word))
      #expect(try parse("12 \(word) x 0xzz") == .other(other))
    }
    for text in ["", "   ", "# shadow stage-2 trace", "  #", "\r"] {
      #expect(try parse(text) == .nothing, "'\(text)'")
    }
  }

  @Test(
    "a wrong line says what is wrong and what was expected",
    arguments: [
      ("record s0 0x0 0x0 0x1000", "time in microseconds, such as 20385, and not 'record'"),
      ("-1 mark x", "and not '-1'"),
      ("1.5 mark x", "and not '1.5'"),
      ("12", "there is no event; events are record, unmap, invalidate, full-unmap, cmap,"),
      ("12 recrod s0 0x0 0x0 0x1000", "unknown event 'recrod'; events are record, unmap"),
      ("12 full-unmap-none-valid", "unknown event"),
      ("12 record 0x1000 0x1000 0x1000", "record needs an MMU, s0 to s63, and not '0x1000'"),
      ("12 record s64 0x0 0x0 0x1000", "and not 's64'"),
      ("12 record s 0x0 0x0 0x1000", "and not 's'"),
      ("12 invalidate", "invalidate needs an MMU, s0 to s63, and not the end of the line"),
      ("12 full-unmap c0 tlbi:alle1", "full-unmap needs an MMU"),
      ("12 full-unmap s0", "expected why the table was torn down"),
      ("12 record s0 80200000 0x0 0x1000", "the canonical address in bytes, such as 0x80200000"),
      ("12 record s0 0x80200000 0x0", "expected the size in bytes"),
      ("12 record s0 0x0 0xg 0x1000", "expected the nested address"),
      ("12 unmap 0x 0x1000", "expected the canonical address"),
      ("12 unmap 0x00000000000000000 0x1000", "expected the canonical address"),
      ("12 invalidate s0 4096 0x1000", "expected the nested address"),
      ("12 unmap 0x1000 0x0", "the size is 0"),
      ("12 unmap 0x1800 0x1000", "0x1800 and the size 0x1000 must be multiples of 0x1000"),
      ("12 unmap 0x1000 0x800", "must be multiples"),
      ("12 record s0 0x0 0x10 0x1000", "0x10 and the size 0x1000 must be multiples"),
      ("12 unmap 0x100000000000000 0x1000", "go beyond 56 bits"),
      ("12 unmap 0xfffffffffff000 0x2000", "the 0x2000 bytes from 0xfffffffffff000 go beyond"),
      ("12 unmap 0xfffffffffffff000 0x2000", "go beyond 56 bits"),
      ("12 record s0 0x0 0xfffffffffff000 0x2000", "go beyond 56 bits"),
      ("12 invalidate s0 0x0 0xfffffffffffff000", "go beyond 56 bits"),
    ])
  func faults(text: String, words: String) throws {
    let fault = try #require(message(text), "\(text)")
    #expect(fault.contains(words), "\(fault)")
  }

  @Test("a word in a message is short and on one line")
  func shown() throws {
    let fault = try #require(message("12 \u{1b}[31m" + String(repeating: "x", count: 500)))
    #expect(fault.contains("'\\x1b[31mxxx") && fault.contains("xxx...'") && fault.count < 300)
    let bytes: [UInt8] = [49, 32, 0xff, 0xfe]
    #expect(throws: TraceLineError.self) { try TraceLineParser.parse(bytes, 0..<4) }
  }
}
