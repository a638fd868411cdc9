/* SPDX-License-Identifier: MIT */
/*
 * reverse_map.h: how a reverse map in C shows itself to revfuzz.
 *
 * A reverse map tells a hypervisor which nested addresses map a canonical range; the rules are in
 * docs/Specification.md, and numbers such as 3.2 are of that page. To have yours fuzzed, build a
 * shared library that exports one constant,
 *
 *     const struct reverse_map_interface reverse_map_interface = { ... };
 *
 * and give its path to revfuzz (docs/YourOwnMap.md; Plugins/sorted-array is a whole example).
 *
 * WHAT YOU CAN RELY ON
 *   - All calls come from one thread, one after the other. Several maps can exist at a time.
 *   - Addresses and sizes are bytes. A range is its first byte and its size; entries have inclusive
 *     bounds, first and last.
 *   - Unless flags has REVERSE_MAP_CHECKS_ARGUMENTS, arguments are good as rule 3.1 says: ranges are
 *     of whole pages of 4096 bytes, not empty, inside the IPA width, and so is the nested range.
 *
 * WHAT YOU HAVE TO KEEP TO
 *   - A call returns; it neither exits nor throws nor jumps out, and starts no thread.
 *   - Buffers that you are given are yours until the call returns, and only up to their capacity.
 *   - Whatever your library does with memory besides the allocator is its own business.
 *   - Equal calls give equal answers: a run that fails is run again, to be shrunk.
 *
 * Plain C11, and C++17 (where designated initialisers, as in the example, are of C++20).
 */
#ifndef REVERSE_MAP_H
#define REVERSE_MAP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this file. It changes when a library that was built for an earlier one would be
 * misunderstood; what is only added at the end of reverse_map_interface does not change it. */
#define REVERSE_MAP_VERSION 1

/* What may be set in reverse_map_interface.flags; nothing else may. */
enum {
  /* EXACT: results and entries are those of the specification, to the last byte, and are compared
   * with those of a reference. Needs `entries`. Without it the map has to be SOUND only: it may
   * report and forget more than the rules say, never less, and the ground truth alone judges it
   * (section 9). How much more is counted. */
  REVERSE_MAP_EXACT = 1 << 0,
  /* Bad arguments are refused as rule 3.1 says by record, unmap, query and invalidate, and so they
   * are passed on. Without it revfuzz refuses them in your name, as a caller would have to. */
  REVERSE_MAP_CHECKS_ARGUMENTS = 1 << 1,
  /* Records are naturally aligned blocks of a power of two pages, canonical and nested: the map is
   * not made for any others, and never sees them. Ranges to unmap and query are any. */
  REVERSE_MAP_BLOCKS_ONLY = 1 << 2
};

/* What operations return. */
enum {
  /* record (3.2). A map that is only sound may say STORED for all but IGNORED and BROKE. */
  REVERSE_MAP_IGNORED = 0,
  REVERSE_MAP_STORED = 1,
  REVERSE_MAP_UNCHANGED = 2,
  REVERSE_MAP_POLLUTED = 3,
  REVERSE_MAP_BROKE = 4,

  /* unmap and query (3.3, 3.4). */
  REVERSE_MAP_RANGES = 16,
  REVERSE_MAP_EVERYTHING = 17,

  /* Operations without a result of their own. */
  REVERSE_MAP_DONE = 32,

  /* Bad arguments (3.1): only with REVERSE_MAP_CHECKS_ARGUMENTS, but for the last. */
  REVERSE_MAP_MISALIGNED = -1,
  REVERSE_MAP_EMPTY = -2,
  REVERSE_MAP_WRAPS = -3,
  REVERSE_MAP_OUTSIDE_WIDTH = -4,
  REVERSE_MAP_STRAY_NESTED_BITS = -5,
  /* end_full_unmap without a begin that it could end. */
  REVERSE_MAP_NO_FULL_UNMAP = -6
};

/* How entries are to be encoded as words (2.3); for maps that have such words. */
enum { REVERSE_MAP_LAYOUT_MAILED = 0, REVERSE_MAP_LAYOUT_TAGGED = 1 };

/* The nested base of an entry that is unknown. */
#define REVERSE_MAP_UNKNOWN 0xffffffffffffffffull

/* `size` bytes from byte `start`. */
struct reverse_map_range {
  uint64_t start;
  uint64_t size;
};

/* One entry (2.2). */
struct reverse_map_entry {
  uint64_t first; /* canonical byte */
  uint64_t last;  /* canonical byte, inclusive */
  uint64_t nested; /* the base that `first` maps to, in bytes, or REVERSE_MAP_UNKNOWN */
  uint64_t word;  /* as stored, or 0 if your map has no such words: then none is compared */
};

/* Where nodes come from. A map that takes its nodes here has its refusals tested (4.1, 4.2), and its
 * leaks found (4.3), and its memory measured; one that has memory of its own has not.
 *
 * allocate: `size` bytes at a multiple of `alignment`, a power of two, or NULL: refused. The bytes
 *   hold anything. Refusals are what you have to expect: a record that needs memory which it does
 *   not get leaves the entries as they were and answers REVERSE_MAP_BROKE; an unmap, EVERYTHING.
 *   A map that asks again after a refusal, and gets what it needs, has not broken.
 * release: gives back what allocate gave, with the same size. NULL is nothing to give back.
 *
 * An empty map holds nothing of it: create asks for nothing here (take the handle itself from
 * malloc), and clear gives back all. */
