import ReverseMapping

/// What a guest and its host do all day, as a study drives a reverse map with it. The raw value
/// goes into the seed: never reuse one, and a new case changes no other's numbers.
package enum Workload: UInt64, CaseIterable {
  /// A guest that starts.
  case boot = 1
  /// A guest on huge pages.
  case blocks
  /// A host that is short of memory.
  case balloon
  /// A host that logs which pages are written to.
  case migration
  /// A guest hypervisor that merges equal pages.
  case sharing
  /// A guest hypervisor that moves its guest's pages.
  case churn

  /// What happens in it, in one line.
  package var summary: String {
    switch self {
    case .boot: "4K faults, ascending with jumps; L1 drops the oldest, the host a few"
    case .blocks: "2M blocks come and go; now and then L1 splits one into pages and joins it"
    case .balloon: "4K faults anywhere, while the host takes random pages back"
    case .migration: "dirty logging: the host splits 2M blocks into pages in bursts"
    case .sharing: "4K faults, some of a canonical page that another nested page names"
    case .churn: "L1 moves nested 4K pages from one canonical page to another"
    }
  }
}

/// One thing that happens to the map of a shadow stage-2.
enum WorkloadStep: Equatable {
  /// A fault mapped the canonical bytes at the nested bytes from `nested` on.
  case record(IPARange, nested: UInt64)
  /// The host takes canonical bytes away.
  case unmap(IPARange)
  /// L1 says that it has changed its table for these nested bytes.
  case invalidate(IPARange)
}

/// An image of the memory that workloads use: where L1 has put the memory of L2. Both begin where
/// the memory of an arm64 virtual machine commonly does, at 1 GiB.
///
/// It maps one to one, so two nested places have one canonical place only where a workload means it.
enum GuestMemory {
  /// The first byte of memory, in both spaces.
  static let base: UInt64 = 1 << 30
  /// Pages that L2 has: 8 GiB. L1 has twice as many.
  static let nestedPages: UInt64 = 1 << 21
  /// Pages that L1 has: 16 GiB.
  static let canonicalPages: UInt64 = 1 << 22
  /// Pages of a 2M block.
  static let blockPages: UInt64 = 512

  /// The canonical page that backs nested page `page` where L1 allocates page by page. O(1).
  static func scattered(_ page: UInt64) -> UInt64 {
    // An odd factor permutes the numbers below a power of two.
    page &* 0x9e37_79b1 & (canonicalPages - 1)
  }

  /// As `scattered`, where L1 allocates aligned blocks of 2 MiB. O(1).
  static func inBlocks(_ page: UInt64) -> UInt64 {
    let blocks = canonicalPages / blockPages
    return (page / blockPages &* 0x9e37_79b1 & (blocks - 1)) * blockPages | page % blockPages
  }

  /// The bytes of `pages` pages from number `page` on, counted from the base. O(1).
  static func bytes(page: UInt64, pages: UInt64 = 1) -> IPARange {
    IPARange(start: base + page * Page.size, size: pages * Page.size)
  }
}
