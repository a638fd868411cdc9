/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * linux_maple.c: a reverse map over the Linux kernel's maple tree, for revfuzz.
 *
 * The rules are those of docs/Specification.md; numbers such as 3.2 are of that page. It is built
 * in two ways that differ in one step of record (next_found):
 *
 *   by default                   the walk over what a record intersects skips gaps: mas_find
 *   with REVERSE_MAP_FIRST_WALK  it goes from slot to slot, and a gap is a slot: mas_find_range, in
 *                                a loop that ends where nothing is found. So it ends at the first
 *                                gap between two entries, and what lies beyond is not polluted but
 *                                overwritten: wholly, which is sound, or but for its end, which
 *                                keeps the word that was meant for its beginning (section 10).
 *
 * The index of the tree is the canonical byte and not the page, as in the kernel's design: bounds
 * and words go in and come out as they are, and the tree never sees the one range, 0 to 0, that it
 * keeps in its root without a node.
 *
 * A store is mas_store: of the kernel's ways to store it is the one that asks for memory without
 * waiting, and gives up when it is refused. mas_store_gfp, up to 6.12 at least, tries again for as
 * long as it holds one node: if two are needed and one is granted, it goes round and round under
 * the very lock that may keep others from giving memory back. (7.3 gives up, and warns of such
 * callers.) REVERSE_MAP_STORE_GFP uses it all the same, to show that
 * (docs/findings/maple-store-gfp.md).
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

/* Stores over what mas was set to, and gives back the nodes that are left of what it got. */
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
  /* Some kernels leave the flags behind and some do not. */
  mt_init_flags(&map->tree, MT_FLAGS_LOCK_EXTERN);
  leave();
  map->broken = false;
}

/* What is left of a map that cannot tell: it begins a full unmap (3.3.a, 3.6.a). */
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

/* The next of what a record intersects, after the entry or gap that mas is at. */
static void *next_found(struct ma_state *mas, unsigned long last) {
#if !defined(REVERSE_MAP_FIRST_WALK)
  return mas_find(mas, last);
#elif defined(LINUX_MAPLE_HAS_FIND_RANGE)
  return mas_find_range(mas, last);
#else
  /* Old kernels have no such walk: go down to the next slot from the root. */
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

  /* The first step of either walk, taken by hand: if it shows one gap where the range will be, the
   * store can go on from there. */
  void *found = mas_walk(&mas);
  if (!found && mas.last >= last) {
    mas.index = start;
    mas.last = last;
  } else {
    if (!found) found = next_found(&mas, last);
    /* Nothing else can intersect what has the same bounds. */
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

/* The walk of unmap and query. With RANGES, mas is set to what a store of nothing has to cover. */
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
  /* One entry that ends the walk is where mas still is: the store goes on from there. */
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
  /* The walk reads. */
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
