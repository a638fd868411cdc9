// Reports how a fuzzing process ended: on standard output the saved file and the commands for it,
// for people, and on standard error one line of JSON, for programs.
//
// In C, because most fuzzing processes end in a signal handler. Code that can run in one neither
// allocates nor locks.

#include "CLibFuzzer.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// Symbols of libFuzzer's archive and of the sanitizers. Weak, because a plain build has none of
// them.
#define STRING_OF(name) #name
#define STRING(name) STRING_OF(name)
#define WEAK(symbol) __asm__(STRING(__USER_LABEL_PREFIX__) symbol) __attribute__((weak))
extern char fuzzer_trace_pc WEAK("_ZN6fuzzer3TPCE");
size_t fuzzer_total_coverage(void *trace_pc) WEAK("_ZN6fuzzer7TracePC18GetTotalPCCoverageEv");
void fuzzer_sha1(const uint8_t *data, size_t size, uint8_t *sum)
    WEAK("_ZN6fuzzer11ComputeSHA1EPKhmPh");
void fuzzer_death_callback(void) WEAK("_ZN6fuzzer6Fuzzer19StaticDeathCallbackEv");
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));
void __asan_init(void) __attribute__((weak));

// Not instrumented: coverage of this file says nothing about an input, and its comparisons are with
// counters that grow.
#pragma clang attribute push(__attribute__((no_sanitize("coverage"))), apply_to = function)

bool revfuzz_has_address_sanitizer(void) { return __asan_init != NULL; }

static struct {
  const char *target, *replay, *explain, *shrink;
  // Where libFuzzer saves failing inputs, and the single file to replay, or NULL.
  const char *artifact_prefix, *exact_path, *replayed;
  struct timespec begin;
  time_t began_at;
  uint64_t executions, operations;
  const char *result, *signature;
  bool is_reported;
  // A copy of the input. libFuzzer frees its own before it looks for leaks.
  size_t size;
  uint8_t input[1 << 16];
} run;

// MARK: - Text without an allocator

struct text {
  size_t length;
  char bytes[8192];
};

static void add_character(struct text *text, char character) {
  if (text->length + 1 < sizeof text->bytes) text->bytes[text->length++] = character;
  text->bytes[text->length] = 0;
}

static void add(struct text *text, const char *more) {
  while (*more != 0) add_character(text, *more++);
}

static void add_number(struct text *text, uint64_t number) {
  char digits[21];
  char *digit = digits + sizeof digits - 1;
  *digit = 0;
  do {
    *--digit = (char)('0' + number % 10);
    number /= 10;
  } while (number != 0);
  add(text, digit);
}

static void add_hexadecimal(struct text *text, uint8_t byte) {
  add_character(text, "0123456789abcdef"[byte >> 4]);
  add_character(text, "0123456789abcdef"[byte & 15]);
}

static void add_key(struct text *text, const char *key) {
  add(text, ",\"");
  add(text, key);
  add(text, "\":");
}

static void add_string(struct text *text, const char *string) {
  if (string == NULL) {
    add(text, "null");
    return;
  }
  add_character(text, '"');
  for (; *string != 0; string++) {
    if ((unsigned char)*string < ' ') {
      add(text, "\\u00");
      add_hexadecimal(text, (uint8_t)*string);
    } else {
      if (*string == '"' || *string == '\\') add_character(text, '\\');
      add_character(text, *string);
    }
  }
  add_character(text, '"');
}

static void print(int file, const struct text *text) {
  for (size_t done = 0; done < text->length;) {
    ssize_t count = write(file, text->bytes + done, text->length - done);
    if (count <= 0) return;
    done += (size_t)count;
  }
}

// MARK: - The run

static void report_death(void) {
  fuzzer_death_callback();
  revfuzz_end_run(revfuzz_exit_crash);
}

