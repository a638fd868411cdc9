import Oracle
import ReverseMapping
import Testing

/// What can be seen of one MMU.
struct View: Equatable {
  var isValid: Bool
  var isUnmapDeferred: Bool
  var isBroken: Bool
  var walks: Int
  var entries: [Entry] = []
  var direct: [DirectEntry] = []

  init(_ machine: ReferenceVM, _ mmu: Int) {
    isValid = machine.isValid(mmu)
    isUnmapDeferred = machine.isUnmapDeferred(mmu)
    isBroken = machine.isBroken(mmu)
    walks = machine.fullUnmapsInProgress(mmu)
    machine.forEachEntry(mmu) { entries.append($0) }
    machine.forEachDirectEntry(mmu) { direct.append($0) }
  }

  /// An MMU that is not valid: nothing is to be seen.
  static func nothing(in machine: ReferenceVM) -> View { View(machine, -1) }
}

extension ReferenceVM {
  /// What each visit answered, as `mmu: everything` or `mmu: nested+pages ...`.
  static func report(_ visits: [MMUVisit], _ ranges: [IPARange]) -> [String] {
    var rest = ranges[...]
    var lines: [String] = []
    for visit in visits {
      let words = PageDictionary.report(visit.result, Array(rest.prefix(visit.ranges)))
      lines.append("\(visit.mmu): " + words.joined(separator: " "))
      rest = rest.dropFirst(visit.ranges)
    }
    return rest.isEmpty ? lines : lines + ["\(rest.count) ranges of no visit"]
  }

  mutating func unmapped(_ range: ClosedRange<UInt64>) throws -> [String] {
    var (visits, ranges): ([MMUVisit], [IPARange]) = ([], [])
    try unmap(pages(range), appendingTo: &visits, &ranges)
    return Self.report(visits, ranges)
  }

  func queried(_ range: ClosedRange<UInt64>) throws -> [String] {
    var (visits, ranges): ([MMUVisit], [IPARange]) = ([], [])
    try query(pages(range), appendingTo: &visits, &ranges)
    return Self.report(visits, ranges)
  }

  /// Records canonical pages at a nested page.
  @discardableResult
  mutating func record(
    _ range: ClosedRange<UInt64>, _ nested: UInt64, mmu: Int
  ) throws -> RecordResult {
    try record(pages(range), nested: nested * 4096, mmu: mmu)
  }
}

@Suite("The oracle for many MMUs, rule by rule")
struct ReferenceVMTests {
  let machine: ReferenceVM

  init() throws {
    let configuration = try MapConfiguration(ipaBits: 48, layout: .mailed, hasDirectMap: true)
    machine = ReferenceVM(configuration, mmus: 4)
  }

  @Test("all MMUs begin valid and empty; there are no others")
  func beginning() throws {
    #expect(machine.mmuCount == 4)
    for mmu in 0..<4 {
      let view = View(machine, mmu)
      #expect(view.isValid)
      #expect(!view.isUnmapDeferred && !view.isBroken && view.walks == 0)
      #expect(view.entries.isEmpty && view.direct.isEmpty)
    }
    for mmu in [-1, 4, .min, .max] { #expect(!machine.isValid(mmu)) }
    #expect(
      ReferenceVM(try MapConfiguration(ipaBits: 48, layout: .mailed), mmus: -1).mmuCount == 0)
  }

  /// Every operation that names an MMU, with arguments that are bad wherever they can be, so that
  /// nothing but the MMU is asked.
  static let operations: [@Sendable (inout ReferenceVM, Int) throws -> Void] = [
    { _ = try $0.record(IPARange(start: 1, size: 0), nested: 1, mmu: $1) },
    { try $0.invalidate(IPARange(start: 1, size: 0), mmu: $1) },
    { try $0.handOver($1) },
    { try $0.tearDown($1) },
    { try $0.clear($1) },
    { try $0.beginFullUnmap($1) },
    { try $0.endFullUnmap($1) },
    { _ = try $0.topUp($1) },
  ]

