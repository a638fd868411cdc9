// Records the calls into a library. Written in C because a library is called through plain function
// pointers, which have no room for a context.

#include "reverse_map_recorder.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static reverse_map_functions library;
static int file = -1;

// A map that has not been destroyed.
struct recorded {
  void *map;
  unsigned number;
  struct reverse_map_allocator allocator;
  const struct reverse_map_allocator *inner;
  struct reverse_map_host host;
  const struct reverse_map_host *inner_host;
  struct recorded *next;
};
static struct recorded *recorded;
static unsigned created;
static uint64_t requests;
// Not 0 while the host makes calls of its own, which are not recorded.
static int pauses;

// Not buffered: a call may end the process.
__attribute__((format(printf, 1, 2))) static void write_line(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vdprintf(file, format, arguments);
  va_end(arguments);
}

static unsigned number_of(const void *map) {
  struct recorded *entry = recorded;
  while (entry != NULL && entry->map != map) entry = entry->next;
  return entry != NULL ? entry->number : created;
}

static void *allocate(void *context, size_t size, size_t alignment) {
  const struct reverse_map_allocator *inner = ((struct recorded *)context)->inner;
  void *memory = inner->allocate(inner->context, size, alignment);
  requests++;
  if (memory == NULL) write_line("refused %" PRIu64 "\n", requests);
  return memory;
}

static void release(void *context, void *memory, size_t size) {
  const struct reverse_map_allocator *inner = ((struct recorded *)context)->inner;
  inner->release(inner->context, memory, size);
}

static void unmap_nested(void *context, uint64_t start, uint64_t size) {
  const struct recorded *entry = context;
  write_line("unmapped %u %" PRIu64 " %" PRIu64 "\n", entry->number, start, size);
  entry->inner_host->unmap_nested(entry->inner_host->context, start, size);
}

static void *create(const struct reverse_map_configuration *configuration) {
  struct recorded *entry = calloc(1, sizeof *entry);
  if (entry == NULL) abort();
  entry->number = created++;
  entry->inner = configuration->allocator;
  entry->allocator = (struct reverse_map_allocator){entry, allocate, release};
  struct reverse_map_configuration own = *configuration;
  own.allocator = &entry->allocator;
  entry->inner_host = configuration->host;
  entry->host = (struct reverse_map_host){entry, unmap_nested};
  own.host = &entry->host;
  write_line("create %u %" PRIu32 " %" PRIu32 " %" PRIu32 "\n", entry->number, own.ipa_bits, own.layout,
      own.direct_map);
  entry->map = library.create(&own);
  write_line("= %d\n", entry->map != NULL);
  entry->next = recorded;
  recorded = entry;
  return entry->map;
}

static void destroy(void *map) {
  write_line("destroy %u\n", number_of(map));
  library.destroy(map);
  write_line("= 0\n");
  // The allocator stays: a library may release a block late. Another map may get the same address.
  for (struct recorded *entry = recorded; entry != NULL; entry = entry->next) {
    if (entry->map == map) entry->map = NULL;
  }
}

static int record(void *map, uint64_t start, uint64_t size, uint64_t nested) {
  if (pauses > 0) return library.record(map, start, size, nested);
  write_line("record %u %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", number_of(map), start, size, nested);
  int result = library.record(map, start, size, nested);
  write_line("= %d\n", result);
  return result;
}

static int answered(int result, const struct reverse_map_range *ranges, size_t capacity,
                    size_t count) {
  write_line("= %d", result);
  if (result == REVERSE_MAP_RANGES) {
    for (size_t index = 0; index < count && index < capacity; index++)
      write_line(" %" PRIu64 " %" PRIu64, ranges[index].start, ranges[index].size);
  }
  write_line("\n");
  return result;
}

static int unmap(void *map, uint64_t start, uint64_t size, struct reverse_map_range *ranges,
                 size_t capacity, size_t *count) {
  if (pauses > 0) return library.unmap(map, start, size, ranges, capacity, count);
  write_line("unmap %u %" PRIu64 " %" PRIu64 " %zu\n", number_of(map), start, size, capacity);
  pauses++;
  int result = library.unmap(map, start, size, ranges, capacity, count);
  pauses--;
  return answered(result, ranges, capacity, *count);
}

static int query(const void *map, uint64_t start, uint64_t size, struct reverse_map_range *ranges,
                 size_t capacity, size_t *count) {
  if (pauses > 0) return library.query(map, start, size, ranges, capacity, count);
  write_line("query %u %" PRIu64 " %" PRIu64 " %zu\n", number_of(map), start, size, capacity);
  int result = library.query(map, start, size, ranges, capacity, count);
  return answered(result, ranges, capacity, *count);
}

static void *create_machine(void) {
  write_line("create_machine\n");
  void *machine = library.create_machine();
  write_line("= 0\n");
  return machine;
}

static void destroy_machine(void *machine) {
  write_line("destroy_machine\n");
  library.destroy_machine(machine);
  write_line("= 0\n");
}

static void unmap_machine(void *machine, uint64_t start, uint64_t size,
                          struct reverse_map_answer *answers, size_t count) {
  if (pauses > 0) {
    library.unmap_machine(machine, start, size, answers, count);
    return;
  }
  for (size_t index = 0; index < count; index++)
    write_line("answer %u %zu\n", number_of(answers[index].map), answers[index].capacity);
  write_line("unmap_machine %" PRIu64 " %" PRIu64 "\n", start, size);
  pauses++;
  library.unmap_machine(machine, start, size, answers, count);
  pauses--;
  for (size_t index = 0; index < count; index++) {
    answered(answers[index].result, answers[index].ranges, answers[index].capacity,
             answers[index].count);
  }
}

static int invalidate(void *map, uint64_t start, uint64_t size) {
  write_line("invalidate %u %" PRIu64 " %" PRIu64 "\n", number_of(map), start, size);
  int result = library.invalidate(map, start, size);
  write_line("= %d\n", result);
  return result;
}

static void clear(void *map) {
  write_line("clear %u\n", number_of(map));
  library.clear(map);
  write_line("= 0\n");
}

static void begin_full_unmap(void *map) {
  write_line("begin_full_unmap %u\n", number_of(map));
  library.begin_full_unmap(map);
  write_line("= 0\n");
}

static int end_full_unmap(void *map) {
  write_line("end_full_unmap %u\n", number_of(map));
  int result = library.end_full_unmap(map);
  write_line("= %d\n", result);
  return result;
}

void reverse_map_record_calls(reverse_map_functions *functions, int descriptor) {
  library = *functions;
  file = descriptor;
  created = 0;
  pauses = 0;
  requests = 0;
  functions->create = create;
  functions->destroy = destroy;
  functions->record = record;
  if (library.unmap != NULL) functions->unmap = unmap;
  functions->query = query;
  functions->clear = clear;
  if (library.invalidate != NULL) functions->invalidate = invalidate;
  if (library.begin_full_unmap != NULL) functions->begin_full_unmap = begin_full_unmap;
  if (library.end_full_unmap != NULL) functions->end_full_unmap = end_full_unmap;
  if (library.create_machine != NULL) functions->create_machine = create_machine;
  if (library.destroy_machine != NULL) functions->destroy_machine = destroy_machine;
  if (library.unmap_machine != NULL) functions->unmap_machine = unmap_machine;
}

void reverse_map_record_operation(uint64_t number) { write_line("operation %" PRIu64 "\n", number); }

void reverse_map_pause_recording(int pause) {
  // Without a recording, several threads may come here.
  if (file >= 0) pauses += pause ? 1 : -1;
}
