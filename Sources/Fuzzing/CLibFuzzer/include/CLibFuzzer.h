// The libFuzzer functions that a fuzz target uses, and reports of how a run ended. A build without
// --sanitize fuzzer must still link, and explain what is missing.
#ifndef REVFUZZ_CLIBFUZZER_H
#define REVFUZZ_CLIBFUZZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Calls libFuzzer's own mutator on `size` bytes in a buffer of `max_size` and returns the new size.
// If libFuzzer is not linked, changes nothing and returns `size`.
size_t revfuzz_libfuzzer_mutate(uint8_t *data, size_t size, size_t max_size);

// Prints how to build this fuzz target with libFuzzer. Returns 2, the exit code to use.
int revfuzz_explain_missing_libfuzzer(void);

// Whether this executable is built with AddressSanitizer.
bool revfuzz_has_address_sanitizer(void);

// The exit codes of libFuzzer.
enum {
  revfuzz_exit_normally = 0,
  revfuzz_exit_timeout = 70,
  revfuzz_exit_memory = 71,
  revfuzz_exit_interrupt = 72,
  revfuzz_exit_crash = 77,
};

// Starts measuring the run. However the process ends, it then reports its result: on standard
// output the saved file and the commands for it, on standard error a line of JSON,
//
//   {"revfuzz":1,"target":"FuzzShadow","result":"unsound","executions":812,"operations":30154,
//    "milliseconds":95,"megabytes":41,"edges":1201,"features":null,"corpus":null,
//    "signature":"unmap-misses-a-mapping (unsound)","saved":"out/crash-0c96..."}
//
// on one line. `result` is clean, unsound, divergence, crash, timeout, out of memory, stopped or
// exit, or null if nothing was executed. The commands are printed with a file name appended.
// explain and shrink may be NULL. The strings and argv must stay valid until the process ends.
void revfuzz_begin_run(const char *target, const char *replay, const char *explain,
                       const char *shrink, int argc, char *const *argv);

// Counts an execution, and copies the input.
void revfuzz_begin_execution(const void *data, size_t size);

// Adds to the number of operations that were executed.
void revfuzz_count_operations(size_t operations);

// Sets the result and the signature to report when the process ends, which the caller does next.
// The strings must stay valid until then.
void revfuzz_note_failure(const char *result, const char *signature);

// Reports the result of a process that exits with `code`. Only the first call reports.
void revfuzz_end_run(int code);

#endif
