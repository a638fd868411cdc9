import ReverseMapping

/// Which records a benchmark makes, and in what order. The density does not depend on how many
/// there are, so that a map of more records differs from one of fewer in its size alone.
package enum MapWorkload: String, CaseIterable, Codable {
  /// 4K pages without a gap, from the lowest to the highest.
  case ascending
  /// The same pages in random order.
  case dense
  /// One 4K page in 64, at random and in random order.
  case sparse
  /// Blocks of 2 MiB, one record in ten, which take four fifths of the window; 4K pages at random in
  /// the last fifth; in random order.
  case blocks
  /// As `blocks`, but the 4K pages lie anywhere in the window, most of them in a block that is
  /// recorded as well: one canonical page is then mapped at two nested ones, and its entry unknown.
  case overlapping

  /// Pages of the canonical window that `records` records lie in, rounded up to whole blocks. O(1).
  func windowPages(records: Int) -> Int {
    let perRecord = self == .ascending || self == .dense ? 1 : 64
    let blockPages = Int(GuestMemory.blockPages)
    return (records * perRecord + blockPages - 1) / blockPages * blockPages
  }

  /// What happens in it, in one line.
  func summary(records: Int) -> String {
    let window = Self.size(pages: windowPages(records: records))
    switch self {
    case .ascending: return "4K pages, ascending through \(window)"
    case .dense: return "4K pages of \(window), all of them, in random order"
    case .sparse: return "4K pages, distinct, at random in \(window)"
    case .blocks: return "10 % 2M blocks among 4K pages at random in \(window), disjoint"
    case .overlapping: return "10 % 2M blocks and 4K pages at random in \(window), overlapping"
    }
  }

  /// A number of pages in the largest unit that it is a whole number of, at most GiB.
  private static func size(pages: Int) -> String {
    if pages % (1 << 18) == 0 { return "\(pages >> 18) GiB" }
    if pages % (1 << 8) == 0 { return "\(pages >> 8) MiB" }
    return "\(pages << 2) KiB"
  }
}

/// One record of a benchmark, in 16 bytes: a loop that is timed reads many of them, one after the
/// other.
struct MapRecord {
  /// The canonical start; below bit 12, log2 of the size, and at bit 6 whether its entry is unknown.
  private let bits: UInt64
  /// The nested base in bytes.
  let nested: UInt64

  /// `1 << shift` bytes from `start` on, mapped at `nested`.
  init(start: UInt64, shift: UInt64, nested: UInt64, isUnknown: Bool = false) {
    bits = start | shift | (isUnknown ? 64 : 0)
    self.nested = nested
  }

  /// The canonical range. O(1), without a branch that sizes at random would mispredict.
  var canonical: IPARange { IPARange(start: start, size: 1 &<< (bits & 63)) }

  /// The first canonical byte.
  var start: UInt64 { bits & ~4095 }

  /// Whether it is a block of 2 MiB.
  var isBlock: Bool { bits & 63 > Page.shift }

  /// Whether the entry that the record lies in is unknown once all are made.
  var isUnknown: Bool { bits & 64 != 0 }

  /// The same record, if its entry is unknown.
  var unknown: MapRecord {
    MapRecord(start: start, shift: bits & 63, nested: nested, isUnknown: true)
  }
}
