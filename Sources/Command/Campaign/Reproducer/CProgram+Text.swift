import ReverseMapping

/// The text of a program around its calls.
extension CProgram {
  /// The comment at the top and what the program includes.
  var header: String {
    let title = title.map { line in
      line.isEmpty ? " *" : " * " + line.replacing("*/", with: "* /")
    }
    return """
      /*
      \(title.joined(separator: "\n"))
       *
       *   cc -g -I Sources/Map/CReverseMap/include -o failure THIS_FILE.c YOUR_MAP.c && ./failure
       *
       * YOUR_MAP.c stands for the sources of the map. \(promise)
       */
      #include "reverse_map.h"

      #include <inttypes.h>
      #include <stddef.h>
      #include <stdio.h>
      #include <stdlib.h>
      #include <string.h>

      static const struct reverse_map_interface *const library = &reverse_map_interface;

      """
  }

  /// The IPA width, the layout, and whether there are direct maps, as numbers.
  private var configuration: [UInt64] {
    let arguments = recording.calls.first { $0.function == "create" }?.arguments ?? []
    return arguments + Array(repeating: 0, count: max(0, 3 - arguments.count))
  }

  /// The declarations at the start of `main`.
  var start: String {
    let numbers = configuration
    let layout = numbers[1] == 1 ? "TAGGED" : "MAILED"
    let machine = hasMachine ? "  machine = library->create_machine();\n" : ""
    return machine + """
        const struct reverse_map_allocator allocator = {NULL, allocate, release};
        \(hasHost ? "" : "const ")struct reverse_map_configuration configuration = {
            .size = sizeof configuration,
            .ipa_bits = \(numbers[0]),
            .layout = REVERSE_MAP_LAYOUT_\(layout),
            .direct_map = \(numbers[2]),
            .allocator = &allocator,
            .machine = \(hasMachine ? "machine" : "NULL"),
            .host = \(hasHost ? "NULL" : "&host"),
        };
        setvbuf(stdout, NULL, _IOLBF, 0);

      """
  }

  /// The functions that the program uses, and no others.
  var prelude: String {
    let body = lines.joined(separator: "\n")
    var text = Self.memory(refused: recording.refused)
    let room = recording.calls.map(\.capacity).max() ?? 0
    // The pages of all records: no map has more entries.
    let pages = recording.calls.filter { $0.function == "record" }.reduce(UInt64(1)) {
      $0 + min($1.arguments[1] / Page.size, 1 << 20)
    }
    let reads =
      hasHost
      || ["expect_ranges(", "expect_reported(", "answer("].contains { body.contains($0) }
    if hasHost || body.contains("room") {
      text += """

        /* What an unmap or a query reports. */
        static struct reverse_map_range room[\(max(1, room))];

        """
    }
    if reads || body.contains("ranges = room") {
      text += "static const struct reverse_map_range *ranges = room;\n"
    }
    if reads || body.contains("count") { text += "static size_t count;\n" }
    if hasMachine { text += "static void *machine;\n" }
    if let most = recording.calls.map(\.asked.count).max(), most > 0 {
      text += "\nstatic struct reverse_map_answer answers[\(most)];\n"
    }
    if tracksBroken { text += "static int broken;\n" }
    if !hasHost {
      text += """

        /* Not called by these calls. */
        static void unmap_nested(void *context, uint64_t start, uint64_t size) {
          (void)context, (void)start, (void)size;
        }
        static const struct reverse_map_host host = {NULL, unmap_nested};

        """
    } else {
      let maps = (recording.calls.filter { $0.function == "create" }.map(\.map).max() ?? 0) + 1
      text += Self.host(
        maps: maps, most: Int(min(2 * pages + room + 2, 1 << 16)), capacity: Int(max(1, room)),
        ipaBits: interleaves ? configuration[0] : nil, hasMachine: hasMachine)
    }
    for (name, function) in Self.functions where body.contains(name) {
      text +=
        "\n"
        + function.replacing("MOST_ENTRIES", with: "\(min(pages, 1 << 20))")
        .replacing("BROKEN ", with: tracksBroken ? "broken || " : "") + "\n"
    }
    return text
  }

  private static func memory(refused: [UInt64]) -> String {
    var text = "\nstatic size_t requests, blocks;\n"
    if !refused.isEmpty {
      text += """
        /* The requests for memory that are refused, counted from 1. */
        static const size_t refused[] = {\(refused.map(String.init).joined(separator: ", "))};

        """
    }
    text += """

      static void *allocate(void *context, size_t size, size_t alignment) {
        (void)context;
        requests++;

      """
    if !refused.isEmpty {
      text += """
          for (size_t index = 0; index < sizeof refused / sizeof *refused; index++) {
            if (refused[index] == requests) return NULL;
          }

        """
    }
    return text + """
        size_t whole = (size + alignment - 1) / alignment * alignment;
        int is_usual = alignment <= _Alignof(max_align_t);
        void *memory = is_usual ? malloc(whole) : aligned_alloc(alignment, whole);
        if (memory == NULL) abort();
        blocks++;
        return memset(memory, 0xa5, size);
      }

      /* A block that is released is filled and not freed, so that a later use of it shows. With a
       * sanitizer, add -DFREE. */
      static void release(void *context, void *memory, size_t size) {
        (void)context;
        if (memory == NULL) return;
        blocks--;
        memset(memory, 0xa5, size);
      #ifdef FREE
        free(memory);
      #endif
      }

      """
  }

