import CReverseMap
import ReverseMapping

/// Adapts a reverse map in a shared library to `ReverseMapProtocol`.
///
/// Optional work that the library leaves to its caller is done here: checking arguments, counting
/// full unmaps, and answering for the map while a full unmap is in progress. The first violation of
/// the rules of `reverse_map.h` is recorded as a sentence that names the library and the operation
/// (`checkInterface`), and the answer of that call counts as `everything`.
public struct ForeignMap: ~Copyable {
  /// The library that implements the map.
  public let library: ForeignLibrary
  /// The allocator of the map.
  public let memory: ForeignMemory
  let configuration: MapConfiguration
  let handle: UnsafeMutableRawPointer?
  let account: UnsafeMutablePointer<ForeignMemory.Account>
  let allocator: UnsafeMutablePointer<reverse_map_allocator>
  let host: UnsafeMutablePointer<reverse_map_host>
  /// The mutable state. It lives behind a pointer because queries change it too.
  let state: UnsafeMutablePointer<State>
  /// Whether answers are accepted without checks.
  let isTrusted: Bool

  struct State: ~Copyable {
    /// The first violation of the interface's rules.
    var fault: String?
    /// Whether the map is broken, according to its results.
    var isBroken = false
    /// The number of full unmaps in progress, according to the calls and results.
    var fullUnmaps = 0
    /// Records since the map was last empty. An exact map has at most as many entries.
    var records = 0
    /// The pages of these records. No map has more ranges to report.
    var recordedPages = 0
    var lastUnmapWasRefused = false
    /// The answer to an unmap of the whole machine, until the map is asked for it.
    var answer: ForeignMachine.Answer?
    var ranges = GuardedRanges()
    /// The unmap in which the library may call its host.
    var hosted = HostedUnmap()
    /// What the host needs of the map; nil until the library has created it.
    var owner: Owner?
    var entries: [reverse_map_entry] = []
  }

  /// What the host of a map needs of it.
  struct Owner {
    let library: ForeignLibrary
    let configuration: MapConfiguration
    let handle: UnsafeMutableRawPointer
    unowned(unsafe) let memory: ForeignMemory
  }

  /// Creates an empty map in `library`. If the library returns NULL, the map has that as its fault.
  ///
  /// - Parameters:
  ///   - memory: the allocator, which counts and refuses requests.
  ///   - other: an allocator to use instead of `memory`, which neither counts nor refuses requests.
  ///   - isTrusted: whether reported ranges are accepted without checks, for benchmarks.
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
    host = .allocate(capacity: 1)
    host.initialize(to: Self.host(of: state))
    let machine = library.hasMachines ? memory.makeMachine(of: library) : nil
    var parameters = reverse_map_configuration(
      size: UInt32(MemoryLayout<reverse_map_configuration>.size),
      ipa_bits: UInt32(configuration.ipaBits), layout: configuration.layout.foreign,
      direct_map: configuration.hasDirectMap && library.hasDirectMaps ? 1 : 0,
      allocator: UnsafePointer(allocator), machine: machine?.handle, host: UnsafePointer(host))
    let hasMachine = machine.map { $0.handle != nil } ?? true
    handle = hasMachine ? reverse_map_create(library.functions, &parameters) : nil
    if handle == nil { note("\(hasMachine ? "create" : "create_machine") returned NULL") }
    if let handle {
      machine?.add(
        .init(
          handle: handle, account: account, state: state, configuration: configuration))
      state.pointee.owner = Owner(
        library: library, configuration: configuration, handle: handle, memory: memory)
    }
    if account.pointee.requests > 0 { note("create requested memory from the allocator") }
  }

  deinit {
    if let handle { memory.machine?.remove(handle) }
    if let handle { reverse_map_destroy(library.functions, handle) }
    state.deinitialize(count: 1)
    state.deallocate()
    host.deallocate()
    allocator.deallocate()
  }

  /// The bytes that the map holds, and the blocks that it has requested since it was created. Uses
  /// the library's own counters if it has any, otherwise those of the allocator.
  public var usage: (bytes: Int, requests: Int) {
    if let handle, library.countsMemory {
      let counters = reverse_map_get_counters(library.functions, handle)
      return (Int(clamping: counters.bytes), Int(clamping: counters.requests))
    }
    return (account.pointee.liveBytes, account.pointee.requests)
  }

  /// Records a violation of the interface's rules, if it is the first.
  func note(_ sentence: @autoclosure () -> String) {
    guard state.pointee.fault == nil else { return }
    let fault = "\(library.name): \(sentence())"
    state.pointee.fault = fault
    memory.noteFault(fault)
  }
}

