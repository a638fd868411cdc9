/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * linux_powerpc.c: a reverse map on powerpc KVM's nested reverse map, for revfuzz.
 *
 * The kernel keeps one word for each canonical page, in an array for each memory slot. A word is 0,
 * or one entry with bit 0 set, or the head of a list whose last element is such an entry. An entry
 * is the address of a nested page and, in its upper 12 bits, the number of the nested guest (LPID).
 *
 * Here a memory slot is PAGES_PER_SLOT aligned pages. The first record of one of these pages makes
 * it, and it stays until the map is emptied. A second table of slots has the leaves of the shadow
 * page table: for each nested page, the canonical page that it was last mapped to.
 *
 *   record      makes a leaf and an entry for each of its pages
 *   unmap       kvmhv_remove_nest_rmap_range, on aligned blocks, as of host pages
 *   query       kvmhv_update_nest_rmap_rc_list, the kernel's walk that only reads, on each word
 *   invalidate  kvmhv_invalidate_shadow_pte, on each leaf
 *   clear       kvmhv_free_memslot_nest_rmap
 *
 * An entry stays until its canonical page is unmapped, even if its mapping is gone. The kernel
 * skips it if the leaf maps another page by now. If a mapping is killed whole because one of its
 * pages is mapped anew, the leaves of the others stay. So the map is sound and not exact.
 */
#include "environment.h"

#include <linux/llist.h>
#include <llist.c>
#include <nested_rmap.h>
#include <stdlib.h>

/* The kernel relies on guests not having the number 0, so that no entry is 0 (README.md). */
#ifndef LINUX_POWERPC_LPID
#define LINUX_POWERPC_LPID 1ul
#endif

enum {
  PAGES_PER_SLOT = 64,
  /* A longer record breaks the map instead of making an entry for each page. */
  MOST_PAGES = 1024
};

struct slot {
  struct kvm_memory_slot kernel;
  unsigned long words[PAGES_PER_SLOT];
};

struct table {
  struct slot **slots; /* ascending */
  size_t count, capacity;
};

struct map {
  const struct reverse_map_allocator *allocator;
  struct table entries; /* by canonical page; the words are the kernel's */
  struct table leaves;  /* by nested page */
  bool broken;
  uint32_t full_unmaps;
};

/* ---- Tables. ---- */

