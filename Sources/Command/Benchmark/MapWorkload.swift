import ReverseMapping

/// The records that a benchmark makes, and their order. The density does not depend on the number
/// of records, so maps of one workload differ in size alone.
package enum MapWorkload: String, CaseIterable, Codable {
  /// 4K pages without a gap, from the lowest to the highest.
  case ascending
  /// The same pages in random order.
  case dense
  /// One 4K page in 64, at random and in random order.
  case sparse
  /// Blocks of 2 MiB, one record in ten, in four fifths of the window, and random 4K pages in the
  /// rest; in random order.
  case blocks
  /// As `blocks`, but the 4K pages lie anywhere in the window. Most lie in a block that is recorded
  /// as well, so two nested pages map the same canonical page, and the block's entry is unknown.
  case overlapping
  /// Naturally aligned blocks of every size that hosts map, from 4K to 1G, disjoint and in random
  /// order.
  case hosts

  /// The size in pages of the canonical window that holds `records` records, rounded up to whole
  /// blocks.
  func windowPages(records: Int) -> Int {
    if self == .hosts { return HostBlocks(count: records, seed: 0).windowPages }
    let perRecord = self == .ascending || self == .dense ? 1 : 64
    let blockPages = Int(GuestMemory.blockPages)
    return (records * perRecord + blockPages - 1) / blockPages * blockPages
  }

  /// The workload in one line, for the user.
  func summary(records: Int) -> String {
    let window = Self.size(pages: windowPages(records: records))
    switch self {
    case .ascending: return "4K pages, ascending through \(window)"
    case .dense: return "4K pages of \(window), all of them, in random order"
    case .sparse: return "4K pages, distinct, at random in \(window)"
    case .blocks: return "10 % 2M blocks among 4K pages at random in \(window), disjoint"
    case .overlapping: return "10 % 2M blocks and 4K pages at random in \(window), overlapping"
    case .hosts: return "blocks of 4K to 1G at random in \(window), disjoint"
    }
  }

  /// The size of `pages` pages as text, in the largest unit of KiB, MiB and GiB that divides it.
  private static func size(pages: Int) -> String {
    if pages % (1 << 18) == 0 { return "\(pages >> 18) GiB" }
    if pages % (1 << 8) == 0 { return "\(pages >> 8) MiB" }
    return "\(pages << 2) KiB"
  }
}

/// One record of a benchmark. Packed into 16 bytes because the timed loops read many of them.
struct MapRecord {
  /// The canonical start. Bits 0 to 5 are log2 of the size; bit 6 is set if the entry is unknown.
  private let bits: UInt64
  /// The nested base in bytes.
  let nested: UInt64

  /// The record of `1 << shift` bytes from `start` on, mapped at `nested`.
  init(start: UInt64, shift: UInt64, nested: UInt64, isUnknown: Bool = false) {
    bits = start | shift | (isUnknown ? 64 : 0)
    self.nested = nested
  }

  /// The canonical range. Free of branches, which random sizes would make mispredict.
  var canonical: IPARange { IPARange(start: start, size: 1 &<< (bits & 63)) }

  /// The first canonical byte.
  var start: UInt64 { bits & ~4095 }

  /// Whether it is larger than a page.
  var isBlock: Bool { bits & 63 > Page.shift }

  /// Whether the entry that covers the record is unknown after all records.
  var isUnknown: Bool { bits & 64 != 0 }

  /// The same record, marked as unknown.
  var unknown: MapRecord {
    MapRecord(start: start, shift: bits & 63, nested: nested, isUnknown: true)
  }
}
