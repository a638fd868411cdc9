/* SPDX-License-Identifier: MIT */
/*
 * Wrappers for calls into a library that exports reverse_map_interface.
 *
 * Each wrapper records the call while it runs, so that a crash report can name the library and the
 * operation (reverse_map_describe_call). There is one record per process, not per thread, because a
 * timeout signal can arrive on any thread. If several threads make calls, as in tests, the record
 * describes one of them.
 */
#ifndef REVERSE_MAP_CALL_H
#define REVERSE_MAP_CALL_H

#include "reverse_map.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A typedef, because a library's exported symbol has the same name as the struct tag. */
typedef struct reverse_map_interface reverse_map_functions;

/* The call in progress; `operation` is NULL if there is none. A signal handler may read this at any
 * time, so `operation` is set last and reset first. */
struct reverse_map_call {
  const reverse_map_functions *functions;
  const char *volatile operation;
  uint64_t start, size, nested;
  /* The number of arguments that the operation has, of those above: 0, 2 or 3. */
  int arguments;
  /* Whether it was made while another call runs unmap_nested. */
  int is_inside;
};
extern struct reverse_map_call reverse_map_call_in_progress;

/* Notes the shared object that contains `address` as the library whose calls are recorded. */
void reverse_map_note_code(const void *address);

/* A place in the library loaded last or in the executable. */
struct reverse_map_frame {
  /* The address, and the first address of its function, as offsets from the start of the library
   * or of the executable. Both are 0 if there is no such place. */
  uintptr_t address, function;
  /* The path of the library; NULL for a place in the executable. */
  const char *library;
  /* The library's exported symbol that covers the address, and the offset in it; NULL if none
   * does, for example because the function is static. */
  const char *symbol;
  uintptr_t offset;
};

/* Called in a signal handler: finds the innermost frame of library or executable on the stack that
 * the signal interrupted. A trap in the runtime or in libc so counts as one of its caller. */
struct reverse_map_frame reverse_map_find_frame(void);

/* Writes the place as text, terminated by a 0 byte: "insert+0x1f (mine.so+0x1660)", or
 * "mine.so+0x1660" without a symbol. Returns the length; 0 if the place is not in the library. */
size_t reverse_map_describe_frame(const struct reverse_map_frame *frame, char *text,
                                  size_t capacity);

/* Writes a description of the call in progress to `text`, terminated by a 0 byte, such as
 * "record of [0x1000, 0x1fff] -> 0x3000 in NAME". Returns the length, or 0 if no call is in
 * progress. Safe in a signal handler. */
size_t reverse_map_describe_call(char *text, size_t capacity);

/* Installs handlers that print the call in progress to `descriptor` if a fatal signal or an exit
 * ends the process, and after a signal also the place in the library. The signal then goes to the
 * handler that was installed before. */
void reverse_map_report_deaths(int descriptor);

static inline void reverse_map_enter(const reverse_map_functions *functions, const char *operation,
                                     int arguments, uint64_t start, uint64_t size,
                                     uint64_t nested) {
  struct reverse_map_call *call = &reverse_map_call_in_progress;
  call->functions = functions;
  call->arguments = arguments;
  call->start = start;
  call->size = size;
  call->nested = nested;
  __atomic_signal_fence(__ATOMIC_RELEASE);
  call->operation = operation;
}

static inline void reverse_map_leave(void) { reverse_map_call_in_progress.operation = NULL; }

/* Ends the record of the call in progress, for a call that a library makes from it. Returns it. */
static inline struct reverse_map_call reverse_map_suspend(void) {
  struct reverse_map_call call = reverse_map_call_in_progress;
  reverse_map_leave();
  reverse_map_call_in_progress.is_inside = 1;
  return call;
}

/* Records the call again that was suspended. */
static inline void reverse_map_resume(struct reverse_map_call call) {
  reverse_map_call_in_progress.is_inside = call.is_inside;
  reverse_map_enter(call.functions, call.operation, call.arguments, call.start, call.size,
                    call.nested);
}

static inline void *reverse_map_create(const reverse_map_functions *functions,
                                       const struct reverse_map_configuration *configuration) {
  reverse_map_enter(functions, "create", 0, 0, 0, 0);
  void *map = functions->create(configuration);
  reverse_map_leave();
  return map;
}

