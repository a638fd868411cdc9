/* SPDX-License-Identifier: MIT */
/*
 * reverse_map.h: the interface between revfuzz and a reverse map written in C.
 *
 * A reverse map records which nested addresses map each canonical range of a guest. Its rules
 * are in docs/Specification.md; numbers such as 3.2 refer to sections of that page. To have your
 * map fuzzed, build a shared library that exports one constant,
 *
 *     const struct reverse_map_interface reverse_map_interface = { ... };
 *
 * and pass its path to revfuzz. docs/YourOwnMap.md is the guide, and Plugins/sorted-array is a
 * complete example.
 *
 * WHAT REVFUZZ GUARANTEES
 *   - All calls come from one thread, one after another. Several maps can exist at the same time.
 *   - Addresses and sizes are in bytes. A range is a first byte and a size. The bounds of an
 *     entry, first and last, are inclusive.
 *   - Arguments are valid by rule 3.1, unless flags has REVERSE_MAP_CHECKS_ARGUMENTS: ranges
 *     consist of whole pages of 4096 bytes, are not empty, and lie inside the IPA width. The
 *     same holds for the nested range of a record.
 *
 * WHAT YOUR LIBRARY MUST DO
 *   - Return from every call. Do not exit, throw, longjmp out, or start threads.
 *   - Use a buffer only until the call returns, and write no more than its capacity.
 *   - Be deterministic: the same calls on a new map must give the same results, whatever maps there
 *     were before, because revfuzz repeats a failing run to shrink it. So maps share no state, but
 *     those of one machine may (create_machine).
 *
 * Memory that does not come from the allocator is not checked.
 *
 * This file is plain C11, and valid in C++17. (The designated initialisers of the example need
 * C++20.)
 */
#ifndef REVERSE_MAP_H
#define REVERSE_MAP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this file. It changes only if libraries built for an earlier version would no
 * longer work. Fields added at the end of reverse_map_interface do not change it. */
#define REVERSE_MAP_VERSION 1

/* The bits of reverse_map_interface.flags. All others must be 0. */
enum {
  /* The map is EXACT: its results and entries are compared, to the last byte, with those of the
   * oracle, a model that follows the specification. Needs `entries`.
   * Without this flag the map only has to be SOUND. It may report and forget more than the rules
   * say, never less. The ground truth (section 9) checks that, and counts what is reported beyond
   * need. */
  REVERSE_MAP_EXACT = 1 << 0,
  /* record, unmap, query and invalidate reject bad arguments as rule 3.1 says, so revfuzz passes
   * bad arguments on to them. Without this flag revfuzz rejects them before the call, as your
   * caller would. */
  REVERSE_MAP_CHECKS_ARGUMENTS = 1 << 1,
  /* The map supports laminar blocks only. revfuzz then records only naturally aligned blocks of a
   * power of two pages, aligned in both spaces. unmap and query still take any range. */
  REVERSE_MAP_BLOCKS_ONLY = 1 << 2,
  /* The map tracks a SUPERSET of what is live (11): usually one object for each mapping, and
   * objects that outlive theirs. So its entries may overlap and repeat. An unmap or an
   * invalidation kills only the pages that it touches: what is left of a mapping stays live, and
   * has to be found. So does what was mapped at the nested addresses of a record, because a fault
   * may map only some of its pages. Such a map cannot be EXACT. */
  REVERSE_MAP_SUPERSET = 1 << 3,
  /* A record for which there is no memory may return FAILED: the fault fails before it makes the
   * mapping, as where the memory is allocated first. Such a map cannot be EXACT. */
  REVERSE_MAP_MAY_FAIL = 1 << 4
};

/* Return values. */
enum {
  /* record (3.2). A map that is sound but not exact may return STORED where an exact map returns
   * UNCHANGED or POLLUTED. */
  REVERSE_MAP_IGNORED = 0,
  REVERSE_MAP_STORED = 1,
  REVERSE_MAP_UNCHANGED = 2,
  REVERSE_MAP_POLLUTED = 3,
  REVERSE_MAP_BROKE = 4,
  /* Only with REVERSE_MAP_MAY_FAIL, and only if the allocator has refused a request during the
   * call. The entries are as they were. No mapping is made, and the map is not broken. */
  REVERSE_MAP_FAILED = 5,

