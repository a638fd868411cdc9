// What a fuzz target needs of libFuzzer when it may not be there: a build without
// --sanitize fuzzer must still link, and say what is missing.
#ifndef REVFUZZ_CLIBFUZZER_H
#define REVFUZZ_CLIBFUZZER_H

#include <stddef.h>
#include <stdint.h>

// libFuzzer's own mutation of `size` bytes in a buffer of `max_size`; returns the new size.
// Returns `size` with nothing changed where libFuzzer is not linked.
size_t revfuzz_libfuzzer_mutate(uint8_t *data, size_t size, size_t max_size);

// Says how to build a fuzz target that was built without libFuzzer. Returns 2, to exit with.
int revfuzz_explain_missing_libfuzzer(void);

#endif
