import ReverseMapping

/// One line of a trace (docs/Traces.md).
package enum TraceLine: Equatable, Sendable {
  /// A line that a map is asked to follow.
  case event(HostEvent)
  /// The host tore a whole table down because of a canonical unmap, which has a line of its own. A
  /// host with a reverse map does not do this, so it is counted and not replayed. `lost` and
  /// `needed` are the line's notes, in mappings, if it has them.
  case hostFullUnmap(mmu: Int, lost: Int?, needed: Int?)
  /// The table of one MMU is torn down because the MMU serves another context of the guest from now
  /// on.
  case recycle(mmu: Int)
  /// A line that a map has nothing to do with.
  case other(OtherWord)
  /// An empty line or a comment.
  case nothing

  /// The words of lines that are known, counted and skipped.
  package enum OtherWord: String, CaseIterable, Codable, Sendable {
    /// A canonical mapping was made; its permissions were relaxed.
    case cmap, crelax
    /// The permissions of a shadow mapping were relaxed.
    case relax
    /// L1 entered a nested context; an exception or interrupt was taken to L1.
    case enter, exit
    /// L1 issued a TLB invalidation. What the host did because of it has lines of its own.
    case tlbi
    /// A remark.
    case mark
    /// A range of one table, or all tables, were write-protected.
    case wrprotect
    case fullWrprotect = "full-wrprotect"
    /// A nested context was given a table.
    case newcontext
    /// A memory slot went away. What was torn down because of it has lines of its own.
    case memslotFlush = "memslot-flush"
    /// The virtual machine ended.
    case teardown
    /// A full unmap when no table was in use.
    case emptyFullUnmap = "full-unmap none-valid"
  }

  /// The event that a map is asked to follow, or nil.
  package var event: HostEvent? {
    switch self {
    case .event(let event): event
    case .recycle(let mmu): .fullUnmap(mmu: mmu)
    case .hostFullUnmap, .other, .nothing: nil
    }
  }
}

/// Why a line is not a line of a trace, without its place.
struct TraceLineError: Error, Equatable, CustomStringConvertible {
  var description: String
}
