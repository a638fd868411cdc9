// A custom mutator for afl-fuzz that calls a target's own mutator and crossover. Linked with the
// target into a library (Fleet/afl/build), which afl-fuzz loads: AFL++'s driver runs inputs, but
// does not mutate them.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *first, size_t first_size, const uint8_t *second,
                                 size_t second_size, uint8_t *out, size_t max_out, unsigned seed);

// The length of a mutant. No target makes a longer one.
enum { longest = 4096 };

static struct mutators {
  unsigned seed;
  const char *latest;
  uint8_t mutant[longest];
} only;

// The functions that afl-fuzz looks up.
void *afl_custom_init(void *afl, unsigned seed);
size_t afl_custom_fuzz(struct mutators *mutators, const uint8_t *input, size_t size, uint8_t **out,
                       const uint8_t *other, size_t other_size, size_t max_size);
const char *afl_custom_describe(struct mutators *mutators, size_t longest_description);
void afl_custom_deinit(struct mutators *mutators);

void *afl_custom_init(void *afl, unsigned seed) {
  (void)afl;
  // So that a library that the target loads finds the functions at the end of this file.
  Dl_info self;
  if (dladdr(&only, &self) != 0) dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
  static char name[] = "afl-fuzz";
  char *words[] = {name, NULL}, **argv = words;
  int argc = 1;
  LLVMFuzzerInitialize(&argc, &argv);
  only.seed = seed;
  return &only;
}

// Crosses `input` with `other` half of the time, like libFuzzer, and otherwise mutates it.
size_t afl_custom_fuzz(struct mutators *mutators, const uint8_t *input, size_t size, uint8_t **out,
                       const uint8_t *other, size_t other_size, size_t max_size) {
  uint8_t *mutant = *out = mutators->mutant;
  unsigned seed = mutators->seed++;
  if (max_size > longest) max_size = longest;
  bool crosses = other != NULL && other_size > 0 && seed % 2 == 0;
  mutators->latest = crosses ? "crossover" : "mutator";
  if (crosses)
    return LLVMFuzzerCustomCrossOver(input, size, other, other_size, mutant, max_size, seed);
  if (size > max_size) size = max_size;
  memcpy(mutant, input, size);
  return LLVMFuzzerCustomMutator(mutant, size, max_size, seed);
}

// Becomes a part of the names of the files that afl-fuzz saves.
const char *afl_custom_describe(struct mutators *mutators, size_t longest_description) {
  (void)longest_description;
  return mutators->latest;
}

void afl_custom_deinit(struct mutators *mutators) { (void)mutators; }

// The byte mutator, which a target's mutator calls now and then: changes, adds or removes a byte.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size) {
  size_t index = size == 0 ? 0 : (size_t)rand() % size;
  int kind = rand() % 4;
  if (size == 0 || (kind == 0 && size < max_size)) {
    memmove(data + index + 1, data + index, size - index);
    data[index] = (uint8_t)rand();
    return size + 1;
  }
  if (kind == 1 && size > 1) {
    memmove(data + index, data + index + 1, size - index - 1);
    return size - 1;
  }
  if (kind == 2) data[index] ^= (uint8_t)(1 << rand() % 8);
  else data[index] = (uint8_t)rand();
  return size;
}

// The target's modules are instrumented, but afl-fuzz itself counts no coverage.
void __sanitizer_cov_trace_pc_guard(uint32_t *guard);
void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *end);
void __sanitizer_cov_trace_pc_guard(uint32_t *guard) { (void)guard; }
void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *end) {
  (void)start;
  (void)end;
}
