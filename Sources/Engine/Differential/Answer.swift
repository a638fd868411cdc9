import ReverseMapping

/// The answer to one operation, in a form that all drivers share and that compares fast.
public struct Answer: Equatable, Sendable {
  /// The kind of answer.
  public enum Outcome: UInt8, Sendable {
    /// Done; the operation has no result.
    case done
    /// The arguments were rejected.
    case rejected
    // `record`.
    case ignored, stored, unchanged, polluted, broke
    // `unmap` and `query` of a map.
    case ranges, everything
    // `unmap` and `query` of a virtual machine: each MMU has its own answer.
    case visited
    // `topUp`.
    case full, short
    // Trees; `refused` means that a request for memory was refused.
    case occupied, found, missing, refused
    // `record` of a map that may fail. Last, so that the others keep the numbers that they have in
    // files of transitions.
    case failed
  }

  public var outcome: Outcome = .done
  /// Why the arguments were rejected.
  public var error: ReverseMapError?
  /// The nested ranges reported, in the order of the report.
  public var ranges: [IPARange] = []
  /// The result of each MMU, in the order of the visits; `ranges` has the ranges of all of them.
  public var visits: [MMUVisit] = []
  /// Whether the subject failed to get memory that it needed. The oracle never runs out of memory,
  /// so the harness passes this on to it.
  public var wasRefused = false
  /// The MMUs whose maps failed to get memory in an unmap. Passed on to the oracle as well.
  public var refusedMMUs: MMUSet = []
  /// First, last and word of each tree element reported.
  public var numbers: [UInt64] = []

  public init() {}

  /// Resets to the answer `done` with nothing reported. Keeps the memory.
  @inlinable @inline(__always)
  mutating func reset() {
    outcome = .done
    error = nil
    wasRefused = false
    refusedMMUs = []
    if !visits.isEmpty { visits.removeAll(keepingCapacity: true) }
    if !ranges.isEmpty { ranges.removeAll(keepingCapacity: true) }
    if !numbers.isEmpty { numbers.removeAll(keepingCapacity: true) }
  }
}

extension Answer: CustomStringConvertible {
  /// For example `polluted`, or `ranges [0x1000, 0x1fff] [0x8000, 0x8fff]`, or
  /// `mmu 0 ranges [0x1000, 0x1fff], mmu 1 everything`.
  public var description: String {
    if outcome == .visited { return visitsDescription }
    var words = ["\(outcome)"]
    if let error { words.append("(\(error))") }
    if outcome == .ranges && ranges.isEmpty { words.append("none") }
    words += ranges.map(\.description)
    words += numbers.map(hexadecimal)
    return words.joined(separator: " ")
  }

  private var visitsDescription: String {
    var parts: [String] = []
    forEachVisit { visit, ranges in
      let none = visit.result == .ranges && ranges.isEmpty ? ["none"] : []
      let words = ["mmu \(visit.mmu) \(visit.result)"] + none + ranges.map(\.description)
      parts.append(words.joined(separator: " "))
    }
    return parts.isEmpty ? "no mmu was visited" : parts.joined(separator: ", ")
  }
}

extension Answer {
  /// Calls `body` with every visit and its nested ranges. If a subject reports a wrong count, even
  /// a negative one, the visit gets as many ranges as there are. O(visits + ranges).
  package func forEachVisit(_ body: (MMUVisit, ArraySlice<IPARange>) -> Void) {
    var rest = ranges[...]
    for visit in visits {
      let count = min(max(0, visit.ranges), rest.count)
      body(visit, rest.prefix(count))
      rest = rest.dropFirst(count)
    }
  }
}
