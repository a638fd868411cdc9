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
    // `unmap` and `query` of a map.
    case ranges, everything
    // `unmap` and `query` of a machine: each MMU has its own answer.
    case visited
    // `topUp`.
    case full, short
    // Trees; `refused` is of memory.
    case occupied, found, missing, refused
  }

  public var outcome: Outcome = .done
  /// Why a map refused the arguments.
  public var error: ReverseMapError?
  /// The nested ranges reported, in the order of the report.
  public var ranges: [IPARange] = []
  /// What each MMU answered, in the order of the visits; `ranges` has the ranges of all of them.
  public var visits: [MMUVisit] = []
  /// Whether the subject found no memory for what it had to do. The oracle, which always does,
  /// is told.
  public var wasRefused = false
  /// The MMUs whose maps found no memory in an unmap, likewise.
  public var refusedMMUs: MMUSet = []
  /// The numbers reported: first, last and word of each tree element.
  public var numbers: [UInt64] = []

  public init() {}

  /// Makes it the answer "done" with nothing reported, and keeps the memory. O(1).
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
  /// `polluted`, or `ranges [0x1000, 0x1fff] [0x8000, 0x8fff]`, or
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
  /// Calls `body` with every visit and the nested ranges that belong to it. A count that a subject
  /// got wrong, even below 0, takes the ranges that there are. O(visits + ranges).
  package func forEachVisit(_ body: (MMUVisit, ArraySlice<IPARange>) -> Void) {
    var rest = ranges[...]
    for visit in visits {
      let count = min(max(0, visit.ranges), rest.count)
      body(visit, rest.prefix(count))
      rest = rest.dropFirst(count)
    }
  }
}
