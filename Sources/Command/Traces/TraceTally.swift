import ReverseMapping

/// What a replay of a trace saw.
package struct TraceTally: Codable, Equatable {
  /// What a record met in the map before it was made. The first that applies.
  package struct Meetings: Codable, Equatable {
    /// No entry.
    package var nothing = 0
    /// The same entry.
    package var sameEntry = 0
    /// An entry that is unknown already.
    package var unknown = 0
    /// Only known entries of the same translation, but of other bounds.
    package var sameTranslation = 0
    /// A known entry of another translation.
    package var otherTranslation = 0
  }

  /// The kills of canonical unmaps.
  package struct Unmaps: Codable, Equatable {
    /// Unmaps, each of all MMUs.
    package var count = 0
    /// Unmaps of a range that no live mapping translated to, in any MMU.
    package var unneeded = 0
    /// Answers, one for each MMU and unmap, that were `everything`: full unmaps.
    package var everything = 0
    /// Mappings that died.
    package var killed = 0
    /// Those without a canonical page in the unmapped range.
    package var needless = 0
  }

  /// The kills of invalidations or of full unmaps.
  package struct Removals: Codable, Equatable {
    package var count = 0
    /// Those that hit no live mapping.
    package var hitNothing = 0
    /// Mappings that died.
    package var killed = 0

    mutating func add(_ mappings: Int) {
      count += 1
      if mappings == 0 { hitNothing += 1 }
      killed += mappings
    }
  }

  /// What the host did that a reverse map makes superfluous: full unmaps because of a canonical
  /// unmap. The figures are the notes of the trace.
  package struct HostFullUnmaps: Codable, Equatable {
    package var count = 0
    /// Mappings that the host tore down; nil if a line does not say so.
    package var lost: Int? = 0
    /// Those that had to go; nil if a line does not say so.
    package var needed: Int? = 0

    mutating func add(lost more: Int?, needed moreNeeded: Int?) {
      count += 1
      lost = Self.sum(lost, more)
      needed = Self.sum(needed, moreNeeded)
    }

    /// The sum, or nil if one is unknown or the sum is too large for a number.
    private static func sum(_ one: Int?, _ other: Int?) -> Int? {
      guard let one, let other else { return nil }
      let (sum, overflow) = one.addingReportingOverflow(other)
      return overflow ? nil : sum
    }
  }

  /// Canonical pages with more than one nested page in one MMU.
  package struct Aliases: Codable, Equatable {
    /// Records that left a page of theirs with more than one live mapping.
    package var records = 0
    /// While the MMU served one context of the guest, at some time.
    package var atSomeTime: UInt64 = 0
    /// At the same time.
    package var atOnce: UInt64 = 0
  }

  /// The number of lines of each kind that a map has nothing to do with.
  package var otherLines: [String: Int] = [:]
  package var records = 0
  /// The number of records of each size, in bytes.
  package var sizes: [Int: Int] = [:]
  package var met = Meetings()
  /// Records that made an entry unknown, or larger.
  package var polluted = 0
  package var aliases = Aliases()
  package var invalidations = Removals()
  package var unmaps = Unmaps()
  /// Full unmaps that the guest or a recycling of the MMU made necessary.
  package var fullUnmaps = Removals()
  package var hostFullUnmaps = HostFullUnmaps()
  /// The most mappings that were live at once, in all MMUs.
  package var peakMappings = 0
  /// The checks of everything: all entries, the coverage, and the structure.
  package var checks = 0

  /// Events that a map was asked to follow.
  package var events: Int {
    records + invalidations.count + unmaps.count + fullUnmaps.count
  }
}
