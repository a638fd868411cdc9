import Oracle
import ReverseMapping
import Testing

/// The observable state of one MMU.
struct View: Equatable {
  var isValid: Bool
  var isUnmapDeferred: Bool
  var isBroken: Bool
  var walks: Int
  var entries: [Entry] = []
  var direct: [DirectEntry] = []

  init(_ vm: ReferenceVM, _ mmu: Int) {
    isValid = vm.isValid(mmu)
    isUnmapDeferred = vm.isUnmapDeferred(mmu)
    isBroken = vm.isBroken(mmu)
    walks = vm.fullUnmapsInProgress(mmu)
    vm.forEachEntry(mmu) { entries.append($0) }
    vm.forEachDirectEntry(mmu) { direct.append($0) }
  }

  /// The view of an MMU that is not valid.
  static func nothing(in vm: ReferenceVM) -> View { View(vm, -1) }
}

extension ReferenceVM {
  /// The answer of each visit as `mmu: everything` or `mmu: nested+pages ...`.
  static func report(_ visits: [MMUVisit], _ ranges: [IPARange]) -> [String] {
    var rest = ranges[...]
    var lines: [String] = []
    for visit in visits {
      let words = BothDictionaries.report(visit.result, Array(rest.prefix(visit.ranges)))
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

  /// Records that nested pages from `nested` on map the canonical pages `range`.
  @discardableResult
  mutating func record(
    _ range: ClosedRange<UInt64>, _ nested: UInt64, mmu: Int
  ) throws -> RecordResult {
    try record(pages(range), nested: nested * 4096, mmu: mmu)
  }
}

@Suite("The oracle for many MMUs, rule by rule")
struct ReferenceVMTests {
  let vm: ReferenceVM

  init() throws {
    let configuration = try MapConfiguration(ipaBits: 48, layout: .mailed, hasDirectMap: true)
    vm = ReferenceVM(configuration, mmus: 4)
  }

  @Test("all MMUs begin valid and empty; there are no others")
  func beginning() throws {
    #expect(vm.mmuCount == 4)
    for mmu in 0..<4 {
      let view = View(vm, mmu)
      #expect(view.isValid)
      #expect(!view.isUnmapDeferred && !view.isBroken && view.walks == 0)
      #expect(view.entries.isEmpty && view.direct.isEmpty)
    }
    for mmu in [-1, 4, .min, .max] { #expect(!vm.isValid(mmu)) }
    #expect(
      ReferenceVM(try MapConfiguration(ipaBits: 48, layout: .mailed), mmus: -1).mmuCount == 0)
  }

  /// Every operation that names an MMU. All other arguments are bad where possible, to show that
  /// the MMU is checked first.
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

  @Test("8.2: naming an MMU that is not valid throws before any other check")
  func notValid() throws {
    var start = vm
    try start.record(4...5, 20, mmu: 1)
    try start.tearDown(1)
    let views = (0..<4).map { View(start, $0) }
    for operation in Self.operations {
      for mmu in [1, 4, -1, .min, .max] {
        var vm = start
        #expect(throws: ReverseMapError.notValid) { try operation(&vm, mmu) }
        #expect((0..<4).map { View(vm, $0) } == views)
      }
    }
    for mmu in [4, -1] {
      #expect(throws: ReverseMapError.notValid) { try start.create(mmu) }
    }
    // For a valid MMU the other arguments are checked.
    #expect(throws: ReverseMapError.misaligned) { try Self.operations[0](&start, 0) }
    #expect(throws: ReverseMapError.misaligned) { try Self.operations[1](&start, 0) }
    #expect(throws: ReverseMapError.noFullUnmapInProgress) { try start.endFullUnmap(0) }
    start.refuse(.from(1))
    #expect(try start.record(1...1, 1, mmu: 0) == .stored)
  }

  @Test("8.2, 8.5: a torn-down MMU has no state and is never visited")
  func tornDown() throws {
    var vm = vm
    for mmu in 0..<4 { try vm.record(4...4, 20 + UInt64(mmu), mmu: mmu) }
    try vm.handOver(2)
    try vm.tearDown(2)
    #expect(View(vm, 2) == View.nothing(in: vm))
    #expect(try vm.queried(4...4) == ["0: 20+1", "1: 21+1", "3: 23+1"])
    #expect(try vm.unmapped(4...4) == ["0: 20+1", "1: 21+1", "3: 23+1"])
  }

  @Test("8.3: create makes an empty map without full unmaps; for a valid MMU it throws")
  func create() throws {
    var vm = vm
    #expect(throws: ReverseMapError.alreadyValid) { try vm.create(1) }
    let new = View(vm, 1)
    try vm.record(4...4, 20, mmu: 1)
    #expect(try vm.record(pages(9...9), nested: 0, mmu: 1, isRefused: true) == .broke)
    try vm.handOver(1)
    try vm.tearDown(1)
    try vm.create(1)
    #expect(View(vm, 1) == new)
    #expect(try vm.record(4...4, 20, mmu: 1) == .stored)
    #expect(throws: ReverseMapError.alreadyValid) { try vm.create(1) }
    #expect(try vm.queried(4...4) == ["0: ", "1: 20+1", "2: ", "3: "])
  }

  @Test("8.4: a handed-over MMU keeps its entries, and unmaps still visit it")
  func handOver() throws {
    var vm = vm
    try vm.record(4...4, 20, mmu: 1)
    try vm.record(6...6, 22, mmu: 1)
    var before = View(vm, 1)
    try vm.handOver(1)
    before.isUnmapDeferred = true
    #expect(View(vm, 1) == before)
    try vm.handOver(1)
    #expect(View(vm, 1) == before)
    #expect(try vm.unmapped(4...4)[1] == "1: 20+1")
    #expect(vm.isUnmapDeferred(1))
    try vm.clear(1)
    #expect(vm.isUnmapDeferred(1))
    try vm.beginFullUnmap(1)
    #expect(!vm.isUnmapDeferred(1))
    // The end of a walk that began before the hand-over does not end the deferral.
    try vm.handOver(1)
    try vm.endFullUnmap(1)
    #expect(vm.isUnmapDeferred(1))
  }

  @Test("8.4: an unmap that answers everything ends the deferral; a query does not")
  func deferredBegins() throws {
    var vm = vm
    try vm.record(4...4, 20, mmu: 1)
    try vm.record(4...4, 21, mmu: 1)
    for mmu in 0..<3 { try vm.handOver(mmu) }
    #expect(try vm.queried(4...4) == ["0: ", "1: everything", "2: ", "3: "])
    #expect(vm.isUnmapDeferred(1))
    #expect(try vm.unmapped(4...4) == ["0: ", "1: everything", "2: ", "3: "])
    #expect((0..<4).map(vm.isUnmapDeferred) == [true, false, true, false])
    #expect((0..<4).map(vm.fullUnmapsInProgress) == [0, 1, 0, 0])
  }

  @Test("8.5: tearDown throws while a full unmap of the MMU is in progress")
  func tearDownInWalk() throws {
    var vm = vm
    try vm.beginFullUnmap(1)
    try vm.beginFullUnmap(1)
    try vm.record(4...4, 20, mmu: 1)
    let before = View(vm, 1)
    for _ in 0..<2 {
      #expect(throws: ReverseMapError.fullUnmapInProgress) { try vm.tearDown(1) }
      if vm.fullUnmapsInProgress(1) == 2 { #expect(View(vm, 1) == before) }
      try vm.tearDown(vm.fullUnmapsInProgress(1) == 2 ? 0 : 2)
      try vm.endFullUnmap(1)
    }
    try vm.tearDown(1)
    #expect((0..<4).map(vm.isValid) == [false, false, false, true])
  }

  @Test("8.6: a bad range throws before any visit, even if no MMU is valid")
  func badRange() throws {
    var vm = vm
    try vm.record(4...4, 20, mmu: 0)
    let bad: [(IPARange, ReverseMapError)] = [
      (IPARange(start: 1, size: 4096), .misaligned),
      (IPARange(start: 4096, size: 0), .empty),
      (IPARange(start: 8192, size: 0 &- 4096), .wraps),
      (IPARange(start: 1 << 48, size: 4096), .outsideWidth),
    ]
    for mmu in [-1, 0, 1, 2, 3] {
      if mmu >= 0 { try vm.tearDown(mmu) }
      for (range, error) in bad {
        var (visits, ranges): ([MMUVisit], [IPARange]) = ([], [])
        #expect(throws: error) { try vm.unmap(range, appendingTo: &visits, &ranges) }
        #expect(throws: error) { try vm.query(range, appendingTo: &visits, &ranges) }
        #expect(visits.isEmpty && ranges.isEmpty)
      }
    }
    #expect(try vm.unmapped(4...4) == [])
    #expect(try vm.queried(4...4) == [])
  }

  @Test("8.6: visits and ranges are appended to existing ones, MMU by MMU")
  func appending() throws {
    var vm = vm
    try vm.record(4...4, 20, mmu: 3)
    try vm.record(5...6, 30, mmu: 3)
    try vm.record(6...6, 40, mmu: 0)
    try vm.beginFullUnmap(1)
    let old = MMUVisit(mmu: 9, result: .ranges, ranges: 1)
    var (visits, ranges) = ([old], [pages(99...99)])
    try vm.query(pages(4...6), appendingTo: &visits, &ranges)
    let expected = [
      old, MMUVisit(mmu: 0, result: .ranges, ranges: 1),
      MMUVisit(mmu: 1, result: .everything, ranges: 0),
      MMUVisit(mmu: 2, result: .ranges, ranges: 0), MMUVisit(mmu: 3, result: .ranges, ranges: 2),
    ]
    #expect(visits == expected)
    #expect(ranges == [pages(99...99), pages(40...40), pages(20...20), pages(30...31)])
    (visits, ranges) = ([old], [pages(99...99)])
    try vm.unmap(pages(4...6), appendingTo: &visits, &ranges)
    #expect(visits == expected)
    #expect(ranges.count == 4)
    #expect(try vm.queried(4...6) == ["0: ", "1: everything", "2: ", "3: "])
  }

  @Test("sums of hashes are separate for each MMU")
  func rowSums() throws {
    var vm = vm
    try vm.record(4...5, 20, mmu: 1)
    try vm.record(8...8, 30, mmu: 1)
    try vm.record(8...9, 40, mmu: 1)
    let view = View(vm, 1)
    #expect(view.entries.count == 2)
    #expect(
      view.direct == [DirectEntry(first: 20 * 4096, last: 22 * 4096 - 1, canonical: 4 * 4096)])
    #expect([-1, 0, 1, 4].map(vm.rowSum) == [0, 0, rowSum(view.entries, view.direct), 0])
    try vm.tearDown(1)
    #expect(vm.rowSum(1) == 0)
  }

  @Test("a restart gives a new VM, with fewer or more MMUs and without a direct map")
  func restart() throws {
    var vm = vm
    for mmu in 0..<4 { try vm.record(4...4, 20, mmu: mmu) }
    try vm.tearDown(0)
    try vm.handOver(1)
    try vm.beginFullUnmap(2)
    let small = try MapConfiguration(ipaBits: 20, layout: .tagged)
    for count in [2, 6, 0, 1] {
      vm.restart(small, mmus: count)
      let new = ReferenceVM(small, mmus: count)
      #expect(vm.mmuCount == count)
      for mmu in -1..<8 { #expect(View(vm, mmu) == View(new, mmu)) }
      #expect(throws: ReverseMapError.notValid) { try vm.create(count) }
      #expect(try vm.queried(0...255).count == count)
      for mmu in 0..<count { try vm.record(7...7, 9, mmu: mmu) }
      if count > 0 {
        #expect(View(vm, 0).direct == [])
        try vm.tearDown(0)
        try vm.create(0)
        #expect(throws: ReverseMapError.outsideWidth) { try vm.record(256...256, 0, mmu: 0) }
      }
    }
  }

  @Test(
    "8.1: random operations on one MMU act as on a single map and leave other MMUs alone")
  func isolation() throws {
    let configuration = try MapConfiguration(ipaBits: 20, layout: .mailed, hasDirectMap: true)
    var vm = ReferenceVM(configuration, mmus: 3)
    var numbers = Numbers(seed: 11)
    var (polluted, broken, everything) = (0, 0, 0)
    for _ in 0..<60 {
      vm.restart(configuration, mmus: 3)
      var alone = [BothDictionaries?](repeating: BothDictionaries(configuration), count: 3)
      var deferred = [false, false, false]
      for _ in 0..<60 {
        let mmu = Int.random(in: 0..<3, using: &numbers)
        let (range, nested) = (numbers.range(), numbers.range())
        let choice = UInt64.random(in: 0..<32, using: &numbers)
        let before = (0..<3).map { View(vm, $0) }
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
          #expect(try (choice < 30 ? vm.unmapped(range) : vm.queried(range)) == lines)
        case (_, nil):
          try vm.create(mmu)
          alone[mmu] = BothDictionaries(configuration)
          deferred[mmu] = false
        case (0..<18, var map?):
          let isRefused = choice == 0
          let base = nested.lowerBound * 4096
          let result = try map.record(pages(range), nested: base, isRefused: isRefused)
          #expect(
            try vm.record(pages(range), nested: base, mmu: mmu, isRefused: isRefused)
              == result)
          polluted += result == .polluted ? 1 : 0
          broken += result == .broke ? 1 : 0
          alone[mmu] = map
        case (18..<21, var map?):
          try map.invalidate(pages(nested))
          try vm.invalidate(pages(nested), mmu: mmu)
          alone[mmu] = map
        case (21, var map?):
          map.clear()
          try vm.clear(mmu)
          alone[mmu] = map
        case (22, var map?):
          map.beginFullUnmap()
          try vm.beginFullUnmap(mmu)
          deferred[mmu] = false
          alone[mmu] = map
        case (23..<26, var map?):
          if map.fullUnmapsInProgress > 0 {
            try map.endFullUnmap()
            try vm.endFullUnmap(mmu)
          }
          alone[mmu] = map
        case (26, _):
          try vm.handOver(mmu)
          deferred[mmu] = true
        case (_, let map?):
          if map.fullUnmapsInProgress == 0 {
            try vm.tearDown(mmu)
            alone[mmu] = nil
          }
        }
        #expect(vm.checkInvariants() == nil)
        for other in 0..<3 {
          let view = View(vm, other)
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
