import Differential
import Oracle
import ReverseMapping
import Scenario

/// A space that ranges of a state lie in, drawn as one axis: of one map, or of one MMU's.
struct Track: Hashable, Sendable {
  /// What the addresses on it are.
  enum Space: String, Sendable {
    /// The bytes that entries cover.
    case canonical
    /// The bytes that the direct map covers.
    case nested
    /// The keys of a tree.
    case keys
  }

  /// The MMU, in worlds that have several.
  var mmu: Int?
  /// What the addresses are.
  var space: Space
}

/// One range of a state, or of an operation, as it is drawn.
public struct Piece: Hashable, Sendable {
  /// Where it lies.
  var track: Track
  /// The first byte or key.
  var first: UInt64
  /// The last byte or key, inclusive. A damaged subject may hold one that is below the first.
  var last: UInt64
  /// What it says, short: a nested base, a canonical base, a word; empty if it says nothing.
  var label: String
  /// What it says of each address on it, as one number: what to add to it, or a word. 0 if it says
  /// nothing.
  var says: UInt64
  /// What fills the range behind the label.
  var fill: Character
  /// The word that it is stored as; 0 if it is not stored as one.
  var word: UInt64
}

extension StateRow {
  /// The row as a range: an entry lies in canonical bytes, an entry of the direct map in nested ones,
  /// an element in keys. O(1).
  var piece: Piece {
    switch self {
    case .map(.entry(let entry), let mmu):
      return Piece(
        track: Track(mmu: mmu, space: .canonical), first: entry.first, last: entry.last,
        label: entry.content.nested.map(hexadecimal) ?? "",
        says: entry.content.nested.map { $0 &- entry.first } ?? 0,
        fill: entry.content.isUnknown ? "?" : "-", word: entry.word)
    case .map(.direct(let entry), let mmu):
      return Piece(
        track: Track(mmu: mmu, space: .nested), first: entry.first, last: entry.last,
        label: hexadecimal(entry.canonical), says: entry.canonical &- entry.first, fill: "-",
        word: 0)
    case .element(let range):
      return Piece(
        track: Track(space: .keys), first: range.first, last: range.last,
        label: hexadecimal(range.word), says: range.word, fill: "-", word: range.word)
    }
  }
}

extension Trace.Side {
  /// The ranges on `track`, in order. O(rows).
  func pieces(on track: Track) -> [Piece] {
    rows.lazy.map(\.piece).filter { $0.track == track }
  }
}

extension World {
  /// The axes of a machine in this world, in the order in which they are drawn. O(MMUs).
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
  /// What the operation is about on `track`, or nil if that is nothing that can be drawn: another
  /// MMU, an empty range, one that wraps around. O(1).
  func piece(on track: Track, in world: World) -> Piece? {
    if let mmu = track.mmu, kind.namesMMU, mmu != self.mmu { return nil }
    switch (kind, track.space) {
    case (.record, .canonical), (.unmap, .canonical), (.query, .canonical), (.invalidate, .nested):
      return piece(range(in: world), on: track)
    case (.record, .nested):
      return piece(IPARange(start: nested(in: world), size: range(in: world).size), on: track)
    case (.find, .keys):
      return piece(treeKey(in: world), treeKey(in: world), on: track)
    case (_, .keys) where kind.takesRange:
      let (first, last) = treeRange(in: world)
      return first <= last ? piece(first, last, on: track) : nil
    default: return nil
    }
  }

  private func piece(_ range: IPARange, on track: Track) -> Piece? {
    range.size > 0 && range.start <= range.last ? piece(range.start, range.last, on: track) : nil
  }

  private func piece(_ first: UInt64, _ last: UInt64, on track: Track) -> Piece {
    Piece(track: track, first: first, last: last, label: "", says: 0, fill: "=", word: 0)
  }
}

extension Unsoundness {
  /// The mapping that lives, where its canonical pages are. O(1).
  var piece: Piece {
    let range = mapping.canonicalRange
    return Piece(
      track: Track(mmu: mmu, space: .canonical), first: range.start, last: range.last,
      label: hexadecimal(mapping.nested.start), says: 0, fill: "*", word: 0)
  }
}

extension [Piece] {
  /// Each piece once, where it comes first. O(pieces).
  var unique: [Piece] {
    var seen: Set<Piece> = []
    return filter { seen.insert($0).inserted }
  }
}
