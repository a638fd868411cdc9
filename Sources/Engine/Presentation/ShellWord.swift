import FileNames

/// `text` quoted as one word of a shell command that a reader can copy. It is returned unchanged if
/// it has no character with a meaning to the shell, else in single quotes; in `$'...'`, which bash
/// and zsh know, if it has characters that a terminal cannot show. O(text).
public func shellWord(_ text: String) -> String {
  let isPlain = text.utf8.allSatisfy { byte in
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      return true
    default: return "_./=:,+-".utf8.contains(byte)
    }
  }
  if isPlain, !text.isEmpty { return text }
  guard text.unicodeScalars.contains(where: { FileName.escape($0) != nil }) else {
    return "'"
      + text.split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: #"'\''"#) + "'"
  }
  var word = "$'"
  for scalar in text.unicodeScalars {
    if let escape = FileName.escape(scalar) {
      word += escape
    } else {
      if scalar == "'" || scalar == "\\" { word += "\\" }
      word.unicodeScalars.append(scalar)
    }
  }
  return word + "'"
}
