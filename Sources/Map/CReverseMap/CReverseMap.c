// Describes the call in progress when the process dies in it. Written in C because it runs in
// signal handlers, where only async-signal-safe code is allowed.

#define _GNU_SOURCE
#include "reverse_map_call.h"

#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#ifdef __linux__
#include <link.h>
#endif

struct reverse_map_call reverse_map_call_in_progress;
uintptr_t reverse_map_code_start, reverse_map_code_end;

static size_t append(char *text, size_t length, size_t capacity, const char *more) {
  while (*more != 0 && length + 1 < capacity) text[length++] = *more++;
  return length;
}

static size_t append_hexadecimal(char *text, size_t length, size_t capacity, uint64_t number) {
  char digits[17];
  char *digit = digits + sizeof digits - 1;
  *digit = 0;
  do {
    *--digit = "0123456789abcdef"[number & 15];
    number >>= 4;
  } while (number != 0);
  return append(text, append(text, length, capacity, "0x"), capacity, digit);
}

size_t reverse_map_describe_call(char *text, size_t capacity) {
  struct reverse_map_call call = reverse_map_call_in_progress;
  if (call.operation == NULL || capacity == 0) return 0;
  size_t length = append(text, 0, capacity, call.operation);
  if (call.arguments >= 2) {
    length = append(text, length, capacity, " of [");
    length = append_hexadecimal(text, length, capacity, call.start);
    length = append(text, length, capacity, ", ");
    length = append_hexadecimal(text, length, capacity, call.start + call.size - 1);
    length = append(text, length, capacity, "]");
  }
  if (call.arguments >= 3) {
    length = append(text, length, capacity, " -> ");
    length = append_hexadecimal(text, length, capacity, call.nested);
  }
  length = append(text, length, capacity, " in ");
  length = append(text, length, capacity, call.functions->name);
  text[length] = 0;
  return length;
}

#ifdef __linux__
static int visit(struct dl_phdr_info *info, size_t size, void *argument) {
  (void)size;
  uintptr_t address = (uintptr_t)argument;
  uintptr_t start = 0, end = 0;
  int is_here = 0;
  for (int index = 0; index < info->dlpi_phnum; index++) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[index];
    if (segment->p_type != PT_LOAD) continue;
    uintptr_t from = info->dlpi_addr + segment->p_vaddr;
    is_here |= address >= from && address < from + segment->p_memsz;
    if (start == 0 || from < start) start = from;
    if (from + segment->p_memsz > end) end = from + segment->p_memsz;
  }
  if (!is_here) return 0;
  __atomic_store_n(&reverse_map_code_start, start, __ATOMIC_RELAXED);
  __atomic_store_n(&reverse_map_code_end, end, __ATOMIC_RELAXED);
  return 1;
}

void reverse_map_note_code(const void *address) {
  dl_iterate_phdr(visit, (void *)(uintptr_t)address);
}
#else
void reverse_map_note_code(const void *address) { (void)address; }
#endif

static const int fatal[] = {SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGBUS, SIGSEGV};
enum { fatal_count = sizeof fatal / sizeof *fatal };
static struct sigaction earlier[fatal_count];

static int errors = STDERR_FILENO;

static void report_call(const char *head) {
  char text[512];
  size_t length = append(text, 0, sizeof text - 1, head);
  size_t call = reverse_map_describe_call(text + length, sizeof text - length - 1);
  // Report only once: a later signal, raised by the next handler, is not the library's fault.
  reverse_map_leave();
  if (call == 0) return;
  text[length + call] = '\n';
  ssize_t written = write(errors, text, length + call + 1);
  (void)written;
}

static void report_exit(void) { report_call("revfuzz: EXIT in "); }

static void report(int number, siginfo_t *info, void *context) {
  report_call("revfuzz: CRASH in ");
  for (int index = 0; index < fatal_count; index++) {
    if (fatal[index] != number) continue;
    sigaction(number, &earlier[index], NULL);
    // Call the earlier handler here. If this one just returned, abort() would end the process
    // without it.
    if (earlier[index].sa_flags & SA_SIGINFO) {
      earlier[index].sa_sigaction(number, info, context);
    } else {
      raise(number);
    }
  }
}

size_t reverse_map_describe_place(char *text, size_t capacity, const void *context) {
  uintptr_t pc = 0;
#if defined(__linux__) && defined(__x86_64__)
  pc = (uintptr_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
#elif defined(__linux__) && defined(__aarch64__)
  pc = (uintptr_t)((const ucontext_t *)context)->uc_mcontext.pc;
#else
  (void)context;
#endif
  if (capacity == 0 || pc < reverse_map_code_start || pc >= reverse_map_code_end) return 0;
  uintptr_t function = (uintptr_t)_Unwind_FindEnclosingFunction((void *)pc);
  size_t length = append(text, 0, capacity, "library+");
  length = append_hexadecimal(
      text, length, capacity, (function != 0 ? function : pc) - reverse_map_code_start);
  text[length] = 0;
  return length;
}

void reverse_map_report_deaths(int descriptor) {
  static int is_done;
  if (is_done++) return;
  errors = descriptor;
  // An alternate stack lets the handler run after a stack overflow. Keep an existing one.
  static char stack[64 * 1024];
  stack_t present;
  if (sigaltstack(NULL, &present) == 0 && (present.ss_flags & SS_DISABLE)) {
    stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&alternative, NULL);
  }
  struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  action.sa_sigaction = report;
  sigemptyset(&action.sa_mask);
  for (int index = 0; index < fatal_count; index++) {
    sigaction(fatal[index], &action, &earlier[index]);
  }
  atexit(report_exit);
}
