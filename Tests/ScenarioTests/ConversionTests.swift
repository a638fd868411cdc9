import ReverseMapping
import TestSupport
import Testing

@testable import Scenario

/// An operation of version 3, written from the table of its byte form, and its line of text.
private struct OldOperation {
  var bytes: [UInt8]
  var line: String

  /// The first page of a window, in a map of 48 bits or in a tree. Windows have 16 pages.
  static func firstPage(_ window: UInt8, isTree: Bool) -> UInt64 {
    switch window {
    case 0: return 0
    case 1: return isTree ? 0xffff_ffff_ffff_fff0 : 0xf_ffff_fff0
    case 2: return isTree ? 0x8000_0000_0000_0000 : 0x8_0000_0000
    default: return 0xffff_fff8
    }
  }

  /// A random record, unmap or invalidation of an MMU without a flaw.
  static func map(using random: inout SplitMix64) -> OldOperation {
    let (window, second) = (UInt8(random.below(4)), UInt8(random.below(4)))
    let (page, nestedPage) = (UInt8(random.below(16)), UInt8(random.below(16)))
    let (more, mmu) = (UInt8(random.below(16)), UInt8(random.below(3)))
    func address(_ window: UInt8, _ page: UInt8) -> String {
      hexadecimal((firstPage(window, isTree: false) + UInt64(page)) << 12)
    }
    let size = hexadecimal((UInt64(more) + 1) << 12)
    let start = address(window, page)
    switch random.below(3) {
    case 0:
      return OldOperation(
        bytes: [0, window | second << 2 | mmu << 4, page, more, nestedPage, 0, 0, 0],
        line: "record \(start) -> \(address(second, nestedPage)) size \(size) mmu \(mmu)")
    case 1:
      return OldOperation(
        bytes: [1, window, page, more, 0, 0, 0, 0], line: "unmap \(start) size \(size)")
    default:
      return OldOperation(
        bytes: [16, window | mmu << 4, page, more, 0, 0, 0, 0],
        line: "invalidate \(start) size \(size) mmu \(mmu)")
    }
  }

  /// A random erase or store: near, far or reversed.
  static func tree(using random: inout SplitMix64) -> OldOperation {
    let (window, second) = (UInt8(random.below(4)), UInt8(random.below(4)))
    let (page, other) = (UInt8(random.below(16)), UInt8(random.below(16)))
    let more = UInt8(random.below(16))
    let a = firstPage(window, isTree: true) + UInt64(page)
    let b = firstPage(second, isTree: true) + UInt64(other)
    var (first, last) = (a, a.addingReportingOverflow(UInt64(more)).partialValue)
    if last < first { last = .max }
    var bytes = [7, window, page, more, 0, 0, 0, 0]
    let isReversed = random.chance(1, in: 4)
    if a != b, random.chance(1, in: 2) {
      bytes = [7, window | second << 2 | (isReversed ? 0xf0 : 0x80), page, 0, other, 0, 0, 0]
      (first, last) = isReversed ? (max(a, b), min(a, b)) : (min(a, b), max(a, b))
    }
    let keys = "\(hexadecimal(first))...\(hexadecimal(last))"
    if random.chance(1, in: 2) { return OldOperation(bytes: bytes, line: "erase \(keys)") }
    bytes[0] = 6
    bytes[5...7] = [3, 2, 1]
    return OldOperation(bytes: bytes, line: "store \(keys) word 0x10203")
  }
}

@Suite("Conversion of version 3")
struct ConversionTests {
  @Test("Converted operations have the arguments that version 3 gave them")
  func arguments() throws {
    var random = SplitMix64(seed: 140)
    for _ in 0..<400 {
      for isTree in [false, true] {
        let count = 1 + random.index(20)
        let old = (0..<count).map { _ in
          isTree ? OldOperation.tree(using: &random) : .map(using: &random)
        }
        // vm or tree, 48 bits, mailed, tiny, pages, direct map, 16 pages, 4 windows, 3 MMUs
        let header: [UInt8] = isTree ? [3, 1, 1, 0, 0, 1, 1, 7] : [3, 4, 1, 0, 0, 3, 1, 0b1011]
        let scenario = try Scenario(converting: header + old.flatMap(\.bytes))
        check(scenario.isNormalised)
        let world =
          isTree
          ? "world tree nodes tiny window 16 windows 4"
          : "world vm ipa-bits 48 layout mailed nodes tiny blocks pages window 16 windows 4 "
            + "direct on mmus 3"
        let text = (["revfuzz-scenario 4", world] + old.map(\.line) + [""]).joined(separator: "\n")
        check(scenario.text == text, "\(scenario.text)\n\(text)")
      }
    }
  }

  @Test("Any bytes of version 3 give a normal scenario of the same family and length")
  func any() throws {
    var random = SplitMix64(seed: 141)
    for _ in 0..<2000 {
      let count = random.index(30)
      let bytes = (0..<(7 + 8 * count)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      let scenario = try Scenario(converting: [3] + bytes)
      check(scenario.isNormalised && !scenario.world.isWhole)
      check(scenario.operations.count == count)
      check(!scenario.operations.contains { $0.kind.isFill })
      check(scenario.world.family == Scenario(decoding: [3] + bytes).world.family)
    }
  }

  @Test("Files that are not of version 3 are refused, with a one-line error")
  func errors() {
    func error(_ bytes: [UInt8]) -> ScenarioFileError? {
      do throws(ScenarioFileError) {
        _ = try Scenario(converting: bytes)
        return nil
      } catch {
        #expect(!error.description.isEmpty && !error.description.contains("\n"))
        return error
      }
    }
    let header: [UInt8] = [3, 0, 0, 0, 0, 0, 0, 0]
    #expect(error(header) == nil)
    #expect(error([]) == .tooShort(bytes: 0) && error([3, 0]) == .tooShort(bytes: 2))
    for version in [0, 2, 4, 255] as [UInt8] {
      #expect(error([version] + header.dropFirst()) == .unknownVersion(version))
      #expect(!Scenario.isOldVersion(version))
    }
    #expect(error(header + [0]) == .partialOldOperation(bytes: 9))
    let most = [UInt8](repeating: 0, count: 256 * 8)
    #expect(error(header + most) == nil && error(header + most + header) == .tooManyOperations(257))
  }
}