  @Test("8.2: naming an MMU that is not valid is refused before anything else is looked at")
  func notValid() throws {
    var start = machine
    try start.record(4...5, 20, mmu: 1)
    try start.tearDown(1)
    let views = (0..<4).map { View(start, $0) }
    for operation in Self.operations {
      for mmu in [1, 4, -1, .min, .max] {
        var machine = start
        #expect(throws: ReverseMapError.notValid) { try operation(&machine, mmu) }
        #expect((0..<4).map { View(machine, $0) } == views)
      }
    }
    for mmu in [4, -1] {
      #expect(throws: ReverseMapError.notValid) { try start.create(mmu) }
    }
    // The arguments of a valid one are looked at.
    #expect(throws: ReverseMapError.misaligned) { try Self.operations[0](&start, 0) }
    #expect(throws: ReverseMapError.misaligned) { try Self.operations[1](&start, 0) }
    #expect(throws: ReverseMapError.noFullUnmapInProgress) { try start.endFullUnmap(0) }
    start.refuse(.from(1))
    #expect(try start.record(1...1, 1, mmu: 0) == .stored)
  }

  @Test("8.2, 8.5: an MMU that was torn down shows nothing and is never visited")
  func tornDown() throws {
    var machine = machine
    for mmu in 0..<4 { try machine.record(4...4, 20 + UInt64(mmu), mmu: mmu) }
    try machine.handOver(2)
    try machine.tearDown(2)
    #expect(View(machine, 2) == View.nothing(in: machine))
    #expect(try machine.queried(4...4) == ["0: 20+1", "1: 21+1", "3: 23+1"])
    #expect(try machine.unmapped(4...4) == ["0: 20+1", "1: 21+1", "3: 23+1"])
  }

  @Test("8.3: create makes an empty map with no full unmap; a valid MMU is refused")
  func create() throws {
    var machine = machine
    #expect(throws: ReverseMapError.alreadyValid) { try machine.create(1) }
    let new = View(machine, 1)
    try machine.record(4...4, 20, mmu: 1)
    #expect(try machine.record(pages(9...9), nested: 0, mmu: 1, isRefused: true) == .broke)
    try machine.handOver(1)
    try machine.tearDown(1)
    try machine.create(1)
    #expect(View(machine, 1) == new)
    #expect(try machine.record(4...4, 20, mmu: 1) == .stored)
    #expect(throws: ReverseMapError.alreadyValid) { try machine.create(1) }
    #expect(try machine.queried(4...4) == ["0: ", "1: 20+1", "2: ", "3: "])
  }

  @Test("8.4: a hand-over keeps mappings and entries, and unmaps visit it as ever")
  func handOver() throws {
    var machine = machine
    try machine.record(4...4, 20, mmu: 1)
    try machine.record(6...6, 22, mmu: 1)
    var before = View(machine, 1)
    try machine.handOver(1)
    before.isUnmapDeferred = true
    #expect(View(machine, 1) == before)
    try machine.handOver(1)
    #expect(View(machine, 1) == before)
    #expect(try machine.unmapped(4...4)[1] == "1: 20+1")
    #expect(machine.isUnmapDeferred(1))
    try machine.clear(1)
    #expect(machine.isUnmapDeferred(1))
    try machine.beginFullUnmap(1)
    #expect(!machine.isUnmapDeferred(1))
    // The end of a walk that began before the hand-over begins nothing.
    try machine.handOver(1)
    try machine.endFullUnmap(1)
    #expect(machine.isUnmapDeferred(1))
  }

  @Test("8.4: an unmap that answers everything begins what was deferred, a query does not")
  func deferredBegins() throws {
    var machine = machine
    try machine.record(4...4, 20, mmu: 1)
    try machine.record(4...4, 21, mmu: 1)
    for mmu in 0..<3 { try machine.handOver(mmu) }
    #expect(try machine.queried(4...4) == ["0: ", "1: everything", "2: ", "3: "])
    #expect(machine.isUnmapDeferred(1))
    #expect(try machine.unmapped(4...4) == ["0: ", "1: everything", "2: ", "3: "])
    #expect((0..<4).map(machine.isUnmapDeferred) == [true, false, true, false])
    #expect((0..<4).map(machine.fullUnmapsInProgress) == [0, 1, 0, 0])
  }

