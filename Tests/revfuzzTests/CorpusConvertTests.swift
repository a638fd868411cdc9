import Foundation
import Scenario
import TestSupport
import Testing

@testable import Files

/// The files are written from the tables of the byte forms of versions 3 and 4.
@Suite("revfuzz corpus convert", .waitsForProcesses)
struct CorpusConvertTests {
  private let scratch = try! Scratch()

  /// Two MMUs of a vm, 48 bits, mailed, tiny, any pages, no direct map, 64 pages, 4 windows.
  private static let old: [UInt8] =
    [3, 4, 1, 0, 0, 1, 3, 0b0111]
    // A record of two pages from page 1 of the first window at page 2 of the second, MMU 1.
    + [0, 0b01_01_00, 1, 1, 2, 0, 0, 0]
    // An unmap of page 5 of the third window, with the flaw 3: half a page too large.
    + [1, 0b00_00_10, 5, 0, 0, 3, 0, 0]

  private static let current: [UInt8] =
    [4, 4, 1, 0, 0, 1, 3, 0b0111]
    + [0, 1, 1, 0, 0, 0, 0, 0] + littleEndian(1) + littleEndian(0xf_ffff_ffc2)
    + [1, 3 << 2, 0, 0, 0, 0, 0, 0] + littleEndian(0x8_0000_0005) + littleEndian(0)

  private static func littleEndian(_ word: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
  }

  private static let text = """
    world vm ipa-bits 48 layout mailed nodes tiny blocks pages window 64 windows 4 direct off mmus 2
    record 0x1000 -> 0xfffffffc2000 size 0x2000 mmu 1
    unmap 0x800000005000 size 0x1800

    """

  private func write(_ bytes: [UInt8], _ name: String) throws {
    let url = scratch.url.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  private func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: scratch.url.appendingPathComponent(name)))
  }

  private func convert(_ paths: String...) throws -> Run {
    try Run(["corpus", "convert"] + paths, in: scratch.url)
  }

  @Test("a scenario in bytes becomes the same scenario, and keeps the mode of its file")
  func bytes() throws {
    try write(Self.old, "crash-1")
    #expect(chmod(scratch.path("crash-1"), 0o600) == 0)
    for command in ["show", "replay", "explain", "shrink"] {
      let run = try Run(command, "crash-1", in: scratch.url)
      #expect(run.code == 65 && run.output.isEmpty, "\(command)")
      #expect(
        run.error == "revfuzz: crash-1: not a scenario that this program reads: its first byte, "
          + "the version, is 3 and not 4; 'revfuzz corpus convert' converts it\n")
    }
    let run = try convert("crash-1")
    #expect(run.code == 0 && run.error.isEmpty, "\(run.error)")
    #expect(run.output == "1 of 1 files converted\n")
    #expect(try bytes("crash-1") == Self.current)
    #expect(
      try Run("show", "crash-1", in: scratch.url).output == "revfuzz-scenario 4\n" + Self.text)
    let attributes = try FileManager.default.attributesOfItem(atPath: scratch.path("crash-1"))
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test("a folder is converted at any depth, other files stay as they are, and again is nothing")
  func folder() throws {
    try write(Self.old, "a folder/1")
    try write(Self.old, "a folder/sub/größe/2")
    try write(Array(("revfuzz-scenario 3\n" + Self.text).utf8), "a folder/sub/3.scenario")
    let others: [(name: String, bytes: [UInt8])] = [
      ("current", Self.current), ("empty", []), ("short", Array(Self.old.prefix(7))),
      ("partial", Self.old + [0]), ("older", [2] + Self.old.dropFirst()),
      ("long", Self.old + [UInt8](repeating: 0, count: 255 * 8)),
      ("current.scenario", Array(("revfuzz-scenario 4\n" + Self.text).utf8)),
      ("typo.scenario", Array(("revfuzz-scenario 3\n" + Self.text + "unmpa\n").utf8)),
      ("note", Array("Of revfuzz-scenario 3, without a world.\n".utf8)),
      ("picture", [0x89, 0x50, 0x4e, 0x47]), (".hidden", Self.old),
    ]
    for (name, bytes) in others { try write(bytes, "a folder/others/\(name)") }
    let first = try convert("a folder")
    #expect(first.code == 0 && first.error.isEmpty, "\(first.error)")
    #expect(first.output == "3 of 13 files converted\n")
    #expect(try bytes("a folder/1") == Self.current)
    #expect(try bytes("a folder/sub/größe/2") == Self.current)
    #expect(
      try String(decoding: bytes("a folder/sub/3.scenario"), as: UTF8.self)
        == "revfuzz-scenario 4\n" + Self.text)
    for (name, bytes) in others { #expect(try self.bytes("a folder/others/\(name)") == bytes) }
    let second = try convert("a folder")
    #expect(second.code == 0 && second.output == "0 of 13 files converted\n")
    #expect(try bytes("a folder/1") == Self.current)
  }

  @Test(
    "of a text only the version changes: comments, blanks and line ends stay",
    arguments: [
      ("# A find\n\n", " 3"), ("# was revfuzz-scenario 3\n", "\t3   # revfuzz-scenario 3"),
      ("\r\n", " 0x3\r"), ("  ", "  03#"),
    ])
  func text(before: String, version: String) throws {
    func text(_ version: String) -> String {
      before + "revfuzz-scenario" + version + "\n" + Self.text + "# Caf\u{e9}, the end"
    }
    try write(Array(text(version).utf8), "a.scenario")
    #expect(try convert("a.scenario").output == "1 of 1 files converted\n")
    let number = try #require(version.firstMatch(of: /0x3|03|3/)).range
    let converted = text(version.replacingCharacters(in: number, with: "4"))
    #expect(try String(decoding: bytes("a.scenario"), as: UTF8.self) == converted)
    #expect(
      try Run("show", "a.scenario", in: scratch.url).output == "revfuzz-scenario 4\n" + Self.text)
    // The comment is not a version.
    #expect(try convert("a.scenario").output == "0 of 1 files converted\n")
    #expect(try String(decoding: bytes("a.scenario"), as: UTF8.self) == converted)
  }

  @Test("a path that cannot be read or replaced gives one line, with code 66 or 73")
  func problems() throws {
    let folder = scratch.url.appendingPathComponent("nothing")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // The temporary file beside it cannot be created: its name is too long, for root too.
    let long = String(repeating: "a", count: 250)
    try write(Self.old, long)
    for (path, code, line) in [
      ("missing", 66, "cannot read missing: No such file or directory"),
      ("nothing", 66, "cannot read nothing: the folder has no files"),
      (long, 73, "cannot write \(long): File name too long"),
    ] as [(String, Int32, String)] {
      let run = try convert(path)
      #expect(run.code == code && run.output.isEmpty, "\(path)")
      #expect(run.error == "revfuzz: \(line)\n")
    }
    #expect(try bytes(long) == Self.old)
    #expect(scratch.names == [long, "nothing"].sorted())
    #expect(try convert().code == 64)
  }

  @Test(
    "a file or folder without permission to write stays, with code 73",
    .enabled(if: getuid() != 0, "SKIPPED: root may write everywhere"))
  func readOnly() throws {
    try write(Self.old, "folder/1")
    for path in ["folder/1", "folder"] {
      #expect(chmod(scratch.path(path), 0o555) == 0)
      let run = try convert("folder")
      #expect(run.code == 73)
      #expect(run.error == "revfuzz: cannot write folder/1: Permission denied\n")
      #expect(chmod(scratch.path(path), 0o755) == 0)
    }
    #expect(try bytes("folder/1") == Self.old)
  }
}
