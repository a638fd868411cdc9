import ReverseMapping

/// Something that a host did to the shadow stage-2s of a virtual machine, as a reverse map is asked
/// to follow it.
///
/// Traces and made-up loads are both streams of these.
package enum HostEvent: Equatable, Sendable {
  /// A fault mapped the canonical range at the nested address `nested`, in one MMU.
  case record(IPARange, nested: UInt64, mmu: Int = 0)
  /// The host takes the canonical range away, from every MMU.
  case unmap(IPARange)
  /// L1 invalidates the nested range in one MMU, because it has changed its table there.
  case invalidate(IPARange, mmu: Int = 0)
  /// The whole table of one MMU is torn down, whatever a reverse map knows.
  case fullUnmap(mmu: Int)

  /// The number of MMUs that there must be for this event.
  package var mmus: Int {
    switch self {
    case .record(_, _, let mmu), .invalidate(_, let mmu), .fullUnmap(let mmu): mmu + 1
    case .unmap: 1
    }
  }
}

extension HostEvent: CustomStringConvertible {
  /// The event as the scenario language writes it.
  package var description: String {
    switch self {
    case .record(let range, let nested, let mmu):
      "record \(hexadecimal(range.start)) -> \(hexadecimal(nested)) "
        + "size \(hexadecimal(range.size)) mmu \(mmu)"
    case .unmap(let range):
      "unmap \(hexadecimal(range.start)) size \(hexadecimal(range.size))"
    case .invalidate(let range, let mmu):
      "invalidate \(hexadecimal(range.start)) size \(hexadecimal(range.size)) mmu \(mmu)"
    case .fullUnmap(let mmu): "begin-full-unmap mmu \(mmu), end-full-unmap mmu \(mmu)"
    }
  }
}
