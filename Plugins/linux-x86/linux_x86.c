/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * linux_x86.c: a reverse map on x86 KVM's reverse map, for revfuzz.
 *
 * The kernel keeps one head for each canonical page, in an array for each memory slot. A head is 0,
 * or a pointer to the only entry (SPTE) of the shadow page table that maps the page, or, with bit 0
 * set, a pointer to a chain of descriptors with up to PTE_LIST_EXT such pointers each.
 *
 * Here a memory slot is PAGES_PER_SLOT aligned pages, and a shadow page has SPTE_ENT_PER_PAGE
 * entries. The first record of one of their pages makes them, and they stay until the map is
 * emptied.
 *
 *   record      sets the entry of each of its nested pages, and adds it with __rmap_add; drop_spte
 *               before, if the entry maps another page
 *   unmap       kvm_zap_all_rmap_sptes, on each head that for_each_slot_rmap_range visits
 *   query       for_each_rmap_spte, on the same heads
 *   invalidate  drop_spte, on each entry that is present
 *   clear       kvm_zap_all_rmap_sptes, on every head
 *
 * If a mapping is killed whole because one of its pages is unmapped or mapped anew, the entries of
 * its other pages stay. So the map is sound and not exact.
 */
#include "environment.h"

#include <rmap.h>
#include <stdlib.h>

enum {
  PAGES_PER_SLOT = 64,
  /* A longer record breaks the map instead of setting an entry for each page. */
  MOST_PAGES = 1024
};

/* Objects for aligned runs of pages, all runs of a table of the same size. */
struct table {
  struct row {
    u64 first; /* page */
    void *object;
  } *rows; /* ascending */
  size_t count, capacity;
};

struct slot {
  struct kvm_memory_slot kernel;
  struct kvm_rmap_head heads[PAGES_PER_SLOT];
};

struct kvm_memslots {
  struct table table; /* of struct slot, by canonical page */
};

struct map {
  const struct reverse_map_allocator *allocator;
  struct kvm_memslots slots;
  struct table shadow; /* of struct kvm_mmu_page, by nested page */
  struct kvm_mmu_memory_cache cache;
  bool broken;
  uint32_t full_unmaps;
};

/* ---- Tables. ---- */

