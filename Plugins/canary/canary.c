/* SPDX-License-Identifier: MIT */
/*
 * A reverse map with a fault on purpose: `revfuzz doctor` compiles it once with each FAULT and
 * checks that the fault is a failure. Without FAULT the map is sound.
 *
 * It is a list of mappings. It reports every mapping that intersects a range, and knows no more, so
 * it lists no entries.
 */
#include "reverse_map.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define NONE 0
#define READ_AFTER_FREE 1  /* the walk of an unmap reads the element that it has released */
#define WRITE_AFTER_FREE 2 /* the walk of an unmap writes to it */
#define WRITE_BESIDE 3     /* a record writes one byte past its element */
#define UNDEFINED 4        /* a record shifts too far, which only a sanitizer reports */
#define KEEPS_STATE 5      /* every hundredth map of the process loses its first mapping */
#define KILLED 6           /* an unmap kills its process */
#define EXITS 7            /* an unmap ends its process with exit code 0 */
#define LOOPS 8            /* an unmap loops for ever and ignores the time limit */
#define CHANGES_FOLDER 9   /* WRITE_BESIDE, in another folder */
#define CLOSES_STREAMS 10  /* WRITE_BESIDE, without standard output and standard error */
#define FORGETS_AT_200 11  /* a record is lost if the map has exactly 200 mappings */
#ifndef FAULT
#define FAULT NONE
#endif

struct element {
  struct element *next;
  uint64_t start, size, nested;
};

struct map {
  const struct reverse_map_allocator *allocator;
  struct element *first;
  size_t count;
  int is_broken;
  int loses;
};

static void *create(const struct reverse_map_configuration *configuration) {
  struct map *map = calloc(1, sizeof *map);
  if (map == NULL) return NULL;
  map->allocator = configuration->allocator;
#if FAULT == KEEPS_STATE
  static int maps;
  map->loses = ++maps % 100 == 0;
#elif FAULT == CHANGES_FOLDER
  if (chdir("/") != 0) abort();
#elif FAULT == CLOSES_STREAMS
  close(STDOUT_FILENO);
  close(STDERR_FILENO);
#endif
  return map;
}

static void release(struct map *map, struct element *element) {
  map->count--;
  map->allocator->release(map->allocator->context, element, sizeof *element);
}

static void clear(void *handle) {
  struct map *map = handle;
  while (map->first != NULL) {
    struct element *element = map->first;
    map->first = element->next;
    release(map, element);
  }
  map->is_broken = 0;
}

static void destroy(void *handle) {
  clear(handle);
  free(handle);
}

static int record(void *handle, uint64_t start, uint64_t size, uint64_t nested) {
  struct map *map = handle;
  if (map->is_broken) return REVERSE_MAP_IGNORED;
  if (map->loses) {
    map->loses = 0;
    return REVERSE_MAP_STORED;
  }
#if FAULT == FORGETS_AT_200
  if (map->count == 200) return REVERSE_MAP_STORED;
#endif
  struct element *element = map->allocator->allocate(
      map->allocator->context, sizeof *element, _Alignof(struct element));
  if (element == NULL) {
    clear(map);
    map->is_broken = 1;
    return REVERSE_MAP_BROKE;
  }
  *element = (struct element){map->first, start, size, nested};
  map->first = element;
  map->count++;
#if FAULT == WRITE_BESIDE || FAULT == CHANGES_FOLDER || FAULT == CLOSES_STREAMS
  *(volatile char *)(element + 1) = 0;
#elif FAULT == UNDEFINED
  volatile int distance = (int)(size >> 12) + 31, one = 1;
  one <<= distance;
#endif
  return REVERSE_MAP_STORED;
}

static int walk(struct map *map, uint64_t start, uint64_t size, struct reverse_map_range *ranges,
                size_t capacity, size_t *count, int removes) {
  if (map->is_broken) return REVERSE_MAP_EVERYTHING;
#if FAULT == KILLED
  kill(getpid(), SIGKILL);
#elif FAULT == EXITS
  _exit(0);
#elif FAULT == LOOPS
  signal(SIGALRM, SIG_IGN);
  for (volatile int turn = 0;; turn++) continue;
#endif
  *count = 0;
  for (struct element **link = &map->first; *link != NULL;) {
    struct element *element = *link;
    if (element->start + element->size <= start || start + size <= element->start) {
      link = &element->next;
      continue;
    }
    if (*count == capacity) return REVERSE_MAP_EVERYTHING;
    ranges[(*count)++] = (struct reverse_map_range){element->nested, element->size};
    if (!removes) {
      link = &element->next;
      continue;
    }
    struct element *next = element->next;
    release(map, element);
#if FAULT == READ_AFTER_FREE
    next = ((struct element *volatile *)&element->next)[0];
#elif FAULT == WRITE_AFTER_FREE
    *(volatile uint64_t *)&element->size = 0;
#endif
    *link = next;
  }
  return REVERSE_MAP_RANGES;
}

static int unmap(void *handle, uint64_t start, uint64_t size, struct reverse_map_range *ranges,
                 size_t capacity, size_t *count) {
  return walk(handle, start, size, ranges, capacity, count, 1);
}

static int query(const void *handle, uint64_t start, uint64_t size,
                 struct reverse_map_range *ranges, size_t capacity, size_t *count) {
  return walk((struct map *)handle, start, size, ranges, capacity, count, 0);
}

const struct reverse_map_interface reverse_map_interface = {
    .version = REVERSE_MAP_VERSION,
    .size = sizeof(struct reverse_map_interface),
    .name = "canary",
    .create = create,
    .destroy = destroy,
    .record = record,
    .unmap = unmap,
    .query = query,
    .clear = clear,
};
