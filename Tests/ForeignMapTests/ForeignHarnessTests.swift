import Differential
import ForeignMap
import Harnesses
import Presentation
import ReverseMapping
import Scenario
import TestSupport
import Testing

/// Whole runs with a library: faults are found, and correct behaviour is accepted.
@Suite(
  "A library as the subject",
  .enabled(if: TestLibrary.isThere, "clang is not on PATH"), .waitsForProcesses)
struct ForeignHarnessTests {
  private static func scenario(_ operations: String, world: String = "vm mmus 1") throws -> Scenario
  {
    try Scenario(text: "revfuzz-scenario 4\nworld \(world)\n\(operations)")
  }

  /// Records two entries with a gap, queries both and unmaps one; includes a repeat and an overlap.
  private static let tour = """
    record 0x1000 -> 0x2000 size 0x1000 mmu 0
    record 0x4000 -> 0x5000 size 0x2000 mmu 0
    record 0x4000 -> 0x5000 size 0x2000 mmu 0
    query 0x0 size 0x6000
    unmap 0x1000 size 0x1000
    query 0x4000 size 0x1000
    record 0x5000 -> 0x9000 size 0x2000 mmu 0
    unmap 0x6000 size 0x1000
    end-full-unmap mmu 0
    """

  private static func divergence(
    _ changes: [(String, String)] = [], more: String = "", _ operations: String = tour,
    agreement: String? = nil, world: String = "vm mmus 1"
  ) throws -> Divergence? {
    let path = try TestLibrary.sortedArray(changes, more: more)
    var harness = ForeignHarness(try ForeignOptions(agreement: agreement).load(path))
    return harness.runAndFollowUp(try scenario(operations, world: world))
  }

  @Test("the sorted array is exact in random scenarios of every kind, with refused requests too")
  func sortedArray() throws {
    var harness = ForeignHarness(try ForeignLibrary(path: TestLibrary.sortedArray()))
    var random = SplitMix64(seed: 6)
    var refused = 0
    for _ in 0..<1000 {
      let families: [World.Family] = [.map, .vm, .direct, .memory]
      let scenario = Scenario.random(
        family: families[random.index(4)], operations: 40, using: &random)
      if let divergence = harness.runAndFollowUp(scenario) {
        Issue.record("\(divergence.report(of: "sorted-array"))")
        return
      }
      refused += harness.memory.refused
    }
    #expect(refused > 0)
    let precision = harness.precision
    #expect(precision?.killed ?? 0 > 0)
  }

  static let violations: [(String, String, String)] = [
    ("if (replace(map, from, to, &new)) return result;", "return 77;", "returned 77"),
    ("*count = to - from;", "*count = 99;", "reported 99 ranges"),
    (
      "*count = to - from;", "*count = to - from; ranges[capacity].start = 1;",
      "wrote past the end of a buffer"
    ),
    ("].start = entry->nested;", "].start = entry->nested + 8;", "misaligned"),
    ("].start = entry->nested;", "].start = entry->nested | 1ull << 60;", "outsideWidth"),
    ("return REVERSE_MAP_RANGES;", "return REVERSE_MAP_STORED;", "returned 1"),
    ("return map->count;", "return map->count + 9;", "but there can be at most"),
    ("return map->count;", "return (size_t)-1;", "but there can be at most"),
    (
      "  if (count > 0) memcpy(entries, map->entries, count * sizeof *entries);",
      "  for (size_t i = 0; i <= capacity; i++) entries[i].first = 0;",
      "entries wrote past the end of a buffer"
    ),
    (
      "    ranges[index - from].start = entry->nested;\n"
        + "    ranges[index - from].size = entry->last - entry->first + 1;\n", "",
      "did not write number 1"
    ),
    ("  map->full_unmaps--;\n", "  map->full_unmaps -= 2;\n", "state reports"),
    (
      "  map->full_unmaps--;\n  return REVERSE_MAP_DONE;", "  return 9;",
      "end_full_unmap returned 9"
    ),
    (
      "if (map->full_unmaps == 0) return REVERSE_MAP_NO_FULL_UNMAP;",
      "return REVERSE_MAP_NO_FULL_UNMAP;", "with 1 full unmaps in progress"
    ),
    (
      "  map->layout = configuration->layout;\n",
      "  map->layout = configuration->layout;\n"
        + "  map->allocator->allocate(map->allocator->context, 8, 3);\n", "with a bad alignment"
    ),
    (
      "if (map == NULL) return NULL;", "free(map); return NULL;", "create returned NULL"
    ),
    (
      "map->layout = configuration->layout;",
      "map->allocator->allocate(map->allocator->context, 8, 8);",
      "create requested memory from the allocator"
    ),
  ]