/* The index of the first slot that ends after a page. */
static size_t lower_bound(const struct table *table, unsigned long page) {
  size_t low = 0, high = table->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (table->slots[middle]->kernel.base_gfn + PAGES_PER_SLOT <= page)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* The word of a page in the slot at an index; NULL if the page is not in it. */
static unsigned long *word_at(const struct table *table, size_t index, unsigned long page) {
  if (index == table->count || table->slots[index]->kernel.base_gfn > page) return NULL;
  return &table->slots[index]->words[page % PAGES_PER_SLOT];
}

/* The word of a page, in a new slot if there is none; NULL if out of memory. */
static unsigned long *word_for(struct table *table, unsigned long page) {
  const size_t index = lower_bound(table, page);
  unsigned long *word = word_at(table, index, page);
  if (word) return word;

  if (table->count == table->capacity) {
    const size_t capacity = table->capacity == 0 ? 4 : 2 * table->capacity;
    struct slot **slots = kzalloc(capacity * sizeof *slots);
    if (!slots) return NULL;
    if (table->count > 0) memcpy(slots, table->slots, table->count * sizeof *slots);
    environment_free(table->slots, table->capacity * sizeof *slots);
    table->slots = slots;
    table->capacity = capacity;
  }
  struct slot *slot = kzalloc(sizeof *slot);
  if (!slot) return NULL;
  slot->kernel.base_gfn = page / PAGES_PER_SLOT * PAGES_PER_SLOT;
  slot->kernel.npages = PAGES_PER_SLOT;
  slot->kernel.arch.rmap = slot->words;
  memmove(table->slots + index + 1, table->slots + index, (table->count - index) * sizeof slot);
  table->slots[index] = slot;
  table->count++;
  return word_at(table, index, page);
}

/* The part of a range of pages that lies in the slot at an index. */
struct part {
  struct slot *slot; /* NULL if the range ends before it */
  unsigned long from, to;
};

static struct part part(const struct table *table, size_t index, uint64_t start, uint64_t size) {
  const unsigned long first = start >> PAGE_SHIFT, end = first + (size >> PAGE_SHIFT);
  struct part part = {0};
  if (index == table->count || table->slots[index]->kernel.base_gfn >= end) return part;
  part.slot = table->slots[index];
  part.from = part.slot->kernel.base_gfn;
  part.to = part.from + PAGES_PER_SLOT;
  if (part.from < first) part.from = first;
  if (part.to > end) part.to = end;
  return part;
}

/* Visits the slots that a range of pages intersects, as `each`. */
#define for_each_part(each, table, start, size) \
  for (size_t index_ = lower_bound(table, (start) >> PAGE_SHIFT); \
       (each = part(table, index_, start, size)).slot; index_++)

static void empty_table(struct table *table) {
  for (size_t index = 0; index < table->count; index++)
    environment_free(table->slots[index], sizeof *table->slots[index]);
  environment_free(table->slots, table->capacity * sizeof *table->slots);
  *table = (struct table){0};
}

static pte_t *environment_leaf(const struct map *map, unsigned long nested) {
  const unsigned long page = nested >> PAGE_SHIFT;
  return word_at(&map->leaves, lower_bound(&map->leaves, page), page);
}

static void empty(struct map *map) {
  environment_allocator = map->allocator;
  for (size_t index = 0; index < map->entries.count; index++)
    kvmhv_free_memslot_nest_rmap(&map->entries.slots[index]->kernel);
  empty_table(&map->entries);
  empty_table(&map->leaves);
  map->broken = false;
}

/* The argument of the kernel's functions, with room for their answer. */
static struct kvm kvm_of(const struct map *map, struct reverse_map_range *ranges,
                         size_t capacity) {
  environment_allocator = map->allocator;
  return (struct kvm){map, {LINUX_POWERPC_LPID, LINUX_POWERPC_LPID}, ranges, capacity, 0, 0};
}

static int answer(const struct kvm *kvm, size_t *count) {
  if (kvm->count > kvm->capacity) return REVERSE_MAP_EVERYTHING;
  *count = kvm->count;
  return REVERSE_MAP_RANGES;
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

/* Maps one page, as the kernel's fault handler does. False if out of memory. */
static bool insert(struct map *map, uint64_t canonical, uint64_t nested) {
  struct kvm kvm = kvm_of(map, NULL, 0);
  pte_t *leaf = word_for(&map->leaves, nested >> PAGE_SHIFT);
  unsigned long *word = leaf ? word_for(&map->entries, canonical >> PAGE_SHIFT) : NULL;
  struct rmap_nested *element = word ? kzalloc(sizeof *element) : NULL;
  if (!element) return false;
  *leaf = canonical | _PAGE_PRESENT;
  element->rmap = nested | kvm.guest.l1_lpid << RMAP_NESTED_LPID_SHIFT;
  kvmhv_insert_nest_rmap(&kvm, word, &element);
  kfree(element); /* NULL if a list has it now */
  return true;
}

static int record(void *handle, uint64_t start, uint64_t size, uint64_t nested) {
  struct map *map = handle;
  if (map->broken) return REVERSE_MAP_IGNORED;
  /* An entry has 52 bits for the nested address. */
  bool done = size <= MOST_PAGES * PAGE_SIZE &&
              (nested + size - 1) >> RMAP_NESTED_LPID_SHIFT == 0;
  for (uint64_t offset = 0; done && offset < size; offset += PAGE_SIZE)
    done = insert(map, start + offset, nested + offset);
  map->broken = !done;
  return done ? REVERSE_MAP_STORED : REVERSE_MAP_BROKE;
}

static int query(const void *handle, uint64_t start, uint64_t size,
                 struct reverse_map_range *ranges, size_t capacity, size_t *count) {
  const struct map *map = handle;
  struct kvm kvm = kvm_of(map, ranges, capacity);
  struct part each;
  if (map->broken || map->full_unmaps > 0) return REVERSE_MAP_EVERYTHING;
  for_each_part(each, &map->entries, start, size)
    for (unsigned long page = each.from; page < each.to; page++)
      kvmhv_update_nest_rmap_rc_list(&kvm, &each.slot->words[page % PAGES_PER_SLOT], 0,
                                     _PAGE_ACCESSED, page << PAGE_SHIFT, PAGE_SIZE);
  return answer(&kvm, count);
}

/* Removes the entries of some pages of a slot, in naturally aligned blocks: the kernel unmaps host
 * pages of several sizes, and takes a leaf as stale if it lies outside the host page. */
static void remove_entries(struct kvm *kvm, const struct part *part) {
  for (unsigned long page = part->from, pages; page < part->to; page += pages) {
    for (pages = 1; page % (2 * pages) == 0 && page + 2 * pages <= part->to;) pages *= 2;
    kvmhv_remove_nest_rmap_range(kvm, &part->slot->kernel, page << PAGE_SHIFT, page << PAGE_SHIFT,
                                 pages << PAGE_SHIFT);
  }
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
  struct part each;
  int result = REVERSE_MAP_EVERYTHING;
  if (!map->broken && map->full_unmaps == 0) {
    for_each_part(each, &map->entries, start, size) remove_entries(&kvm, &each);
    result = answer(&kvm, count);
  }
  if (result == REVERSE_MAP_EVERYTHING) begin_full_unmap(map);
  return result;
}

static int invalidate(void *handle, uint64_t start, uint64_t size) {
  struct map *map = handle;
  struct kvm kvm = kvm_of(map, NULL, 0);
  struct kvm_vcpu vcpu = {&kvm};
  struct part each;
  for_each_part(each, &map->leaves, start, size)
    for (unsigned long page = each.from; page < each.to; page++)
      kvmhv_invalidate_shadow_pte(&vcpu, &kvm.guest, page << PAGE_SHIFT, NULL);
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
    .name = "powerpc-nested-rmap",
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
