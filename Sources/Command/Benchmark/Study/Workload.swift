import ReverseMapping

/// Typical activity of a guest and its host, with which a study drives a reverse map. The raw value
/// goes into the seed: never reuse one, so that a new case does not change the numbers of others.
package enum Workload: UInt64, CaseIterable {
  /// A guest that boots.
  case boot = 1
  /// A guest on huge pages.
  case blocks
  /// A host that is short of memory.
  case balloon
  /// A host that tracks dirty pages for live migration.
  case migration
  /// A guest hypervisor that merges equal pages.
  case sharing
  /// A guest hypervisor that moves its guest's pages.
  case churn

  /// The workload in one line, for the user.
  package var summary: String {
    switch self {
    case .boot: "ascending 4K faults with jumps; L1 drops the oldest mappings, the host a few"
    case .blocks: "2M blocks come and go; sometimes L1 splits one into pages and rejoins it"
    case .balloon: "4K faults at random, while the host takes random pages back"
    case .migration: "dirty logging: the host splits 2M blocks into pages in bursts"
    case .sharing: "4K faults, some of which map a canonical page that is already mapped"
    case .churn: "L1 moves nested 4K pages from one canonical page to another"
    }
  }
}

/// The memory layout of the workloads: where L1 has put the memory of L2. Both memories begin at
/// 1 GiB, as is common for arm64 virtual machines.
///
/// The layout is one to one: two nested pages share a canonical page only if a workload wants it.
enum GuestMemory {
  /// The first byte of memory, in both address spaces.
  static let base: UInt64 = 1 << 30
  /// The pages of L2's memory, 8 GiB. L1 has twice as many.
  static let nestedPages: UInt64 = 1 << 21
  /// The pages of L1's memory, 16 GiB.
  static let canonicalPages: UInt64 = 1 << 22
  /// The pages of a 2M block.
  static let blockPages: UInt64 = 512

  /// The canonical page that backs nested page `page` if L1 allocates page by page.
  static func scattered(_ page: UInt64) -> UInt64 {
    // An odd factor permutes the numbers below a power of two.
    page &* 0x9e37_79b1 & (canonicalPages - 1)
  }

  /// The canonical page that backs nested page `page` if L1 allocates aligned blocks of 2 MiB.
  static func inBlocks(_ page: UInt64) -> UInt64 {
    let blocks = canonicalPages / blockPages
    return (page / blockPages &* 0x9e37_79b1 & (blocks - 1)) * blockPages | page % blockPages
  }

  /// The byte range of `pages` pages from page number `page` on, counted from `base`.
  static func bytes(page: UInt64, pages: UInt64 = 1) -> IPARange {
    IPARange(start: base + page * Page.size, size: pages * Page.size)
  }
}
