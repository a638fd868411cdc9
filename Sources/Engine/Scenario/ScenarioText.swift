import ReverseMapping

// The text form, version 3: what a person reads and writes. One operation a line, with the literal
// arguments that the subject gets; `#` begins a comment; blank lines do not count.
//
//     revfuzz-scenario 3
//     world map ipa-bits 48 layout mailed nodes tiny blocks pages window 64 windows 4
//     record 0x1000 -> 0x2000 size 0x1000      canonical -> nested, in bytes
//     unmap 0x0 size 0x4000
//     query 0x0 size 0x4000
//     clear
//     begin-full-unmap
//     end-full-unmap
//
//     world tree nodes tiny window 64 windows 4
//     store 0x0...0x5 word 0x1                 keys, inclusive
//     erase 0x0...0x5
//     replace 0x0...0x5 word 0x1
//     remove 0x0...0x5
//     find 0x3
//     insert 0x0...0x5 word 0x1
//     list 0x0...0x5
//     clear
//     refuse every 3                           as in a vm
//
//     world direct ipa-bits 48 layout mailed nodes tiny blocks pages window 64 windows 4
//     invalidate 0x2000 size 0x1000            nested; and all that a map world has
//
//     world vm ipa-bits 48 layout mailed nodes tiny blocks pages window 64 windows 4 direct on mmus 2
//     record 0x1000 -> 0x2000 size 0x1000 mmu 1
//     unmap 0x0 size 0x4000                    every valid MMU
//     query 0x0 size 0x4000
//     clear mmu 0
//     begin-full-unmap mmu 0
//     end-full-unmap mmu 0
//     invalidate 0x2000 size 0x1000 mmu 0
//     create mmu 0
//     hand-over mmu 0
//     tear-down mmu 0
//     refuse none                              requests for memory, in the whole machine: none,
//     refuse request 3                         the third from now, and no other,
//     refuse every 3                           every third,
//     refuse from 3                            all from the third on,
//     refuse next 3                            the next three,
//     refuse budget 0x140                      all that do not fit into 0x140 bytes more than are
//                                              handed out, a multiple of 64,
//     refuse chance 12/65536 seed 7            12 in 65536, drawn from a seed of 0 to 255
//
//     world memory nodes tiny direct on mmus 2 the settings of a vm, and all that it has
//     enter atomic                             or may-sleep
//     top-up mmu 0
//     reclaim
//
// Settings may come in any order and may be left out, for those of `World.init`; `window` counts
// pages. Numbers are decimal or, after `0x`, hexadecimal.

extension Scenario {
  /// The version that is written and read.
  public static let textVersion: UInt64 = 3

  /// The scenario that `text` stands for. O(text).
  ///
  /// - Throws: the first thing that is wrong.
  public init(text: String) throws(ScenarioTextError) { try self.init(textBytes: text.utf8) }

  /// The scenario in a text of bytes, which need not be valid UTF-8. O(bytes).
  ///
  /// - Throws: the first thing that is wrong.
  public init(textBytes bytes: some Sequence<UInt8>) throws(ScenarioTextError) {
    var parser = ScenarioParser(bytes: Array(bytes))
    self = try parser.parse()
  }

  /// Every scenario that `text` stands for if the layout and the size of nodes that its world leaves
  /// out are taken as each of their choices: one to four scenarios. O(text).
  ///
  /// - Throws: the first thing that is wrong.
  public static func everyReading(of text: String) throws(ScenarioTextError) -> [Scenario] {
    var parser = ScenarioParser(bytes: Array(text.utf8))
    return try parser.parseEveryReading()
  }

  /// The text form, with the layout and the size of nodes left out where they are the usual ones, so
  /// that `everyReading(of:)` takes each choice. O(operations).
  public var openText: String { text(of: world.openText) }

  /// The text form, every line ended. O(operations).
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
  /// The line of text of this world, without its end: the settings that its family uses.
  public var text: String { text(isOpen: false) }

  /// The line without the layout and the size of nodes where they are the usual ones.
  fileprivate var openText: String { text(isOpen: true) }

  private func text(isOpen: Bool) -> String {
    var text = "world \(family)"
    if family.drivesMaps { text += " ipa-bits \(ipaBits)" }
    if family.drivesMaps, !isOpen || layout != .mailed { text += " layout \(layout)" }
    if !isOpen || nodeSize != .production { text += " nodes \(nodeSize)" }
    if family.drivesMaps { text += " blocks \(blocks)" }
    text += " window \(windowPages) windows \(windows)"
    if family.isVM { text += " direct \(hasDirectMap ? "on" : "off") mmus \(mmus)" }
    return text
  }
}

extension Operation {
  /// The line of text of this operation, without its end. O(1).
  public func text(in world: World) -> String {
    let line = lineWithoutMMU(in: world)
    return world.family.isVM && kind.namesMMU ? "\(line) mmu \(mmu)" : line
  }

  private func lineWithoutMMU(in world: World) -> String {
    let word = kind.word
    switch kind {
    case .record:
      let range = range(in: world)
      let nested = hexadecimal(nested(in: world))
      return "\(word) \(hexadecimal(range.start)) -> \(nested) size \(hexadecimal(range.size))"
    case .unmap, .query, .invalidate:
      let range = range(in: world)
      return "\(word) \(hexadecimal(range.start)) size \(hexadecimal(range.size))"
    case .clear, .beginFullUnmap, .endFullUnmap, .clearTree, .create, .handOver, .tearDown, .topUp,
      .reclaim:
      return word
    case .refuse: return "\(word) \(planText)"
    case .enter: return "\(word) \(context.word)"
    case .store, .replace, .insert:
      return "\(word) \(keys(in: world)) word \(hexadecimal(treeWord))"
    case .erase, .remove, .list:
      return "\(word) \(keys(in: world))"
    case .find:
      return "\(word) \(hexadecimal(treeKey(in: world)))"
    }
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

  private func keys(in world: World) -> String {
    let range = treeRange(in: world)
    return "\(hexadecimal(range.first))...\(hexadecimal(range.last))"
  }
}

extension Operation.Kind {
  /// The word that begins the operation's line of text. Only `clear` and `clearTree` share one.
  public var word: String {
    switch self {
    case .beginFullUnmap: return "begin-full-unmap"
    case .endFullUnmap: return "end-full-unmap"
    case .clearTree: return "clear"
    case .handOver: return "hand-over"
    case .tearDown: return "tear-down"
    case .topUp: return "top-up"
    default: return "\(self)"
    }
  }
}

extension Context {
  /// The word for it in the text form: `may-sleep` or `atomic`. O(1).
  public var word: String {
    switch self {
    case .maySleep: return "may-sleep"
    case .atomic: return "atomic"
    }
  }
}

/// Why a text is no scenario.
public struct ScenarioTextError: Error, Equatable, Sendable {
  /// The line at fault, from 1.
  public var line: Int
  /// The byte in the line where the fault starts, from 1.
  public var column: Int
  /// What is wrong and what would be right, without a full stop.
  public var message: String
}

extension ScenarioTextError: CustomStringConvertible {
  /// The place and the message, in one line.
  public var description: String { "line \(line), column \(column): \(message)" }
}
