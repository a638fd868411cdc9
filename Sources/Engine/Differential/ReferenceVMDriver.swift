import Oracle
import ReverseMapping
import Scenario

/// Drives the oracle for virtual machines: `ReferenceVM`.
public struct ReferenceVMDriver: OracleDriver {
  @usableFromInline package var driver: VMDriver<ReferenceVM>

  /// A virtual machine with one MMU, until it is reset for a world.
  @inlinable
  public init() {
    let any = MapConfiguration(nearestWidthTo: 56, layout: .mailed)
    driver = VMDriver(ReferenceVM(any, mmus: 1))
  }

  /// Resets to as many empty MMUs as the world of `scenario` has, all valid, over the cells of
  /// `scenario`. Keeps its memory. O(operations x log operations).
  public mutating func reset(for scenario: borrowing Scenario) {
    let operations = scenario.operations
    driver.vm.restart(scenario.world.mapConfiguration, mmus: Int(scenario.world.mmus)) { cells in
      cells.addBounds(of: operations)
    }
  }

  /// Does `action` and puts the result into `answer`. On entry `answer` must state whether the
  /// subject got no memory (Specification 5.11), and for an unmap in which MMUs (3.3.c).
  @inlinable
  public mutating func perform(_ action: MapAction, answer: inout Answer) {
    do throws(ReverseMapError) {
      switch action.kind {
      case .record:
        let result = try driver.vm.record(
          action.range, nested: action.nested, mmu: action.mmu, isRefused: answer.wasRefused)
        answer.outcome = Answer.Outcome(result)
      case .unmap:
        try driver.vm.unmap(
          action.range, appendingTo: &answer.visits, &answer.ranges, refused: answer.refusedMMUs)
        answer.outcome = .visited
      case .topUp:
        let isFull = try driver.vm.topUp(action.mmu)
        answer.outcome = isFull && !answer.wasRefused ? .full : .short
      default: try driver.performOther(action, answer: &answer)
      }
    } catch {
      answer.outcome = .rejected
      answer.error = error
    }
  }

  @inlinable
  public func forEachRow(_ body: (VMRow) -> Void) { driver.forEachRow(body) }

  @inlinable
  public var status: UInt64 { driver.status }

  public var statusDescription: String { driver.statusDescription }

  @inlinable
  public func holdsExactlyRows<S: Subject & ~Copyable>(of subject: borrowing S) -> Bool
  where S.Row == VMRow {
    // The closure copies what it uses, and the whole driver is much more.
    let vm = driver.vm
    var isAll = true
    var mmu = 0
    var tally = RowTally()
    subject.forEachRow { row in
      while mmu < row.mmu, mmu < vm.mmuCount {
        isAll = isAll && tally.isAll(vm.rowSum(mmu))
        tally = RowTally()
        mmu &+= 1
      }
      isAll = isAll && row.mmu == mmu
      tally.add(row.row)
    }
    while mmu < vm.mmuCount {
      isAll = isAll && tally.isAll(vm.rowSum(mmu))
      tally = RowTally()
      mmu &+= 1
    }
    return isAll
  }
}
