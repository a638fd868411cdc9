// What the files of this module share. All of it may run in a signal handler.
#ifndef REVFUZZ_PARTS_H
#define REVFUZZ_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Text without an allocator. What does not fit is cut.
struct text {
  size_t length;
  char bytes[8192];
};

void add_character(struct text *text, char character);
void add(struct text *text, const char *more);
void add_number(struct text *text, uint64_t number);

// Writes `input` to the path that libFuzzer would give it, and that path to `path`. Returns false
// if the file cannot be written.
bool save(struct text *path, const char *kind, const uint8_t *input, size_t size);

// Changes back to the folder that the process began in.
void return_to_folder(void);

// The input that runs now, or that ran last.
struct kept_input {
  const uint8_t *bytes;
  size_t size;
};
struct kept_input current_input(void);

// Keeps every input in a file beside `prefix` while it runs, so that it outlives the process. If
// the file cannot be created, inputs are kept in memory only.
void keep_inputs(const char *prefix);
void keep_input(const void *data, size_t size);
// Deletes the file, because the process has reported how it ended.
void forget_inputs(void);

// Saves the inputs that processes with this artifact prefix left behind, as PREFIXkilled-SHA1.
// Calls `report` with the path of each. Returns their number. O(files in the folder). Not for
// signal handlers.
unsigned recover_inputs(const char *prefix, void (*report)(const char *path));

// Installs signal handlers and a thread that end the process if libFuzzer cannot.
void watch_for_death(void);
// Sets libFuzzer's time limit of an execution, in seconds; 0 is no limit.
void limit_execution(unsigned seconds);
void begin_watched_execution(void);
void end_watched_execution(void);
// Notes that the process is about to end, which must not take long.
void begin_death(void);
// Ends the process at once, with this exit code.
_Noreturn void end_process(int code);

// Prints the current input, in a child process, because that allocates memory.
void print_input(void);

#endif
