import RangeTree
import ReverseMap
import ReverseMapping
import Testing

@Test("life of three mmus")
func lifeOfThreeMmus() throws {
  let configuration = try MapConfiguration(ipaBits: 48, layout: .mailed, hasDirectMap: true)
  var machine = VirtualMachine(configuration, mmus: 3, memory: NodePool()) {
    ReverseMap<4>($0, memory: $1)
  }

  #expect(
    try machine.record(IPARange(start: 0x10000, size: 0x1000), nested: 0x0, mmu: 0) == .stored)
  #expect(
    try machine.record(IPARange(start: 0x10000, size: 0x2000), nested: 0x8000, mmu: 1) == .stored)
  #expect(
    try machine.record(
      IPARange(start: 0x11000, size: 0x1000), nested: 0x20000, mmu: 1) == .polluted)
  #expect(
    try machine.record(IPARange(start: 0x10000, size: 0x1000), nested: 0x4000, mmu: 2) == .stored)
  #expect(
    machine.entries(2) == [
      Entry(
        first: 0x10000, last: 0x10fff, content: .known(nested: 0x4000), word: 0x8000_0000_0000_4000)
    ])
  #expect(
    machine.directEntries(2) == [DirectEntry(first: 0x4000, last: 0x4fff, canonical: 0x10000)])
  try machine.tearDown(2)
  #expect(throws: ReverseMapError.notValid) {
    try machine.record(IPARange(start: 0x10000, size: 0x1000), nested: 0x4000, mmu: 2)
  }
  try machine.handOver(0)
  #expect(
    machine.entries(1) == [Entry(first: 0x10000, last: 0x11fff, content: .unknown, word: 0x1)])
  #expect(machine.directEntries(1) == [])
  #expect(
    try machine.unmap(IPARange(start: 0x10000, size: 0x1000)) == [
      MMUAnswer(mmu: 0, .ranges([IPARange(start: 0x0, size: 0x1000)])),
      MMUAnswer(mmu: 1, .everything),
    ])
  #expect(throws: ReverseMapError.fullUnmapInProgress) { try machine.tearDown(1) }
  try machine.create(2)
  #expect(throws: ReverseMapError.alreadyValid) { try machine.create(2) }
  try machine.endFullUnmap(1)

  #expect(machine.isValid(0) == true)
  #expect(machine.isUnmapDeferred(0) == true)
  #expect(machine.entries(0) == [])
  #expect(machine.directEntries(0) == [])
  #expect(machine.isBroken(0) == false)
  #expect(machine.fullUnmapsInProgress(0) == 0)
  #expect(machine.isValid(1) == true)
  #expect(machine.isUnmapDeferred(1) == false)
  #expect(machine.entries(1) == [])
  #expect(machine.directEntries(1) == [])
  #expect(machine.isBroken(1) == false)
  #expect(machine.fullUnmapsInProgress(1) == 0)
  #expect(machine.isValid(2) == true)
  #expect(machine.isUnmapDeferred(2) == false)
  #expect(machine.entries(2) == [])
  #expect(machine.directEntries(2) == [])
  #expect(machine.isBroken(2) == false)
  #expect(machine.fullUnmapsInProgress(2) == 0)
  #expect(machine.checkInvariants() == nil)
  #expect(machine.checkLockstep() == nil)
  try machine.clear(0)
  try machine.clear(1)
  try machine.clear(2)
  #expect(machine.checkEmpty() == nil)
}