  /* unmap and query (3.3, 3.4). */
  REVERSE_MAP_RANGES = 16,
  REVERSE_MAP_EVERYTHING = 17,

  /* Operations without a result of their own. */
  REVERSE_MAP_DONE = 32,

  /* Bad arguments (3.1). Return these only with REVERSE_MAP_CHECKS_ARGUMENTS. */
  REVERSE_MAP_MISALIGNED = -1,
  REVERSE_MAP_EMPTY = -2,
  REVERSE_MAP_WRAPS = -3,
  REVERSE_MAP_OUTSIDE_WIDTH = -4,
  REVERSE_MAP_STRAY_NESTED_BITS = -5,
  /* end_full_unmap while no full unmap is in progress. Does not depend on the flag. */
  REVERSE_MAP_NO_FULL_UNMAP = -6
};

/* The encoding of entries as words (2.3), for maps that store such words. */
enum { REVERSE_MAP_LAYOUT_MAILED = 0, REVERSE_MAP_LAYOUT_TAGGED = 1 };

/* The nested base of an unknown entry. */
#define REVERSE_MAP_UNKNOWN 0xffffffffffffffffull

/* `size` bytes that start at byte `start`. */
struct reverse_map_range {
  uint64_t start;
  uint64_t size;
};

/* One entry (2.2). */
struct reverse_map_entry {
  uint64_t first; /* canonical byte */
  uint64_t last;  /* canonical byte, inclusive */
  uint64_t nested; /* the base that `first` maps to, in bytes, or REVERSE_MAP_UNKNOWN */
  uint64_t word;  /* as stored; 0 if your map has no such words, then words are not compared */
};

/* The node allocator. revfuzz refuses requests to it on purpose (4.1, 4.2), detects leaks (4.3) and
 * measures memory use. It cannot do so for a map that has its own allocator.
 *
 * allocate: returns `size` uninitialised bytes, aligned to `alignment`, a power of two. Returns
 *   NULL if the request is refused, which you must expect. A record that cannot get the memory
 *   it needs leaves the entries unchanged and returns REVERSE_MAP_BROKE, or REVERSE_MAP_FAILED if
 *   the library has REVERSE_MAP_MAY_FAIL; an unmap returns
 *   REVERSE_MAP_EVERYTHING. You may try again after a refusal; if that succeeds, the map is not
 *   broken.
 * release: frees memory from allocate; pass the same size. NULL is ignored.
 *
 * An empty map holds no memory from here. create must not call allocate (take the handle itself
 * from malloc), and clear must release everything. */
struct reverse_map_allocator {
  void *context;
  void *(*allocate)(void *context, size_t size, size_t alignment);
  void (*release)(void *context, void *memory, size_t size);
};

/* The host of a map, for an unmap that carries out its answer itself, as a kernel's does.
 *
 * unmap_nested: unmaps `size` nested bytes that start at `start` in the shadow stage-2 of the map.
 *   The range is part of the answer; do not report it again. Only unmap may call it, and
 *   unmap_machine for the maps in `answers`.
 *
 * The host may give up its lock in unmap_nested, so other calls come in between (3.3.d). For a map
 * that is not EXACT and has no begin_full_unmap, revfuzz makes two calls during the first
 * unmap_nested of each unmap:
 *   - It unmaps the same canonical range again. The answer must lead to all that is not unmapped
 *     yet, the range of this unmap_nested included. So remove an entry after its range has been
 *     unmapped. Look the entry up again after the call: it may be gone.
 *   - It records a page beside that canonical range, at a nested address that has just been
 *     unmapped. The entry must be there when the unmap has returned. */
struct reverse_map_host {
  void *context;
  void (*unmap_nested)(void *context, uint64_t start, uint64_t size);
};

/* The parameters of a map. The structure is valid only until create returns; copy what you need.
 * The allocator and the host that it points to live as long as the map. */
