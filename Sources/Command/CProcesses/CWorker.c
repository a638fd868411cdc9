// C, because a signal handler may call only async-signal-safe functions.

#include "CWorker.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reverse_map_call.h"

extern void __asan_init(void) __attribute__((weak));
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

static int descriptor = -1;

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

// Appends the member `name`, a string, and a comma.
static void append_string(struct line *line, const char *name, const char *text) {
  char escaped[line_capacity / 4];
  worker_escape(escaped, sizeof escaped, text);
  append(line, "\"");
  append(line, name);
  append(line, "\":\"");
  append(line, escaped);
  append(line, "\",");
}

// Appends the running call into a library as the last member and sends the line to the parent.
static void send_with_call(struct line *line) {
  char call[512], escaped[line_capacity / 4];
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
  struct reverse_map_frame frame = reverse_map_find_frame();
  struct line line = {.length = 0};
  char digits[3] = {(char)('0' + number / 10 % 10), (char)('0' + number % 10), 0};
  append(&line, "{\"event\":\"trap\",\"signal\":");
  append(&line, number >= 10 ? digits : digits + 1);
  append(&line, ",\"function\":\"");
  append(&line, frame.library != NULL ? "library+" : "");
  append_hexadecimal(&line, frame.function);
  append(&line, "\",");
  if (frame.library != NULL) {
    append(&line, "\"address\":\"");
    append_hexadecimal(&line, frame.address);
    append(&line, "\",");
    append_string(&line, "library", frame.library);
    char place[512];
    reverse_map_describe_frame(&frame, place, sizeof place);
    append_string(&line, "place", place);
  }
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

// Tells the parent of an exit during a call into a library. Other exits are the worker's own.
static void report_exit(void) {
  if (descriptor < 0 || reverse_map_call_in_progress.operation == NULL) return;
  struct line line = {.length = 0};
  append(&line, "{\"event\":\"exit\",");
  send_with_call(&line);
  reverse_map_leave();
}

#ifdef __linux__
// Replaces the function of libc in the whole process, because a library may end the process with it
// from a signal handler of its own.
__attribute__((visibility("default"))) void _exit(int code) {
  report_exit();
  for (;;) syscall(SYS_exit_group, code);
}
#endif

void worker_report_traps(int file) {
  descriptor = file;
  atexit(report_exit);
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

int worker_has_ended(int process) {
  siginfo_t info = {.si_pid = 0};
  // WNOWAIT leaves the process to be waited for.
  int result = waitid(P_PID, (id_t)process, &info, WEXITED | WNOHANG | WNOWAIT);
  return result != 0 || info.si_pid != 0;
}