  @Test("a violation of the interface is reported before any other failure", arguments: violations)
  func fault(old: String, new: String, sentence: String) throws {
    let divergence = try #require(try Self.divergence([(old, new)]))
    #expect(divergence.check == .interface)
    #expect(divergence.actual.contains("sorted-array"))
    #expect(divergence.actual.contains(sentence))
  }

  @Test("a fault names the operation and its arguments")
  func namesTheOperation() throws {
    let change = ("return REVERSE_MAP_RANGES;", "return 5;")
    let divergence = try #require(try Self.divergence([change]))
    #expect(divergence.actual.contains("query of [0x0, 0x5fff]"))
    #expect(divergence.signature.name == "query-breaks-the-interface")
  }

  @Test("a block released with the wrong size is reported")
  func badRelease() throws {
    let change = ("map->capacity * sizeof *map->entries);\n  map->entries", "8);\n  map->entries")
    let divergence = try #require(try Self.divergence([change]))
    #expect(divergence.check == .interface)
  }

  @Test(
    "a write beside a block and a write to a released one are reported, at the operation",
    arguments: [
      ("WRITE_AFTER_FREE", "canary writes to a block that it has released", 1),
      ("WRITE_BESIDE", "canary writes beside a block of memory", 0),
    ])
  func guards(fault: String, sentence: String, step: Int) throws {
    let canary = try Project.text("Plugins/canary/canary.c")
    let path = try TestLibrary.build(
      canary.replacing("#define FAULT NONE", with: "#define FAULT \(fault)"))
    var harness = ForeignHarness(try ForeignLibrary(path: path))
    let scenario = try Self.scenario(
      """
      record 0x1000 -> 0x2000 size 0x1000 mmu 0
      unmap 0x1000 size 0x1000
      """, world: "vm mmus 1")
    let found = harness.run(scenario)
    let divergence = try #require(found)
    #expect(divergence.check == .interface && divergence.step == step)
    #expect(divergence.actual.contains(sentence))
  }

