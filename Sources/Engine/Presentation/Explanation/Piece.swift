import Differential
import Oracle
import ReverseMapping
import Scenario

/// An address space that is drawn as one axis: of a map, of an MMU's map, or of a tree.
struct Track: Hashable, Sendable {
  /// The kind of address.
  enum Space: String, Sendable {
    /// Canonical addresses, which entries cover.
    case canonical
    /// Nested addresses, which the direct map covers.
    case nested
    /// The keys of a tree.
    case keys
  }

  /// The MMU, in worlds with MMUs.
  var mmu: Int?
  /// The kind of address.
  var space: Space
}

/// A range of a state or of an operation, as it is drawn.
public struct Piece: Hashable, Sendable {
  /// The axis on which it lies.
  var track: Track
  /// The first byte or key.
  var first: UInt64
  /// The last byte or key, inclusive. A damaged subject may hold a range with `last` below `first`.
  var last: UInt64
  /// The content as text: a nested base, a canonical base or a word. May be empty.
  var label: String
  /// The content as a number that is the same for each address in the range: the offset between the
  /// two spaces, or a word. 0 if there is no content.
  var value: UInt64
  /// The character that fills the range behind the label.
  var fill: Character
  /// The stored word, or 0 if there is none.
  var word: UInt64
}

extension StateRow {
  /// The row as a range: an entry on the canonical track, a direct entry on the nested one, a tree
  /// element on that of the keys.
  var piece: Piece {
    switch self {
    case .map(.entry(let entry), let mmu):
      return Piece(
        track: Track(mmu: mmu, space: .canonical), first: entry.first, last: entry.last,
        label: entry.content.nested.map(hexadecimal) ?? "",
        value: entry.content.nested.map { $0 &- entry.first } ?? 0,
        fill: entry.content.isUnknown ? "?" : "-", word: entry.word)
    case .map(.direct(let entry), let mmu):
      return Piece(
        track: Track(mmu: mmu, space: .nested), first: entry.first, last: entry.last,
        label: hexadecimal(entry.canonical), value: entry.canonical &- entry.first, fill: "-",
        word: 0)
    case .element(let range):
      return Piece(
        track: Track(space: .keys), first: range.first, last: range.last,
        label: hexadecimal(range.word), value: range.word, fill: "-", word: range.word)
    }
  }
}

extension Trace.Side {
  /// The pieces on `track`, in ascending order. O(rows).
  func pieces(on track: Track) -> [Piece] {
    rows.lazy.map(\.piece).filter { $0.track == track }
  }
}

extension World {
  /// The tracks of this world, in the order in which they are drawn. O(MMUs).
  var tracks: [Track] {
    switch family {
    case .tree: return [Track(space: .keys)]
    case .map, .direct, .vm, .memory:
      let spaces: [Track.Space] = hasDirectMap ? [.canonical, .nested] : [.canonical]
      let numbers: [Int?] = family.isVM ? (0..<Int(mmus)).map { $0 } : [nil]
      return numbers.flatMap { mmu in spaces.map { Track(mmu: mmu, space: $0) } }
    }
  }
}

extension Operation {
  /// The range of the operation on `track`. Nil if it names another MMU, or if the range is empty
  /// or wraps around.
  func piece(on track: Track) -> Piece? {
    if let mmu = track.mmu, kind.namesMMU, mmu != self.mmu { return nil }
    switch (kind, track.space) {
    case (.record, .canonical), (.unmap, .canonical), (.query, .canonical), (.invalidate, .nested):
      return piece(range(), on: track)
    case (.record, .nested):
      return piece(IPARange(start: nested(), size: range().size), on: track)
    case (.fill, .canonical): return piece(page << Page.shift, span: span, on: track)
    case (.fill, .nested): return piece(second << Page.shift, span: span, on: track)
    case (.find, .keys):
      return piece(page, page, on: track)
    case (_, .keys) where kind.takesRange:
      let last = kind.isFill ? lastPage : second
      return page <= last ? piece(page, last, on: track) : nil
    default: return nil
    }
  }

  /// The piece from the first to the last byte of a fill.
  private func piece(_ start: UInt64, span: UInt64, on track: Track) -> Piece? {
    piece(IPARange(start: start, size: span << Page.shift), on: track)
  }

  private func piece(_ range: IPARange, on track: Track) -> Piece? {
    range.size > 0 && range.start <= range.last ? piece(range.start, range.last, on: track) : nil
  }

  private func piece(_ first: UInt64, _ last: UInt64, on track: Track) -> Piece {
    Piece(track: track, first: first, last: last, label: "", value: 0, fill: "=", word: 0)
  }
}

extension Unsoundness {
  /// The surviving mapping, on the canonical track.
  var piece: Piece {
    let range = mapping.canonicalRange
    return Piece(
      track: Track(mmu: mmu, space: .canonical), first: range.start, last: range.last,
      label: hexadecimal(mapping.nested.start), value: 0, fill: "*", word: 0)
  }
}

extension [Piece] {
  /// The pieces without duplicates; the first of each is kept. O(pieces).
  var unique: [Piece] {
    var seen: Set<Piece> = []
    return filter { seen.insert($0).inserted }
  }
}
