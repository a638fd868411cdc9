/* SPDX-License-Identifier: MIT */
/*
 * A reverse map as a sorted array: the simplest implementation, and an example of what a library
 * has to export to be fuzzed.
 *
 *   clang -O1 -g -fPIC -shared -fsanitize=fuzzer-no-link -I Sources/Map/CReverseMap/include \
 *     -o sorted-array.so Plugins/sorted-array/sorted_array.c
 *
 * The map is exact: its results and entries are those of docs/Specification.md. Every operation
 * finds the run of entries that intersect the range, [from, to), by binary search.
 */
#include "reverse_map.h"

#include <stdlib.h>
#include <string.h>

struct map {
  const struct reverse_map_allocator *allocator;
  uint32_t layout;
  uint32_t broken, full_unmaps;
  struct reverse_map_entry *entries; /* ascending, disjoint */
  size_t count, capacity;
};

static void *create(const struct reverse_map_configuration *configuration) {
  struct map *map = calloc(1, sizeof *map);
  if (map == NULL) return NULL;
  map->allocator = configuration->allocator;
  map->layout = configuration->layout;
  return map;
}

static void clear(void *handle) {
  struct map *map = handle;
  map->allocator->release(map->allocator->context, map->entries,
                          map->capacity * sizeof *map->entries);
  map->entries = NULL;
  map->count = map->capacity = 0;
  map->broken = 0;
}

static void destroy(void *handle) {
  clear(handle);
  free(handle);
}

/* The index of the first entry that ends at or after `address`. */
static size_t lower_bound(const struct map *map, uint64_t address) {
  size_t low = 0, high = map->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (map->entries[middle].last < address)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* Finds the entries [result, *to) that intersect the inclusive range first...last. */
static size_t intersecting(const struct map *map, uint64_t first, uint64_t last, size_t *to) {
  size_t from = lower_bound(map, first);
  for (*to = from; *to < map->count && map->entries[*to].first <= last;) ++*to;
  return from;
}

/* Replaces the entries [from, to) by `entry`, or by none if NULL. False if out of memory. */
static int replace(struct map *map, size_t from, size_t to, const struct reverse_map_entry *entry) {
  size_t added = entry != NULL, count = map->count - (to - from) + added;
  if (count > map->capacity) {
    size_t capacity = map->capacity == 0 ? 4 : 2 * map->capacity, size = sizeof *map->entries;
    struct reverse_map_entry *entries =
        map->allocator->allocate(map->allocator->context, capacity * size, _Alignof(uint64_t));
    if (entries == NULL) return 0;
    if (map->count > 0) memcpy(entries, map->entries, map->count * size);
    map->allocator->release(map->allocator->context, map->entries, map->capacity * size);
    map->entries = entries;
    map->capacity = capacity;
  }
  if (map->count > to) {
    memmove(map->entries + from + added, map->entries + to,
            (map->count - to) * sizeof *map->entries);
  }
  if (entry != NULL) map->entries[from] = *entry;
  map->count = count;
  return 1;
}

static int record(void *handle, uint64_t start, uint64_t size, uint64_t nested) {
  struct map *map = handle;
  int is_tagged = map->layout == REVERSE_MAP_LAYOUT_TAGGED;
  struct reverse_map_entry new = {start, start + size - 1, nested, 0};
  new.word = is_tagged ? (nested | 1ull << 62) << 1 | 1 : nested | 1ull << 63;
  if (map->broken) return REVERSE_MAP_IGNORED;
  size_t to, from = intersecting(map, new.first, new.last, &to);
  int result = REVERSE_MAP_STORED;
  if (to > from) {
    const struct reverse_map_entry *first = &map->entries[from], *last = &map->entries[to - 1];
    if (first->first == new.first && first->last == new.last && first->nested == new.nested)
      return REVERSE_MAP_UNCHANGED;
    if (first->first < new.first) new.first = first->first;
    if (last->last > new.last) new.last = last->last;
    new.nested = REVERSE_MAP_UNKNOWN;
    new.word = is_tagged ? 3 : 1;
    result = REVERSE_MAP_POLLUTED;
  }
  if (replace(map, from, to, &new)) return result;
  map->broken = 1;
  return REVERSE_MAP_BROKE;
}

static int query(const void *handle, uint64_t start, uint64_t size,
                 struct reverse_map_range *ranges, size_t capacity, size_t *count) {
  const struct map *map = handle;
  if (map->broken || map->full_unmaps > 0) return REVERSE_MAP_EVERYTHING;
  size_t to, from = intersecting(map, start, start + size - 1, &to);
  if (to - from > capacity) return REVERSE_MAP_EVERYTHING;
  for (size_t index = from; index < to; index++) {
    const struct reverse_map_entry *entry = &map->entries[index];
    if (entry->nested == REVERSE_MAP_UNKNOWN) return REVERSE_MAP_EVERYTHING;
    ranges[index - from].start = entry->nested;
    ranges[index - from].size = entry->last - entry->first + 1;
  }
  *count = to - from;
  return REVERSE_MAP_RANGES;
}

static void begin_full_unmap(void *handle) {
  struct map *map = handle;
  clear(map);
  map->full_unmaps++;
}

static int end_full_unmap(void *handle) {
  struct map *map = handle;
  if (map->full_unmaps == 0) return REVERSE_MAP_NO_FULL_UNMAP;
  map->full_unmaps--;
  return REVERSE_MAP_DONE;
}

static int unmap(void *handle, uint64_t start, uint64_t size, struct reverse_map_range *ranges,
                 size_t capacity, size_t *count) {
  int result = query(handle, start, size, ranges, capacity, count);
  if (result == REVERSE_MAP_EVERYTHING) {
    begin_full_unmap(handle);
    return result;
  }
  size_t to, from = intersecting(handle, start, start + size - 1, &to);
  replace(handle, from, to, NULL); /* takes less room, so it cannot fail */
  return result;
}

static void state(const void *handle, struct reverse_map_state *state) {
  const struct map *map = handle;
  state->broken = map->broken;
  state->full_unmaps = map->full_unmaps;
}

static size_t entries(const void *handle, struct reverse_map_entry *entries, size_t capacity) {
  const struct map *map = handle;
  size_t count = map->count < capacity ? map->count : capacity;
  if (count > 0) memcpy(entries, map->entries, count * sizeof *entries);
  return map->count;
}

const struct reverse_map_interface reverse_map_interface = {
    .version = REVERSE_MAP_VERSION,
    .size = sizeof(struct reverse_map_interface),
    .flags = REVERSE_MAP_EXACT,
    .name = "sorted-array",
    .create = create,
    .destroy = destroy,
    .record = record,
    .unmap = unmap,
    .query = query,
    .clear = clear,
    .begin_full_unmap = begin_full_unmap,
    .end_full_unmap = end_full_unmap,
    .state = state,
    .entries = entries,
};
