import ReverseMapping
import Testing

@Suite("Specification 2.3: words as stored")
struct WordLayoutTests {
  /// Nested bases with bits at the edges of the valid range.
  static let bases: [UInt64] =
    [0, 0x1000, 0x2000, 0x00ff_ffff_ffff_f000] + (12...55).map { UInt64(1) << UInt64($0) }

  @Test("known words are as in the table of the specification, in both layouts")
  func literals() throws {
    #expect(try WordLayout.mailed.word(known: 0) == 0x8000_0000_0000_0000)
    #expect(try WordLayout.mailed.word(known: 0x1000) == 0x8000_0000_0000_1000)
    #expect(try WordLayout.mailed.word(known: 0x00ff_ffff_ffff_f000) == 0x80ff_ffff_ffff_f000)
    #expect(WordLayout.mailed.unknownWord == 0x1)
    #expect(try WordLayout.tagged.word(known: 0) == 0x8000_0000_0000_0001)
    #expect(try WordLayout.tagged.word(known: 0x1000) == 0x8000_0000_0000_2001)
    #expect(try WordLayout.tagged.word(known: 0x00ff_ffff_ffff_f000) == 0x81ff_ffff_ffff_e001)
    #expect(WordLayout.tagged.unknownWord == 0x3)
  }

  @Test("every word decodes to the content that was encoded", arguments: WordLayout.allCases)
  func roundTrip(_ layout: WordLayout) throws {
    for base in Self.bases {
      let word = try layout.word(known: base)
      #expect(layout.content(of: word) == .known(nested: base))
      #expect(word != 0 && !WordLayout.isReserved(word))
    }
    #expect(layout.content(of: layout.unknownWord) == .unknown)
    #expect(layout.unknownWord != 0 && !WordLayout.isReserved(layout.unknownWord))
  }

  @Test("a stray bit is rejected and not masked", arguments: WordLayout.allCases)
  func strayBits(_ layout: WordLayout) {
    for bit in Array(0..<12) + Array(56..<64) {
      let stray = UInt64(0x1000) ^ UInt64(1) << UInt64(bit)
      #expect(throws: ReverseMapError.strayNestedBits) { try layout.word(known: stray) }
    }
  }

  @Test("a word that the layout never produces decodes to nil", arguments: WordLayout.allCases)
  func foreignWords(_ layout: WordLayout) {
    for word: UInt64 in [0, 2, 6, 4094, 4096, 0x1000, 1 << 62, .max] {
      #expect(layout.content(of: word) == nil)
    }
  }

  @Test("the reserved words are exactly those below 4096 that end in binary 10")
  func reserved() {
    let reserved = (UInt64(0)..<10_000).filter(WordLayout.isReserved)
    #expect(reserved == Array(stride(from: 2, through: 4094, by: 4)))
    #expect(!WordLayout.isReserved(.max - 1))
    let storable = (UInt64(0)..<10_000).filter(WordLayout.isStorable)
    #expect(storable == (1..<10_000).filter { !reserved.contains($0) })
    #expect(WordLayout.isStorable(.max - 1))
  }

  @Test("a tag shift preserves a tagged payload and drops the top bit of a mailed word")
  func tagShift() throws {
    for base in Self.bases {
      let payload = base | 1 << 62
      #expect(WordLayout.payload(ofTagged: WordLayout.tagged(payload: payload)) == payload)
      #expect(try WordLayout.tagged.word(known: base) == WordLayout.tagged(payload: payload))
      let mailed = try WordLayout.mailed.word(known: base)
      #expect(WordLayout.payload(ofTagged: WordLayout.tagged(payload: mailed)) == base)
    }
  }
}

@Suite("Specification 2.1: the IPA width")
struct MapConfigurationTests {
  @Test("13 to 56 bits are supported, and nothing else")
  func widths() throws {
    for bits in 13...56 {
      #expect(try MapConfiguration(ipaBits: bits, layout: .mailed).limit == 1 << UInt64(bits))
    }
    for bits in [Int.min, -1, 0, 12, 57, 64, Int.max] {
      #expect(throws: ReverseMapError.unsupportedWidth(bits: bits)) {
        try MapConfiguration(ipaBits: bits, layout: .mailed)
      }
    }
    #expect(MapConfiguration(nearestWidthTo: -5, layout: .mailed).ipaBits == 13)
    #expect(MapConfiguration(nearestWidthTo: 99, layout: .mailed).ipaBits == 56)
  }
}
