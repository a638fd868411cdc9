import CReverseMap
import ReverseMapping

/// An unmap in which the library calls its host (`struct reverse_map_host`).
struct HostedUnmap: ~Copyable {
  /// What the library has unmapped itself.
  struct Result {
    /// The nested ranges, in the order of the calls.
    var ranges: [IPARange] = []
    /// Whether an unmap in between answered `everything`.
    var isEverything = false
    /// The canonical page that was recorded in between, and its nested address.
    var recorded: (canonical: IPARange, nested: UInt64)?
    /// How the library broke the rules of its host, without the subject of the sentence.
    var fault: String?
  }

  /// The canonical range; nil if no unmap is in progress.
  var canonical: IPARange?
  var result = Result()
  /// Whether other calls are to come in the next unmap_nested, which is the first.
  var isFirst = false
  /// The buffer of that unmap.
  var ranges = GuardedRanges()

  /// Ends the unmap.
  mutating func end() -> Result {
    let ended = result
    if canonical != nil {
      canonical = nil
      result = Result()
      isFirst = false
    }
    return ended
  }

  /// Adds an answer to the unmap in between. One that breaks a rule is a fault, and counts as
  /// `everything`. O(ranges).
  mutating func add(_ code: CInt, _ count: Int, in configuration: MapConfiguration) {
    result.isEverything = true
    if code == REVERSE_MAP_EVERYTHING { return }
    if let fault = ranges.fault(code, count, in: configuration) {
      result.fault = "had an unmap come while unmap_nested ran, which \(fault)"
      return
    }
    result.isEverything = false
    for index in 0..<count { result.ranges.append(ranges[index]) }
  }
}

extension ForeignMap {
  /// The host of the map with this `state`.
  static func host(of state: UnsafeMutablePointer<State>) -> reverse_map_host {
    reverse_map_host(context: state) { context, start, size in
      guard let context else { return }
      let call = reverse_map_suspend()
      ForeignMap.unmapNested(
        IPARange(start: start, size: size), context.assumingMemoryBound(to: State.self))
      reverse_map_resume(call)
    }
  }

  /// Whether other calls come while the library calls its host.
  var interleaves: Bool { library.interleavesUnmaps && !isTrusted }

  /// Unmaps `nested`, as the host of the map with this `state`. The first time in an unmap, the
  /// same canonical range is unmapped once more before, and a page is recorded after.
  private static func unmapNested(_ nested: IPARange, _ state: UnsafeMutablePointer<State>) {
    guard let owner = state.pointee.owner else { return }
    guard let canonical = state.pointee.hosted.canonical else {
      return owner.memory.noteFault(
        "\(owner.library.name) calls unmap_nested outside of an unmap of that map")
    }
    do throws(ReverseMapError) {
      try owner.configuration.check(nested)
    } catch {
      state.pointee.hosted.result.fault =
        "unmapped \(hexadecimal(nested.size)) nested bytes at \(hexadecimal(nested.start)), "
        + "which is not a valid range (\(error))"
      return
    }
    guard state.pointee.hosted.isFirst else {
      // A loop that never ends must show as one, and not as a lack of memory.
      if state.pointee.hosted.result.ranges.count >= mostPages { return }
      return state.pointee.hosted.result.ranges.append(nested)
    }
    state.pointee.hosted.isFirst = false
    let unmapped = interleavedUnmap(canonical, state, owner)
    if !state.pointee.hosted.result.isEverything, !nested.isCovered(by: unmapped) {
      state.pointee.hosted.result.fault =
        "removed the entry of nested \(nested) before unmap_nested had unmapped it: another unmap "
        + "that came meanwhile did not lead to it (see struct reverse_map_host)"
      state.pointee.hosted.result.ranges.append(nested)
    }
    recordPage(at: nested.start, beside: canonical, state, owner)
  }

  /// Unmaps `canonical` as another unmap would, and returns the nested ranges of its answer.
  private static func interleavedUnmap(
    _ canonical: IPARange, _ state: UnsafeMutablePointer<State>, _ owner: Owner
  ) -> ArraySlice<IPARange> {
    let before = state.pointee.hosted.result.ranges.count
    if let machine = owner.memory.machine {
      machine.interleavedUnmap(canonical)
    } else {
      let capacity = Self.capacity(for: canonical, state, owner.library)
      var count = 0
      let code = reverse_map_unmap(
        owner.library.functions, owner.handle, canonical.start, canonical.size,
        state.pointee.hosted.ranges.room(for: capacity, marked: false), capacity, &count)
      state.pointee.hosted.add(code, count, in: owner.configuration)
    }
    return state.pointee.hosted.result.ranges[before...]
  }

  /// Records the canonical page before or after `canonical` at `nested`, as a fault would that
  /// comes in between. It is not in the ground truth: the map has an entry that outlives its
  /// mapping.
  private static func recordPage(
    at nested: UInt64, beside canonical: IPARange, _ state: UnsafeMutablePointer<State>,
    _ owner: Owner
  ) {
    let after = canonical.start &+ canonical.size
    let start = canonical.start >= Page.size ? canonical.start - Page.size : after
    guard start < owner.configuration.limit else { return }
    let code = reverse_map_record(
      owner.library.functions, owner.handle, start, Page.size, nested)
    switch RecordResult(foreign: code) {
    case .stored, .unchanged, .polluted:
      state.pointee.records &+= 1
      state.pointee.recordedPages = min(state.pointee.recordedPages + 1, mostPages)
      state.pointee.hosted.result.recorded = (IPARange(start: start, size: Page.size), nested)
    case .broke: state.pointee.isBroken = true
    // A record that fails or is ignored makes no entry.
    case .failed, .ignored, nil: break
    }
  }

  /// The rule that the map breaks if the page that was recorded in between is not in it, or nil.
  func fault(of hosted: HostedUnmap.Result) -> String? {
    if let fault = hosted.fault { return fault }
    guard let (canonical, nested) = hosted.recorded, let handle, !hosted.isEverything else {
      return nil
    }
    let capacity = Self.capacity(for: canonical, state, library)
    var count = 0
    reverse_map_pause_recording(1)
    defer { reverse_map_pause_recording(0) }
    let code = reverse_map_query(
      library.functions, handle, canonical.start, canonical.size,
      state.pointee.hosted.ranges.room(for: capacity, marked: false), capacity, &count)
    guard code == REVERSE_MAP_RANGES, count >= 0, count <= capacity else { return nil }
    let reported = (0..<count).map { state.pointee.hosted.ranges[$0] }
    return IPARange(start: nested, size: Page.size).isCovered(by: reported[...])
      ? nil
      : "lost the record of \(canonical) -> \(hexadecimal(nested)), which came while "
        + "unmap_nested ran"
  }
}

extension IPARange {
  /// Whether all of its bytes are in `ranges`. O(n log n) in the number of ranges.
  fileprivate func isCovered(by ranges: ArraySlice<IPARange>) -> Bool {
    var next = start
    for range in ranges.sorted(by: { $0.start < $1.start }) where range.start <= next {
      if range.last >= last { return true }
      next = max(next, range.last &+ 1)
    }
    return false
  }
}
