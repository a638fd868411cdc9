import ReverseMapping

// The text form, version 4: what people read and write. docs/Scenarios.md is its reference; this is
// an overview.
//
// One operation per line, with the literal arguments that the subject receives. `#` begins a
// comment; blank lines are ignored.
//
//     revfuzz-scenario 4
//     world map ipa-bits 48 layout mailed nodes tiny blocks pages window 64 windows 4
//     record 0x1000 -> 0x2000 size 0x1000      canonical -> nested, in bytes
//     unmap 0x0 size 0x4000
//     query 0x0 size 0x4000
//     clear
//     begin-full-unmap
//     end-full-unmap
//     fill 0x1000 -> 0x2000 size 0x1000 count 9 step 0x2000   nine records, 0x2000 apart
//
//     world tree nodes tiny window 64 windows 4
//     store 0x0...0x5 word 0x1                 keys, inclusive
//     erase 0x0...0x5
//     replace 0x0...0x5 word 0x1
//     remove 0x0...0x5
//     find 0x3
//     insert 0x0...0x5 word 0x1
//     list 0x0...0x5
//     fill 0x0...0x1 word 0x1 count 9 step 4   nine stores, four keys apart
//     clear
//     refuse every 3                           as in a vm world
//
//     world direct ipa-bits 48 layout mailed nodes tiny blocks pages window 64 windows 4
//     invalidate 0x2000 size 0x1000            nested; and every operation of a map world
//
//     world vm ipa-bits 48 layout mailed nodes tiny blocks pages window 64 windows 4 \
//       direct on mmus 2                         (one line)
//     record 0x1000 -> 0x2000 size 0x1000 mmu 1
//     unmap 0x0 size 0x4000                    visits every valid MMU
//     query 0x0 size 0x4000                    likewise
//     clear mmu 0
//     begin-full-unmap mmu 0
//     end-full-unmap mmu 0
//     invalidate 0x2000 size 0x1000 mmu 0
//     create mmu 0
//     hand-over mmu 0
//     tear-down mmu 0
//     refuse none                              fault plan: refuse no request for memory
//     refuse request 3                         only the third from now
//     refuse every 3                           every third
//     refuse from 3                            the third and all after it
//     refuse next 3                            the next three
//     refuse budget 0x140                      those that would hand out more than 0x140 bytes
//                                              beyond what is handed out now; a multiple of 64
//     refuse chance 12/65536 seed 7            each with this probability; the seed is 0 to 255
//
//     world memory nodes tiny direct on mmus 2 settings and operations of a vm world, and
//     enter atomic                             or may-sleep
//     top-up mmu 0
//     reclaim
//
// Settings may come in any order. A setting that is left out has its default in `World.init`.
// `window` is in pages; `windows none` makes the world whole, and then it has no `window`. Numbers
// are decimal, or hexadecimal after `0x`.

extension Scenario {
  /// The version of the text form that this code writes.
  public static let textVersion: UInt64 = 4
  /// The versions that it reads. Every text of version 3 means the same in version 4.
  static let textVersions: ClosedRange<UInt64> = 3...4

  /// `bytes`, a text of an older version, as a text of the current one; nil if it is current or not
  /// a scenario. Only the version changes, so comments and blanks stay. O(bytes).
  public static func converting(textBytes bytes: [UInt8]) -> [UInt8]? {
    var parser = ScenarioParser(bytes: bytes)
    guard (try? parser.parse()) != nil, let word = parser.oldVersion else { return nil }
    return bytes[..<word.lowerBound] + Array("\(textVersion)".utf8) + bytes[word.upperBound...]
  }

  /// Parses `text`. O(text).
  ///
  /// - Throws: the first error in the text.
  public init(text: String) throws(ScenarioTextError) { try self.init(textBytes: text.utf8) }

  /// Parses the text in `bytes`, which need not be valid UTF-8. O(bytes).
  ///
  /// - Throws: the first error in the text.
  public init(textBytes bytes: some Sequence<UInt8>) throws(ScenarioTextError) {
    var parser = ScenarioParser(bytes: Array(bytes))
    self = try parser.parse()
  }

  /// Parses `text` and expands the settings that its world leaves out: one scenario for each
  /// combination of layout and node size that the text does not fix, so one to four scenarios.
  /// O(text).
  ///
  /// - Throws: the first error in the text.
  public static func everyReading(of text: String) throws(ScenarioTextError) -> [Scenario] {
    var parser = ScenarioParser(bytes: Array(text.utf8))
    return try parser.parseEveryReading()
  }

