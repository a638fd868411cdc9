import ReverseMap
import ReverseMapping
import Testing

@Test("top of 56 bits tagged")
func topOf56BitsTagged() throws {
  let configuration = try MapConfiguration(ipaBits: 56, layout: .tagged, hasDirectMap: true)
  var map = ReverseMap<4>(configuration)

  #expect(
    try map.record(IPARange(start: 0xff_ffff_ffff_f000, size: 0x1000), nested: 0x0) == .stored)
  #expect(
    try map.record(IPARange(start: 0x1000, size: 0x2000), nested: 0xff_ffff_ffff_e000) == .stored)
  #expect(
    try map.query(IPARange(start: 0xff_ffff_ffff_e000, size: 0x2000))
      == .ranges([IPARange(start: 0x0, size: 0x1000)]))
  #expect(
    try map.record(IPARange(start: 0x8000, size: 0x1000), nested: 0xff_ffff_ffff_f000) == .stored)
  try map.invalidate(IPARange(start: 0x0, size: 0x1000))
  #expect(throws: ReverseMapError.outsideWidth) {
    try map.record(IPARange(start: 0xff_ffff_ffff_f000, size: 0x2000), nested: 0x4000)
  }
  #expect(
    try map.record(IPARange(start: 0xff_ffff_ffff_e000, size: 0x2000), nested: 0x4000) == .stored)
  #expect(
    try map.record(IPARange(start: 0xff_ffff_ffff_e000, size: 0x1000), nested: 0x6000) == .polluted)
  #expect(
    try map.unmap(IPARange(start: 0x8000, size: 0x1000))
      == .ranges([IPARange(start: 0xff_ffff_ffff_f000, size: 0x1000)]))

  #expect(
    map.entries == [
      Entry(first: 0xff_ffff_ffff_e000, last: 0xff_ffff_ffff_ffff, content: .unknown, word: 0x3)
    ])
  #expect(map.directEntries == [])
  #expect(map.isBroken == false)
  #expect(map.fullUnmapsInProgress == 0)
  #expect(map.checkInvariants() == nil)
  #expect(map.checkLockstep() == nil)
  map.clear()
  #expect(map.checkEmpty() == nil)
}
