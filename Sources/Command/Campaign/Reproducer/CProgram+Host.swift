extension CProgram {
  /// The host of the maps, which does in unmap_nested what revfuzz does there.
  ///
  /// - Parameters:
  ///   - maps: the number of maps.
  ///   - most: the most ranges that are unmapped in an unmap.
  ///   - capacity: the most ranges that an unmap has room for.
  ///   - ipaBits: the IPA width; nil if no other calls come in between.
  static func host(
    maps: Int, most: Int, capacity: Int, ipaBits: UInt64?, hasMachine: Bool
  ) -> String {
    let declarations = """

      /* ---- The host. ---- */

      enum { MAPS = \(maps), MOST = \(most), CAPACITY = \(capacity) };
      static struct reverse_map_host hosts[MAPS];
      static void *maps[MAPS];
      /* What was unmapped in the last unmap, by map. */
      static struct reverse_map_range done[MAPS][MOST];
      static size_t done_count[MAPS];

      static void add(size_t map, uint64_t start, uint64_t size) {
        if (done_count[map] == MOST) abort();
        done[map][done_count[map]].start = start;
        done[map][done_count[map]++].size = size;
      }

      /* Puts what a map has unmapped itself before what it has reported. */
      __attribute__((unused)) static void combine(size_t map) {
        static struct reverse_map_range both[MOST + MAPS * CAPACITY];
        size_t total = done_count[map];
        memcpy(both, done[map], total * sizeof *both);
        memcpy(both + total, ranges, count * sizeof *both);
        ranges = both;
        count += total;
      }

      """
    guard let ipaBits else {
      return declarations + """

        static void begin_unmap(uint64_t start, uint64_t size, size_t asked) {
          (void)start, (void)size, (void)asked;
          memset(done_count, 0, sizeof done_count);
        }

        static void unmap_nested(void *context, uint64_t start, uint64_t size) {
          add((size_t)((struct reverse_map_host *)context - hosts), start, size);
        }

        __attribute__((unused)) static void end_unmap(size_t map) { (void)map; }

        """
    }
    return declarations + interleaving(ipaBits, hasMachine: hasMachine)
  }

  /// The other calls that come in the first unmap_nested of an unmap.
  private static func interleaving(_ ipaBits: UInt64, hasMachine: Bool) -> String {
    let unmap =
      hasMachine
      ? """
        static struct reverse_map_answer others[MAPS];
        for (size_t index = 0; index < asked; index++)
          others[index] = (struct reverse_map_answer){answers[index].map, &other[index * CAPACITY],
                                                      answers[index].capacity, 0, REVERSE_MAP_RANGES};
        library->unmap_machine(machine, unmap_start, unmap_size, others, asked);
        for (size_t index = 0; index < asked; index++) {
          size_t which = 0;
          while (maps[which] != others[index].map) which++;
          for (size_t range = 0; range < others[index].count; range++)
            add(which, others[index].ranges[range].start, others[index].ranges[range].size);
          if (which == map) result = others[index].result;
        }
      """
      : """
        size_t found = 0;
        result = library->unmap(maps[map], unmap_start, unmap_size, other, CAPACITY, &found);
        for (size_t range = 0; result == REVERSE_MAP_RANGES && range < found; range++)
          add(map, other[range].start, other[range].size);
      """
    return """

      /* In the first unmap_nested of an unmap the host gives up its lock: another unmap of the same
       * canonical range comes, and a fault beside it. */
      static uint64_t unmap_start, unmap_size;
      static size_t asked;
      static int is_first;
      static struct reverse_map_range other[MAPS * CAPACITY];
      /* The map that the fault came in, or MAPS, and its addresses. */
      static size_t fault_map = MAPS;
      static uint64_t fault_start, fault_nested;

      static void begin_unmap(uint64_t start, uint64_t size, size_t count) {
        memset(done_count, 0, sizeof done_count);
        unmap_start = start;
        unmap_size = size;
        asked = count;
        is_first = 1;
        fault_map = MAPS;
      }

      /* Whether all of first...last has been unmapped. */
      static int is_unmapped(size_t map, uint64_t first, uint64_t last) {
        for (size_t index = 0; index < done_count[map];) {
          const struct reverse_map_range *range = &done[map][index++];
          uint64_t end = range->start + (range->size - 1);
          if (range->start > first || end < first) continue;
          if (end >= last) return 1;
          first = end + 1;
          index = 0;
        }
        return 0;
      }

      static void unmap_nested(void *context, uint64_t start, uint64_t size) {
        size_t map = (size_t)((struct reverse_map_host *)context - hosts);
        int result = REVERSE_MAP_RANGES;
        if (!is_first) {
          add(map, start, size);
          return;
        }
        is_first = 0;
      \(unmap)
        if (result == REVERSE_MAP_RANGES && !is_unmapped(map, start, start + (size - 1))) {
          printf("nested 0x%" PRIx64 "...0x%" PRIx64 " is still mapped, and another unmap does not "
                 "lead there\\n", start, start + (size - 1));
          exit(1);
        }
        uint64_t page = unmap_start >= 4096 ? unmap_start - 4096 : unmap_start + unmap_size;
        if (page >> \(ipaBits) != 0) return;
        int stored = library->record(maps[map], page, 4096, start);
        if (stored < REVERSE_MAP_STORED || stored > REVERSE_MAP_POLLUTED) return;
        if (result == REVERSE_MAP_RANGES) fault_map = map;
        fault_start = page;
        fault_nested = start;
      }

      /* The fault that came must be in the map. */
      __attribute__((unused)) static void end_unmap(size_t map) {
        size_t found = 0;
        if (map != fault_map) return;
        int result = library->query(maps[map], fault_start, 4096, other, CAPACITY, &found);
        if (result != REVERSE_MAP_RANGES) return;
        for (size_t index = 0; index < found; index++)
          if (fault_nested - other[index].start < other[index].size) return;
        printf("canonical 0x%" PRIx64 ", recorded at nested 0x%" PRIx64 " during unmap_nested, is "
               "lost\\n", fault_start, fault_nested);
        exit(1);
      }

      """
  }
}