void revfuzz_begin_run(const char *target, const char *replay, const char *explain,
                       const char *shrink, int argc, char *const *argv) {
  run.target = target;
  run.replay = replay;
  run.explain = explain;
  run.shrink = shrink;
  run.artifact_prefix = "";
  clock_gettime(CLOCK_MONOTONIC, &run.begin);
  run.began_at = time(NULL);
  int files = 0;
  for (int index = 1; index < argc; index++) {
    const char *argument = argv[index];
    if (strncmp(argument, "-artifact_prefix=", 17) == 0) run.artifact_prefix = argument + 17;
    if (strncmp(argument, "-exact_artifact_path=", 21) == 0) run.exact_path = argument + 21;
    if (*argument == '-') continue;
    struct stat status;
    files++;
    bool is_file = stat(argument, &status) == 0 && S_ISREG(status.st_mode);
    run.replayed = files == 1 && is_file ? argument : NULL;
  }
}

void revfuzz_begin_execution(const void *data, size_t size) {
  if (run.executions++ == 0 && __sanitizer_set_death_callback && fuzzer_death_callback) {
    // libFuzzer has set its own callback by now. report_death calls it.
    __sanitizer_set_death_callback(report_death);
  }
  run.size = size <= sizeof run.input ? size : 0;
  if (run.size > 0) memcpy(run.input, data, run.size);
}

void revfuzz_count_operations(size_t operations) { run.operations += operations; }

void revfuzz_note_failure(const char *result, const char *signature) {
  run.result = result;
  run.signature = signature;
}

// Writes the path where libFuzzer saves the current input: the prefix, the kind and the SHA-1.
// Returns whether that file exists.
static bool is_saved(struct text *path, const char *kind) {
  enum { sum_bytes = 20 };
  uint8_t sum[sum_bytes];
  path->length = 0;
  if (run.exact_path != NULL) {
    add(path, run.exact_path);
  } else {
    fuzzer_sha1(run.input, run.size, sum);
    add(path, run.artifact_prefix);
    add(path, kind);
    for (int index = 0; index < sum_bytes; index++) add_hexadecimal(path, sum[index]);
  }
  return access(path->bytes, F_OK) == 0;
}

// Writes the path of the newest file of this kind that was saved since the run began. It allocates,
// so it must not run in a signal handler. It does not: when memory runs out, a thread of libFuzzer
// ends the process.
static bool find_newest(struct text *path, const char *kind) {
  struct text candidate = {0}, pattern = {0};
  add(&pattern, run.artifact_prefix);
  add(&pattern, kind);
  const char *slash = strrchr(pattern.bytes, '/');
  size_t folder_length = slash == NULL ? 0 : (size_t)(slash - pattern.bytes) + 1;
  const char *name = pattern.bytes + folder_length;
  add(&candidate, folder_length == 0 ? "." : run.artifact_prefix);
  candidate.bytes[folder_length == 0 ? 1 : folder_length] = 0;
  DIR *folder = opendir(candidate.bytes);
  if (folder == NULL) return false;
  time_t newest = run.began_at;
  bool is_found = false;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    struct stat status;
    if (strncmp(entry->d_name, name, strlen(name)) != 0) continue;
    candidate.length = folder_length;
    add(&candidate, entry->d_name);
    if (stat(candidate.bytes, &status) != 0 || status.st_mtime < newest) continue;
    newest = status.st_mtime;
    *path = candidate;
    is_found = true;
  }
  closedir(folder);
  return is_found;
}

// Writes the path of the input that libFuzzer saved before it exits with `code`. Returns false if
// it saved none.
static bool find_saved(struct text *path, int code) {
  if (fuzzer_sha1 == NULL) return false;
  switch (code) {
    case revfuzz_exit_timeout: return is_saved(path, "timeout-");
    case revfuzz_exit_memory:
      // Another thread notices that memory runs out. Further inputs run while it saves this one.
      return is_saved(path, "oom-") || find_newest(path, "oom-");
    default: return is_saved(path, "crash-") || is_saved(path, "leak-");
  }
}

