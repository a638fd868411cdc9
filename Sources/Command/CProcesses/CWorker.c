// C, because a signal handler may call only async-signal-safe functions, and because the bounds of
// the executable are linker symbols.

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

// A limit on the walk: a damaged stack may look endless. No stack of ours is as deep.
enum { most_frames = 256 };

struct search {
  uintptr_t frame;
  int frames;
  int is_in_library;
};

static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *argument) {
  struct search *search = argument;
  uintptr_t start = (uintptr_t)&__executable_start, end = (uintptr_t)&etext;
  // In a caller's frame the address is the one after the call; in a trap's, that of the trap.
  int is_before = 0;
  uintptr_t pc = _Unwind_GetIPInfo(context, &is_before);
  if (!is_before) pc--;
  search->frames++;
  // Look for the innermost frame of our own code or the library's, so that a trap in the runtime or
  // in libc is attributed to its caller. The first frame is the handler itself.
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

// A line of JSON that a signal handler writes. Text that does not fit is cut, but `reserved`
// characters always remain for the end of the line.
enum { line_capacity = 4096, reserved = 8 };
struct line {
  char text[line_capacity];
  size_t length;
};

static void append(struct line *line, const char *text) {
  while (*text != 0 && line->length < line_capacity - reserved) {
    line->text[line->length++] = *text++;
  }
}

size_t worker_escape(char *json, size_t capacity, const char *text) {
  size_t length = 0;
  for (; *text != 0; text++) {
    unsigned char byte = (unsigned char)*text;
    // The longest escape has 6 characters.
    if (length + 7 > capacity) break;
    if (byte == '"' || byte == '\\') {
      json[length++] = '\\';
      json[length++] = (char)byte;
    } else if (byte < 0x20) {
      memcpy(json + length, "\\u00", 4);
      json[length + 4] = "0123456789abcdef"[byte >> 4];
      json[length + 5] = "0123456789abcdef"[byte & 15];
      length += 6;
    } else {
      json[length++] = (char)byte;
    }
  }
  if (capacity > 0) json[length] = 0;
  return length;
}

static void append_hexadecimal(struct line *line, uint64_t number) {
  char digits[] = "0x0123456789abcdef";
  for (int place = 0; place < 16; place++) {
    digits[2 + place] = "0123456789abcdef"[number >> (60 - 4 * place) & 15];
  }
  append(line, digits);
}

// Appends the running call into a library as the last member and sends the line to the parent.
static void send_with_call(struct line *line) {
  char call[512], escaped[6 * sizeof call];
  call[reverse_map_describe_call(call, sizeof call)] = 0;
  worker_escape(escaped, sizeof escaped, call);
  append(line, "\"call\":\"");
  append(line, escaped);
  static const char end[] = "\"}\n";
  memcpy(line->text + line->length, end, sizeof end - 1);
  line->length += sizeof end - 1;
  ssize_t written = write(descriptor, line->text, line->length);
  (void)written;
}

static void report(int number) {
  // If the stack is too damaged to walk, the second signal ends the process (SA_RESETHAND).
  struct search search = {0, 0, 0};
  _Unwind_Backtrace(visit, &search);
  struct line line = {.length = 0};
  char digits[3] = {(char)('0' + number / 10 % 10), (char)('0' + number % 10), 0};
  append(&line, "{\"event\":\"trap\",\"signal\":");
  append(&line, number >= 10 ? digits : digits + 1);
  append(&line, ",\"function\":\"");
  append(&line, search.frame != 0 && search.is_in_library ? "library+" : "");
  append_hexadecimal(&line, search.frame);
  append(&line, "\",");
  send_with_call(&line);
  signal(number, SIG_DFL);
  raise(number);
}

static void report_hang(int number) {
  struct line line = {.length = 0};
  append(&line, "{\"event\":\"hang\",");
  send_with_call(&line);
  signal(number, SIG_DFL);
  raise(number);
}

void worker_report_traps(int file) {
  descriptor = file;
  // The handler needs its own stack in case the stack has overflowed.
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
