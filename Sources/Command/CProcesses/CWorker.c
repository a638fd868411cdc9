// C, because a signal handler may do next to nothing, and the start and end of an executable are
// symbols of the linker.

#include "CWorker.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>
#include <unwind.h>

#include "reverse_map_call.h"

#ifdef __linux__
extern const char __executable_start, etext;
#else
static const char __executable_start, etext;
#endif

extern void __asan_init(void) __attribute__((weak));
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

static int descriptor = -1;

// More frames than any of ours has; a damaged stack might seem to have no end.
enum { most_frames = 256 };

struct search {
  uintptr_t frame;
  int frames;
  int is_in_library;
};

static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *argument) {
  struct search *search = argument;
  uintptr_t start = (uintptr_t)&__executable_start, end = (uintptr_t)&etext;
  // A caller's address is that behind the call; where a trap was, it is that of the trap.
  int is_before = 0;
  uintptr_t pc = _Unwind_GetIPInfo(context, &is_before);
  if (!is_before) pc--;
  search->frames++;
  // Of a trap in the runtime or in the C library, the caller that is ours.
  // The handler itself is the first frame of all.
  search->is_in_library = pc >= reverse_map_code_start && pc < reverse_map_code_end;
  if (search->is_in_library) {
    start = reverse_map_code_start;
    end = reverse_map_code_end;
  }
  if (search->frames > 1 && pc >= start && pc < end) {
    uintptr_t function = (uintptr_t)_Unwind_FindEnclosingFunction((void *)pc);
    search->frame = (function != 0 ? function : pc) - start;
    return _URC_END_OF_STACK;
  }
  return search->frames > most_frames ? _URC_END_OF_STACK : _URC_NO_REASON;
}

// Writes the line, of `length` characters so far, with the call into a library that is in progress.
static void end_with_call(char *line, int length, int capacity) {
  length += (int)reverse_map_describe_call(line + length, (size_t)(capacity - length - 1));
  line[length++] = '\n';
  ssize_t written = write(descriptor, line, (size_t)length);
  (void)written;
}

static void report(int number) {
  // SA_RESETHAND: should the stack be too damaged to walk, the second signal ends the process.
  struct search search = {0, 0, 0};
  _Unwind_Backtrace(visit, &search);
  char line[512] = "trap ";
  int length = 5;
  if (number >= 10) line[length++] = (char)('0' + number / 10 % 10);
  line[length++] = (char)('0' + number % 10);
  line[length++] = ' ';
  if (search.frame != 0 && search.is_in_library) {
    static const char in_library[] = "library+";
    memcpy(line + length, in_library, sizeof in_library - 1);
    length += sizeof in_library - 1;
  }
  line[length++] = '0';
  line[length++] = 'x';
  for (int shift = 60; shift >= 0; shift -= 4) {
    line[length++] = "0123456789abcdef"[search.frame >> shift & 15];
  }
  line[length++] = ' ';
  end_with_call(line, length, sizeof line);
  signal(number, SIG_DFL);
  raise(number);
}

static void report_hang(int number) {
  char line[512] = "hang ";
  end_with_call(line, 5, sizeof line);
  signal(number, SIG_DFL);
  raise(number);
}

void worker_report_traps(int file) {
  descriptor = file;
  // A stack of its own, for the stack that has run out.
  static char stack[64 * 1024];
  stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternative, NULL);
  struct sigaction action = {.sa_flags = (int)(SA_ONSTACK | SA_NODEFER | SA_RESETHAND)};
  action.sa_handler = report;
  sigemptyset(&action.sa_mask);
  int numbers[] = {SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGBUS, SIGSEGV};
  for (unsigned index = 0; index < sizeof numbers / sizeof *numbers; index++) {
    sigaction(numbers[index], &action, NULL);
  }
}

void worker_limit_time(unsigned milliseconds) {
  signal(SIGALRM, descriptor >= 0 ? report_hang : SIG_DFL);
  struct itimerval timer = {
      .it_value = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000}};
  setitimer(ITIMER_REAL, &timer, NULL);
}

// AddressSanitizer reserves far more memory than it uses.
static int has_sanitizer(void) { return __asan_init != NULL; }

void worker_limit_memory(unsigned long bytes) {
  if (has_sanitizer()) return;
  struct rlimit limit;
  if (getrlimit(RLIMIT_DATA, &limit) != 0) return;
  limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
  setrlimit(RLIMIT_DATA, &limit);
}

int worker_has_leaked(void) {
  return __lsan_do_recoverable_leak_check != NULL && __lsan_do_recoverable_leak_check() != 0;
}
