import ReverseMap
import ReverseMapping
import Testing

@Test("flawed arguments")
func flawedArguments() throws {
  let configuration = try MapConfiguration(ipaBits: 48, layout: .mailed)
  var map = ProductionReverseMap(configuration)

  #expect(try map.record(IPARange(start: 0x1000, size: 0x1000), nested: 0x2000) == .stored)
  #expect(throws: ReverseMapError.misaligned) {
    try map.record(IPARange(start: 0x1800, size: 0x1000), nested: 0x2000)
  }
  #expect(throws: ReverseMapError.misaligned) {
    try map.record(IPARange(start: 0x1000, size: 0x1000), nested: 0x2800)
  }
  #expect(throws: ReverseMapError.misaligned) {
    try map.record(IPARange(start: 0x1000, size: 0x1800), nested: 0x2000)
  }
  #expect(throws: ReverseMapError.empty) { try map.query(IPARange(start: 0x1000, size: 0x0)) }
  #expect(throws: ReverseMapError.wraps) {
    try map.unmap(IPARange(start: 0x2000, size: 0xffff_ffff_ffff_f000))
  }
  #expect(throws: ReverseMapError.outsideWidth) {
    try map.unmap(IPARange(start: 0x1000, size: 0xffff_ffff_ffff_f000))
  }
  #expect(throws: ReverseMapError.outsideWidth) {
    try map.query(IPARange(start: 0x200_0000_0000_1000, size: 0x1000))
  }
  #expect(throws: ReverseMapError.outsideWidth) {
    try map.record(IPARange(start: 0x1000, size: 0x1000), nested: 0x200_0000_0000_2000)
  }
  #expect(throws: ReverseMapError.noFullUnmapInProgress) { try map.endFullUnmap() }

  #expect(
    map.entries == [
      Entry(
        first: 0x1000, last: 0x1fff, content: .known(nested: 0x2000), word: 0x8000_0000_0000_2000)
    ])
  #expect(map.isBroken == false)
  #expect(map.fullUnmapsInProgress == 0)
  #expect(map.checkInvariants() == nil)
  map.clear()
  #expect(map.checkEmpty() == nil)
}
