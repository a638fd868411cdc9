// Reports how a fuzzing process ended: on standard output the saved file and the commands for it,
// for people, and on standard error one line of JSON, for programs.
//
// In C, because most fuzzing processes end in a signal handler. Code that can run in one neither
// allocates nor locks.

#include "CLibFuzzer.h"
#include "Parts.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
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

bool revfuzz_has_libfuzzer(void) { return fuzzer_sha1 != NULL; }

bool revfuzz_has_address_sanitizer(void) { return __asan_init != NULL; }

// Read by UndefinedBehaviorSanitizer, if a library brings it. By default it prints and goes on.
const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void) { return "halt_on_error=1:print_stacktrace=1:exitcode=77"; }

static struct {
  const char *target, *replay, *explain, *shrink;
  // Where libFuzzer saves failing inputs, and the single file to replay, or NULL.
  const char *artifact_prefix, *exact_path, *replayed;
  struct timespec begin;
  time_t began_at;
  uint64_t executions, operations;
  const char *result, *signature;
  bool is_reported;
  // Requests for memory that were refused, and the most mappings that one map held.
  uint64_t refusals, largest;
  // Of a run that goes on after failures: their number, and the worst one with its saved file.
  uint64_t failures;
  const char *worst;
  struct text worst_saved;
  // The file of known failures, or -1 if the run ends at its first failure.
  int known;
  // The standard output and the standard error that the process began with. A library may close or
  // redirect descriptors 1 and 2.
  int output, errors;
  // The folder that the process began in. A library may change it.
  int folder;
} run = {.output = STDOUT_FILENO, .errors = STDERR_FILENO, .folder = -1, .known = -1};

// MARK: - Text without an allocator

void add_character(struct text *text, char character) {
  if (text->length + 1 < sizeof text->bytes) text->bytes[text->length++] = character;
  text->bytes[text->length] = 0;
}

void add(struct text *text, const char *more) {
  while (*more != 0) add_character(text, *more++);
}

void add_number(struct text *text, uint64_t number) {
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

int revfuzz_output(void) { return run.output; }

int revfuzz_errors(void) { return run.errors; }

void return_to_folder(void) {
  if (run.folder >= 0 && fchdir(run.folder) != 0) {
    // The folder is gone. Paths are then those of the folder that the library chose.
  }
}

static void report_death(void) {
  begin_death();
  fuzzer_death_callback();
  revfuzz_end_run(revfuzz_exit_crash);
}

// A copy of a descriptor out of the way of those that a library might close.
static int copy_of(int descriptor) {
  enum { first = 200 };
  int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, first);
  return copy >= 0 ? copy : descriptor;
}

void revfuzz_begin_process(int argc, char *const *argv) {
  run.output = copy_of(STDOUT_FILENO);
  run.errors = copy_of(STDERR_FILENO);
  run.folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  run.artifact_prefix = "";
  clock_gettime(CLOCK_MONOTONIC, &run.begin);
  run.began_at = time(NULL);
  int files = 0;
  for (int index = 1; index < argc; index++) {
    const char *argument = argv[index];
    if (strncmp(argument, "-artifact_prefix=", 17) == 0) run.artifact_prefix = argument + 17;
    if (strncmp(argument, "-exact_artifact_path=", 21) == 0) run.exact_path = argument + 21;
    if (strncmp(argument, "-timeout=", 9) == 0) limit_execution((unsigned)atoi(argument + 9));
    if (*argument == '-') continue;
    struct stat status;
    files++;
    bool is_file = stat(argument, &status) == 0 && S_ISREG(status.st_mode);
    run.replayed = files == 1 && is_file ? argument : NULL;
  }
}

void revfuzz_name_run(const char *target, const char *replay, const char *explain,
                      const char *shrink) {
  run.target = target;
  run.replay = replay;
  run.explain = explain;
  run.shrink = shrink;
}

static void report_killed(const char *path) {
  static struct text text;
  text.length = 0;
  add(&text, "revfuzz: an earlier process was killed while it ran ");
  add(&text, path);
  add(&text, "\n");
  print(run.errors, &text);
}