static inline void *reverse_map_create_machine(const reverse_map_functions *functions) {
  reverse_map_enter(functions, "create_machine", 0, 0, 0, 0);
  void *machine = functions->create_machine();
  reverse_map_leave();
  return machine;
}

static inline void reverse_map_destroy_machine(const reverse_map_functions *functions,
                                               void *machine) {
  reverse_map_enter(functions, "destroy_machine", 0, 0, 0, 0);
  functions->destroy_machine(machine);
  reverse_map_leave();
}

static inline void reverse_map_unmap_machine(const reverse_map_functions *functions, void *machine,
                                             uint64_t start, uint64_t size,
                                             struct reverse_map_answer *answers, size_t count) {
  reverse_map_enter(functions, "unmap_machine", 2, start, size, 0);
  functions->unmap_machine(machine, start, size, answers, count);
  reverse_map_leave();
}

static inline void reverse_map_destroy(const reverse_map_functions *functions, void *map) {
  reverse_map_enter(functions, "destroy", 0, 0, 0, 0);
  functions->destroy(map);
  reverse_map_leave();
}

static inline int reverse_map_record(const reverse_map_functions *functions, void *map,
                                     uint64_t start, uint64_t size, uint64_t nested) {
  reverse_map_enter(functions, "record", 3, start, size, nested);
  int result = functions->record(map, start, size, nested);
  reverse_map_leave();
  return result;
}

static inline int reverse_map_unmap(const reverse_map_functions *functions, void *map,
                                    uint64_t start, uint64_t size, struct reverse_map_range *ranges,
                                    size_t capacity, size_t *count) {
  reverse_map_enter(functions, "unmap", 2, start, size, 0);
  int result = functions->unmap(map, start, size, ranges, capacity, count);
  reverse_map_leave();
  return result;
}

static inline int reverse_map_query(const reverse_map_functions *functions, const void *map,
                                    uint64_t start, uint64_t size, struct reverse_map_range *ranges,
                                    size_t capacity, size_t *count) {
  reverse_map_enter(functions, "query", 2, start, size, 0);
  int result = functions->query(map, start, size, ranges, capacity, count);
  reverse_map_leave();
  return result;
}

static inline void reverse_map_clear(const reverse_map_functions *functions, void *map) {
  reverse_map_enter(functions, "clear", 0, 0, 0, 0);
  functions->clear(map);
  reverse_map_leave();
}

static inline int reverse_map_invalidate(const reverse_map_functions *functions, void *map,
                                         uint64_t start, uint64_t size) {
  reverse_map_enter(functions, "invalidate", 2, start, size, 0);
  int result = functions->invalidate(map, start, size);
  reverse_map_leave();
  return result;
}

static inline void reverse_map_begin_full_unmap(const reverse_map_functions *functions, void *map) {
  reverse_map_enter(functions, "begin_full_unmap", 0, 0, 0, 0);
  functions->begin_full_unmap(map);
  reverse_map_leave();
}

static inline int reverse_map_end_full_unmap(const reverse_map_functions *functions, void *map) {
  reverse_map_enter(functions, "end_full_unmap", 0, 0, 0, 0);
  int result = functions->end_full_unmap(map);
  reverse_map_leave();
  return result;
}

static inline struct reverse_map_state reverse_map_get_state(const reverse_map_functions *functions,
                                                             const void *map) {
  struct reverse_map_state state = {0, 0};
  reverse_map_enter(functions, "state", 0, 0, 0, 0);
  functions->state(map, &state);
  reverse_map_leave();
  return state;
}

static inline size_t reverse_map_entries(const reverse_map_functions *functions, const void *map,
                                         struct reverse_map_entry *entries, size_t capacity) {
  reverse_map_enter(functions, "entries", 0, 0, 0, 0);
  size_t count = functions->entries(map, entries, capacity);
  reverse_map_leave();
  return count;
}

static inline const char *reverse_map_check(const reverse_map_functions *functions,
                                            const void *map) {
  reverse_map_enter(functions, "check", 0, 0, 0, 0);
  const char *fault = functions->check(map);
  reverse_map_leave();
  return fault;
}

static inline struct reverse_map_counters reverse_map_get_counters(
    const reverse_map_functions *functions, const void *map) {
  struct reverse_map_counters counters = {0, 0};
  reverse_map_enter(functions, "counters", 0, 0, 0, 0);
  functions->counters(map, &counters);
  reverse_map_leave();
  return counters;
}

#ifdef __cplusplus
}
#endif

#endif
