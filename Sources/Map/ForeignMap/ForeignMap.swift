import CReverseMap
import ReverseMapping

/// A reverse map in a library, as every other map.
///
/// What the library does not do itself is done here, as its caller would have to: arguments are
/// checked, full unmaps counted, and a map that is in one is not asked. What the library must not do
/// is noted, once, as a sentence that names it and the operation (`checkInterface`); what it
/// answered then counts as `everything`.
public struct ForeignMap: ~Copyable {
  /// The library that it is in.
  public let library: ForeignLibrary
  /// Where it gets its memory.
  public let memory: ForeignMemory
  let configuration: MapConfiguration
  let handle: UnsafeMutableRawPointer?
  let account: UnsafeMutablePointer<ForeignMemory.Account>
  let allocator: UnsafeMutablePointer<reverse_map_allocator>
  /// What changes, queries included.
  let state: UnsafeMutablePointer<State>
  /// Whether answers are taken as they are.
  let isTrusted: Bool

  struct State: ~Copyable {
    /// How the library has broken the rules of its interface for the first time.
    var fault: String?
    /// Whether it broke, as far as its answers tell.
    var isBroken = false
    /// Full unmaps that have begun and not ended, as far as its answers tell.
    var fullUnmaps = 0
    /// Records since it was empty: an exact map has no more entries.
    var records = 0
    /// The pages of these records: no map has more to report.
    var recordedPages = 0
    var lastUnmapWasRefused = false
    var ranges = GuardedRanges()
    var entries: [reverse_map_entry] = []
  }

  /// An empty map in `library`. One that the library cannot make has that for a fault.
  ///
  /// - Parameters:
  ///   - memory: what its memory comes from, and is counted by.
  ///   - other: what its memory comes from in truth, if that is not to be counted or refused.
  ///   - isTrusted: whether the ranges that it reports are taken as they are, as a benchmark wants it.
  public init(
    _ configuration: MapConfiguration, in library: ForeignLibrary,
    memory: ForeignMemory = ForeignMemory(), allocator other: reverse_map_allocator? = nil,
    isTrusted: Bool = false
  ) {
    self.library = library
    self.memory = memory
    self.configuration = configuration
    self.isTrusted = isTrusted
    memory.noteName(library.name)
    account = memory.makeAccount()
    allocator = .allocate(capacity: 1)
    allocator.initialize(to: other ?? ForeignMemory.allocator(of: account))
    state = .allocate(capacity: 1)
    state.initialize(to: State())
    var told = reverse_map_configuration(
      size: UInt32(MemoryLayout<reverse_map_configuration>.size),
      ipa_bits: UInt32(configuration.ipaBits), layout: configuration.layout.foreign,
      direct_map: configuration.hasDirectMap && library.hasDirectMaps ? 1 : 0,
      allocator: UnsafePointer(allocator))
    handle = reverse_map_create(library.functions, &told)
    if handle == nil { note("create returned NULL") }
    if account.pointee.requests > 0 { note("create asked the allocator for memory") }
  }

  deinit {
    if let handle { reverse_map_destroy(library.functions, handle) }
    state.deinitialize(count: 1)
    state.deallocate()
    allocator.deallocate()
  }

  /// Bytes that the map holds, and blocks that it has asked for since it was made: by its own count,
  /// if the library keeps one, else as the allocator saw it.
  public var usage: (bytes: Int, requests: Int) {
    if let handle, library.countsMemory {
      let counters = reverse_map_get_counters(library.functions, handle)
      return (Int(clamping: counters.bytes), Int(clamping: counters.requests))
    }
    return (account.pointee.liveBytes, account.pointee.requests)
  }

  /// Notes what the library did wrong, if it is the first time.
  func note(_ sentence: @autoclosure () -> String) {
    guard state.pointee.fault == nil else { return }
    let fault = "\(library.name): \(sentence())"
    state.pointee.fault = fault
    memory.noteFault(fault)
  }
}

extension ForeignMap: ReverseMapProtocol {
  public typealias Memory = ForeignMemory

  /// That of `reverse_map.h`.
  public static var hasInterface: Bool { true }