void revfuzz_begin_run(void) {
  // Without libFuzzer there is no run, and a replayed input is in a file already.
  if (fuzzer_sha1 == NULL || run.replayed != NULL) return;
  recover_inputs(run.artifact_prefix, report_killed);
  keep_inputs(run.artifact_prefix);
}

void revfuzz_begin_execution(const void *data, size_t size) {
  if (run.executions++ == 0) {
    if (__sanitizer_set_death_callback && fuzzer_death_callback) {
      // libFuzzer has set its own callback by now. report_death calls it.
      __sanitizer_set_death_callback(report_death);
    }
    // So has it its signal handlers.
    if (fuzzer_sha1 != NULL) watch_for_death();
  }
  keep_input(data, size);
  begin_watched_execution();
}

void revfuzz_end_execution(bool is_of_library) {
  end_watched_execution();
  if (is_of_library) return_to_folder();
}

void revfuzz_count_operations(size_t operations) { run.operations += operations; }

void revfuzz_count_refusals(size_t refusals) { run.refusals += refusals; }

void revfuzz_note_mappings(size_t mappings) {
  if (mappings > run.largest) run.largest = mappings;
}

void revfuzz_note_failure(const char *result, const char *signature) {
  run.result = result;
  run.signature = signature;
}

void revfuzz_go_on_after_failures(const char *known) {
  run.known = open(known, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

// Adds a line to the known failures, with one write, because other processes add to the file too.
static void add_known(const char *signature) {
  if (run.known < 0) return;
  static struct text line;
  line.length = 0;
  add(&line, signature);
  add(&line, "\n");
  print(run.known, &line);
}

// MARK: - Saved files

// Writes the path where libFuzzer saves an input: the prefix, the kind and the SHA-1.
static void set_path(struct text *path, const char *kind, const uint8_t *input, size_t size) {
  enum { sum_bytes = 20 };
  uint8_t sum[sum_bytes];
  path->length = 0;
  path->bytes[0] = 0;
  if (run.exact_path != NULL) {
    add(path, run.exact_path);
    return;
  }
  fuzzer_sha1(input, size, sum);
  add(path, run.artifact_prefix);
  add(path, kind);
  for (int index = 0; index < sum_bytes; index++) add_hexadecimal(path, sum[index]);
}

// Writes the path where libFuzzer saves the current input. Returns whether that file is whole:
// libFuzzer allocates memory between creating the file and writing to it, and may hang there.
static bool is_saved(struct text *path, const char *kind) {
  struct kept_input input = current_input();
  set_path(path, kind, input.bytes, input.size);
  struct stat status;
  return stat(path->bytes, &status) == 0 && (size_t)status.st_size == input.size;
}

bool save(struct text *path, const char *kind, const uint8_t *input, size_t size) {
  set_path(path, kind, input, size);
  int file = open(path->bytes, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return false;
  bool is_whole = write(file, input, size) == (ssize_t)size;
  close(file);
  return is_whole;
}

// Saves the current input where libFuzzer would have saved it.
static bool save_current(struct text *path, const char *kind) {
  if (fuzzer_sha1 == NULL) return false;
  struct kept_input input = current_input();
  return save(path, kind, input.bytes, input.size);
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

// Writes the path of the input that was saved before the process exits with `code`. If libFuzzer
// saved none, because it hung or the library changed the folder, saves it now. Returns false if the
// input cannot be saved, or if it is a file that is replayed.
static bool find_saved(struct text *path, int code) {
  if (fuzzer_sha1 == NULL) return false;
  bool may_save = run.replayed == NULL && run.executions > 0;
  switch (code) {
    case revfuzz_exit_timeout:
      return is_saved(path, "timeout-") || (may_save && save_current(path, "timeout-"));
    case revfuzz_exit_memory:
      // Another thread notices that memory runs out. Further inputs run while it saves this one.
      return is_saved(path, "oom-") || find_newest(path, "oom-") ||
             (may_save && save_current(path, "oom-"));
    default:
      return is_saved(path, "leak-") || is_saved(path, "crash-") ||
             (may_save && save_current(path, "crash-"));
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
  text.length = 0;
  if (result != NULL) {
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
  print(run.output, &text);
}

static uint64_t milliseconds_so_far(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  int64_t nanoseconds =
      (now.tv_sec - run.begin.tv_sec) * 1000000000LL + (now.tv_nsec - run.begin.tv_nsec);
  return (uint64_t)nanoseconds / 1000000;
}

static void print_for_program(const char *result, const char *saved) {
  static struct text text;
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
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
  add_number(&text, milliseconds_so_far());
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
  add_key(&text, "refusals");
  add_number(&text, run.refusals);
  add_key(&text, "failures");
  add_number(&text, run.failures);
  add_key(&text, "largest");
  add_number(&text, run.largest);
  add(&text, "}\n");
  print(run.errors, &text);
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

// How bad a failure is: the worst one is the result of a run that went on.
static int severity(const char *result) {
  if (result == NULL) return 0;
  if (strcmp(result, "unsound") == 0) return 3;
  return strcmp(result, "divergence") == 0 ? 1 : 2;
}

void revfuzz_keep_failure(const char *result, const char *signature) {
  static struct text path;
  return_to_folder();
  bool is_timeout = strcmp(result, "timeout") == 0;
  bool is_kept = save_current(&path, is_timeout ? "timeout-" : "crash-");
  run.failures++;
  add_known(signature);
  print_for_person(NULL, is_kept ? path.bytes : NULL);
  if (severity(result) <= severity(run.worst)) return;
  run.worst = result;
  run.signature = signature;
  run.worst_saved = path;
}

void revfuzz_fail_run(const char *result, const char *signature) {
  run.failures++;
  if (run.worst != NULL) return;
  run.worst = result;
  run.signature = signature;
}

static void report_recovered(const char *path) {
  if (run.failures++ == 0) add(&run.worst_saved, path);
  print_for_person("crash", path);
}

int revfuzz_recover_inputs(void) {
  if (fuzzer_sha1 == NULL || recover_inputs(run.artifact_prefix, report_recovered) == 0)
    return revfuzz_exit_normally;
  print_for_program("crash", run.worst_saved.bytes);
  return revfuzz_exit_crash;
}

int revfuzz_end_run(int code) {
  if (run.target == NULL || __atomic_exchange_n(&run.is_reported, true, __ATOMIC_RELAXED)) {
    return code;
  }
  return_to_folder();
  const char *result = result_of(code);
  static struct text path;
  const char *saved = NULL;
  bool has_failed = code != revfuzz_exit_normally && code != revfuzz_exit_interrupt;
  if (has_failed) {
    if (find_saved(&path, code)) saved = path.bytes;
    print_for_person(run.result == NULL ? result : NULL, saved);
    if (run.result == NULL) print_input();
    // A failure that is met seldom may end a process now and then.
    enum { soon = 10000 };
    if (milliseconds_so_far() < soon) add_known(REVFUZZ_ENDED_PROCESS);
    run.failures++;
    if (severity(run.worst) > severity(result)) {
      result = run.worst;
      saved = run.worst_saved.bytes;
    }
  } else if (run.failures > 0) {
    // The run went on after failures, each of which was reported.
    result = run.worst;
    if (run.worst_saved.length > 0) saved = run.worst_saved.bytes;
    if (code == revfuzz_exit_normally) code = revfuzz_exit_crash;
  }
  forget_inputs();
  print_for_program(result, saved);
  return code;
}

// libFuzzer calls _Exit when a run fails, hangs, uses too much memory or is interrupted, after it
// has saved the input. This definition takes precedence over that of the C library.
void _Exit(int code) {
  revfuzz_end_run(code == 0 ? revfuzz_exit_interrupt : code);
  end_process(code);
}

#pragma clang attribute pop