  @Test("8.5: an MMU is not torn down while a full unmap of it is in progress")
  func tearDownInWalk() throws {
    var machine = machine
    try machine.beginFullUnmap(1)
    try machine.beginFullUnmap(1)
    try machine.record(4...4, 20, mmu: 1)
    let before = View(machine, 1)
    for _ in 0..<2 {
      #expect(throws: ReverseMapError.fullUnmapInProgress) { try machine.tearDown(1) }
      if machine.fullUnmapsInProgress(1) == 2 { #expect(View(machine, 1) == before) }
      try machine.tearDown(machine.fullUnmapsInProgress(1) == 2 ? 0 : 2)
      try machine.endFullUnmap(1)
    }
    try machine.tearDown(1)
    #expect((0..<4).map(machine.isValid) == [false, false, false, true])
  }

  @Test("8.6: a bad range is refused before any visit, and even if no MMU is valid")
  func badRange() throws {
    var machine = machine
    try machine.record(4...4, 20, mmu: 0)
    let bad: [(IPARange, ReverseMapError)] = [
      (IPARange(start: 1, size: 4096), .misaligned),
      (IPARange(start: 4096, size: 0), .empty),
      (IPARange(start: 8192, size: 0 &- 4096), .wraps),
      (IPARange(start: 1 << 48, size: 4096), .outsideWidth),
    ]
    for mmu in [-1, 0, 1, 2, 3] {
      if mmu >= 0 { try machine.tearDown(mmu) }
      for (range, error) in bad {
        var (visits, ranges): ([MMUVisit], [IPARange]) = ([], [])
        #expect(throws: error) { try machine.unmap(range, appendingTo: &visits, &ranges) }
        #expect(throws: error) { try machine.query(range, appendingTo: &visits, &ranges) }
        #expect(visits.isEmpty && ranges.isEmpty)
      }
    }
    #expect(try machine.unmapped(4...4) == [])
    #expect(try machine.queried(4...4) == [])
  }

  @Test("8.6: visits and ranges are appended to what is there, MMU by MMU")
  func appending() throws {
    var machine = machine
    try machine.record(4...4, 20, mmu: 3)
    try machine.record(5...6, 30, mmu: 3)
    try machine.record(6...6, 40, mmu: 0)
    try machine.beginFullUnmap(1)
    let old = MMUVisit(mmu: 9, result: .ranges, ranges: 1)
    var (visits, ranges) = ([old], [pages(99...99)])
    try machine.query(pages(4...6), appendingTo: &visits, &ranges)
    let expected = [
      old, MMUVisit(mmu: 0, result: .ranges, ranges: 1),
      MMUVisit(mmu: 1, result: .everything, ranges: 0),
      MMUVisit(mmu: 2, result: .ranges, ranges: 0), MMUVisit(mmu: 3, result: .ranges, ranges: 2),
    ]
    #expect(visits == expected)
    #expect(ranges == [pages(99...99), pages(40...40), pages(20...20), pages(30...31)])
    (visits, ranges) = ([old], [pages(99...99)])
    try machine.unmap(pages(4...6), appendingTo: &visits, &ranges)
    #expect(visits == expected)
    #expect(ranges.count == 4)
    #expect(try machine.queried(4...6) == ["0: ", "1: everything", "2: ", "3: "])
  }

  @Test("what is held, and how many pages, is told MMU by MMU")
  func holds() throws {
    var machine = machine
    try machine.record(4...5, 20, mmu: 1)
    try machine.record(8...8, 30, mmu: 1)
    try machine.record(8...9, 40, mmu: 1)
    let view = View(machine, 1)
    #expect(view.entries.count == 2)
    for entry in view.entries { #expect(machine.holds(entry, mmu: 1)) }
    #expect(
      view.direct == [DirectEntry(first: 20 * 4096, last: 22 * 4096 - 1, canonical: 4 * 4096)])
    #expect(machine.holds(view.direct[0], mmu: 1))
    #expect([-1, 0, 1, 4].map(machine.pageCount) == [0, 0, 4, 0])
    #expect([-1, 0, 1, 4].map(machine.directPageCount) == [0, 0, 2, 0])
    for mmu in [-1, 0, 4] {
      #expect(!machine.holds(view.entries[0], mmu: mmu))
      #expect(!machine.holds(view.direct[0], mmu: mmu))
    }
    try machine.tearDown(1)
    #expect(!machine.holds(view.entries[0], mmu: 1))
    #expect(!machine.holds(view.direct[0], mmu: 1))
    #expect(machine.pageCount(1) == 0)
    #expect(machine.directPageCount(1) == 0)
  }

  @Test("a restart makes a new machine, of fewer MMUs or of more, and without a direct map")
  func restart() throws {
    var machine = machine
    for mmu in 0..<4 { try machine.record(4...4, 20, mmu: mmu) }
    try machine.tearDown(0)
    try machine.handOver(1)
    try machine.beginFullUnmap(2)
    let small = try MapConfiguration(ipaBits: 20, layout: .tagged)
    for count in [2, 6, 0, 1] {
      machine.restart(small, mmus: count)
      let new = ReferenceVM(small, mmus: count)
      #expect(machine.mmuCount == count)
      for mmu in -1..<8 { #expect(View(machine, mmu) == View(new, mmu)) }
      #expect(throws: ReverseMapError.notValid) { try machine.create(count) }
      #expect(try machine.queried(0...255).count == count)
      for mmu in 0..<count { try machine.record(7...7, 9, mmu: mmu) }
      if count > 0 {
        #expect(View(machine, 0).direct == [])
        try machine.tearDown(0)
        try machine.create(0)
        #expect(throws: ReverseMapError.outsideWidth) { try machine.record(256...256, 0, mmu: 0) }
      }
    }
  }

  @Test(
    "8.1: random operations on one MMU do to it what they do to a map alone, and to others nothing")
  func isolation() throws {
    let configuration = try MapConfiguration(ipaBits: 20, layout: .mailed, hasDirectMap: true)
    var machine = ReferenceVM(configuration, mmus: 3)
    var numbers = Numbers(seed: 11)
    var (polluted, broken, everything) = (0, 0, 0)
    for _ in 0..<60 {
      machine.restart(configuration, mmus: 3)
      var alone = [PageDictionary?](repeating: PageDictionary(configuration), count: 3)
      var deferred = [false, false, false]
      for _ in 0..<60 {
        let mmu = Int.random(in: 0..<3, using: &numbers)
        let (range, nested) = (numbers.range(), numbers.range())
        let choice = UInt64.random(in: 0..<32, using: &numbers)
        let before = (0..<3).map { View(machine, $0) }
        let isShared = choice >= 28
        switch (choice, alone[mmu]) {
        case (28..<32, _):
          var lines: [String] = []
          for other in 0..<3 {
            guard var map = alone[other] else { continue }
            let words =
              try choice < 30
              ? map.unmapped(range) : map.queried(range)
            if choice < 30, words == ["everything"] {
              deferred[other] = false
              everything += 1
            }
            alone[other] = map
            lines.append("\(other): " + words.joined(separator: " "))
          }
          #expect(try (choice < 30 ? machine.unmapped(range) : machine.queried(range)) == lines)
        case (_, nil):
          try machine.create(mmu)
          alone[mmu] = PageDictionary(configuration)
          deferred[mmu] = false
        case (0..<18, var map?):
          let isRefused = choice == 0
          let base = nested.lowerBound * 4096
          let result = try map.record(pages(range), nested: base, isRefused: isRefused)
          #expect(
            try machine.record(pages(range), nested: base, mmu: mmu, isRefused: isRefused)
              == result)
          polluted += result == .polluted ? 1 : 0
          broken += result == .broke ? 1 : 0
          alone[mmu] = map
        case (18..<21, var map?):
          try map.invalidate(pages(nested))
          try machine.invalidate(pages(nested), mmu: mmu)
          alone[mmu] = map
        case (21, var map?):
          map.clear()
          try machine.clear(mmu)
          alone[mmu] = map
        case (22, var map?):
          map.beginFullUnmap()
          try machine.beginFullUnmap(mmu)
          deferred[mmu] = false
          alone[mmu] = map
        case (23..<26, var map?):
          if map.fullUnmapsInProgress > 0 {
            try map.endFullUnmap()
            try machine.endFullUnmap(mmu)
          }
          alone[mmu] = map
        case (26, _):
          try machine.handOver(mmu)
          deferred[mmu] = true
        case (_, let map?):
          if map.fullUnmapsInProgress == 0 {
            try machine.tearDown(mmu)
            alone[mmu] = nil
          }
        }
        #expect(machine.checkInvariants() == nil)
        for other in 0..<3 {
          let view = View(machine, other)
          if other != mmu, !isShared { #expect(view == before[other]) }
          #expect(view.isValid == (alone[other] != nil))
          #expect(view.isUnmapDeferred == (deferred[other] && view.isValid))
          #expect(view.isBroken == alone[other]?.isBroken ?? false)
          #expect(view.walks == alone[other]?.fullUnmapsInProgress ?? 0)
          var (entries, direct): ([Entry], [DirectEntry]) = ([], [])
          alone[other]?.forEachEntry { entries.append($0) }
          alone[other]?.forEachDirectEntry { direct.append($0) }
          #expect(view.entries == entries)
          #expect(view.direct == direct)
        }
      }
    }
    #expect(min(polluted, broken, everything) > 50)
  }
}