extension ForeignMap: ReverseMapProtocol {
  public typealias Memory = ForeignMemory

  /// Always true: the interface is `reverse_map.h`.
  public static var hasInterface: Bool { true }

  /// Calls the library's record (Specification 3.2).
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
    if code == REVERSE_MAP_FAILED {
      let record = "record of \(canonical) -> \(hexadecimal(nested)) returned \(code), FAILED"
      if !library.mayFail { note("\(record), without the flag REVERSE_MAP_MAY_FAIL") }
      if account.pointee.refused == refusedBefore {
        note("\(record), although no request for memory was refused")
      }
      if !state.pointee.isBroken, isBroken { note("\(record), but state reports a broken map") }
      memory.noteFailure()
      return .failed
    }
    state.pointee.records &+= 1
    let pages = min(Int(clamping: canonical.size / Page.size), Self.mostPages)
    state.pointee.recordedPages = min(state.pointee.recordedPages + pages, Self.mostPages)
    guard let result = RecordResult(foreign: code) else {
      note(
        "record of \(canonical) -> \(hexadecimal(nested)) returned \(code), \(Self.notAResult)"
      )
      return .ignored
    }
    if result == .broke {
      state.pointee.isBroken = true
      if account.pointee.refused != refusedBefore { memory.noteFailure() }
    }
    return result
  }

  /// Calls the library's unmap (Specification 3.3).
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
    let given = unmapped(canonical, by: handle)
    let hosted = state.pointee.hosted.end()
    if let error = error(given.code) { throw error }
    nested += hosted.ranges
    var result = answer(
      given.code, given.count, given.capacity, to: "unmap", canonical, appendingTo: &nested)
    if hosted.isEverything { result = .everything }
    // A map that is going to be emptied need not lead anywhere.
    if result == .ranges || hosted.fault != nil, let fault = fault(of: hosted) {
      note("unmap of \(canonical) \(fault)")
    }
    if result == .everything {
      if account.pointee.refused != given.refusedBefore {
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

  /// Calls the library's query (Specification 3.4).
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

  /// Calls the library's clear (Specification 3.5).
  public mutating func clear() {
    if let handle { reverse_map_clear(library.functions, handle) }
    noteEmpty()
  }

  /// Calls the library's begin_full_unmap, or emulates it (Specification 3.6.a).
  public mutating func beginFullUnmap() {
    if let handle, library.countsFullUnmaps {
      reverse_map_begin_full_unmap(library.functions, handle)
      noteEmpty()
    } else {
      clear()
    }
    state.pointee.fullUnmaps &+= 1
  }

  /// Calls the library's end_full_unmap, or emulates it (Specification 3.6.c).
  public mutating func endFullUnmap() throws(ReverseMapError) {
    if let handle, library.countsFullUnmaps {
      let code = reverse_map_end_full_unmap(library.functions, handle)
      let inProgress = state.pointee.fullUnmaps
      if code != REVERSE_MAP_DONE && code != REVERSE_MAP_NO_FULL_UNMAP {
        note("end_full_unmap returned \(code), \(Self.notAResult)")
      } else if (code == REVERSE_MAP_DONE) != (inProgress > 0) {
        note("end_full_unmap returned \(code) with \(inProgress) full unmaps in progress")
      }
    }
    guard state.pointee.fullUnmaps > 0 else { throw .noFullUnmapInProgress }
    state.pointee.fullUnmaps &-= 1
  }

  /// Calls the library's invalidate (Specification 7.3).
  public mutating func invalidate(_ nested: IPARange) throws(ReverseMapError) {
    let isForLibrary = configuration.hasDirectMap && library.hasDirectMaps
    if !isForLibrary || !library.checksArguments { try configuration.check(nested) }
    guard let handle, isForLibrary else { return }
    let code = reverse_map_invalidate(library.functions, handle, nested.start, nested.size)
    if let error = error(code) { throw error }
    if code != REVERSE_MAP_DONE {
      note("invalidate of \(nested) returned \(code), \(Self.notAResult)")
    }
  }

  /// Whether the map is broken, according to the library's state or else its results.
  public var isBroken: Bool { reportedState?.broken.isSet ?? state.pointee.isBroken }

  /// The number of full unmaps in progress. `checkInterface` compares the library's own count.
  public var fullUnmapsInProgress: Int { state.pointee.fullUnmaps }

  /// Whether the last unmap answered `everything` after a refused request (Specification 3.3.c).
  public var lastUnmapWasRefused: Bool { state.pointee.lastUnmapWasRefused }

  /// Calls `body` with the entries that the library lists; none if it lists none. O(entries).
  public func forEachEntry(_ body: (Entry) -> Void) {
    for entry in listedEntries() { body(Entry(entry, in: configuration.layout)) }
  }

  /// Calls `body` with the images of the known entries, which are the contents that a direct map
  /// must have (Specification 7.1). The library's own direct map is not accessible. O(entries x log
  /// entries).
  public func forEachDirectEntry(_ body: (DirectEntry) -> Void) {
    guard configuration.hasDirectMap else { return }
    let images = listedEntries().filter { $0.nested != REVERSE_MAP_UNKNOWN }.map { entry in
      DirectEntry(
        first: entry.nested, last: entry.nested &+ (entry.last &- entry.first),
        canonical: entry.first)
    }
    for image in images.sorted(by: { $0.first < $1.first }) { body(image) }
  }

  /// Never full: the number of requests that the library will make is not known.
  public var reserve: Reserve { Reserve(held: 0, bound: .max) }

  /// Blocks that the map holds.
  public var heldNodes: Int { account.pointee.live }

  /// The first violation of the rules of `reverse_map.h`, as a sentence, or nil.
  public func checkInterface() -> String? {
    let inProgress = state.pointee.fullUnmaps
    if library.countsFullUnmaps, let reported = reportedState?.full_unmaps,
      Int(reported) != inProgress
    {
      note("state reports \(reported) full unmaps in progress, but there are \(inProgress)")
    }
    return state.pointee.fault ?? memory.noted
  }

  /// The fault that the library's own check reports, or nil. An interface violation comes first.
  public func checkInvariants() -> String? {
    if let fault = checkInterface() { return fault }
    guard let handle, library.functions.pointee.check != nil,
      let sentence = reverse_map_check(library.functions, handle)
    else { return nil }
    return "\(library.name) reports: \(String(cString: sentence))"
  }

  /// Checks that an empty map holds no memory of the allocator (Specification 4.3).
  public func checkEmpty() -> String? {
    memory.checkBlocks(always: true)
    let (live, bytes) = (account.pointee.live, account.pointee.liveBytes)
    return live == 0
      ? nil : "an empty map of \(library.name) holds \(live) blocks, \(bytes) bytes in total"
  }
}

extension ForeignMap {
  /// The state that the library reports; nil if it has no `state`.
  private var reportedState: reverse_map_state? {
    guard let handle, library.functions.pointee.state != nil else { return nil }
    return reverse_map_get_state(library.functions, handle)
  }

  private func noteEmpty() {
    state.pointee.isBroken = false
    state.pointee.records = 0
    state.pointee.recordedPages = 0
  }

  /// The end of every message about an unknown return value.
  static var notAResult: String { "which is not a valid result" }

  /// The library's answer to an unmap. If its maps share a structure, the first map of a virtual
  /// machine that is asked unmaps the range in all of them.
  private func unmapped(
    _ canonical: IPARange, by handle: UnsafeMutableRawPointer
  ) -> ForeignMachine.Answer {
    if let machine = memory.machine {
      if state.pointee.answer?.canonical != canonical {
        machine.unmap(canonical, isMarked: !isTrusted, interleaves: interleaves)
      }
      defer { state.pointee.answer = nil }
      return state.pointee.answer
        ?? ForeignMachine.Answer(
          canonical: canonical, code: CInt(REVERSE_MAP_EVERYTHING), count: 0, capacity: 0,
          refusedBefore: account.pointee.refused)
    }
    let refusedBefore = account.pointee.refused
    let capacity = capacity(for: canonical)
    var count = 0
    state.pointee.hosted.canonical = canonical
    state.pointee.hosted.isFirst = interleaves
    let code = reverse_map_unmap(
      library.functions, handle, canonical.start, canonical.size,
      state.pointee.ranges.room(for: capacity, marked: !isTrusted), capacity, &count)
    return ForeignMachine.Answer(
      canonical: canonical, code: code, count: count, capacity: capacity,
      refusedBefore: refusedBefore)
  }

  private func capacity(for canonical: IPARange) -> Int {
    Self.capacity(for: canonical, state, library)
  }

  /// The most ranges that the map with this `state` can report: for an exact map one per page, and
  /// no more than it can have entries; for other maps one per recorded page.
  static func capacity(
    for canonical: IPARange, _ state: UnsafeMutablePointer<State>, _ library: ForeignLibrary
  ) -> Int {
    library.agreement == .exact
      ? min(Int(clamping: canonical.size / Page.size), state.pointee.records)
      : state.pointee.recordedPages
  }

  /// The limit of `recordedPages`: a buffer for that many ranges takes 16 MiB.
  static var mostPages: Int { 1 << 20 }

  /// The most entries that the map can have: one per record for an exact map, one per recorded page
  /// for others.
  private var mostEntries: Int {
    library.agreement == .exact ? state.pointee.records : state.pointee.recordedPages
  }

  /// The argument error that `code` stands for; nil if the library does not check arguments.
  private func error(_ code: CInt) -> ReverseMapError? {
    guard library.checksArguments else { return nil }
    return ReverseMapError(foreign: code)
  }

  /// Turns a return value into a result and appends the reported ranges. An answer that breaks the
  /// rules is recorded as a fault and counts as `everything`.
  private func answer(
    _ code: CInt, _ count: Int, _ capacity: Int, to operation: String, _ canonical: IPARange,
    appendingTo nested: inout [IPARange]
  ) -> UnmapResult {
    if code == REVERSE_MAP_EVERYTHING {
      if !state.pointee.ranges.isIntact {
        note("\(operation) of \(canonical) wrote past the end of a buffer of \(capacity) ranges")
      }
      return .everything
    }
    if let fault = state.pointee.ranges.fault(
      code, count, in: configuration, isTrusted: isTrusted)
    {
      note("\(operation) of \(canonical) \(fault)")
      return .everything
    }
    nested.reserveCapacity(nested.count + count)
    for index in 0..<count { nested.append(state.pointee.ranges[index]) }
    return .ranges
  }

  /// The entries that the library lists.
  private func listedEntries() -> ArraySlice<reverse_map_entry> {
    guard let handle, library.listsEntries else { return [] }
    // The buffer has a guard entry at its end.
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
      note("entries returned \(UInt(bitPattern: count)), but there can be at most \(room)")
      return []
    }
    guard behind.first == mark.first, behind.last == mark.last, behind.word == mark.word else {
      note("entries wrote past the end of a buffer of \(room) entries")
      return []
    }
    let entries = state.pointee.entries[..<count]
    // The entries of an exact map are compared with the oracle's, which gives a better message.
    if library.agreement == .sound, let fault = fault(in: entries) {
      note("entries lists \(fault)")
    }
    return entries
  }

  /// The first of `entries` that is not a range of pages in both spaces, or not after the entry
  /// before it, or nil (Specification 5.4). Those of a superset map may overlap, and only their
  /// first bytes ascend.
  private func fault(in entries: ArraySlice<reverse_map_entry>) -> String? {
    var end: UInt64 = 0
    var first: UInt64 = 0
    for (index, entry) in entries.enumerated() {
      // Not before something is wrong: there may be thousands of entries.
      var text: String { "[\(hexadecimal(entry.first)), \(hexadecimal(entry.last))]" }
      guard entry.first <= entry.last, entry.first % Page.size == 0,
        entry.last % Page.size == Page.size - 1, entry.last < configuration.limit
      else { return "\(text), which is not a range of pages inside the IPA width" }
      if library.tracksSuperset {
        if entry.first < first {
          return "\(text) after an entry that begins at \(hexadecimal(first))"
        }
      } else if index > 0, entry.first <= end {
        return "\(text) after an entry that ends at \(hexadecimal(end)); entries may overlap only "
          + "with the flag REVERSE_MAP_SUPERSET"
      }
      // An unknown entry has no nested address.
      let pages = entry.last - entry.first
      if entry.nested != REVERSE_MAP_UNKNOWN,
        entry.nested % Page.size != 0 || entry.nested >= configuration.limit
          || entry.nested + pages >= configuration.limit
      {
        return
          "\(text) -> \(hexadecimal(entry.nested)), which is not a range of nested pages inside "
          + "the IPA width"
      }
      first = entry.first
      end = entry.last
    }
    return nil
  }
}
