import ReverseMapping

/// What one operation answered, in a form that all machines share and that compares fast.
public struct Answer: Equatable {
  /// The kind of answer.
  public enum Outcome: UInt8, Sendable {
    /// The operation has no result, and was done.
    case done
    /// The arguments were refused.
    case rejected
    // `record`.
    case ignored, stored, unchanged, polluted, broke
    // `unmap` and `query`.
    case ranges, everything
    // Trees.
    case occupied, found, missing
  }

  public var outcome: Outcome = .done
  /// Why a map refused the arguments.
  public var error: ReverseMapError?
  /// The nested ranges reported, in the order of the report.
  public var ranges: [IPARange] = []
  /// The numbers reported: first, last and word of each tree element; or a word.
  public var numbers: [UInt64] = []

  public init() {}

  /// Makes it the answer "done" with nothing reported, and keeps the memory. O(1).
  @inlinable
  mutating func reset() {
    outcome = .done
    error = nil
    if !ranges.isEmpty { ranges.removeAll(keepingCapacity: true) }
    if !numbers.isEmpty { numbers.removeAll(keepingCapacity: true) }
  }
}

extension Answer: CustomStringConvertible {
  /// `polluted`, or `ranges [0x1000, 0x1fff] [0x8000, 0x8fff]`.
  public var description: String {
    var words = ["\(outcome)"]
    if let error { words.append("(\(error))") }
    if outcome == .ranges && ranges.isEmpty { words.append("none") }
    words += ranges.map(\.description)
    words += numbers.map(hexadecimal)
    return words.joined(separator: " ")
  }
}