struct reverse_map_configuration {
  /* sizeof(struct reverse_map_configuration) in revfuzz, which may be newer than your library. */
  uint32_t size;
  /* The number of address bits in both spaces, 13 to 56 (2.1). */
  uint32_t ipa_bits;
  /* REVERSE_MAP_LAYOUT_... */
  uint32_t layout;
  /* 1: keep a direct map (section 7). Always 0 for a library without `invalidate`. */
  uint32_t direct_map;
  /* Valid until the map is destroyed. Never NULL. */
  const struct reverse_map_allocator *allocator;
  /* The machine of the map: what create_machine returned. NULL without create_machine. */
  void *machine;
  /* Valid until the map is destroyed. Never NULL. */
  const struct reverse_map_host *host;
};

/* The answer of one map of a machine to unmap_machine. */
struct reverse_map_answer {
  /* The map. */
  void *map;
  /* The room for its ranges, and its size, as unmap gets them. */
  struct reverse_map_range *ranges;
  size_t capacity;
  /* To be written: the number of ranges, which is 0 before the call, and what unmap would return,
   * which is RANGES before the call. */
  size_t count;
  int result;
};

/* The state of a map besides its entries. */
struct reverse_map_state {
  /* 1 if a record has returned BROKE since the map was last emptied (4.2), otherwise 0. */
  uint32_t broken;
  /* The number of full unmaps that have begun and not ended (3.6). */
  uint32_t full_unmaps;
};

/* Memory statistics, for a library that does not use the allocator above. */
struct reverse_map_counters {
  /* Bytes of nodes that the map holds now. */
  uint64_t bytes;
  /* Nodes requested since the map was created. */
  uint64_t requests;
};

struct reverse_map_interface {
  /* REVERSE_MAP_VERSION. */
  uint32_t version;
  /* sizeof(struct reverse_map_interface). revfuzz treats fields beyond it as NULL. */
  uint32_t size;
  /* Any of REVERSE_MAP_EXACT, REVERSE_MAP_CHECKS_ARGUMENTS, REVERSE_MAP_BLOCKS_ONLY,
   * REVERSE_MAP_SUPERSET and REVERSE_MAP_MAY_FAIL. */
  uint64_t flags;
  /* The name of the map in reports and tables: one ASCII word. */
  const char *name;

  /* ---- Required. ---- */

  /* Creates an empty map. Returning NULL is reported as a fault. */
  void *(*create)(const struct reverse_map_configuration *configuration);

  /* Destroys a map and frees everything it holds. */
  void (*destroy)(void *map);

  /* Records that the nested bytes that start at `nested` map the `size` canonical bytes that
   * start at `start` (3.2, 7.2). Returns IGNORED, STORED, UNCHANGED, POLLUTED, BROKE or FAILED. */
  int (*record)(void *map, uint64_t start, uint64_t size, uint64_t nested);

  /* Removes every entry that intersects the canonical range, whole, and reports the nested range of
   * each, in ascending canonical order (3.3). `*count` is 0 before the call. Required unless there
   * is unmap_machine, which is then called in its place.
   *
   * RANGES: write the ranges to `ranges[0]` and up, and their number to `*count`. Write at most
   *   `capacity`; if there are more to report, return EVERYTHING.
   * EVERYTHING: the map does not know all mappings, so the caller tears the whole table down. Any
   *   ranges written are ignored. This begins a full unmap (3.6). A library with begin_full_unmap
   *   empties the map and counts the full unmap before it returns. For any other library, revfuzz
   *   calls `clear` next.
   *
   * `capacity` has room for one range for each page that was recorded since the map was last empty,
   * at most 2^20. A map with an entry for each page therefore fits, up to that limit. For an EXACT
   * map, whose entries are whole records, it is the number of these records, or of pages in the
   * canonical range if that is less. */
  int (*unmap)(void *map, uint64_t start, uint64_t size, struct reverse_map_range *ranges,
               size_t capacity, size_t *count);

  /* Reports what unmap would report, and changes nothing (3.4). */
  int (*query)(const void *map, uint64_t start, uint64_t size, struct reverse_map_range *ranges,
               size_t capacity, size_t *count);

