/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * linux_maple.c: a reverse map on the Linux kernel's maple tree, for revfuzz.
 *
 * Rule numbers such as 3.2 refer to docs/Specification.md. The walk over the entries that a record
 * intersects (next_found) comes in two variants:
 *
 *   by default                   mas_find, which skips gaps
 *   with REVERSE_MAP_FIRST_WALK  mas_find_range, in a loop that ends when it finds nothing. It goes
 *                                from slot to slot, and a gap is a slot, so the loop ends at the
 *                                first gap between two entries. An entry beyond the gap is not
 *                                polluted but overwritten. If it is overwritten completely, that
 *                                is sound. If its end remains, the end keeps a word that was meant
 *                                for the beginning of the entry (section 10).
 *
 * As in the kernel's design, the index of the tree is the canonical byte, not the page. So bounds
 * and words are stored unchanged, and the range 0 to 0, which the tree would keep in its root
 * without a node, does not occur.
 *
 * Stores use mas_store, the only store of the kernel that requests memory without waiting and gives
 * up when a request is refused. mas_store_gfp, at least up to 6.12, retries as long as it holds one
 * node. If it needs two nodes and gets one, it loops forever, under the lock that may keep others
 * from freeing memory. (7.3 gives up, and warns about such callers.) REVERSE_MAP_STORE_GFP uses
 * mas_store_gfp to demonstrate this (docs/findings/maple-store-gfp.md).
 */
#include <linux/maple_tree.h>
#include <linux/xarray.h>
#include <stdlib.h>

#include "reverse_map.h"

struct environment environment;
struct slab_sheaf environment_sheaf;

struct map {
  struct maple_tree tree;
  uint32_t full_unmaps;
  bool broken;
  bool tagged; /* the layout */
  const struct reverse_map_allocator *allocator;
  const char *warning;
};

/* ---- Calls into the tree. ---- */

static void enter(struct map *map) {
  environment.allocator = map->allocator;
  environment.warning = &map->warning;
}

static void leave(void) {
  while (environment.retired) {
    struct rcu_head *head = environment.retired;
    environment.retired = head->next;
    if (LINUX_MAPLE_IS_OFFSET(head->function))
      kfree((char *)head - (uintptr_t)head->function);
    else
      head->function(head);
  }
}

/* Stores `word` in the range of mas and frees preallocated nodes that were not used. */
static bool store(struct ma_state *mas, void *word) {
#ifdef REVERSE_MAP_STORE_GFP
  return mas_store_gfp(mas, word, GFP_NOWAIT) == 0;
#else
  mas_store(mas, word);
  bool stored = !mas_is_err(mas);
  mas_destroy(mas);
  return stored;
#endif
}

static void empty(struct map *map) {
  enter(map);
  __mt_destroy(&map->tree);
  /* Only some kernels keep the flags of a destroyed tree. */
  mt_init_flags(&map->tree, MT_FLAGS_LOCK_EXTERN);
  leave();
  map->broken = false;
}

/* Empties the map and begins a full unmap, because ranges cannot be reported (3.3.a, 3.6.a). */
static int everything(struct map *map) {
  empty(map);
  map->full_unmaps++;
  return REVERSE_MAP_EVERYTHING;
}

/* ---- Words (2.3). ---- */

static void *known(const struct map *map, uint64_t nested) {
  return map->tagged ? xa_mk_value(nested | 1ull << 62) : (void *)(nested | 1ull << 63);
}

static void *unknown(const struct map *map) { return map->tagged ? xa_mk_value(1) : (void *)1; }

static uint64_t nested_base(const struct map *map, const void *word) {
  return map->tagged ? xa_to_value(word) & ~(1ull << 62) : (uintptr_t)word & ~(1ull << 63);
}

/* ---- Operations (section 3). ---- */

static void *create(const struct reverse_map_configuration *configuration) {
  struct map *map = calloc(1, sizeof *map);
  if (!map) return NULL;
  maple_tree_init();
  mt_init_flags(&map->tree, MT_FLAGS_LOCK_EXTERN);
  map->tagged = configuration->layout == REVERSE_MAP_LAYOUT_TAGGED;
  map->allocator = configuration->allocator;
  return map;
}

static void destroy(void *handle) {
  empty(handle);
  free(handle);
}

/* The next entry that a record intersects, after the entry or gap that mas is at. */
static void *next_found(struct ma_state *mas, unsigned long last) {
#if !defined(REVERSE_MAP_FIRST_WALK)
  return mas_find(mas, last);
#elif defined(LINUX_MAPLE_HAS_FIND_RANGE)
  return mas_find_range(mas, last);
#else
  /* Old kernels have no mas_find_range: walk down from the root to the next slot. */
  if (mas->last >= last) return NULL;
  mas_set(mas, mas->last + 1);
  return mas_walk(mas);
#endif
}

