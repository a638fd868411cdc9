import RangeTree
import ReverseMap
import ReverseMapping
import Testing

@Test("refused and reserved")
func refusedAndReserved() throws {
  // Which operations get no memory depends on how many nodes a tree requests. If that number
  // changes for a good reason, generate this test again from its scenario.
  let configuration = try MapConfiguration(ipaBits: 48, layout: .mailed)
  var machine = VirtualMachine(configuration, mmus: 2, memory: NodePool()) {
    ReverseMap<4>($0, memory: $1)
  }

  #expect(
    try machine.record(IPARange(start: 0x1000, size: 0x1000), nested: 0x10000, mmu: 0) == .stored)
  #expect(
    try machine.record(IPARange(start: 0x3000, size: 0x1000), nested: 0x20000, mmu: 0) == .stored)
  #expect(
    try machine.record(IPARange(start: 0x5000, size: 0x1000), nested: 0x30000, mmu: 0) == .stored)
  #expect(
    try machine.record(IPARange(start: 0x7000, size: 0x1000), nested: 0x8000, mmu: 0) == .stored)
  #expect(try machine.topUp(1) == true)
  #expect(machine.reserve(1).isFull == true)
  machine.refuse(.from(1))
  machine.enter(.atomic)
  let untouched = machine.fingerprint(0)
  #expect(
    try machine.record(IPARange(start: 0x9000, size: 0x1000), nested: 0xa000, mmu: 0) == .broke)
  #expect(machine.fingerprint(0) == untouched)
  #expect(
    try machine.record(IPARange(start: 0x9000, size: 0x1000), nested: 0xa000, mmu: 0) == .ignored)
  #expect(
    try machine.record(IPARange(start: 0x9000, size: 0x1000), nested: 0xa000, mmu: 1) == .stored)
  #expect(throws: ReverseMapError.cannotSleep) { try machine.topUp(1) }
  #expect(
    machine.entries(0) == [
      Entry(
        first: 0x1000, last: 0x1fff, content: .known(nested: 0x10000), word: 0x8000_0000_0001_0000),
      Entry(
        first: 0x3000, last: 0x3fff, content: .known(nested: 0x20000), word: 0x8000_0000_0002_0000),
      Entry(
        first: 0x5000, last: 0x5fff, content: .known(nested: 0x30000), word: 0x8000_0000_0003_0000),
      Entry(
        first: 0x7000, last: 0x7fff, content: .known(nested: 0x8000), word: 0x8000_0000_0000_8000),
    ])
  try machine.beginFullUnmap(0)
  machine.enter(.maySleep)
  machine.refuse(.budget(bytes: 0x40))
  try machine.reclaim()
  try machine.endFullUnmap(0)
  #expect(try machine.topUp(1) == false)
  #expect(
    try machine.unmap(IPARange(start: 0x9000, size: 0x1000)) == [
      MMUAnswer(mmu: 0, .ranges([])),
      MMUAnswer(mmu: 1, .ranges([IPARange(start: 0xa000, size: 0x1000)])),
    ])

  #expect(machine.entries(0) == [])
  #expect(machine.isBroken(0) == false)
  #expect(machine.fullUnmapsInProgress(0) == 0)
  #expect(machine.entries(1) == [])
  #expect(machine.isBroken(1) == false)
  #expect(machine.fullUnmapsInProgress(1) == 0)
  #expect(machine.checkInvariants() == nil)
  #expect(machine.memoryCounts.sleepsInAtomic == 0)
  machine.enter(.maySleep)
  try machine.reclaim()
  try machine.clear(0)
  try machine.clear(1)
  #expect(machine.checkEmpty() == nil)
}
