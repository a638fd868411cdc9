// What a fuzz target needs of libFuzzer when it may not be there: a build without
// --sanitize fuzzer must still link, and say what is missing.
#ifndef REVFUZZ_CLIBFUZZER_H
#define REVFUZZ_CLIBFUZZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// libFuzzer's own mutation of `size` bytes in a buffer of `max_size`; returns the new size.
// Returns `size` with nothing changed where libFuzzer is not linked.
size_t revfuzz_libfuzzer_mutate(uint8_t *data, size_t size, size_t max_size);

// Says how to build a fuzz target that was built without libFuzzer. Returns 2, to exit with.
int revfuzz_explain_missing_libfuzzer(void);

// Whether this executable has AddressSanitizer in it.
bool revfuzz_has_address_sanitizer(void);

// What libFuzzer exits with.
enum {
  revfuzz_exit_normally = 0,
  revfuzz_exit_timeout = 70,
  revfuzz_exit_memory = 71,
  revfuzz_exit_interrupt = 72,
  revfuzz_exit_crash = 77,
};

// Begins the account of this process. From now on its end is told, whatever it is: on standard output
// the file that was saved and the commands for it, on standard error a line of JSON,
//
//   {"revfuzz":1,"target":"FuzzShadow","result":"unsound","executions":812,"operations":30154,
//    "milliseconds":95,"megabytes":41,"edges":1201,"features":null,"corpus":null,
//    "signature":"unmap-misses-a-mapping (unsound)","saved":"out/crash-0c96..."}
//
// on one line. `result` is clean, unsound, divergence, crash, timeout, out of memory, stopped or
// exit, and null if nothing was executed. Strings are kept, and so is argv. The commands get the name
// of a file added; explain and shrink may be NULL.
void revfuzz_begin_run(const char *target, const char *replay, const char *explain,
                       const char *shrink, int argc, char *const *argv);

// Counts an execution, and keeps the input until the next one.
void revfuzz_begin_execution(const void *data, size_t size);

// Counts operations of the execution.
void revfuzz_count_operations(size_t operations);

// Says how the execution has failed, if it ends the process now. Strings are kept.
void revfuzz_note_failure(const char *result, const char *signature);

// Tells the end of a process that exits with `code`, once.
void revfuzz_end_run(int code);

#endif
