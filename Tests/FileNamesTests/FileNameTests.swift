import FileNames
import Testing

@Suite("Names of files as text")
struct FileNameTests {
  @Test("UTF-8 is taken as it is")
  func valid() {
    for text in ["", "crash-1", "a b\n'\"$", "größe", "\u{10fffd}", "\u{10fe7f}\u{10ff00}"] {
      #expect(FileName.text(of: Array(text.utf8)) == text)
      #expect(FileName.bytes(of: text) == Array(text.utf8))
      #expect(FileName.isUTF8(text))
    }
  }

  @Test("every name of up to two bytes comes back, alone and within other text")
  func short() {
    var texts: Set<String> = []
    for one in UInt8.min...UInt8.max {
      for other in UInt8.min...UInt8.max {
        let name = [one, other]
        #expect(FileName.bytes(of: FileName.text(of: name)) == name)
        let long = Array("ä".utf8) + name + Array("/€".utf8)
        #expect(FileName.bytes(of: FileName.text(of: long)) == long)
        texts.insert(
          FileName.text(of: name).unicodeScalars.map { "\($0.value)" }.joined(separator: " "))
      }
    }
    #expect(texts.count == 1 << 16)
  }

  @Test("a cut, an overlong and a reserved sequence come back as well")
  func long() {
    for name: [UInt8] in [
      [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80],
      Array("a\u{10fe80}\u{10feff}b".utf8), [0xff, 0xfe, 0x61], [0xe2, 0x82, 0xff, 0xac],
    ] {
      let text = FileName.text(of: name)
      #expect(FileName.bytes(of: text) == name)
      #expect(!FileName.isUTF8(text))
      let read = (name + [0]).map { CChar(bitPattern: $0) }.withUnsafeBufferPointer {
        FileName.text(of: $0.baseAddress!)
      }
      #expect(read == text)
      FileName.withCString(text) { #expect(FileName.text(of: $0) == text) }
    }
  }

  @Test("a message shows a name on one line")
  func shown() {
    #expect(FileName.shown("") == "''")
    #expect(FileName.shown("a b ä $'") == "a b ä $'")
    #expect(FileName.shown(FileName.text(of: [0x61, 0xff, 0x80])) == #"a\xff\x80"#)
    #expect(FileName.shown("a\nb\u{1b}\u{2028}") == #"a\nb\x1b\xe2\x80\xa8"#)
    let shown = FileName.shown(FileName.text(of: [0xff]))
    #expect(FileName.shown(shown) == shown)
  }
}