  /* Removes every entry and resets the broken flag (3.5). Needs no memory and cannot fail. */
  void (*clear)(void *map);

  /* ---- Optional: NULL if you have none. ---- */

  /* The guest has changed its own table: `start` and `size` are a nested range. Removes, whole,
   * every known entry whose nested range intersects it. Unknown entries, the broken flag and the
   * full unmaps in progress stay (7.3). Returns DONE. A map with REVERSE_MAP_SUPERSET removes only
   * entries that lie wholly inside the range; of others a part may still be mapped (11.4).
   * Called only for maps that were created with direct_map set. */
  int (*invalidate)(void *map, uint64_t start, uint64_t size);

  /* For a map that counts the full unmaps in progress itself (3.6); provide both or neither.
   *   begin_full_unmap: empties the map, resets the broken flag, and adds one to the count.
   *   end_full_unmap: subtracts one and returns DONE. If the count is 0, returns NO_FULL_UNMAP.
   * While the count is not 0, unmap and query return EVERYTHING; each such unmap begins one more
   * full unmap, as begin_full_unmap does. record works as usual. revfuzz counts too, and reports a
   * result or a `state` that does not fit its count as a fault.
   * Without these functions revfuzz alone counts. While a full unmap is in progress, it does not
   * call unmap and query, takes EVERYTHING as their answer, and calls `clear` for each unmap. */
  void (*begin_full_unmap)(void *map);
  int (*end_full_unmap)(void *map);

  /* Reports the broken flag and the count of full unmaps. Without it, revfuzz takes the map as
   * broken from a BROKE until it is emptied, and uses its own count. */
  void (*state)(const void *map, struct reverse_map_state *state);

  /* Writes the entries to `entries[0]` and up, and returns their number. They must be disjoint, in
   * ascending canonical order, and consist of whole pages inside the IPA width. Required for EXACT.
   *
   * revfuzz calls it after every operation. Each live mapping must then lie inside one listed entry
   * that is unknown or gives its nested address (9.4). With REVERSE_MAP_SUPERSET entries may overlap
   * and repeat, and only their first bytes have to be in order. Leave the function out if a
   * mapping may be split over several entries, for example one for each page. Then revfuzz queries
   * mapped pages at the end of a run instead, and `revfuzz explain` draws the live mappings alone.
   *
   * `capacity` is the most entries that there can be: the number of records since the map was last
   * empty if it is EXACT, else the number of pages in these records. Write no more than that. */
  size_t (*entries)(const void *map, struct reverse_map_entry *entries, size_t capacity);

  /* Checks the internal structure of the map. Returns NULL, or a sentence about the first fault,
   * which must stay valid until the next call. Called after every operation. It may return the
   * same fault again. */
  const char *(*check)(const void *map);

  /* Used in the tables of `revfuzz bench`. */
  void (*counters)(const void *map, struct reverse_map_counters *counters);

  /* For maps that share a structure with the other maps of their virtual machine, such as one tree
   * of canonical ranges for all of them (11.8). Provide all three or none.
   *   create_machine: called once for each virtual machine, before its maps are created. Must not
   *     return NULL. What it returns is the `machine` of their configurations. There is no
   *     allocator of a machine: take memory from that of the map for which it is needed, and
   *     release it there.
   *   destroy_machine: called after the last map of the machine was destroyed.
   *   unmap_machine: unmap for all maps in one walk. `answers` has one for each map of the machine,
   *     in the order of their creation, except those in a full unmap that revfuzz counts. revfuzz
   *     calls `clear` for each of these, before or after, so you may keep or drop their entries. */
  void *(*create_machine)(void);
  void (*destroy_machine)(void *machine);
  void (*unmap_machine)(void *machine, uint64_t start, uint64_t size,
                        struct reverse_map_answer *answers, size_t count);
};

/* The only symbol that a library must export. */
#if defined(_WIN32)
#error "reverse_map.h supports Linux and macOS only"
#endif
extern const struct reverse_map_interface reverse_map_interface
    __attribute__((visibility("default")));

#ifdef __cplusplus
}
#endif

#endif
