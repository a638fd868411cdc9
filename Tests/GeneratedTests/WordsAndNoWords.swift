import ReverseMapping
import Testing

@Test("words and no words")
func wordsAndNoWords() throws {
  let layout = WordLayout.tagged

  #expect(try layout.word(known: 0x0) == 0x8000_0000_0000_0001)
  #expect(layout.content(of: 0x8000_0000_0000_0001) == .known(nested: 0x0))
  #expect(WordLayout.payload(ofTagged: WordLayout.tagged(payload: 0x8000_0000_0000_0001)) == 0x1)
  #expect(try layout.word(known: 0xff_ffff_ffff_f000) == 0x81ff_ffff_ffff_e001)
  #expect(layout.content(of: 0x81ff_ffff_ffff_e001) == .known(nested: 0xff_ffff_ffff_f000))
  #expect(
    WordLayout.payload(ofTagged: WordLayout.tagged(payload: 0x81ff_ffff_ffff_e001))
      == 0x1ff_ffff_ffff_e001)
  #expect(throws: ReverseMapError.strayNestedBits) { try layout.word(known: 0x1001) }
  #expect(layout.content(of: 0x3) == .unknown)
  #expect(layout.content(of: 0x8000_0000_0000_0001) == .known(nested: 0x0))
  #expect(layout.content(of: 0x0) == nil)
  #expect(layout.content(of: 0x8000_0000_0000_2000) == nil)
}