  @Test("a violation in the very last call is reported too")
  func lastCall() throws {
    let change = ("map->capacity * sizeof *map->entries);\n  map->entries", "8);\n  map->entries")
    let divergence = try #require(
      try Self.divergence([change], "record 0x0 -> 0x0 size 0x1000 mmu 0"))
    #expect(divergence.check == .interface)
    #expect(divergence.actual.contains("releases a block that it does not own"))
  }

  @Test("a wrong count of full unmaps is a violation by a sound map too")
  func soundCounts() throws {
    let change = ("  map->full_unmaps--;\n", "  map->full_unmaps -= 2;\n")
    let divergence = try #require(try Self.divergence([change], agreement: "sound"))
    #expect(divergence.check == .interface)
  }

  @Test("entries out of order are reported")
  func disorder() throws {
    let change = (
      "  return map->count;",
      """
        if (map->count == 2 && capacity >= 2) {
          entries[0] = map->entries[1];
          entries[1] = map->entries[0];
        }
        return map->count;
      """
    )
    let divergence = try #require(try Self.divergence([change], agreement: "sound"))
    #expect(divergence.check == .interface)
    #expect(divergence.actual.contains("entries lists [0x1000, 0x1fff] after an entry"))
  }

  @Test("memory from the allocator is never 0 by chance")
  func poison() throws {
    // The map reads memory that it never initialised.
    let change = (
      "    map->entries = entries;\n",
      "    map->entries = entries;\n"
        + "    if (map->count == 0) map->broken = entries[0].first & 1;\n"
    )
    #expect(try Self.divergence([change]) != nil)
  }

  @Test("memory still allocated after clear is a leak")
  func leak() throws {
    let leaks = (
      "  map->allocator->release(map->allocator->context, map->entries,\n"
        + "                          map->capacity * sizeof *map->entries);\n  map->entries",
      "  map->entries"
    )
    let divergence = try #require(
      try Self.divergence([leaks], "record 0x0 -> 0x0 size 0x1000 mmu 0"))
    #expect(divergence.check == .leak)
    #expect(divergence.actual.contains("holds 1 blocks"))
  }

  @Test("a fault reported by the library's own check is a damaged structure")
  func ownCheck() throws {
    let check = (
      ".entries = entries,\n",
      ".entries = entries,\n.check = check,\n"
    )
    let function = (
      "const struct reverse_map_interface",
      """
      static const char *check(const void *handle) {
        return ((const struct map *)handle)->count == 2 ? "two are too many" : NULL;
      }
      const struct reverse_map_interface
      """
    )
    let divergence = try #require(try Self.divergence([check, function]))
    #expect(divergence.check == .structure)
    #expect(divergence.step == 1)
    #expect(divergence.actual.contains("sorted-array reports: two are too many"))
  }

  // MARK: - Exact and sound

  /// The map reports one more nested page than it should.
  private static let reportsMore = (
    "].size = entry->last - entry->first + 1;",
    "].size = entry->last - entry->first + 1 + 4096;"
  )
  /// The map removes two entries but reports only the first.
  private static let forgets = ("*count = to - from;", "*count = to > from;")

  @Test("a map that reports too much is sound but not exact")
  func reportsTooMuch() throws {
    let exact = try #require(try Self.divergence([Self.reportsMore]))
    #expect(exact.check == .answer)
    #expect(try Self.divergence([Self.reportsMore], agreement: "sound") == nil)
  }

  @Test("a map that reports too little is unsound, whatever its agreement")
  func reportsTooLittle() throws {
    for agreement in ["exact", "sound"] {
      let divergence = try #require(try Self.divergence([Self.forgets], agreement: agreement))
      #expect(divergence.check == .unsound)
      #expect(divergence.step == 3)
    }
  }

  /// The smallest possible map: it has no optional function and answers everything after a record.
  private static let coarse = """
    #include "reverse_map.h"
    #include <stdlib.h>
    static void *create(const struct reverse_map_configuration *c) { return calloc(1, 8); }
    static void destroy(void *map) { free(map); }
    static int record(void *map, uint64_t start, uint64_t size, uint64_t nested) {
      *(uint64_t *)map += 1;
      return REVERSE_MAP_STORED;
    }
    static int query(const void *map, uint64_t start, uint64_t size,
                     struct reverse_map_range *r, size_t capacity, size_t *count) {
      return *(const uint64_t *)map >= LEAST ? REVERSE_MAP_EVERYTHING : REVERSE_MAP_RANGES;
    }
    static int unmap(void *map, uint64_t start, uint64_t size, struct reverse_map_range *r,
                     size_t capacity, size_t *count) {
      return query(map, start, size, r, capacity, count);
    }
    static void clear(void *map) { *(uint64_t *)map = 0; }
    const struct reverse_map_interface reverse_map_interface = {
      .version = REVERSE_MAP_VERSION, .size = sizeof(struct reverse_map_interface),
      .name = "coarse", .create = create, .destroy = destroy, .record = record, .unmap = unmap,
      .query = query, .clear = clear };
    """

  private static func runCoarse(least: Int, seed: UInt64) throws -> Divergence? {
    let path = try TestLibrary.build("#define LEAST \(least)\n" + coarse)
    var harness = ForeignHarness(try ForeignLibrary(path: path))
    var random = SplitMix64(seed: seed)
    for _ in 0..<300 {
      let scenario = Scenario.random(family: .vm, operations: 20, using: &random)
      if let divergence = harness.runAndFollowUp(scenario) { return divergence }
    }
    return nil
  }

  @Test("the smallest map, which answers everything, is sound")
  func coarseMap() throws { #expect(try Self.runCoarse(least: 1, seed: 1) == nil) }

  @Test("the smallest map is unsound if it forgets its first record")
  func coarseMapThatForgets() throws {
    let divergence = try #require(try Self.runCoarse(least: 2, seed: 1))
    #expect(divergence.check == .unsound)
  }

  @Test("unsoundness that no operation shows is found by a query at the end of the run")
  func unsoundnessAtTheEnd() throws {
    let path = try TestLibrary.build("#define LEAST 2\n" + Self.coarse)
    var harness = ForeignHarness(try ForeignLibrary(path: path))
    let scenario = try Self.scenario("record 0x1000 -> 0x2000 size 0x2000 mmu 0")
    let found = harness.runAndFollowUp(scenario)
    let divergence = try #require(found)
    #expect(divergence.signature.name == "query-overlooks-a-mapping")
    #expect(divergence.step == 1)
    #expect(divergence.operation == "query 0x1000 size 0x1000")
  }

  /// A sound map with an entry for each page and no optional function.
  private static let pagewise = """
    #include "reverse_map.h"
    #include <stdlib.h>
    struct page { uint64_t canonical, nested; };
    struct map { struct page pages[4096]; size_t count; };
    static void *create(const struct reverse_map_configuration *c) {
      return calloc(1, sizeof(struct map));
    }
    static void destroy(void *map) { free(map); }
    static int record(void *handle, uint64_t start, uint64_t size, uint64_t nested) {
      struct map *map = handle;
      for (uint64_t at = FIRST; at < size; at += 4096)
        map->pages[map->count++] = (struct page){start + at, nested + at};
      return REVERSE_MAP_STORED;
    }
    static int query(const void *handle, uint64_t start, uint64_t size,
                     struct reverse_map_range *ranges, size_t capacity, size_t *count) {
      const struct map *map = handle;
      for (size_t i = 0; i < map->count; i++) {
        uint64_t at = map->pages[i].canonical;
        if (at < start || at - start >= size) continue;
        if (*count == capacity) return REVERSE_MAP_EVERYTHING;
        ranges[(*count)++] = (struct reverse_map_range){map->pages[i].nested, 4096};
      }
      return REVERSE_MAP_RANGES;
    }
    static int unmap(void *map, uint64_t start, uint64_t size, struct reverse_map_range *ranges,
                     size_t capacity, size_t *count) {
      return query(map, start, size, ranges, capacity, count);
    }
    static void clear(void *map) { ((struct map *)map)->count = 0; }
    const struct reverse_map_interface reverse_map_interface = {
      .version = REVERSE_MAP_VERSION, .size = sizeof(struct reverse_map_interface),
      .name = "pagewise", .create = create, .destroy = destroy, .record = record, .unmap = unmap,
      .query = query, .clear = clear };
    """

  @Test("a map with an entry per page has room for all ranges it reports, aliases included")
  func pagewiseMap() throws {
    let path = try TestLibrary.build("#define FIRST 0\n" + Self.pagewise)
    var harness = ForeignHarness(try ForeignLibrary(path: path))
    let scenario = try Self.scenario(
      """
      record 0x0 -> 0x10000 size 0x20000 mmu 0
      record 0x1000 -> 0x8000 size 0x1000 mmu 0
      unmap 0x0 size 0x20000
      """)
    let divergence = harness.runAndFollowUp(scenario)
    #expect(divergence == nil)
    let precision = harness.precision
    #expect(precision?.fullUnmaps == 0, "the buffer was too small: it answered everything")
    // In windows: of a record of half a space it would make 2^35 entries.
    var random = SplitMix64(seed: 9)
    for _ in 0..<300 {
      let divergence = harness.runAndFollowUp(
        Scenario.random(family: .vm, operations: 20, isWhole: false, using: &random))
      #expect(divergence == nil)
    }
  }

  @Test("every mapped page is queried at the end, even after the longest possible scenario")
  func longScenario() throws {
    // The map forgets records of the single page 0x3000.
    let path = try TestLibrary.build(
      "#define FIRST (size == 4096 && start == 0x3000 ? size : 0)\n"
        + Self.pagewise)
    var harness = ForeignHarness(try ForeignLibrary(path: path))
    var scenario = try Self.scenario("record 0x3000 -> 0x3000 size 0x1000 mmu 0")
    let query = try Operation(
      .query, range: IPARange(start: 0x7000, size: 0x1000), in: scenario.world)
    scenario.operations += Array(repeating: query, count: Limits.operations - 1)
    let found = harness.runAndFollowUp(scenario)
    let divergence = try #require(found)
    #expect(divergence.signature.name == "query-overlooks-a-mapping")
    #expect(divergence.scenario.operations.count == Limits.operations)
    #expect(divergence.operation == "query 0x3000 size 0x1000")
  }

  @Test("a page beyond the window in which its record begins is queried too")
  func spilledPage() throws {
    let path = try TestLibrary.build(
      "#define FIRST (start == 0x7000 ? size : 0)\n" + Self.pagewise)
    var harness = ForeignHarness(try ForeignLibrary(path: path))
    let scenario = try Self.scenario(
      "record 0x7000 -> 0x7000 size 0x4000 mmu 0", world: "vm mmus 1 window 8 windows 1")
    let found = harness.runAndFollowUp(scenario)
    #expect(found?.signature.name == "query-overlooks-a-mapping")
  }

  @Test("in a whole world the ends of every mapping are queried, and pages between them")
  func largeMapping() throws {
    // The map holds only the first half of a record, or all but its last page.
    for kept in ["size / 2", "size - 4096"] {
      let path = try TestLibrary.build(
        """
        #include "reverse_map.h"
        #include <stdlib.h>
        struct map { uint64_t start, size, nested; };
        static void *create(const struct reverse_map_configuration *c) {
          return calloc(1, sizeof(struct map));
        }
        static int record(void *map, uint64_t start, uint64_t size, uint64_t nested) {
          *(struct map *)map = (struct map){start, \(kept), nested};
          return REVERSE_MAP_STORED;
        }
        static int query(const void *handle, uint64_t start, uint64_t size,
                         struct reverse_map_range *ranges, size_t capacity, size_t *count) {
          const struct map *map = handle;
          if (start >= map->start + map->size || map->start >= start + size)
            return REVERSE_MAP_RANGES;
          return REVERSE_MAP_EVERYTHING;
        }
        static int unmap(void *map, uint64_t start, uint64_t size, struct reverse_map_range *ranges,
                         size_t capacity, size_t *count) {
          return query(map, start, size, ranges, capacity, count);
        }
        static void clear(void *map) { *(struct map *)map = (struct map){0}; }
        const struct reverse_map_interface reverse_map_interface = {
          .version = REVERSE_MAP_VERSION, .size = sizeof(struct reverse_map_interface),
          .name = "half", .create = create, .destroy = free, .record = record, .unmap = unmap,
          .query = query, .clear = clear };
        """)
      var harness = ForeignHarness(try ForeignLibrary(path: path))
      let scenario = try Self.scenario(
        "record 0x40000000 -> 0x0 size 0x400000000000 mmu 0", world: "vm mmus 1 windows none")
      let found = harness.run(scenario)
      #expect(found?.signature.name == "query-overlooks-a-mapping", "\(kept)")
    }
  }

  // MARK: - Memory

  @Test("a removal that gets no memory may answer everything")
  func refusedRemoval() throws {
    // Removals allocate, as if each one rebuilt the array.
    let needs = (
      "  replace(handle, from, to, NULL); /* takes less room, so it cannot fail */",
      """
        struct map *map = handle;
        void *memory = map->allocator->allocate(map->allocator->context, 64, 8);
        if (to > from && memory == NULL) {
          begin_full_unmap(handle);
          *count = 0;
          return REVERSE_MAP_EVERYTHING;
        }
        map->allocator->release(map->allocator->context, memory, 64);
        replace(handle, from, to, NULL);
      """
    )
    let refused = """
      record 0x1000 -> 0x2000 size 0x1000 mmu 0
      record 0x1000 -> 0x2000 size 0x1000 mmu 1
      refuse request 2
      unmap 0x1000 size 0x1000
      """
    #expect(try Self.divergence([needs], refused, world: "vm mmus 2") == nil)
    let succeeds = ("memory == NULL", "memory == NULL && 0")
    let divergence = try Self.divergence([needs, succeeds], refused, world: "vm mmus 2")
    #expect(divergence == nil, "the removal succeeded without memory")
    let needless = ("to > from && memory == NULL", "1")
    let always = try #require(
      try Self.divergence([needs, needless], refused, world: "vm mmus 2"))
    #expect(always.check == .answer)
  }

  @Test("a map that breaks without a refused request is not exact")
  func breaksForNothing() throws {
    let change = ("if (replace(map, from, to, &new)) return result;", "")
    let divergence = try #require(try Self.divergence([change]))
    #expect(divergence.signature.name == "record-answers-broke-for-stored")
  }

  @Test("losing entries in a refused record is a difference")
  func refusedRecord() throws {
    let change = (
      "if (entries == NULL) return 0;", "if (entries == NULL) { map->count = 0; return 0; }"
    )
    let scenario = """
      record 0x0 -> 0x1000 size 0x1000 mmu 0
      record 0x1000 -> 0x2000 size 0x1000 mmu 0
      record 0x2000 -> 0x3000 size 0x1000 mmu 0
      record 0x3000 -> 0x4000 size 0x1000 mmu 0
      refuse next 9
      record 0x4000 -> 0x5000 size 0x1000 mmu 0
      """
    #expect(try Self.divergence([], scenario) == nil)
    #expect(try Self.divergence([change], scenario)?.check == .state)
  }

  // MARK: - Unsupported operations and arguments

  @Test("scenarios are reduced to operations that the library supports")
  func fitting() throws {
    let path = try TestLibrary.sortedArray()
    let harness = ForeignHarness(try ForeignOptions(blocks: "laminar").load(path))
    var scenario = try Self.scenario(
      """
      enter atomic
      top-up mmu 0
      record 0x1000 -> 0x2000 size 0x3000 mmu 0
      invalidate 0x2000 size 0x1000 mmu 0
      reclaim
      """, world: "memory nodes tiny direct on mmus 2")
    ForeignHarness.fit(&scenario, to: harness.library)
    #expect(scenario.world.family == .vm)
    #expect(scenario.world.blocks == .laminar)
    #expect(!scenario.world.hasDirectMap)
    #expect(scenario.operations.map(\.kind) == [.record, .invalidate])
    #expect(scenario.isNormalised)
    let fitted = scenario
    ForeignHarness.fit(&scenario, to: harness.library)
    #expect(scenario == fitted)
  }

  @Test("operations with bad arguments are left out for a library that checks none")
  func fittingBadArguments() throws {
    var scenario = try Self.scenario(
      """
      record 0x1000 -> 0x2000 size 0x0 mmu 0
      record 0x1000 -> 0x2000 size 0x1000 mmu 0
      record 0x1000 -> 0x2800 size 0x1000 mmu 0
      unmap 0x1800 size 0x1000
      query 0x0 size 0xfffffffffffff000
      invalidate 0x200000000001000 size 0x1000 mmu 0
      record 0xfffffffff000 -> 0x2000 size 0x2000 mmu 0
      end-full-unmap mmu 0
      """)
    let whole = scenario
    ForeignHarness.fit(&scenario, to: try ForeignLibrary(path: TestLibrary.sortedArray()))
    #expect(scenario.operations == [whole.operations[1], whole.operations[7]])
    let claims = (
      ".flags = REVERSE_MAP_EXACT", ".flags = REVERSE_MAP_EXACT | REVERSE_MAP_CHECKS_ARGUMENTS"
    )
    scenario = whole
    ForeignHarness.fit(
      &scenario, to: try ForeignLibrary(path: TestLibrary.sortedArray([claims])))
    #expect(scenario.operations.count == whole.operations.count)
  }

  @Test("bad arguments are passed only to a library that claims to check them")
  func badArguments() throws {
    // The range is not aligned, and the map would store it.
    let bad = "record 0x1800 -> 0x2000 size 0x1000 mmu 0"
    #expect(try Self.divergence([], bad) == nil)
    let claims = (
      ".flags = REVERSE_MAP_EXACT", ".flags = REVERSE_MAP_EXACT | REVERSE_MAP_CHECKS_ARGUMENTS"
    )
    // Without a follow-up, which may find that it is unsound with other bad arguments.
    var harness = ForeignHarness(try ForeignLibrary(path: TestLibrary.sortedArray([claims])))
    let divergence = harness.run(try Self.scenario(bad))
    #expect(divergence?.check == .answer)
    let checks = (
      "  int is_tagged = map->layout",
      "  if (start & 4095) return REVERSE_MAP_MISALIGNED;\n"
        + "  int is_tagged = map->layout"
    )
    #expect(try Self.divergence([claims, checks], bad) == nil)
  }

  @Test(
    "a map that claims to check arguments gets bad ranges from every operation",
    arguments: ["unmap 0x1800 size 0x1000", "query 0x1800 size 0x1000"])
  func badRanges(operation: String) throws {
    let claims = (
      ".flags = REVERSE_MAP_EXACT", ".flags = REVERSE_MAP_EXACT | REVERSE_MAP_CHECKS_ARGUMENTS"
    )
    let divergence = try #require(try Self.divergence([claims], operation))
    #expect(divergence.check == .answer)
    let checks = (
      "  if (map->broken || map->full_unmaps > 0) return REVERSE_MAP_EVERYTHING;\n",
      "  if (start & 4095) return REVERSE_MAP_MISALIGNED;\n"
        + "  if (map->broken || map->full_unmaps > 0) return REVERSE_MAP_EVERYTHING;\n"
    )
    let rejects = (
      "  size_t to, from = intersecting(handle,",
      "  if (result < 0) return result;\n  size_t to, from = intersecting(handle,"
    )
    #expect(try Self.divergence([claims, checks, rejects], operation) == nil)
  }

  @Test("invalidate and the direct map of a library are compared")
  func directMap() throws {
    // The simplest direct map: a scan over all entries.
    let functions = (
      "static void state(",
      """
      static void drop(struct map *map, uint64_t first, uint64_t last) {
        for (size_t index = map->count; index-- > 0;) {
          struct reverse_map_entry *entry = &map->entries[index];
          uint64_t end = entry->nested + (entry->last - entry->first);
          if (entry->nested != REVERSE_MAP_UNKNOWN && entry->nested <= last && end >= first)
            replace(map, index, index + 1, NULL);
        }
      }
      static int invalidate(void *map, uint64_t start, uint64_t size) {
        drop(map, start, start + size - 1);
        return REVERSE_MAP_DONE;
      }
      static void state(
      """
    )
    let exported = (".entries = entries,\n", ".entries = entries,\n.invalidate = invalidate,\n")
    let invalidated = """
      record 0x1000 -> 0x2000 size 0x1000 mmu 0
      record 0x4000 -> 0x5000 size 0x2000 mmu 0
      invalidate 0x6000 size 0x1000 mmu 0
      """
    let world = "vm mmus 1 direct on"
    #expect(try Self.divergence([functions, exported], invalidated, world: world) == nil)
    let ignores = ("  drop(map, start, start + size - 1);\n", "")
    let divergence = try #require(
      try Self.divergence([functions, exported, ignores], invalidated, world: world))
    #expect(divergence.check == .state)
  }

  @Test("a failing run of a library is traced step by step")
  func trace() throws {
    let path = try TestLibrary.sortedArray([Self.forgets])
    var harness = ForeignHarness(try ForeignLibrary(path: path))
    let trace = harness.trace(try Self.scenario(Self.tour))
    #expect(trace.divergence?.check == .unsound)
    #expect(trace.steps.count == 4)
    #expect(trace.steps[1].subject.rows.count == 2)
  }

  // MARK: - Explained

  private static func drawn(_ trace: Trace) -> String {
    Explanation(of: trace, width: 100).lines(of: 0..<Int.max).map(\.text).joined(separator: "\n")
  }

  /// A map that only has to be sound and lists no entries.
  private static let listsNothing = [
    (".flags = REVERSE_MAP_EXACT", ".flags = 0"), ("    .entries = entries,\n", ""),
  ]

  @Test("of a sound map the live mappings are drawn, apart where they share a page, and no marks")
  func drawsLiveMappings() throws {
    let path = try TestLibrary.sortedArray(Self.listsNothing + [Self.forgets])
    var harness = ForeignHarness(try ForeignLibrary(path: path))
    let trace = harness.trace(
      try Self.scenario(
        """
        record 0x1000 -> 0x2000 size 0x1000 mmu 0
        record 0x4000 -> 0x5000 size 0x2000 mmu 0
        unmap 0x0 size 0x5000
        """))
    #expect(trace.divergence?.check == .unsound)
    let lines = Self.drawn(trace)
    #expect(
      lines.hasSuffix(
        """
        step 2  record 0x4000 -> 0x5000 size 0x2000 mmu 0    stored
          mmu 0
          canonical  0x0 0x1000  0x2000 0x4000 0x5000 0x6000
          op                            [============]
          live       ....[0x2000].......[0x5000------]

        step 3  unmap 0x0 size 0x5000    mmu 0 ranges [0x2000, 0x2fff]
          mmu 0
          canonical  0x0 0x1000  0x2000 0x4000 0x5000 0x6000
          op         [========================]
          live       ...................[0x5000------]
          survivor                      [0x5000******]
                     unsound: mmu 0 nested [0x5000, 0x6fff] -> canonical [0x4000, 0x5fff] \
        is live, but this
                     step should have killed it

        """), "\(lines)")
    #expect(!lines.contains("^") && !lines.contains("oracle") && !lines.contains("subject  "))
  }

  @Test("mappings of the same canonical page are drawn in rows of their own")
  func drawsAliases() throws {
    let path = try TestLibrary.sortedArray([Self.listsNothing[0]])
    var harness = ForeignHarness(try ForeignLibrary(path: path))
    let lines = Self.drawn(
      harness.trace(
        try Self.scenario(
          """
          record 0x1000 -> 0x2000 size 0x1000 mmu 0
          record 0x1000 -> 0x5000 size 0x1000 mmu 0
          """)))
    #expect(
      lines.contains(
        """
          op         [======]
          live       [0x2000]
          live       [0x5000]
          subject    [??????]
        """), "\(lines)")
  }

  @Test("the report on a sound map lists the live mappings and compares no states")
  func soundReport() throws {
    let path = try TestLibrary.sortedArray(Self.listsNothing + [Self.forgets])
    var harness = ForeignHarness(try ForeignLibrary(path: path))
    let found = harness.runAndFollowUp(try Self.scenario(Self.tour))
    let report = try #require(found).report(of: "x")
    #expect(
      report.hasSuffix(
        """

        live mappings afterwards:
          mmu 0, nested [0x2000, 0x2fff] -> canonical [0x1000, 0x1fff]
          mmu 0, nested [0x5000, 0x6fff] -> canonical [0x4000, 0x5fff]
        state of the subject afterwards:
          mmu 0 not broken, 0 full unmaps in progress

        """), "\(report)")
    #expect(!report.contains("oracle"))
    // The structure is damaged: the answer of the oracle is not expected of this map.
    let damaged = try TestLibrary.sortedArray(
      Self.listsNothing + [
        (
          "const struct reverse_map_interface reverse_map_interface",
          "static const char *fault(const void *map) { return \"bad\"; }\n"
            + "const struct reverse_map_interface reverse_map_interface"
        ), (".clear = clear,", ".clear = clear, .check = fault,"),
      ])
    var other = ForeignHarness(try ForeignLibrary(path: damaged))
    let fault = try #require(other.runAndFollowUp(try Self.scenario(Self.tour)))
    #expect(fault.expected == "the subject's structure is intact")
    #expect(fault.report(of: "x").contains("# step 1: structure\n"))
  }

  @Test("a library that breaks its interface before the first operation gets a report")
  func beforeTheFirst() throws {
    let path = try TestLibrary.sortedArray([
      ("  if (map == NULL) return NULL;\n", "  free(map);\n  return NULL;\n")
    ])
    var harness = ForeignHarness(try ForeignLibrary(path: path))
    let divergence = harness.run(Scenario(world: World(family: .vm)))
    #expect(divergence?.report(of: "empty").contains("create returned NULL") == true)
  }
}
