#include "CLibFuzzer.h"

#include <stdio.h>

// Weak, because a build without an engine does not define it. Swift has no weak references, hence
// this file.
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

size_t revfuzz_libfuzzer_mutate(uint8_t *data, size_t size, size_t max_size) {
  size_t mutated = LLVMFuzzerMutate ? LLVMFuzzerMutate(data, size, max_size) : 0;
  // AFL++'s driver defines it too, as a function that changes nothing and returns 0.
  return mutated > 0 ? mutated : size;
}

int revfuzz_explain_missing_libfuzzer(void) {
  fputs("This fuzz target was built without libFuzzer, so it cannot fuzz. Build it with:\n"
        "  swift build --package-path FuzzTargets -c release --sanitize fuzzer\n"
        "or let scripts/fuzz build and run every target.\n",
        stderr);
  return 2;
}
