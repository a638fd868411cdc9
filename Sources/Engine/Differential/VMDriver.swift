import ReverseMapping
import Scenario

/// A row of the state of a virtual machine: a row of the map of one MMU.
public struct VMRow: DriverRow, Sendable {
  /// The MMU.
  public var mmu: Int
  /// The row of its map.
  public var row: MapRow

  @inlinable
  public init(mmu: Int, row: MapRow) {
    self.mmu = mmu
    self.row = row
  }

  public var description: String { "mmu \(mmu) \(row)" }

  public var stateRow: StateRow { .map(row, mmu: mmu) }
}

/// The state of an MMU besides its entries, in 16 bits.
public struct MMUStatus: Equatable, Sendable {
  /// Bit 0: valid. Bit 1: an unmap is deferred. Bit 2: broken. Bits 15:3: full unmaps in progress.
  @usableFromInline package var bits: UInt64

  @inlinable
  init(isValid: Bool, isUnmapDeferred: Bool, isBroken: Bool, fullUnmapsInProgress: Int) {
    bits =
      (isValid ? 1 : 0) | (isUnmapDeferred ? 2 : 0) | (isBroken ? 4 : 0)
      | (UInt64(truncatingIfNeeded: fullUnmapsInProgress) & 0x1fff) &<< 3
  }

  /// The status of MMU `mmu`, 0 to 3, extracted from the status of a virtual machine.
  @inlinable
  package init(of mmu: Int, in status: UInt64) {
    bits = status &>> UInt64(truncatingIfNeeded: mmu &* 16) & 0xffff
  }

  /// Whether the map is broken.
  package var isBroken: Bool { bits & 4 != 0 }

  /// The number of full unmaps in progress.
  package var fullUnmapsInProgress: Int { Int(bits >> 3) }

  /// Whether the map is broken or in a full unmap, and so answers `everything`.
  @inlinable
  var answersEverything: Bool { bits &>> 2 != 0 }
}

extension MMUStatus {
  /// The symptom of an MMU with this status instead of `expected`.
  func symptom(against expected: MMUStatus) -> String {
    let difference = bits ^ expected.bits
    if difference & 1 != 0 { return bits & 1 != 0 ? "leaves-an-mmu-valid" : "ends-an-mmu" }
    if difference & 4 != 0 {
      return bits & 4 != 0 ? "breaks-the-map" : "leaves-the-map-unbroken"
    }
    return difference & 2 != 0 ? "mistakes-a-deferred-unmap" : "counts-other-full-unmaps"
  }
}

extension MMUStatus: CustomStringConvertible {
  public var description: String {
    guard bits & 1 != 0 else { return "not valid" }
    return "\(bits & 4 != 0 ? "broken" : "not broken"), \(bits >> 3) full unmaps in progress"
      + (bits & 2 != 0 ? ", unmap deferred" : "")
  }
}

/// Drives a virtual machine of up to four MMUs.
public struct VMDriver<VM: VirtualMachineProtocol & ~Copyable>: ~Copyable {
  /// The virtual machine that is driven.
  public var vm: VM
  /// How the last operation broke a memory rule.
  @usableFromInline var memoryFault: MemoryFault?

  @inlinable
  public init(_ vm: consuming VM) { self.vm = vm }
}

extension VMDriver: Copyable where VM: Copyable {}

extension VMDriver where VM: ~Copyable {
  /// Does any action except `record` and `topUp`.
  @inlinable
  mutating func performOther(
    _ action: MapAction, answer: inout Answer
  ) throws(ReverseMapError) {
    switch action.kind {
    case .unmap:
      try vm.unmap(action.range, appendingTo: &answer.visits, &answer.ranges)
      answer.outcome = .visited
    case .query:
      try vm.query(action.range, appendingTo: &answer.visits, &answer.ranges)
      answer.outcome = .visited
    case .invalidate: try vm.invalidate(action.range, mmu: action.mmu)
    case .clear: try vm.clear(action.mmu)
    case .beginFullUnmap: try vm.beginFullUnmap(action.mmu)
    case .endFullUnmap: try vm.endFullUnmap(action.mmu)
    case .create: try vm.create(action.mmu)
    case .handOver: try vm.handOver(action.mmu)
    case .tearDown: try vm.tearDown(action.mmu)
    case .refuse: vm.refuse(action.faultPlan)
    case .enter: vm.enter(action.context)
    case .reclaim: try vm.reclaim()
    default: answer.outcome = .rejected
    }
  }