struct reverse_map_allocator {
  void *context;
  void *(*allocate)(void *context, size_t size, size_t alignment);
  void (*release)(void *context, void *memory, size_t size);
};

/* What a map is told once. It is gone when create returns; what it points to is not. */
struct reverse_map_configuration {
  /* sizeof(struct reverse_map_configuration) of the caller, which may be later than you. */
  uint32_t size;
  /* Bits of an address in both spaces, 13 to 56 (2.1). */
  uint32_t ipa_bits;
  /* REVERSE_MAP_LAYOUT_... */
  uint32_t layout;
  /* 1: keep a direct map (section 7). Always 0 for a library without `invalidate`. */
  uint32_t direct_map;
  /* Lives until the map is destroyed. Never NULL. */
  const struct reverse_map_allocator *allocator;
};

/* What a map is like besides its entries. */
struct reverse_map_state {
  /* Whether a record was refused memory and the map not been emptied since (4.2): 0 or 1. */
  uint32_t broken;
  /* Full unmaps that have begun and not ended (3.6). */
  uint32_t full_unmaps;
};

/* What a map uses, for a library that does not take its nodes from the allocator. */
struct reverse_map_counters {
  /* Bytes of nodes that it holds now. */
  uint64_t bytes;
  /* Nodes that it has asked for since it was created. */
  uint64_t requests;
};

struct reverse_map_interface {
  /* REVERSE_MAP_VERSION. */
  uint32_t version;
  /* sizeof(struct reverse_map_interface): what lies beyond it is not there. */
  uint32_t size;
  /* REVERSE_MAP_EXACT and so on, or'ed. */
  uint64_t flags;
  /* What reports and tables call the map: one word. */
  const char *name;

  /* ---- Required. ---- */

  /* An empty map, or NULL if there cannot be one. */
  void *(*create)(const struct reverse_map_configuration *configuration);

  /* Ends a map, and gives back all that it holds. */
  void (*destroy)(void *map);

  /* Remembers that the `size` canonical bytes from `start` on are mapped at the nested bytes from
   * `nested` on (3.2, 7.2). Returns IGNORED, STORED, UNCHANGED, POLLUTED or BROKE. */
  int (*record)(void *map, uint64_t start, uint64_t size, uint64_t nested);

  /* Forgets every entry that intersects the canonical range, whole, and reports the nested range of
   * each, ascending by canonical address (3.3).
   *
   * RANGES: `ranges[0]` to `ranges[*count - 1]` are written. For a map that has to be EXACT,
   *   `capacity` is the number of pages in the range, or of records since the map was empty if that
   *   is less; for others, of all pages recorded since. So there is room for every entry. A map that
   *   would report more all the same answers EVERYTHING.
   * EVERYTHING: the map cannot tell, and its caller tears the whole table down. Nothing is reported,
   *   whatever was written.
   *   With begin_full_unmap, that full unmap has begun by itself and the map is empty (3.6);
   *   without, `clear` is called next.
   *
   * `*count` is 0 before the call. */
  int (*unmap)(void *map, uint64_t start, uint64_t size, struct reverse_map_range *ranges,
               size_t capacity, size_t *count);

  /* What unmap would answer; nothing changes (3.4). */
  int (*query)(const void *map, uint64_t start, uint64_t size, struct reverse_map_range *ranges,
               size_t capacity, size_t *count);

  /* Forgets every entry and is not broken any more (3.5). Needs no memory, and cannot fail. */
  void (*clear)(void *map);

  /* ---- Optional: NULL if you have none. ---- */

  /* Forgets every known entry whose nested range intersects this one, whole (7.3). Called only on
   * maps with a direct map, which without it there are none of. Returns DONE. */
  int (*invalidate)(void *map, uint64_t start, uint64_t size);

  /* Both or none, and revfuzz counts along: another count is a fault. begin empties the map, makes it whole again and counts one full unmap more; end
   * counts one less and returns DONE, or NO_FULL_UNMAP. While there is one in progress, unmap and
   * query answer EVERYTHING, and records are kept as ever (3.6).
   * Without them revfuzz counts full unmaps in your name, and does not ask the map while there is
   * one: unmap and query are answered for it. */
  void (*begin_full_unmap)(void *map);
  int (*end_full_unmap)(void *map);

  /* Without it, the map is broken from BROKE until it is emptied, and full unmaps are as many as
   * were begun and not ended. */
  void (*state)(const void *map, struct reverse_map_state *state);

  /* How many entries there are; writes as many as fit, ascending by canonical address. `capacity` is
   * as many as there can be: records since the map was empty, or pages of them if the map is only
   * sound. Needed for
   * EXACT; and without it nobody can draw what the map holds. After every operation each live mapping
   * has to lie in one of them, at its place (9.4): a map whose entries are of another kind, say a page
   * each, leaves this out, and is asked for every page at the end of a run. */
  size_t (*entries)(const void *map, struct reverse_map_entry *entries, size_t capacity);

  /* What is wrong in the map's own structure, as a sentence that lives until the next call; or NULL.
   * Asked after every operation; a complaint may stay. */
  const char *(*check)(const void *map);

  /* For the tables of `revfuzz bench`. */
  void (*counters)(const void *map, struct reverse_map_counters *counters);
};

/* The one symbol that a library exports. */
#if defined(_WIN32)
#error "shared libraries as on Linux and macOS, please"
#endif
extern const struct reverse_map_interface reverse_map_interface
    __attribute__((visibility("default")));

#ifdef __cplusplus
}
#endif

#endif