  /// The text form without the layout and the node size where they have their default, so that
  /// `everyReading(of:)` expands them. O(operations).
  public var openText: String { text(of: world.openText) }

  /// The text form. The last line ends with a newline too. O(operations).
  public var text: String { text(of: world.text) }

  private func text(of world: String) -> String {
    var text = "revfuzz-scenario \(Self.textVersion)\n\(world)\n"
    for operation in operations {
      text += operation.text(in: self.world)
      text += "\n"
    }
    return text
  }
}

extension World {
  /// The world line, without a newline: the settings that the family uses.
  public var text: String { text(isOpen: false) }

  /// The world line without the layout and the node size where they have their default.
  fileprivate var openText: String { text(isOpen: true) }

  private func text(isOpen: Bool) -> String {
    var text = "world \(family)"
    if family.drivesMaps { text += " ipa-bits \(ipaBits)" }
    if family.drivesMaps, !isOpen || layout != .mailed { text += " layout \(layout)" }
    if !isOpen || nodeSize != .production { text += " nodes \(nodeSize)" }
    if family.drivesMaps { text += " blocks \(blocks)" }
    text += isWhole ? " windows none" : " window \(windowPages) windows \(windows)"
    if family.isVM { text += " direct \(hasDirectMap ? "on" : "off") mmus \(mmus)" }
    return text
  }
}

extension Operation {
  /// The line of this operation, without a newline.
  public func text(in world: World) -> String {
    let line = lineWithoutMMU
    return world.family.isVM && kind.namesMMU ? "\(line) mmu \(mmu)" : line
  }

  private var lineWithoutMMU: String {
    let word = kind.word
    switch kind {
    case .record, .fill:
      let range = range()
      return "\(word) \(hexadecimal(range.start)) -> \(hexadecimal(nested())) size "
        + "\(hexadecimal(range.size))" + fillText(shift: Page.shift)
    case .unmap, .query, .invalidate:
      let range = range()
      return "\(word) \(hexadecimal(range.start)) size \(hexadecimal(range.size))"
    case .clear, .beginFullUnmap, .endFullUnmap, .clearTree, .create, .handOver, .tearDown, .topUp,
      .reclaim:
      return word
    case .refuse: return "\(word) \(planText)"
    case .enter: return "\(word) \(context.word)"
    case .store, .replace, .insert, .fillTree:
      return "\(word) \(keys) word \(hexadecimal(treeWord))" + fillText(shift: 0)
    case .erase, .remove, .list:
      return "\(word) \(keys)"
    case .find:
      return "\(word) \(hexadecimal(page))"
    }
  }

  private func fillText(shift: UInt64) -> String {
    kind.isFill ? " count \(count) step \(hexadecimal(step << shift))" : ""
  }

  private var planText: String {
    switch faultPlanKind {
    case .none: return "none"
    case .request, .every, .from, .next: return "\(faultPlanKind) \(planCount)"
    case .budget:
      return "\(faultPlanKind) \(hexadecimal(UInt64((planCount - 1) * Self.budgetUnit)))"
    case .chance: return "\(faultPlanKind) \(planCount)/\(Self.mostPlanCount) seed \(planSeed)"
    }
  }

  private var keys: String {
    let range = treeRange()
    return "\(hexadecimal(range.first))...\(hexadecimal(range.last))"
  }
}

extension Operation.Kind {
  /// The first word of the operation's line. Those of maps and trees share `clear` and `fill`.
  public var word: String {
    switch self {
    case .beginFullUnmap: return "begin-full-unmap"
    case .endFullUnmap: return "end-full-unmap"
    case .clearTree: return "clear"
    case .fillTree: return "fill"
    case .handOver: return "hand-over"
    case .tearDown: return "tear-down"
    case .topUp: return "top-up"
    default: return "\(self)"
    }
  }
}

extension Context {
  /// The context in the text form: `may-sleep` or `atomic`.
  public var word: String {
    switch self {
    case .maySleep: return "may-sleep"
    case .atomic: return "atomic"
    }
  }
}

/// Why a text is not a scenario.
public struct ScenarioTextError: Error, Equatable, Sendable {
  /// The line of the error, from 1.
  public var line: Int
  /// The byte in the line where the error starts, from 1.
  public var column: Int
  /// What is wrong and what was expected, without a full stop.
  public var message: String
}

extension ScenarioTextError: CustomStringConvertible {
  /// The position and the message, on one line.
  public var description: String { "line \(line), column \(column): \(message)" }
}