  /// Functions of the program, by the text that uses them.
  private static let functions: [(use: String, text: String)] = [
    (
      "answer(",
      """
      /* The result of one map. Makes its ranges those that are checked next. */
      static int answer(size_t index) {
        ranges = answers[index].ranges;
        count = answers[index].count;
        return answers[index].result;
      }
      """
    ),
    (
      "list(",
      """
      static void list(const void *map) {
        static struct reverse_map_entry entries[MOST_ENTRIES];
        library->entries(map, entries, MOST_ENTRIES);
      }
      """
    ),
    (
      "ask(",
      """
      static void ask(const void *map, uint64_t start, uint64_t size) {
        static struct reverse_map_range answer[MOST_ENTRIES];
        size_t found = 0;
        library->query(map, start, size, answer, MOST_ENTRIES, &found);
      }
      """
    ),
    (
      "EXPECT(",
      """
      #define EXPECT(call, expected) expect(__LINE__, #call, (call), (expected))
      static void expect(int line, const char *call, int result, int expected) {
        if (result == expected) return;
        printf("line %d: %s\\n  returned %d, expected %d\\n", line, call, result, expected);
        exit(1);
      }
      """
    ),
    (
      "expect_ranges(",
      """
      /* The ranges must be these, in this order. */
      static void expect_ranges(int line, size_t expected, const struct reverse_map_range *list) {
        int is_equal = count == expected;
        for (size_t index = 0; is_equal && index < count; index++)
          is_equal = ranges[index].start == list[index].start &&
                     ranges[index].size == list[index].size;
        if (is_equal) return;
        printf("line %d: the ranges are wrong. There are %zu:\\n", line, count);
        for (size_t index = 0; index < count; index++)
          printf("  0x%" PRIx64 " size 0x%" PRIx64 "\\n", ranges[index].start, ranges[index].size);
        exit(1);
      }
      """
    ),
    (
      "expect_reported(",
      """
      /* The answer must lead to a nested range that is mapped: a mapping survives it otherwise. */
      static void expect_reported(int line, int result, uint64_t first, uint64_t last) {
        if (result != REVERSE_MAP_RANGES) return;
        for (size_t index = 0; index < count; index++) {
          uint64_t end = ranges[index].start + (ranges[index].size - 1);
          if (ranges[index].start <= last && end >= first) return;
        }
        printf("line %d: the answer does not lead to nested 0x%" PRIx64 "...0x%" PRIx64
               ", which is mapped\\n", line, first, last);
        exit(1);
      }
      """
    ),
    (
      "expect_covered(",
      """
      static int must_report_everything(const void *map) {
        struct reverse_map_state state = {0, 0};
        int has_state = library->size > offsetof(struct reverse_map_interface, state);
        if (has_state && library->state != NULL) library->state(map, &state);
        return BROKEN state.broken || state.full_unmaps > 0;
      }

      /* An entry must lead to these canonical bytes, which are mapped at `nested`. */
      static void expect_covered(int line, const void *map, uint64_t first, uint64_t last,
                                 uint64_t nested) {
        static struct reverse_map_entry entries[MOST_ENTRIES];
        if (must_report_everything(map)) return;
        size_t found = library->entries(map, entries, MOST_ENTRIES);
        for (size_t index = 0; index < found; index++) {
          const struct reverse_map_entry *entry = &entries[index];
          if (entry->first <= first && entry->last >= last &&
              (entry->nested == REVERSE_MAP_UNKNOWN ||
               entry->nested + (first - entry->first) == nested)) return;
        }
        printf("line %d: no entry leads from 0x%" PRIx64 "...0x%" PRIx64 " to nested 0x%" PRIx64
               ", where it is mapped\\n", line, first, last, nested);
        exit(1);
      }
      """
    ),
    (
      "expect_entries(",
      """
      /* The entries must be these. A word of 0 is not compared. */
      static void expect_entries(int line, const void *map, size_t expected,
                                 const struct reverse_map_entry *list) {
        static struct reverse_map_entry entries[MOST_ENTRIES];
        size_t found = library->entries(map, entries, MOST_ENTRIES);
        int is_equal = found == expected;
        for (size_t index = 0; is_equal && index < found; index++)
          is_equal = entries[index].first == list[index].first &&
                     entries[index].last == list[index].last &&
                     entries[index].nested == list[index].nested &&
                     (entries[index].word == 0 || entries[index].word == list[index].word);
        if (is_equal) return;
        printf("line %d: the entries are wrong. There are %zu:\\n", line, found);
        for (size_t index = 0; index < found && index < MOST_ENTRIES; index++)
          printf("  0x%" PRIx64 "...0x%" PRIx64 " -> 0x%" PRIx64 " word 0x%" PRIx64 "\\n",
                 entries[index].first, entries[index].last, entries[index].nested,
                 entries[index].word);
        exit(1);
      }
      """
    ),
    (
      "expect_state(",
      """
      static void expect_state(int line, const void *map, uint32_t broken, uint32_t full_unmaps) {
        struct reverse_map_state state;
        int has_state = library->size > offsetof(struct reverse_map_interface, state);
        if (!has_state || library->state == NULL) return;
        library->state(map, &state);
        if (state.broken == broken && state.full_unmaps == full_unmaps) return;
        printf("line %d: broken is %" PRIu32 ", expected %" PRIu32 "; full unmaps in progress are "
               "%" PRIu32 ", expected %" PRIu32 "\\n",
               line, state.broken, broken, state.full_unmaps, full_unmaps);
        exit(1);
      }
      """
    ),
    (
      "expect_intact(",
      """
      static void expect_intact(int line, const void *map) {
        const char *fault = library->check(map);
        if (fault == NULL) return;
        printf("line %d: the map's own check says: %s\\n", line, fault);
        exit(1);
      }
      """
    ),
    (
      "expect_no_blocks(",
      """
      static void expect_no_blocks(int line) {
        if (blocks == 0) return;
        printf("line %d: %zu blocks are still allocated\\n", line, blocks);
        exit(1);
      }
      """
    ),
  ]
}
