import CReverseMap
import ReverseMapping

// Conversions between the types of `reverse_map.h` and those of ReverseMapping.

extension WordLayout {
  /// The layout's number in `reverse_map.h`.
  var foreign: UInt32 {
    switch self {
    case .mailed: return UInt32(REVERSE_MAP_LAYOUT_MAILED)
    case .tagged: return UInt32(REVERSE_MAP_LAYOUT_TAGGED)
    }
  }
}

extension RecordResult {
  /// The result that `code` stands for, or nil if it is not a result of record.
  init?(foreign code: CInt) {
    switch Int(code) {
    case REVERSE_MAP_IGNORED: self = .ignored
    case REVERSE_MAP_STORED: self = .stored
    case REVERSE_MAP_UNCHANGED: self = .unchanged
    case REVERSE_MAP_POLLUTED: self = .polluted
    case REVERSE_MAP_BROKE: self = .broke
    case REVERSE_MAP_FAILED: self = .failed
    default: return nil
    }
  }
}

extension ReverseMapError {
  /// The argument error that `code` stands for, or nil if it is none.
  init?(foreign code: CInt) {
    switch Int(code) {
    case REVERSE_MAP_MISALIGNED: self = .misaligned
    case REVERSE_MAP_EMPTY: self = .empty
    case REVERSE_MAP_WRAPS: self = .wraps
    case REVERSE_MAP_OUTSIDE_WIDTH: self = .outsideWidth
    case REVERSE_MAP_STRAY_NESTED_BITS: self = .strayNestedBits
    default: return nil
    }
  }
}

extension Entry {
  /// Converts an entry that a library lists. If the library has no words, computes the word in
  /// `layout`.
  init(_ entry: reverse_map_entry, in layout: WordLayout) {
    let isUnknown = entry.nested == REVERSE_MAP_UNKNOWN
    var word = entry.word
    if word == 0 {
      // A base with stray bits has no word, so show the base itself.
      word =
        isUnknown ? layout.unknownWord : (try? layout.word(known: entry.nested)) ?? entry.nested
    }
    self.init(
      first: entry.first, last: entry.last,
      content: isUnknown ? .unknown : .known(nested: entry.nested), word: word)
  }
}

extension UInt32 {
  /// The value as a C boolean.
  var isSet: Bool { self != 0 }
}