  /// Specification 3.2, as the library has it.
  public mutating func record(
    _ canonical: IPARange, nested: UInt64
  ) throws(ReverseMapError) -> RecordResult {
    if !library.checksArguments {
      try configuration.check(canonical)
      try configuration.check(IPARange(start: nested, size: canonical.size))
      guard nested & ~WordLayout.nestedMask == 0 else { throw .strayNestedBits }
    }
    guard let handle else { return .ignored }
    let refusedBefore = account.pointee.refused
    let code = reverse_map_record(
      library.functions, handle, canonical.start, canonical.size, nested)
    if let error = error(code) { throw error }
    state.pointee.records &+= 1
    let pages = min(Int(clamping: canonical.size / Page.size), Self.mostPages)
    state.pointee.recordedPages = min(state.pointee.recordedPages + pages, Self.mostPages)
    guard let result = RecordResult(foreign: code) else {
      note(
        "record of \(canonical) -> \(hexadecimal(nested)) returned \(code), which is no result of it"
      )
      return .ignored
    }
    if result == .broke {
      state.pointee.isBroken = true
      if account.pointee.refused != refusedBefore { memory.noteFailure() }
    }
    return result
  }

  /// Specification 3.3, as the library has it.
  public mutating func unmap(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    if !library.checksArguments { try configuration.check(canonical) }
    state.pointee.lastUnmapWasRefused = false
    guard let handle else { return .everything }
    if !library.countsFullUnmaps, state.pointee.fullUnmaps > 0 {
      beginFullUnmap()
      return .everything
    }
    let refusedBefore = account.pointee.refused
    let capacity = capacity(for: canonical)
    var count = 0
    let code = reverse_map_unmap(
      library.functions, handle, canonical.start, canonical.size,
      state.pointee.ranges.room(for: capacity, marked: !isTrusted), capacity, &count)
    if let error = error(code) { throw error }
    let result = answer(code, count, capacity, to: "unmap", canonical, appendingTo: &nested)
    if result == .everything {
      if account.pointee.refused != refusedBefore {
        state.pointee.lastUnmapWasRefused = true
        memory.noteFailure()
      }
      if library.countsFullUnmaps {
        noteEmpty()
        state.pointee.fullUnmaps &+= 1
      } else {
        beginFullUnmap()
      }
    }
    return result
  }

  /// Specification 3.4, as the library has it.
  public func query(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    if !library.checksArguments { try configuration.check(canonical) }
    guard let handle else { return .everything }
    if !library.countsFullUnmaps, state.pointee.fullUnmaps > 0 { return .everything }
    let capacity = capacity(for: canonical)
    var count = 0
    let code = reverse_map_query(
      library.functions, handle, canonical.start, canonical.size,
      state.pointee.ranges.room(for: capacity, marked: !isTrusted), capacity, &count)
    if let error = error(code) { throw error }
    return answer(code, count, capacity, to: "query", canonical, appendingTo: &nested)
  }

  /// Specification 3.5, as the library has it.
  public mutating func clear() {
    if let handle { reverse_map_clear(library.functions, handle) }
    noteEmpty()
  }

  /// Specification 3.6, as the library has it, or in its name.
  public mutating func beginFullUnmap() {
    if let handle, library.countsFullUnmaps {
      reverse_map_begin_full_unmap(library.functions, handle)
      noteEmpty()
    } else {
      clear()
    }
    state.pointee.fullUnmaps &+= 1
  }

  /// Specification 3.6, as the library has it, or in its name.
  public mutating func endFullUnmap() throws(ReverseMapError) {
    if let handle, library.countsFullUnmaps {
      let code = reverse_map_end_full_unmap(library.functions, handle)
      let inProgress = state.pointee.fullUnmaps
      if code != REVERSE_MAP_DONE && code != REVERSE_MAP_NO_FULL_UNMAP {
        note("end_full_unmap returned \(code), which is no result of it")
      } else if (code == REVERSE_MAP_DONE) != (inProgress > 0) {
        note("end_full_unmap returned \(code), and \(inProgress) are in progress")
      }
    }
    guard state.pointee.fullUnmaps > 0 else { throw .noFullUnmapInProgress }
    state.pointee.fullUnmaps &-= 1
  }

