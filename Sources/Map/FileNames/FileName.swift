/// Names of files, and paths, as text.
///
/// To the system a name is any bytes but 0 and `/`. A `String` holds Unicode, and Swift replaces
/// what is not UTF-8; the file cannot be found by such a text. So names come in through `text(of:)`
/// and go to the system through `bytes(of:)` or `withCString`. Between them, a byte that is not
/// part of UTF-8 is one scalar of a private-use plane, as it is a lone surrogate in Python's
/// `surrogateescape`.
///
/// Equations, for all bytes and all texts without a reserved scalar:
///
///     bytes(of: text(of: bytes)) == bytes
///     text(of: bytes(of: text))  == text
public enum FileName {
  /// The scalars that stand for the bytes 0x80 to 0xff. A name that has one of these scalars in
  /// valid UTF-8 is read as if its bytes were not UTF-8, so that it comes back unchanged too.
  private static let reserved: ClosedRange<UInt32> = 0x10fe80...0x10feff
  private static let base: UInt32 = 0x10fe00

  /// The byte that `scalar` stands for, or nil if it stands for itself.
  private static func byte(of scalar: Unicode.Scalar) -> UInt8? {
    reserved.contains(scalar.value) ? UInt8(scalar.value - base) : nil
  }

  /// The text of a name or path that the system gave. O(bytes).
  public static func text(of bytes: some Collection<UInt8>) -> String {
    var scalars = String.UnicodeScalarView()
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
      var parser = Unicode.UTF8.ForwardParser()
      var next = rest.makeIterator()
      var length = 1
      switch parser.parseScalar(from: &next) {
      case .valid(let encoded):
        length = encoded.count
        let scalar = UTF8.decode(encoded)
        if byte(of: scalar) == nil {
          scalars.append(scalar)
        } else {
          scalars.append(contentsOf: rest.prefix(length).compactMap(stand))
        }
      case .error(let invalid):
        length = invalid
        scalars.append(contentsOf: rest.prefix(length).compactMap(stand))
      case .emptyInput: break
      }
      rest = rest.dropFirst(length)
    }
    return String(scalars)
  }

  /// The scalar that stands for `byte`.
  private static func stand(for byte: UInt8) -> Unicode.Scalar? {
    Unicode.Scalar(base + UInt32(byte))
  }

  /// The text of a name or path that the system gave, up to its first zero byte. O(bytes).
  public static func text(of string: UnsafePointer<CChar>) -> String {
    var bytes: [UInt8] = []
    var next = string
    while next.pointee != 0 {
      bytes.append(UInt8(bitPattern: next.pointee))
      next += 1
    }
    return text(of: bytes)
  }

  /// The bytes of `text` for the system, without a zero byte at the end. O(text).
  public static func bytes(of text: String) -> [UInt8] {
    if isUTF8(text) { return Array(text.utf8) }
    return text.unicodeScalars.flatMap { scalar in
      byte(of: scalar).map { [$0] } ?? Array(String(scalar).utf8)
    }
  }

  /// Calls `body` with the bytes of `text`, ended by a zero byte. O(text).
  public static func withCString<Result>(
    _ text: String, _ body: (UnsafePointer<CChar>) throws -> Result
  ) rethrows -> Result {
    let bytes = (bytes(of: text) + [0]).map { CChar(bitPattern: $0) }
    return try bytes.withUnsafeBufferPointer { bytes in
      // The array has a zero byte at least.
      try body(bytes.baseAddress.unsafelyUnwrapped)
    }
  }

  /// Whether the bytes of `text` are UTF-8. O(text).
  public static func isUTF8(_ text: String) -> Bool {
    !text.unicodeScalars.contains { byte(of: $0) != nil }
  }

  /// `text` for a message: on one line, and readable. A byte that is not UTF-8 and a control
  /// character are shown as in `\xff` and `\n`; an empty text is shown as `''`. O(text).
  public static func shown(_ text: String) -> String {
    if text.isEmpty { return "''" }
    var shown = ""
    for scalar in text.unicodeScalars {
      if let escape = escape(scalar) {
        shown += escape
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }

  /// How the shell's `$'...'` and a message write a scalar that a terminal cannot show; nil if a
  /// terminal can.
  public static func escape(_ scalar: Unicode.Scalar) -> String? {
    if let byte = byte(of: scalar) { return "\\x" + String(byte, radix: 16) }
    switch scalar {
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    default: break
    }
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator:
      return String(scalar).utf8.map { ($0 < 16 ? "\\x0" : "\\x") + String($0, radix: 16) }.joined()
    default: return nil
    }
  }
}