static int record(void *handle, uint64_t start, uint64_t size, uint64_t nested) {
  struct map *map = handle;
  if (map->broken) return REVERSE_MAP_IGNORED;

  const unsigned long last = start + size - 1;
  void *word = known(map, nested);
  int result = REVERSE_MAP_STORED;
  MA_STATE(mas, &map->tree, start, start);
  enter(map);

  /* Take the first step of the walk here: if one gap covers the range, the store can continue from
   * the state of that step. */
  void *found = mas_walk(&mas);
  if (!found && mas.last >= last) {
    mas.index = start;
    mas.last = last;
  } else {
    if (!found) found = next_found(&mas, last);
    /* An entry with the same bounds is the only one that intersects the range. */
    if (found == word && mas.index == start && mas.last == last) return REVERSE_MAP_UNCHANGED;
    unsigned long lowest = start, highest = last;
    while (found) {
      result = REVERSE_MAP_POLLUTED;
      word = unknown(map);
      lowest = min(lowest, mas.index);
      highest = max(highest, mas.last);
      found = mas.last < last ? next_found(&mas, last) : NULL;
    }
    mas_set_range(&mas, lowest, highest);
  }

  if (!store(&mas, word)) {
    map->broken = true;
    result = REVERSE_MAP_BROKE;
  }
  leave();
  return result;
}

/* The walk of unmap and query. On RANGES, mas covers all entries found, for unmap to erase them. */
static int find(const struct map *map, struct ma_state *mas, unsigned long last,
                struct reverse_map_range *ranges, size_t capacity, size_t *count) {
  size_t found = 0;
  unsigned long lowest = 0, highest = 0;
  if (map->broken || map->full_unmaps > 0) return REVERSE_MAP_EVERYTHING;

  for (void *word = mas_find(mas, last); word; word = mas_find(mas, last)) {
    if (word == unknown(map) || found == capacity) return REVERSE_MAP_EVERYTHING;
    if (found == 0) lowest = mas->index;
    highest = mas->last;
    ranges[found].start = nested_base(map, word);
    ranges[found].size = mas->last - mas->index + 1;
    found++;
    if (mas->last >= last) break;
  }
  *count = found;
  /* If there was only one entry, mas is still there, and the store can continue from its state. */
  if (found > 0 && (mas->index != lowest || mas->last != highest))
    mas_set_range(mas, lowest, highest);
  return REVERSE_MAP_RANGES;
}

static int unmap(void *handle, uint64_t start, uint64_t size, struct reverse_map_range *ranges,
                 size_t capacity, size_t *count) {
  struct map *map = handle;
  MA_STATE(mas, &map->tree, start, start);
  enter(map);
  if (find(map, &mas, start + size - 1, ranges, capacity, count) == REVERSE_MAP_EVERYTHING)
    return everything(map);
  if (*count == 0) return REVERSE_MAP_RANGES;

  const bool removed = store(&mas, NULL);
  leave();
  if (removed) return REVERSE_MAP_RANGES;
  *count = 0;
  return everything(map);
}

static int query(const void *handle, uint64_t start, uint64_t size,
                 struct reverse_map_range *ranges, size_t capacity, size_t *count) {
  const struct map *map = handle;
  /* The walk only reads, so const can be cast away. */
  MA_STATE(mas, (struct maple_tree *)&map->tree, start, start);
  enter((struct map *)map);
  return find(map, &mas, start + size - 1, ranges, capacity, count);
}

static void clear(void *handle) { empty(handle); }

static void begin_full_unmap(void *handle) { everything(handle); }

static int end_full_unmap(void *handle) {
  struct map *map = handle;
  if (map->full_unmaps == 0) return REVERSE_MAP_NO_FULL_UNMAP;
  map->full_unmaps--;
  return REVERSE_MAP_DONE;
}

static void state(const void *handle, struct reverse_map_state *state) {
  const struct map *map = handle;
  state->broken = map->broken;
  state->full_unmaps = map->full_unmaps;
}

static size_t entries(const void *handle, struct reverse_map_entry *entries, size_t capacity) {
  const struct map *map = handle;
  MA_STATE(mas, (struct maple_tree *)&map->tree, 0, 0);
  size_t count = 0;
  void *word;
  enter((struct map *)map);
  mas_for_each(&mas, word, ULONG_MAX) {
    if (count < capacity) {
      struct reverse_map_entry *entry = &entries[count];
      entry->first = mas.index;
      entry->last = mas.last;
      entry->nested = word == unknown(map) ? REVERSE_MAP_UNKNOWN : nested_base(map, word);
      entry->word = (uintptr_t)word;
    }
    count++;
  }
  return count;
}

static const char *check(const void *handle) {
  const struct map *map = handle;
  return map->warning;
}

const struct reverse_map_interface reverse_map_interface = {
    .version = REVERSE_MAP_VERSION,
    .size = sizeof(struct reverse_map_interface),
#ifdef REVERSE_MAP_FIRST_WALK
    .flags = 0,
    .name = "maple-first-walk",
#elif defined(REVERSE_MAP_STORE_GFP)
    .flags = REVERSE_MAP_EXACT,
    .name = "maple-store-gfp",
#else
    .flags = REVERSE_MAP_EXACT,
    .name = "maple-corrected",
#endif
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
    .check = check,
};