  /// Specification 7.3, as the library has it.
  public mutating func invalidate(_ nested: IPARange) throws(ReverseMapError) {
    let isForLibrary = configuration.hasDirectMap && library.hasDirectMaps
    if !isForLibrary || !library.checksArguments { try configuration.check(nested) }
    guard let handle, isForLibrary else { return }
    let code = reverse_map_invalidate(library.functions, handle, nested.start, nested.size)
    if let error = error(code) { throw error }
    if code != REVERSE_MAP_DONE {
      note("invalidate of \(nested) returned \(code), which is no result of it")
    }
  }

  /// As the library says, or as its answers tell.
  public var isBroken: Bool { told?.broken.isSet ?? state.pointee.isBroken }

  /// As its answers tell, which is what the library has to say as well.
  public var fullUnmapsInProgress: Int { state.pointee.fullUnmaps }

  /// Whether the last unmap answered `everything` after it was refused memory (Specification 3.3.c).
  public var lastUnmapWasRefused: Bool { state.pointee.lastUnmapWasRefused }

  /// As the library lists them; none if it does not. O(entries).
  public func forEachEntry(_ body: (Entry) -> Void) {
    for entry in listedEntries() { body(Entry(entry, in: configuration.layout)) }
  }

  /// The images of the known entries, which is what a direct map has to hold: its own is the library's
  /// business. O(entries x log entries).
  public func forEachDirectEntry(_ body: (DirectEntry) -> Void) {
    guard configuration.hasDirectMap else { return }
    let images = listedEntries().filter { $0.nested != REVERSE_MAP_UNKNOWN }.map { entry in
      DirectEntry(
        first: entry.nested, last: entry.nested &+ (entry.last &- entry.first),
        canonical: entry.first)
    }
    for image in images.sorted(by: { $0.first < $1.first }) { body(image) }
  }

  /// Nobody knows how much the library will ask for.
  public var reserve: Reserve { Reserve(held: 0, bound: .max) }

  /// Blocks that it holds.
  public var heldNodes: Int { account.pointee.live }

  /// How the library has broken the rules of `reverse_map.h`, as a sentence, or nil.
  public func checkInterface() -> String? {
    let inProgress = state.pointee.fullUnmaps
    if library.countsFullUnmaps, let said = told?.full_unmaps, Int(said) != inProgress {
      note("state says that \(said) full unmaps are in progress, and \(inProgress) are")
    }
    return state.pointee.fault ?? memory.fault()
  }

  /// What the library itself says is wrong in its structure.
  public func checkInvariants() -> String? {
    if let fault = checkInterface() { return fault }
    guard let handle, library.functions.pointee.check != nil,
      let sentence = reverse_map_check(library.functions, handle)
    else { return nil }
    return "\(library.name) says: \(String(cString: sentence))"
  }

  /// Specification 4.3.
  public func checkEmpty() -> String? {
    let (live, bytes) = (account.pointee.live, account.pointee.liveBytes)
    return live == 0
      ? nil : "an empty map of \(library.name) holds \(live) blocks of \(bytes) bytes in all"
  }
}

extension ForeignMap {
  private var told: reverse_map_state? {
    guard let handle, library.functions.pointee.state != nil else { return nil }
    return reverse_map_get_state(library.functions, handle)
  }

  private func noteEmpty() {
    state.pointee.isBroken = false
    state.pointee.records = 0
    state.pointee.recordedPages = 0
  }

  /// Room for all that there can be to report: of an exact map an entry on every page, but no more
  /// than there can be entries.
  private func capacity(for canonical: IPARange) -> Int {
    library.agreement == .exact || isTrusted
      ? min(Int(clamping: canonical.size / Page.size), state.pointee.records)
      : state.pointee.recordedPages
  }

  /// The most pages that are told apart from more: a buffer for so many ranges is 16 MiB.
  private static var mostPages: Int { 1 << 20 }

