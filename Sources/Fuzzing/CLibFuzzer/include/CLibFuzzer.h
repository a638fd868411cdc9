// The libFuzzer functions that a fuzz target uses, and reports of how a run ended. A build without
// --sanitize fuzzer must still link, and explain what is missing.
#ifndef REVFUZZ_CLIBFUZZER_H
#define REVFUZZ_CLIBFUZZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Calls the engine's own mutator on `size` bytes in a buffer of `max_size` and returns the new size.
// If there is none, changes nothing and returns `size`.
size_t revfuzz_libfuzzer_mutate(uint8_t *data, size_t size, size_t max_size);

// Prints how to build this fuzz target with libFuzzer. Returns 2, the exit code to use.
int revfuzz_explain_missing_libfuzzer(void);

// Whether this executable is linked with libFuzzer. If not, another engine may call the same entry
// points (Fleet/afl).
bool revfuzz_has_libfuzzer(void);

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

// Keeps the standard streams, the folder and the arguments that the process began with. Call it
// before anything of a user's library runs. The arguments must stay valid until the process ends.
void revfuzz_begin_process(int argc, char *const *argv);

// The standard output and the standard error that the process began with.
int revfuzz_output(void);
int revfuzz_errors(void);

// Names the run: its target, and the commands that are printed with a file name appended. explain
// and shrink may be NULL. The strings must stay valid until the process ends.
void revfuzz_name_run(const char *target, const char *replay, const char *explain,
                      const char *shrink);

// Saves the inputs of processes with this artifact prefix that are gone and could not save them:
// those that were killed, or ended without a report. Reports each like a crash. Returns the exit
// code to use.
int revfuzz_recover_inputs(void);

// Starts measuring the run. However the process ends, it then reports its result: on standard
// output the saved file and the commands for it, on standard error a line of JSON,
//
//   {"revfuzz":1,"target":"FuzzShadow","result":"unsound","executions":812,"operations":30154,
//    "milliseconds":95,"megabytes":41,"edges":1201,"features":null,"corpus":null,
//    "signature":"unmap-misses-a-mapping (unsound)","saved":"out/crash-0c96...",
//    "refusals":1200,"failures":1,"largest":37}
//
// on one line. `result` is clean, unsound, divergence, crash, timeout, out of memory, stopped or
// exit, or null if nothing was executed. `refusals` counts refused requests for memory, `largest`
// is the most mappings that one map held at once.
//
// While an input runs, it is kept in a hidden file beside the artifact prefix, which the report
// deletes (revfuzz_recover_inputs).
void revfuzz_begin_run(void);

// Counts an execution, and copies the input.
void revfuzz_begin_execution(const void *data, size_t size);

// Notes that the input has run. A library may have changed the folder: then changes it back.
void revfuzz_end_execution(bool is_of_library);

// Adds to the number of operations that were executed.
void revfuzz_count_operations(size_t operations);

// Adds to the number of requests for memory that were refused.
void revfuzz_count_refusals(size_t refusals);

// Notes the most mappings that one map held at once.
void revfuzz_note_mappings(size_t mappings);

// Sets the function that prints an input. If a process dies, it is called in a child process.
void revfuzz_describe_inputs_with(void (*describe)(const uint8_t *input, size_t size));

// Sets the result and the signature to report when the process ends, which the caller does next.
// The strings must stay valid until then.
void revfuzz_note_failure(const char *result, const char *signature);

// Lets the run go on after failures. Their signatures are appended to the file `known`, one a line;
// so is REVFUZZ_ENDED_PROCESS, if a failure ends the process within ten seconds.
void revfuzz_go_on_after_failures(const char *known);

// The line in the file of known failures for one that soon ended its process.
#define REVFUZZ_ENDED_PROCESS "(ended its process)"

// Saves the current input, reports where, and notes `signature` as known. The run goes on, and
// reports its worst failure when it ends. The strings must stay valid until then.
void revfuzz_keep_failure(const char *result, const char *signature);

// Notes that the run as a whole has failed, not one of its inputs. Call it just before the end. The
// strings must stay valid until then.
void revfuzz_fail_run(const char *result, const char *signature);

// Reports the result of a process that exits with `code`. Only the first call reports. Returns the
// exit code to use: that of a crash if the run went on after failures and `code` is 0.
int revfuzz_end_run(int code);

// Ends the process at once with `code`, without a report.
_Noreturn void revfuzz_end_process(int code);

// How a child process ended.
enum revfuzz_death {
  revfuzz_survived,
  revfuzz_signalled,
  revfuzz_exited,
  revfuzz_hung,
};

// Calls `run` in a child process, for at most `milliseconds`, and returns how that ended. Stores the
// number of the signal or the exit code. If a signal ended it, `place` is called in the signal
// handler, with the handler's context; what it writes is stored in `text`.
enum revfuzz_death revfuzz_try(void (*run)(void *context), void *context, unsigned milliseconds,
                               void (*place)(char *text, size_t capacity, void *context),
                               int *number, char *text, size_t capacity);

#endif
