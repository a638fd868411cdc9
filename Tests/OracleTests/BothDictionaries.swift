import Oracle
import ReverseMapping
import TestSupport

/// The dictionary of cells, which is the oracle, and beside it the dictionary of pages, which
/// checks it. After every operation, both must have given the same answer and have the same state.
struct BothDictionaries: ReverseMapProtocol {
  private(set) var cells: CellDictionary
  private var pages: PageDictionary

  /// Both are empty, and nothing is known of the ranges to come.
  init(_ configuration: MapConfiguration) {
    cells = CellDictionary(configuration)
    pages = PageDictionary(configuration)
  }

  mutating func restart(
    _ configuration: MapConfiguration, addBounds: (inout MapCells) -> Void = { _ in }
  ) {
    cells.restart(configuration, addBounds: addBounds)
    pages.restart(configuration)
    checkAgreement()
  }

  mutating func record(
    _ canonical: IPARange, nested: UInt64
  ) throws(ReverseMapError) -> RecordResult {
    try record(canonical, nested: nested, isRefused: false)
  }

  mutating func record(
    _ canonical: IPARange, nested: UInt64, isRefused: Bool
  ) throws(ReverseMapError) -> RecordResult {
    let result = Result { () throws(ReverseMapError) in
      try cells.record(canonical, nested: nested, isRefused: isRefused)
    }
    let expected = Result { () throws(ReverseMapError) in
      try pages.record(canonical, nested: nested, isRefused: isRefused)
    }
    check(result == expected, "\(result) by cells, \(expected) by pages")
    checkAgreement()
    return try result.get()
  }

  mutating func unmap(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    try unmap(canonical, appendingTo: &nested, isRefused: false)
  }

  mutating func unmap(
    _ canonical: IPARange, appendingTo nested: inout [IPARange], isRefused: Bool
  ) throws(ReverseMapError) -> UnmapResult {
    var other = nested
    let result = Result { () throws(ReverseMapError) in
      try cells.unmap(canonical, appendingTo: &nested, isRefused: isRefused)
    }
    let expected = Result { () throws(ReverseMapError) in
      try pages.unmap(canonical, appendingTo: &other, isRefused: isRefused)
    }
    check(result == expected && nested == other, "\(result) by cells, \(expected) by pages")
    checkAgreement()
    return try result.get()
  }

  func query(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    var other = nested
    let result = Result { () throws(ReverseMapError) in
      try cells.query(canonical, appendingTo: &nested)
    }
    let expected = Result { () throws(ReverseMapError) in
      try pages.query(canonical, appendingTo: &other)
    }
    check(result == expected && nested == other, "\(result) by cells, \(expected) by pages")
    return try result.get()
  }

  mutating func clear() {
    cells.clear()
    pages.clear()
    checkAgreement()
  }

  mutating func beginFullUnmap() {
    cells.beginFullUnmap()
    pages.beginFullUnmap()
    checkAgreement()
  }

  mutating func endFullUnmap() throws(ReverseMapError) {
    let isEnded = (try? pages.endFullUnmap()) != nil
    check(isEnded == (cells.fullUnmapsInProgress > 0))
    try cells.endFullUnmap()
    checkAgreement()
  }

  mutating func invalidate(_ nested: IPARange) throws(ReverseMapError) {
    let isValid = (try? pages.invalidate(nested)) != nil
    defer { checkAgreement() }
    do throws(ReverseMapError) { try cells.invalidate(nested) } catch {
      check(!isValid)
      throw error
    }
    check(isValid)
  }

  var isBroken: Bool { cells.isBroken }
  var fullUnmapsInProgress: Int { cells.fullUnmapsInProgress }
  var directPageCount: UInt64 { cells.directPageCount }
  func forEachEntry(_ body: (Entry) -> Void) { cells.forEachEntry(body) }
  func forEachDirectEntry(_ body: (DirectEntry) -> Void) { cells.forEachDirectEntry(body) }
  func holds(_ entry: DirectEntry) -> Bool {
    cells.directEntries.contains(entry) && pages.holds(entry)
  }
  func checkInvariants() -> String? { cells.checkInvariants() ?? pages.checkInvariants() }
  func checkEmpty() -> String? { cells.checkEmpty() ?? pages.checkEmpty() }

  private func checkAgreement() {
    let (entries, direct) = (cells.entries, cells.directEntries)
    check(entries == pages.entries, "\(entries) by cells, \(pages.entries) by pages")
    check(direct == pages.directEntries, "\(direct) by cells, \(pages.directEntries) by pages")
    check(cells.rowSum == rowSum(pages.entries, pages.directEntries))
    check(cells.isBroken == pages.isBroken)
    check(cells.fullUnmapsInProgress == pages.fullUnmapsInProgress)
    check(cells.checkInvariants() == nil, "\(cells.checkInvariants() ?? "")")
  }
}

/// The sum of the hashes of these rows, which `rowSum` has to be.
func rowSum(_ entries: [Entry], _ direct: [DirectEntry]) -> UInt64 {
  entries.reduce(0) { $0 &+ $1.rowHash } &+ direct.reduce(0) { $0 &+ $1.rowHash }
}

extension CellDictionary {
  /// The canonical pages that have an entry.
  var pageCount: UInt64 { entries.reduce(0) { $0 + ($1.last - $1.first + 1) / 4096 } }
  /// The nested pages that have a direct entry.
  var directPageCount: UInt64 { directEntries.reduce(0) { $0 + ($1.last - $1.first + 1) / 4096 } }
}