  /// The most entries that there can be: of an exact map as many as were recorded, of another one an
  /// entry for each page.
  private var mostEntries: Int {
    library.agreement == .exact ? state.pointee.records : state.pointee.recordedPages
  }

  /// The error that `code` stands for, from a library that looks at arguments.
  private func error(_ code: CInt) -> ReverseMapError? {
    guard library.checksArguments else { return nil }
    return ReverseMapError(foreign: code)
  }

  /// What the library answered, if it kept to the rules.
  private func answer(
    _ code: CInt, _ count: Int, _ capacity: Int, to operation: String, _ canonical: IPARange,
    appendingTo nested: inout [IPARange]
  ) -> UnmapResult {
    if code == REVERSE_MAP_EVERYTHING {
      if !state.pointee.ranges.isIntact {
        note("\(operation) of \(canonical) wrote behind a buffer of \(capacity) ranges")
      }
      return .everything
    }
    if let fault = fault(code, count, capacity) {
      note("\(operation) of \(canonical) \(fault)")
      return .everything
    }
    nested.reserveCapacity(nested.count + count)
    for index in 0..<count { nested.append(state.pointee.ranges[index]) }
    return .ranges
  }

  private func fault(_ code: CInt, _ count: Int, _ capacity: Int) -> String? {
    guard code == REVERSE_MAP_RANGES else {
      return "returned \(code), which is no result of it"
    }
    guard count <= capacity, count >= 0, state.pointee.ranges.isIntact else {
      let more = count > capacity || count < 0 ? "says that it wrote \(count)" : "wrote more"
      return "\(more) into a buffer of \(capacity) ranges"
    }
    if isTrusted { return nil }
    for index in 0..<count {
      let range = state.pointee.ranges[index]
      if state.pointee.ranges.isUnwritten(index) {
        return "says that it wrote \(count) ranges, and did not write number \(index + 1)"
      }
      do throws(ReverseMapError) {
        try configuration.check(range)
      } catch {
        return
          "reported \(hexadecimal(range.size)) nested bytes from \(hexadecimal(range.start)) on, "
          + "which are no pages of the space (\(error))"
      }
    }
    return nil
  }

  /// The entries as the library lists them.
  private func listedEntries() -> ArraySlice<reverse_map_entry> {
    guard let handle, library.listsEntries else { return [] }
    // And a guard behind them.
    let room = mostEntries
    let mark = reverse_map_entry(first: .max, last: 0, nested: 1, word: 2)
    if state.pointee.entries.count <= room {
      state.pointee.entries = Array(repeating: mark, count: room + 1 + min(room, 4096))
    }
    state.pointee.entries[room] = mark
    let count = state.pointee.entries.withUnsafeMutableBufferPointer { entries in
      reverse_map_entries(library.functions, handle, entries.baseAddress, room)
    }
    let behind = state.pointee.entries[room]
    guard count >= 0, count <= room else {
      note("entries says that there are \(UInt(bitPattern: count)), and can be \(room)")
      return []
    }
    guard behind.first == mark.first, behind.last == mark.last, behind.word == mark.word else {
      note("entries wrote behind a buffer of \(room)")
      return []
    }
    let entries = state.pointee.entries[..<count]
    // Of an exact map they are compared, and this would be a lesser word for the same.
    if library.agreement == .sound, let fault = fault(in: entries) {
      note("entries lists \(fault)")
    }
    return entries
  }

  /// How `entries` are no ascending, disjoint ranges of pages, or nil (Specification 5.4).
  private func fault(in entries: ArraySlice<reverse_map_entry>) -> String? {
    var end: UInt64 = 0
    for (index, entry) in entries.enumerated() {
      let text = "[\(hexadecimal(entry.first)), \(hexadecimal(entry.last))]"
      guard entry.first <= entry.last, entry.first % Page.size == 0,
        entry.last % Page.size == Page.size - 1, entry.last < configuration.limit
      else { return "\(text), which are no pages of the space" }
      if index > 0, entry.first <= end {
        return "\(text) behind one that ends at \(hexadecimal(end))"
      }
      end = entry.last
    }
    return nil
  }
}
