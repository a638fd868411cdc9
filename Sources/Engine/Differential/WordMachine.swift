import Oracle
import ReverseMapping
import Scenario

/// A row of a machine that has no state.
public struct NoRow: Equatable, CustomStringConvertible, Sendable {
  public var description: String { "nothing" }
}

/// A words operation with its argument.
public struct WordAction: Sendable {
  /// What to do.
  public var kind: Operation.Kind
  /// A nested address to encode, or a word to decode.
  public var argument: UInt64
  /// The layout to do it in.
  public var layout: WordLayout

  /// What `operation` stands for in `world`. O(1).
  public init(_ operation: Operation, in world: World) {
    kind = operation.kind
    argument = operation.wordArgument
    layout = world.layout
  }
}

/// A word layout as a machine. `encode` answers the word, what it decodes to again, and what is left
/// of it after a tag shift; `decode` what an arbitrary word stands for.
public struct WordMachine: Subject {
  /// The word that the last operation wrote.
  @usableFromInline var written: UInt64?

  @inlinable
  public init() {}

  public static func action(for operation: Operation, in world: World) -> WordAction {
    WordAction(operation, in: world)
  }

  @inlinable
  public mutating func perform(_ action: WordAction, answer: inout Answer) {
    let layout = action.layout
    written = nil
    switch action.kind {
    case .encode:
      guard let word = try? layout.word(known: action.argument) else {
        answer.outcome = .rejected
        return
      }
      written = word
      answer.report(word: word, content: layout.content(of: word))
      answer.numbers.append(WordLayout.payload(ofTagged: WordLayout.tagged(payload: word)))
    case .decode:
      let word = action.argument
      answer.report(word: word, content: layout.content(of: word))
    default:
      answer.outcome = .rejected
    }
  }

  /// Specification 2.3: no written word is 0 or reserved.
  public func checkStructure() -> String? {
    guard let written, written == 0 || WordLayout.isReserved(written) else { return nil }
    return "a known entry is written as \(hexadecimal(written)), which a range tree refuses"
  }

  public func forEachRow(_ body: (NoRow) -> Void) {}
  public var status: UInt64 { 0 }
  public var statusDescription: String { "no state" }
  public static func fault(in rows: [NoRow], world: World) -> String? { nil }
  public mutating func tearDown() -> String? { nil }
}

/// The words of the specification's table as the reference for layouts.
public struct ReferenceWordMachine: Reference {
  public init() {}

  public static func action(for operation: Operation, in world: World) -> WordAction {
    WordAction(operation, in: world)
  }

  public mutating func perform(_ action: WordAction, answer: inout Answer) {
    let words = ReferenceWords(action.layout)
    let argument = action.argument
    switch action.kind {
    case .encode:
      guard let word = try? words.word(forKnown: argument) else {
        answer.outcome = .rejected
        return
      }
      // What was encoded is what must come back.
      answer.report(word: word, content: .known(nested: argument))
      // A tag shift drops the top bit of what it is given, and nothing else.
      answer.numbers.append(word % (1 << 63))
    case .decode:
      answer.report(word: argument, content: words.content(of: argument))
    default:
      answer.outcome = .rejected
    }
  }

  public func forEachRow(_ body: (NoRow) -> Void) {}
  public var status: UInt64 { 0 }
  public var statusDescription: String { "no state" }
  public func holdsExactlyRows<S: Subject & ~Copyable>(of subject: borrowing S) -> Bool
  where S.Row == NoRow { true }
}

extension Answer {
  /// Reports a word and what it stands for.
  @inlinable
  mutating func report(word: UInt64, content: EntryContent?) {
    numbers.append(word)
    outcome = content == nil ? .missing : .found
    if let content { numbers.append(content.nested ?? .max) }
  }
}