  /// Calls `body` with every row of MMU 0, then of MMU 1, and so on. O(rows).
  @inlinable
  public func forEachRow(_ body: (VMRow) -> Void) {
    var mmu = 0
    while mmu < vm.mmuCount {
      vm.forEachEntry(mmu) { body(VMRow(mmu: mmu, row: .entry($0))) }
      vm.forEachDirectEntry(mmu) { body(VMRow(mmu: mmu, row: .direct($0))) }
      mmu &+= 1
    }
  }

  /// The status of MMU 0 in bits 15:0, of MMU 1 in bits 31:16, and so on. O(MMUs).
  @inlinable
  public var status: UInt64 {
    var status: UInt64 = 0
    var mmu = 0
    while mmu < vm.mmuCount {
      status |= self.status(of: mmu).bits &<< UInt64(truncatingIfNeeded: mmu &* 16)
      mmu &+= 1
    }
    return status
  }

  @inlinable
  package func status(of mmu: Int) -> MMUStatus {
    MMUStatus(
      isValid: vm.isValid(mmu), isUnmapDeferred: vm.isUnmapDeferred(mmu),
      isBroken: vm.isBroken(mmu), fullUnmapsInProgress: vm.fullUnmapsInProgress(mmu))
  }

  public var statusDescription: String {
    (0..<vm.mmuCount).map { "mmu \($0) \(status(of: $0))" }.joined(separator: "; ")
  }

  public static func isOfDirectMap(_ row: VMRow) -> Bool { row.row.isOfDirectMap }

  /// The symptom of the first MMU whose status differs.
  public static func symptom(ofStatus status: UInt64, against expected: UInt64) -> String {
    for mmu in 0..<Int(World.mmuCount) {
      let (own, other) = (MMUStatus(of: mmu, in: status), MMUStatus(of: mmu, in: expected))
      if own != other { return own.symptom(against: other) }
    }
    return "has-another-status"
  }
}

extension VMDriver: Driver, Subject where VM: ~Copyable {
  @inlinable
  public mutating func perform(_ action: MapAction, answer: inout Answer) {
    let audit = MemoryAudit(vm, before: action)
    do throws(ReverseMapError) {
      switch action.kind {
      case .record:
        let result = try vm.record(action.range, nested: action.nested, mmu: action.mmu)
        answer.outcome = Answer.Outcome(result)
        answer.wasRefused = vm.memoryCounts.failures != audit.counts.failures
      case .unmap:
        try performOther(action, answer: &answer)
        if vm.memoryCounts.failures != audit.counts.failures {
          for mmu in 0..<vm.mmuCount where vm.lastUnmapWasRefused(mmu) {
            answer.refusedMMUs.insert(mmu)
          }
        }
      case .topUp:
        answer.outcome = try vm.topUp(action.mmu) ? .full : .short
        answer.wasRefused = vm.memoryCounts.refused != audit.counts.refused
      default: try performOther(action, answer: &answer)
      }
    } catch {
      answer.outcome = .rejected
      answer.error = error
    }
    memoryFault = audit.fault(of: vm, after: action, answer.outcome)
  }

  /// Checks the memory rules for the last operation (Specification 4).
  @inlinable
  public func checkMemory() -> MemoryFault? { memoryFault }

  @inlinable
  public func checkInterface() -> String? { vm.checkInterface() }

  /// Checks the structure of every map (Specification 5.9).
  @inlinable
  public func checkStructure() -> String? { vm.checkInvariants() }

  /// Checks that entries and direct maps are in lockstep (Specification 7.1).
  @inlinable
  public func checkLockstep() -> String? { vm.checkLockstep() }

  /// The use of memory of all MMUs together.
  @inlinable
  public var memoryCounts: MemoryCounts { vm.memoryCounts }

  /// Checks that the rows of each MMU are well-formed (Specification 5.4).
  public static func fault(in rows: [VMRow], world: World) -> String? {
    for mmu in 0..<Int(world.mmus) {
      let own = rows.lazy.filter { $0.mmu == mmu }.map(\.row)
      if let fault = MapRow.fault(in: own, ipaBits: world.ipaBits) { return "mmu \(mmu): \(fault)" }
    }
    return nil
  }

  /// Checks that nothing leaks (Specification 4.3): after every map is cleared only reserves are
  /// left, and after every MMU is torn down nothing is.
  @inlinable
  public mutating func tearDown() -> String? {
    vm.enter(.maySleep)
    try? vm.reclaim()
    var mmu = 0
    while mmu < vm.mmuCount {
      try? vm.clear(mmu)
      mmu &+= 1
    }
    if let leak = vm.checkEmpty() { return leak }
    mmu = 0
    while mmu < vm.mmuCount {
      while vm.fullUnmapsInProgress(mmu) > 0, (try? vm.endFullUnmap(mmu)) != nil {}
      try? vm.tearDown(mmu)
      mmu &+= 1
    }
    return vm.checkEmpty()
  }
}