// Adds a word of a shell command, quoted if necessary, like `shellWord` in Swift.
static void add_shell_word(struct text *text, const char *word) {
  static const char plain[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./=:,+-";
  if (word[strspn(word, plain)] == 0) {
    add(text, word);
    return;
  }
  add_character(text, '\'');
  for (; *word != 0; word++) {
    if (*word == '\'') add(text, "'\\'");
    add_character(text, *word);
  }
  add_character(text, '\'');
}

static void add_command(struct text *text, const char *label, const char *command,
                        const char *path) {
  if (command == NULL) return;
  add(text, label);
  add(text, command);
  add(text, " ");
  add_shell_word(text, path);
  add(text, "\n");
}

static void print_for_person(const char *result, const char *saved) {
  static struct text text;
  if (run.result == NULL) {
    add(&text, "\nrevfuzz: ");
    for (const char *letter = result; *letter != 0; letter++) {
      add_character(&text, *letter >= 'a' && *letter <= 'z' ? *letter - 'a' + 'A' : *letter);
    }
    add(&text, " in ");
    add(&text, run.target);
    add(&text, "\n");
  }
  if (saved != NULL) {
    add(&text, run.target);
    add(&text, " saved  ");
    add(&text, saved);
    add(&text, "\n");
  }
  const char *file = saved != NULL ? saved : run.replayed != NULL ? run.replayed : "FILE";
  add_command(&text, "replay it:    ", run.replay, file);
  add_command(&text, "explain it:   ", run.explain, file);
  add_command(&text, "shrink it:    ", run.shrink, file);
  print(STDOUT_FILENO, &text);
}

static void print_for_program(const char *result, const char *saved) {
  static struct text text;
  struct timespec now;
  struct rusage usage;
  clock_gettime(CLOCK_MONOTONIC, &now);
  getrusage(RUSAGE_SELF, &usage);
  int64_t nanoseconds =
      (now.tv_sec - run.begin.tv_sec) * 1000000000LL + (now.tv_nsec - run.begin.tv_nsec);
  add(&text, "{\"revfuzz\":1");
  add_key(&text, "target");
  add_string(&text, run.target);
  add_key(&text, "result");
  add_string(&text, result);
  add_key(&text, "executions");
  add_number(&text, run.executions);
  add_key(&text, "operations");
  add_number(&text, run.operations);
  add_key(&text, "milliseconds");
  add_number(&text, (uint64_t)nanoseconds / 1000000);
  add_key(&text, "megabytes");
#ifdef __APPLE__
  add_number(&text, (uint64_t)usage.ru_maxrss >> 20);
#else
  add_number(&text, (uint64_t)usage.ru_maxrss >> 10);
#endif
  add_key(&text, "edges");
  if (fuzzer_total_coverage != NULL) {
    add_number(&text, fuzzer_total_coverage(&fuzzer_trace_pc));
  } else {
    add(&text, "null");
  }
  // Private to libFuzzer. Only its status lines show them.
  add(&text, ",\"features\":null,\"corpus\":null");
  add_key(&text, "signature");
  add_string(&text, run.signature);
  add_key(&text, "saved");
  add_string(&text, saved);
  add(&text, "}\n");
  print(STDERR_FILENO, &text);
}

static const char *result_of(int code) {
  if (run.result != NULL) return run.result;
  switch (code) {
    case revfuzz_exit_normally: return run.executions > 0 ? "clean" : NULL;
    case revfuzz_exit_timeout: return "timeout";
    case revfuzz_exit_memory: return "out of memory";
    case revfuzz_exit_interrupt: return "stopped";
    case revfuzz_exit_crash: return "crash";
    default: return "exit";
  }
}

void revfuzz_end_run(int code) {
  if (run.target == NULL || __atomic_exchange_n(&run.is_reported, true, __ATOMIC_RELAXED)) return;
  const char *result = result_of(code);
  static struct text path;
  const char *saved = NULL;
  bool has_failed = code != revfuzz_exit_normally && code != revfuzz_exit_interrupt;
  if (has_failed) {
    if (find_saved(&path, code)) saved = path.bytes;
    print_for_person(result, saved);
  }
  print_for_program(result, saved);
}

// libFuzzer calls _Exit when a run fails, hangs, uses too much memory or is interrupted, after it
// has saved the input. This definition takes precedence over that of the C library.
void _Exit(int code) {
  revfuzz_end_run(code == 0 ? revfuzz_exit_interrupt : code);
#ifdef __linux__
  // Not _exit: AddressSanitizer would change the exit code.
  syscall(SYS_exit_group, code);
#endif
  _exit(code);
}

#pragma clang attribute pop
