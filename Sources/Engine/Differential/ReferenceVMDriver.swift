import Oracle
import ReverseMapping
import Scenario

/// The oracle for virtual machines.
public struct ReferenceVMDriver: Reference {
  @usableFromInline package var machine: VMDriver<ReferenceVM>

  /// A machine of one MMU, until it is reset for a world. O(1).
  @inlinable
  public init() {
    let any = MapConfiguration(nearestWidthTo: 56, layout: .mailed)
    machine = VMDriver(ReferenceVM(any, mmus: 1))
  }

  /// Becomes a machine of as many MMUs as `world` has, all valid, and keeps its memory. O(MMUs).
  @inlinable
  public mutating func reset(for world: World) {
    machine.vm.restart(world.mapConfiguration, mmus: Int(world.mmus))
  }

  /// Expects `answer` to say whether the subject found no memory (Specification 5.11), and in an unmap
  /// which MMUs found none (3.3.c).
  @inlinable
  public mutating func perform(_ action: MapAction, answer: inout Answer) {
    do throws(ReverseMapError) {
      switch action.kind {
      case .record:
        let result = try machine.vm.record(
          action.range, nested: action.nested, mmu: action.mmu, isRefused: answer.wasRefused)
        answer.outcome = Answer.Outcome(result)
      case .unmap:
        try machine.vm.unmap(
          action.range, appendingTo: &answer.visits, &answer.ranges, refused: answer.refusedMMUs)
        answer.outcome = .visited
      case .topUp:
        let isFull = try machine.vm.topUp(action.mmu)
        answer.outcome = isFull && !answer.wasRefused ? .full : .short
      default: try machine.performOther(action, answer: &answer)
      }
    } catch {
      answer.outcome = .rejected
      answer.error = error
    }
  }

  @inlinable
  public func forEachRow(_ body: (VMRow) -> Void) { machine.forEachRow(body) }

  @inlinable
  public var status: UInt64 { machine.status }

  public var statusDescription: String { machine.statusDescription }

  /// O(rows).
  @inlinable
  public func holdsExactlyRows<S: Subject & ~Copyable>(of subject: borrowing S) -> Bool
  where S.Row == VMRow {
    var isAll = true
    var mmu = 0
    var tally = RowTally()
    subject.forEachRow { row in
      while mmu < row.mmu, mmu < machine.vm.mmuCount {
        isAll = isAll && isTotal(tally, of: mmu)
        tally = RowTally()
        mmu &+= 1
      }
      isAll = isAll && row.mmu == mmu
      tally.add(row.row, isHeld: holds(row))
    }
    while mmu < machine.vm.mmuCount {
      isAll = isAll && isTotal(tally, of: mmu)
      tally = RowTally()
      mmu &+= 1
    }
    return isAll
  }

  @inlinable
  func isTotal(_ tally: RowTally, of mmu: Int) -> Bool {
    tally.isAll(pages: machine.vm.pageCount(mmu), directPages: machine.vm.directPageCount(mmu))
  }

  @inlinable
  func holds(_ row: VMRow) -> Bool {
    switch row.row {
    case .entry(let entry): return machine.vm.holds(entry, mmu: row.mmu)
    case .direct(let entry): return machine.vm.holds(entry, mmu: row.mmu)
    }
  }
}
