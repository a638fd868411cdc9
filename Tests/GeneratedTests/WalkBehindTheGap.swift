import ReverseMap
import ReverseMapping
import Testing

@Test("walk behind the gap")
func walkBehindTheGap() throws {
  let configuration = try MapConfiguration(ipaBits: 48, layout: .mailed)
  var map = ReverseMap<4>(configuration)

  #expect(try map.record(IPARange(start: 0x1000, size: 0x1000), nested: 0x20000) == .stored)
  #expect(try map.record(IPARange(start: 0x3000, size: 0x3000), nested: 0x10000) == .stored)
  #expect(
    try map.query(IPARange(start: 0x0, size: 0x8000))
      == .ranges([IPARange(start: 0x20000, size: 0x1000), IPARange(start: 0x10000, size: 0x3000)]))
  #expect(try map.record(IPARange(start: 0x0, size: 0x4000), nested: 0x30000) == .polluted)
  #expect(map.entries == [Entry(first: 0x0, last: 0x5fff, content: .unknown, word: 0x1)])
  #expect(try map.unmap(IPARange(start: 0x4000, size: 0x1000)) == .everything)
  #expect(try map.record(IPARange(start: 0x4000, size: 0x1000), nested: 0x8000) == .stored)
  try map.endFullUnmap()
  #expect(
    try map.query(IPARange(start: 0x0, size: 0x8000))
      == .ranges([IPARange(start: 0x8000, size: 0x1000)]))

  #expect(
    map.entries == [
      Entry(
        first: 0x4000, last: 0x4fff, content: .known(nested: 0x8000), word: 0x8000_0000_0000_8000)
    ])
  #expect(map.isBroken == false)
  #expect(map.fullUnmapsInProgress == 0)
  #expect(map.checkInvariants() == nil)
  map.clear()
  #expect(map.checkEmpty() == nil)
}
