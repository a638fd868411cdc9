import Files
import Foundation
import ReverseMapping
import TestSupport
import Testing

@testable import Traces

@Suite("Files of traces", .waitsForProcesses)
struct TraceFileTests {
  private let scratch = try! Scratch()

  private func file(_ name: String, _ text: String) throws -> String {
    let path = scratch.path(name)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func lines(_ path: String) async throws -> [(TraceLine, Int)] {
    var lines: [(TraceLine, Int)] = []
    try await TraceFile(path).forEachLine {
      lines.append(($0, $1))
      return true
    }
    return lines
  }

  private func problem(_ path: String) async -> CommandError? {
    do {
      _ = try await EventCells(of: TraceFile(path))
      return nil
    } catch {
      return error as? CommandError
    }
  }

  private static let two = "1 unmap 0x1000 0x1000\n\n2 mark x"

  @Test("lines are numbered from 1, and the last one needs no end")
  func numbers() async throws {
    for text in [Self.two, Self.two + "\n"] {
      let lines = try await lines(file("a", text))
      #expect(lines.map(\.1) == [1, 2, 3])
      #expect(
        lines.map(\.0)
          == [.event(.unmap(IPARange(start: 0x1000, size: 0x1000))), .nothing, .other(.mark)])
    }
  }

  @Test("a trace can be read twice, and reading stops where it is asked to")
  func twice() async throws {
    let trace = try await TraceFile(file("a", Self.two))
    for _ in 0..<2 {
      var seen = 0
      try trace.forEachLine { _, _ in
        seen += 1
        return seen < 2
      }
      #expect(seen == 2)
    }
  }

  @Test("lines across the pieces in which a file is read are whole")
  func pieces() async throws {
    // 40,000 lines of 26 bytes are four pieces of 256 KB, which 26 does not divide.
    let text = (0..<40_000).map { "1 unmap 0x\(1_000_000 + $0)000 0x1000\n" }.joined()
    var seen: UInt64 = 0
    try await TraceFile(file("long", text)).forEachEvent { event, number in
      guard case .unmap(let range) = event else { return false }
      check(hexadecimal(range.start) == "0x\(1_000_000 + number - 1)000")
      seen += 1
      return true
    }
    #expect(seen == 40_000)
  }

  @Test("a packed trace is unpacked, whatever its name")
  func packed() async throws {
    let path = try file("a", Self.two)
    #expect(try ChildProcess("/bin/sh", ["-c", "gzip -c \(path) > \(path).packed"]).code == 0)
    #expect(try await lines(path + ".packed").map(\.1) == [1, 2, 3])
    // Half of it is an error with the reason of gzip.
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path + ".packed"))
    try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: path + ".half"))
    let problem = try #require(await problem(path + ".half"))
    #expect(problem.exitCode.rawValue == 65)
    #expect(problem.description.contains("gzip cannot unpack it: "))
  }

  @Test("a bad line is named with its file and number")
  func badLine() async throws {
    let path = try file("bad", "1 mark x\n2 unmap 0x1000\n")
    let problem = try #require(await problem(path))
    #expect(problem.exitCode.rawValue == 65)
    #expect(
      problem.description
        == "\(path):2: expected the size in bytes, such as 0x1000, and not the end of the line")
  }

  @Test("a file without an event says so")
  func nothing() async throws {
    let empty = try #require(await problem(file("empty", "")))
    #expect(empty.description.contains("empty: the file is empty; such a line is '20385 record"))
    let idle = try #require(await problem(file("idle", "# a remark\n1 mark x\n")))
    #expect(idle.description.contains("idle: none of its 2 lines is an event for a map; such"))
    #expect(empty.exitCode.rawValue == 65 && idle.exitCode.rawValue == 65)
  }

  @Test("a file that is no text is not read into memory")
  func noText() async throws {
    let path = try file("zeros", "1 mark x\n" + String(repeating: "y", count: 400_000))
    let problem = try #require(await problem(path))
    #expect(
      problem.description == "\(path):2: the line has more than 65536 bytes; "
        + "this is not a trace")
  }

  @Test("a file or a folder that cannot be read is an error of its own")
  func unreadable() async throws {
    #expect(await problem(scratch.path("missing"))?.exitCode.rawValue == 66)
    #expect(await problem(scratch.url.path)?.description.contains("it is a folder") == true)
  }

  @Test("cells have the bounds of all records, and there are as many MMUs as are named")
  func cells() async throws {
    let path = try file(
      "cells",
      """
      1 record s0 0x200000 0x0 0x200000
      2 record s0 0x201000 0x3000 0x1000
      3 unmap 0x205000 0x1000
      4 invalidate s4 0x1000 0x40000000
      5 full-unmap s2 notifier:clear

      """)
    let cells = try await EventCells(of: TraceFile(path))
    // From 0, 2M, 2M + 4K, 2M + 8K and 4M; and from 0, 12K, 16K and 2M.
    #expect(cells.canonical.count == 5 && cells.nested.count == 4)
    #expect(cells.mmus == 5)
  }
}
