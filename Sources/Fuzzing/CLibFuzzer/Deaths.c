// Ends a process that libFuzzer cannot end, and runs scenarios in child processes that may die.
//
// libFuzzer's own handlers allocate memory, so they may hang if the heap is damaged. Its time limit
// needs SIGALRM, which a library may block or ignore.

#include "CLibFuzzer.h"
#include "Parts.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#pragma clang attribute push(__attribute__((no_sanitize("coverage"))), apply_to = function)

_Noreturn void revfuzz_end_process(int code) { end_process(code); }

void end_process(int code) {
#ifdef __linux__
  // Not _exit: AddressSanitizer would change the exit code.
  syscall(SYS_exit_group, code);
#endif
  _exit(code);
}

// MARK: - The watch

enum {
  // Seconds beyond libFuzzer's own limit.
  grace = 3,
  // The most seconds from a fatal signal to the end of the process. Symbols take a while to read.
  longest_death = 20,
};

// Odd while an input runs. Written by the main thread only.
static volatile uint64_t progress;
static volatile sig_atomic_t is_dying;
static unsigned limit = 1200;

void limit_execution(unsigned seconds) { limit = seconds; }
void begin_watched_execution(void) { progress |= 1; }
void end_watched_execution(void) { progress = (progress | 1) + 1; }
void begin_death(void) { is_dying = 1; }

// Seconds are counted in naps, so that time in which the process is stopped does not count.
static void *watch(void *unused) {
  (void)unused;
  uint64_t seen = 0;
  unsigned seconds = 0, dying = 0;
  for (;;) {
    struct timespec nap = {.tv_sec = 1};
    while (nanosleep(&nap, &nap) != 0 && errno == EINTR) continue;
    if (is_dying && ++dying > longest_death) end_process(revfuzz_end_run(revfuzz_exit_crash));
    uint64_t now = progress;
    seconds = now == seen && (now & 1) ? seconds + 1 : 0;
    seen = now;
    if (limit > 0 && !is_dying && seconds > limit + grace)
      end_process(revfuzz_end_run(revfuzz_exit_timeout));
  }
  return NULL;
}

static const int fatal[] = {SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGBUS, SIGSEGV};
enum { fatal_count = sizeof fatal / sizeof *fatal };
static struct sigaction earlier[fatal_count];

static void note(int number, siginfo_t *info, void *context) {
  begin_death();
  return_to_folder();
  for (int index = 0; index < fatal_count; index++) {
    if (fatal[index] != number) continue;
    sigaction(number, &earlier[index], NULL);
    // Called here: if this handler just returned, abort() would end the process without it.
    if ((earlier[index].sa_flags & SA_SIGINFO) && earlier[index].sa_sigaction != NULL) {
      earlier[index].sa_sigaction(number, info, context);
    } else {
      raise(number);
    }
  }
}

void watch_for_death(void) {
  // Large enough to print an input on it (print_input), also after a stack overflow.
  static char stack[1 << 20];
  stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternative, NULL);
  struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  action.sa_sigaction = note;
  sigemptyset(&action.sa_mask);
  for (int index = 0; index < fatal_count; index++) {
    sigaction(fatal[index], &action, &earlier[index]);
  }
  // Signals are for the other threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  if (pthread_create(&thread, NULL, watch, NULL) == 0) pthread_detach(thread);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

// MARK: - Child processes

static void nap(long milliseconds) {
  struct timespec time = {.tv_nsec = milliseconds * 1000000};
  nanosleep(&time, NULL);
}

// Waits for `child`, and kills it after `milliseconds`. Returns its status, or -1 if it was killed.
static int await(pid_t child, unsigned milliseconds) {
  struct timespec begin, now;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (unsigned turn = 0;; turn++) {
    int status = 0;
    if (waitpid(child, &status, WNOHANG) == child) return status;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t passed = (now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000;
    if (passed > milliseconds) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return -1;
    }
    // Most children are done in less than a millisecond.
    if (turn > 50) nap(1);
    else sched_yield();
  }
}

static pid_t fork_in_handler(void) {
#ifdef __linux__
  // Not fork(), which takes the lock of the heap: in a signal handler it may be held.
  return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
#else
  return fork();
#endif
}

static void (*describer)(const uint8_t *input, size_t size);

void revfuzz_describe_inputs_with(void (*describe)(const uint8_t *input, size_t size)) {
  describer = describe;
}

void print_input(void) {
  struct kept_input input = current_input();
  if (describer == NULL || input.size == 0) return;
  pid_t child = fork_in_handler();
  if (child == 0) {
    for (int index = 0; index < fatal_count; index++) signal(fatal[index], SIG_DFL);
    describer(input.bytes, input.size);
    end_process(0);
  }
  enum { longest_description = 3000 };
  if (child > 0) await(child, longest_description);
}

// What a child leaves for its parent.
struct last_words {
  bool is_done;
  char text[512];
};
static struct last_words *last_words;
static void (*report_place)(char *text, size_t capacity, void *context);

static void leave_last_words(int number, siginfo_t *info, void *context) {
  (void)info;
  report_place(last_words->text, sizeof last_words->text, context);
  signal(number, SIG_DFL);
  raise(number);
}

enum revfuzz_death revfuzz_try(void (*run)(void *context), void *context, unsigned milliseconds,
                               void (*place)(char *text, size_t capacity, void *context),
                               int *number, char *text, size_t capacity) {
  if (last_words == NULL) {
    void *shared = mmap(NULL, sizeof *last_words, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return revfuzz_survived;
    last_words = shared;
  }
  memset(last_words, 0, sizeof *last_words);
  report_place = place;
  pid_t child = fork();
  if (child < 0) return revfuzz_survived;
  if (child == 0) {
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    action.sa_sigaction = leave_last_words;
    sigemptyset(&action.sa_mask);
    for (int index = 0; index < fatal_count; index++) sigaction(fatal[index], &action, NULL);
    run(context);
    last_words->is_done = true;
    end_process(0);
  }
  int status = await(child, milliseconds);
  *number = 0;
  strncpy(text, last_words->text, capacity - 1);
  text[capacity - 1] = 0;
  if (status == -1) return revfuzz_hung;
  if (WIFSIGNALED(status)) {
    *number = WTERMSIG(status);
    return revfuzz_signalled;
  }
  *number = WEXITSTATUS(status);
  return last_words->is_done ? revfuzz_survived : revfuzz_exited;
}

#pragma clang attribute pop