/* The index of the first row that begins at or after a page. */
static size_t lower_bound(const struct table *table, u64 page) {
  size_t low = 0, high = table->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (table->rows[middle].first < page)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* The object of the run that begins at a page; NULL if there is none. */
static void *object_at(const struct table *table, u64 first) {
  const size_t index = lower_bound(table, first);
  return index < table->count && table->rows[index].first == first ? table->rows[index].object
                                                                   : NULL;
}

/* Adds an object of zeros for the run that begins at a page. NULL if out of memory. */
static void *add_object(struct table *table, u64 first, size_t size, size_t alignment) {
  const size_t index = lower_bound(table, first);
  if (table->count == table->capacity) {
    const size_t capacity = table->capacity == 0 ? 4 : 2 * table->capacity;
    struct row *rows = environment_zalloc(capacity * sizeof *rows, _Alignof(struct row));
    if (!rows) return NULL;
    if (table->count > 0) memcpy(rows, table->rows, table->count * sizeof *rows);
    environment_free(table->rows, table->capacity * sizeof *rows);
    table->rows = rows;
    table->capacity = capacity;
  }
  void *object = environment_zalloc(size, alignment);
  if (!object) return NULL;
  memmove(table->rows + index + 1, table->rows + index,
          (table->count - index) * sizeof *table->rows);
  table->rows[index] = (struct row){first, object};
  table->count++;
  return object;
}

static void empty_table(struct table *table, size_t size) {
  for (size_t index = 0; index < table->count; index++)
    environment_free(table->rows[index].object, size);
  environment_free(table->rows, table->capacity * sizeof *table->rows);
  *table = (struct table){0};
}

/* The part of a range of pages that lies in the run of a row. */
struct part {
  void *object; /* NULL if the range ends before it */
  u64 from, last;
};

static struct part part(const struct table *table, size_t index, u64 pages, uint64_t start,
                        uint64_t size) {
  const u64 first = start >> PAGE_SHIFT, last = first + (size >> PAGE_SHIFT) - 1;
  struct part part = {0};
  if (index == table->count || table->rows[index].first > last) return part;
  part.object = table->rows[index].object;
  part.from = table->rows[index].first;
  part.last = part.from + pages - 1;
  if (part.from < first) part.from = first;
  if (part.last > last) part.last = last;
  return part;
}

/* Visits the runs of `pages` pages that a range intersects, as `each`. */
#define for_each_part(each, table, pages, start, size) \
  for (size_t index_ = lower_bound(table, (start) / PAGE_SIZE / (pages) * (pages)); \
       (each = part(table, index_, pages, start, size)).object; index_++)

/* ---- Memory slots and shadow pages. ---- */

static struct kvm_memory_slot *__gfn_to_memslot(const struct kvm_memslots *slots, gfn_t gfn) {
  struct slot *slot = object_at(&slots->table, gfn / PAGES_PER_SLOT * PAGES_PER_SLOT);
  return slot ? &slot->kernel : NULL;
}

/* The memory slot of a page, new if there is none; NULL if out of memory. */
static struct kvm_memory_slot *slot_for(struct map *map, gfn_t gfn) {
  const gfn_t first = gfn / PAGES_PER_SLOT * PAGES_PER_SLOT;
  struct slot *slot = object_at(&map->slots.table, first);
  if (slot) return &slot->kernel;
  slot = add_object(&map->slots.table, first, sizeof *slot, _Alignof(struct slot));
  if (!slot) return NULL;
  slot->kernel = (struct kvm_memory_slot){first, PAGES_PER_SLOT, {{slot->heads}}};
  return &slot->kernel;
}

/* The entry of a nested page that is to map a canonical page, in a new shadow page if there is
 * none; NULL if out of memory. */
static u64 *entry_for(struct map *map, u64 nested, gfn_t gfn) {
  const u64 first = nested / SPTE_ENT_PER_PAGE * SPTE_ENT_PER_PAGE;
  struct kvm_mmu_page *page = object_at(&map->shadow, first);
  if (!page) {
    page = add_object(&map->shadow, first, sizeof *page, SHADOW_PAGE_SIZE);
    if (!page) return NULL;
    page->shadowed_translation = page->translations;
    page->gfn = gfn - nested % SPTE_ENT_PER_PAGE;
    page->role.level = PG_LEVEL_4K;
    page->role.access = ACC_ALL;
    page->nested = first;
  }
  return &page->spt[nested % SPTE_ENT_PER_PAGE];
}

/* The argument of the kernel's functions, with room for their answer. */
static struct kvm kvm_of(const struct map *map, struct reverse_map_range *ranges,
                         size_t capacity) {
  environment_allocator = map->allocator;
  return (struct kvm){
      .slots = (struct kvm_memslots *)&map->slots, .ranges = ranges, .capacity = capacity};
}

static int answer(const struct kvm *kvm, size_t *count) {
  if (kvm->count > kvm->capacity) return REVERSE_MAP_EVERYTHING;
  *count = kvm->count;
  return REVERSE_MAP_RANGES;
}

/* Visits the heads of a range of canonical bytes, as the kernel does in each memory slot. */
#define for_each_head(walk, each, map, start, size) \
  for_each_part(each, &(map)->slots.table, PAGES_PER_SLOT, start, size) \
    for_each_slot_rmap_range(&((struct slot *)(each).object)->kernel, PG_LEVEL_4K, PG_LEVEL_4K, \
                             (each).from, (each).last, walk)

static void empty(struct map *map) {
  struct kvm kvm = kvm_of(map, NULL, 0);
  for (size_t index = 0; index < map->slots.table.count; index++) {
    struct slot *slot = map->slots.table.rows[index].object;
    for (size_t page = 0; page < PAGES_PER_SLOT; page++)
      kvm_zap_all_rmap_sptes(&kvm, &slot->heads[page]);
  }
  empty_table(&map->slots.table, sizeof(struct slot));
  empty_table(&map->shadow, sizeof(struct kvm_mmu_page));
  environment_free(map->cache.object, sizeof(struct pte_list_desc));
  map->cache.object = NULL;
  map->broken = false;
}

/* ---- Operations (docs/Specification.md, section 3). ---- */

static void *create(const struct reverse_map_configuration *configuration) {
  struct map *map = calloc(1, sizeof *map);
  if (map) map->allocator = configuration->allocator;
  return map;
}

static void clear(void *handle) { empty(handle); }

static void destroy(void *handle) {
  empty(handle);
  free(handle);
}

/* Maps one page, as the kernel's fault handler does. False if the mapping is not in the map. */
static bool insert(struct map *map, gfn_t gfn, u64 nested) {
  struct kvm kvm = kvm_of(map, NULL, 0);
  /* The kernel fills its caches first. If one gets no memory, the fault is tried again. */
  if (!map->cache.object)
    map->cache.object =
        environment_zalloc(sizeof(struct pte_list_desc), _Alignof(struct pte_list_desc));
  if (!map->cache.object) return false;
  const struct kvm_memory_slot *slot = slot_for(map, gfn);
  u64 *sptep = slot ? entry_for(map, nested, gfn) : NULL;
  if (!sptep) return false;

  if (is_shadow_present_pte(*sptep)) {
    if (spte_to_pfn(*sptep) == gfn) return true;
    drop_spte(&kvm, sptep);
  }
  *sptep = gfn << PAGE_SHIFT | SPTE_MMU_PRESENT_MASK;
  __rmap_add(&kvm, &map->cache, slot, sptep, gfn, ACC_ALL);
  /* The kernel unmaps a page with more than RMAP_RECYCLE_THRESHOLD entries. */
  return is_shadow_present_pte(*sptep);
}

static int record(void *handle, uint64_t start, uint64_t size, uint64_t nested) {
  struct map *map = handle;
  if (map->broken) return REVERSE_MAP_IGNORED;
  bool done = size <= MOST_PAGES * PAGE_SIZE;
  for (uint64_t offset = 0; done && offset < size; offset += PAGE_SIZE)
    done = insert(map, (start + offset) >> PAGE_SHIFT, (nested + offset) >> PAGE_SHIFT);
  map->broken = !done;
  return done ? REVERSE_MAP_STORED : REVERSE_MAP_BROKE;
}

static int query(const void *handle, uint64_t start, uint64_t size,
                 struct reverse_map_range *ranges, size_t capacity, size_t *count) {
  const struct map *map = handle;
  struct kvm kvm = kvm_of(map, ranges, capacity);
  struct slot_rmap_walk_iterator walk;
  struct rmap_iterator iterator;
  struct part each;
  u64 *sptep;
  if (map->broken || map->full_unmaps > 0) return REVERSE_MAP_EVERYTHING;
  for_each_head(&walk, each, map, start, size)
    for_each_rmap_spte(walk.rmap, &iterator, sptep) environment_report(&kvm, sptep);
  return answer(&kvm, count);
}

static void begin_full_unmap(void *handle) {
  struct map *map = handle;
  empty(map);
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
  struct map *map = handle;
  struct kvm kvm = kvm_of(map, ranges, capacity);
  struct slot_rmap_walk_iterator walk;
  struct part each;
  int result = REVERSE_MAP_EVERYTHING;
  if (!map->broken && map->full_unmaps == 0) {
    for_each_head(&walk, each, map, start, size) kvm_zap_all_rmap_sptes(&kvm, walk.rmap);
    result = answer(&kvm, count);
  }
  if (result == REVERSE_MAP_EVERYTHING) begin_full_unmap(map);
  return result;
}

static int invalidate(void *handle, uint64_t start, uint64_t size) {
  struct map *map = handle;
  struct kvm kvm = kvm_of(map, NULL, 0);
  struct part each;
  for_each_part(each, &map->shadow, SPTE_ENT_PER_PAGE, start, size)
    for (u64 page = each.from; page <= each.last; page++) {
      u64 *sptep = &((struct kvm_mmu_page *)each.object)->spt[page % SPTE_ENT_PER_PAGE];
      if (is_shadow_present_pte(*sptep)) drop_spte(&kvm, sptep);
    }
  return REVERSE_MAP_DONE;
}

static void state(const void *handle, struct reverse_map_state *state) {
  const struct map *map = handle;
  state->broken = map->broken;
  state->full_unmaps = map->full_unmaps;
}

const struct reverse_map_interface reverse_map_interface = {
    .version = REVERSE_MAP_VERSION,
    .size = sizeof(struct reverse_map_interface),
    .name = "x86-rmap",
    .create = create,
    .destroy = destroy,
    .record = record,
    .unmap = unmap,
    .query = query,
    .clear = clear,
    .invalidate = invalidate,
    .begin_full_unmap = begin_full_unmap,
    .end_full_unmap = end_full_unmap,
    .state = state,
};
