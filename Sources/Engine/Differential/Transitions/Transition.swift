import ReverseMapping
import Scenario

/// Two consecutive kinds of operation, and for the second its outcome, the number of entries that
/// it hit, the height of the trees afterwards, and whether trees gained or lost nodes.
///
/// This is coarse enough that a few seconds of fuzzing see most of the common transitions, and fine
/// enough that a whole campaign run still finds new ones. It is our own measure of variety. The
/// fuzzer gets no feedback from it, so the share that is still unseen can be estimated from what
/// was seen (Good-Turing).
///
/// The bits of `packed`:
///
/// | bits | content |
/// |---|---|
/// | 4:0 | the kind of the operation, plus 1 |
/// | 9:5 | the kind of the previous operation, plus 1; 0 for none |
/// | 13:10 | the low four bits of the outcome |
/// | 14 | an MMU answered with ranges |
/// | 15 | an MMU answered `everything` |
/// | 18:16 | entries hit: 0, 1, 2, 3 or 4, 5 to 8, more |
/// | 21:19 | the height; 7 is 7 or more |
/// | 22 | trees gained nodes: a node was split, or a first one was made |
/// | 23 | trees lost nodes: nodes were merged, or a tree died |
/// | 24 | memory was refused, and not found elsewhere |
/// | 25 | the highest bit of the outcome |
public struct Transition: Equatable, Hashable, Sendable {
  /// The whole transition, as in the table above. Never 0.
  public let packed: UInt32

  /// The transition encoded as `packed`, or nil if `packed` is not valid.
  public init?(packed: UInt32) {
    let second = packed & 31
    let first = packed >> 5 & 31
    guard packed >> 26 == 0, Answer.Outcome(rawValue: Self.outcome(in: packed)) != nil,
      packed >> 16 & 7 < UInt32(Self.hitNames.count),
      second > 0, Operation.Kind(rawValue: UInt8(second - 1)) != nil,
      first == 0 || Operation.Kind(rawValue: UInt8(first - 1)) != nil
    else { return nil }
    self.packed = packed
  }

  /// The transition of an operation of `kind` after one of kind `first`, or at the start if `first`
  /// is nil. `before` and `after` are the subject's statistics, or nil if its structure cannot be
  /// seen. O(visits).
  @inline(__always)
  public init(
    _ kind: Operation.Kind, after first: Operation.Kind?, _ answer: Answer,
    before: StructureStatistics?,
    after: StructureStatistics?
  ) {
    var bits = UInt32(kind.rawValue) + 1
    if let first { bits |= (UInt32(first.rawValue) + 1) << 5 }
    let outcome = UInt32(answer.outcome.rawValue)
    bits |= (outcome & 15) << 10 | (outcome >> 4) << 25
    for visit in answer.visits { bits |= visit.result == .ranges ? 1 << 14 : 1 << 15 }
    bits |= Self.bucket(ofHits: Self.hits(kind, answer, before: before, after: after)) << 16
    if let before, let after {
      bits |= UInt32(truncatingIfNeeded: min(max(after.height, 0), 7)) << 19
      if after.nodesTaken != before.nodesTaken { bits |= 1 << 22 }
      if after.nodesGiven != before.nodesGiven { bits |= 1 << 23 }
    }
    if answer.wasRefused || answer.refusedMMUs != [] { bits |= 1 << 24 }
    packed = bits
  }

  /// How many entries an operation hit: max(reported, removed). An entry that the operation stored
  /// is not counted among those left, so a record that replaces one entry has hit one. If a store
  /// or an erase in a tree cuts an element, the rest of it counts as an element that is left.
  @inline(__always)
  static func hits(
    _ kind: Operation.Kind, _ answer: Answer, before: StructureStatistics?,
    after: StructureStatistics?
  ) -> Int {
    let reported: Int
    switch kind.group {
    case .map: reported = answer.ranges.count
    case .tree: reported = kind == .replace ? 0 : answer.numbers.count / 3
    case .memory: reported = 0
    }
    guard let before, let after else { return reported }
    let stored: Int
    switch (kind, answer.outcome) {
    case (.record, .stored), (.record, .polluted), (.insert, .stored), (.store, .done),
      (.replace, .done):
      stored = 1
    default: stored = 0
    }
    return max(reported, before.entries &+ stored &- after.entries)
  }

  /// The bucket, 0 to 5, of a number of hits.
  @inline(__always)
  static func bucket(ofHits hits: Int) -> UInt32 {
    switch hits {
    case ...0: return 0
    case 1: return 1
    case 2: return 2
    case 3...4: return 3
    case 5...8: return 4
    default: return 5
    }
  }

  /// The raw value of the outcome.
  private static func outcome(in packed: UInt32) -> UInt8 {
    UInt8(packed >> 10 & 15 | (packed >> 25 & 1) << 4)
  }

  private static let hitNames = ["0", "1", "2", "3 to 4", "5 to 8", "9 or more"]
}

extension Transition: CustomStringConvertible {
  /// For example `record after record: polluted, 3 to 4 entries hit, height 2, nodes added`.
  public var description: String {
    let kind = Operation.Kind(rawValue: UInt8(packed & 31) &- 1)?.word ?? ""
    let first = Operation.Kind(rawValue: UInt8(packed >> 5 & 31) &- 1)
    let outcome = Answer.Outcome(rawValue: Self.outcome(in: packed)) ?? .done
    let hits = Self.hitNames[Int(packed >> 16 & 7)]
    let height = packed >> 19 & 7
    var parts = ["\(outcome)"]
    if packed >> 14 & 1 != 0 { parts.append("an mmu answered ranges") }
    if packed >> 15 & 1 != 0 { parts.append("an mmu answered everything") }
    parts.append("\(hits) \(hits == "1" ? "entry" : "entries") hit")
    parts.append("height \(height)\(height == 7 ? " or more" : "")")
    if packed >> 22 & 1 != 0 { parts.append("nodes added") }
    if packed >> 23 & 1 != 0 { parts.append("nodes removed") }
    if packed >> 24 & 1 != 0 { parts.append("no memory") }
    let start = first.map { "after \($0.word)" } ?? "at the start"
    return "\(kind) \(start): " + parts.joined(separator: ", ")
  }
}
