import Differential
import Oracle
import ReverseMapping
import Scenario

extension SwiftTestWriter {
  /// Writes the operations on a reverse map or a virtual machine, with the oracle's answers. The
  /// oracle runs a single map as a virtual machine with one MMU.
  ///
  /// - Parameter openStep: the index of an operation whose answer is not known; the test ends with
  ///   it.
  mutating func writeMaps(_ scenario: Scenario, refusedSteps: Set<Int>, openStep: Int?) {
    let test = MapTest(scenario)
    writeSubject(in: test.world)
    blank()
    var oracle = ReferenceVMDriver()
    var whole = scenario
    whole.world.mmus = UInt8(test.mmus)
    oracle.reset(for: whole)
    var reserves = FullReserves()
    // MMUs whose entries may have changed since the test last checked them.
    var unseen: Set<Int> = []
    for (step, operation) in scenario.operations.enumerated() {
      let action = MapAction(operation)
      if step == openStep {
        writeOpen(test.call(action))
        break
      }
      let before = oracle.driver.vm
      var answer = Answer()
      answer.wasRefused = refusedSteps.contains(step) && !reserves.mustHold(for: action)
      oracle.perform(action, answer: &answer)
      reserves.follow(action, answer)
      if answer.outcome == .broke || answer.outcome == .short { isRefused = true }
      // Check entries just before they are dropped: later a wrong one would no longer show.
      for mmu in answer.emptied(by: action, hasDirectMap: test.world.hasDirectMap)
      where unseen.remove(mmu) != nil {
        expectEntries(of: mmu, before, test)
      }
      if answer.outcome == .broke {
        write(broken: action, test, before)
      } else {
        write(action, answer, test)
      }
      unseen.formUnion(answer.changed(by: action))
    }
    blank()
    writeEnd(oracle.driver.vm, test, isKnown: openStep == nil)
  }

  private mutating func writeSubject(in world: World) {
    let direct = world.hasDirectMap ? ", hasDirectMap: true" : ""
    line(
      "let configuration = try MapConfiguration("
        + "ipaBits: \(world.ipaBits), layout: .\(world.layout)\(direct))")
    let type = world.nodeSize == .tiny ? "ReverseMap<4>" : "ProductionReverseMap"
    guard world.family.isVM else { return line("var map = \(type)(configuration)") }
    line(
      "var machine = VirtualMachine(configuration, mmus: \(world.mmus), memory: NodePool()) {")
    line("  \(type)($0, memory: $1)")
    line("}")
  }

  /// Writes an operation with its answer.
  private mutating func write(_ action: MapAction, _ answer: Answer, _ test: MapTest) {
    let call = test.call(action)
    if let error = answer.error { return expect(throws: "ReverseMapError.\(error)", call) }
    switch action.kind {
    case .record: expect(call, equals: .text(".\(answer.outcome)"))
    case .unmap, .query: expect(call, equals: test.answer(answer))
    case .topUp:
      expect(call, equals: .text("\(answer.outcome == .full)"))
      if answer.outcome == .full {
        expect(test.state("reserve", action.mmu) + ".isFull", equals: "true")
      }
    default: statement(call)
    }
  }

  /// Writes the code that makes a record without memory and checks that the record leaves no trace
  /// (Specification 4.1).
  private mutating func write(broken action: MapAction, _ test: MapTest, _ before: ReferenceVM) {
    let call = test.call(action)
    if test.world.hasDirectMap || before.entries(action.mmu).isEmpty {
      return expect(call, equals: .text(".broke"))
    }
    let name = newName("untouched")
    let fingerprint = test.state("fingerprint", action.mmu)
    line("let \(name) = \(fingerprint)")
    expect(call, equals: .text(".broke"))
    expect(fingerprint, equals: name)
  }

  private mutating func expectEntries(of mmu: Int, _ oracle: ReferenceVM, _ test: MapTest) {
    expect(test.state("entries", mmu), equals: oracle.entries(mmu).map(SwiftExpression.entry))
    if test.world.hasDirectMap {
      expect(
        test.state("directEntries", mmu),
        equals: oracle.directEntries(mmu).map(SwiftExpression.directEntry))
    }
  }

  /// Writes the checks of the final state, and that everything can be given back.
  private mutating func writeEnd(
    _ oracle: ReferenceVM, _ test: MapTest, isKnown: Bool
  ) {
    for mmu in 0..<test.mmus where isKnown {
      if test.changesMMUs {
        expect(test.state("isValid", mmu), equals: "\(oracle.isValid(mmu))")
        if !oracle.isValid(mmu) { continue }
        expect(test.state("isUnmapDeferred", mmu), equals: "\(oracle.isUnmapDeferred(mmu))")
      }
      expectEntries(of: mmu, oracle, test)
      expect(test.state("isBroken", mmu), equals: "\(oracle.isBroken(mmu))")
      expect(
        test.state("fullUnmapsInProgress", mmu), equals: "\(oracle.fullUnmapsInProgress(mmu))")
    }
    line("#expect(\(test.subject).checkInvariants() == nil)")
    if test.world.hasDirectMap { line("#expect(\(test.subject).checkLockstep() == nil)") }
    if test.world.family == .memory {
      line("#expect(machine.memoryCounts.sleepsInAtomic == 0)")
      line("machine.enter(.maySleep)")
      line("try machine.reclaim()")
    }
    if test.isVM {
      // After an operation with an unknown answer, it is not known which MMUs are valid.
      let attempt = isKnown ? "try" : "try?"
      for mmu in 0..<test.mmus where oracle.isValid(mmu) {
        line("\(attempt) machine.clear(\(mmu))")
      }
    } else {
      line("map.clear()")
    }
    line("#expect(\(test.subject).checkEmpty() == nil)")
  }
}
