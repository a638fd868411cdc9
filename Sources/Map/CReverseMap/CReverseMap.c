// Describes the call in progress when the process dies in it. Written in C because it runs in
// signal handlers, where only async-signal-safe code is allowed.

#define _GNU_SOURCE
#include "reverse_map_call.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unwind.h>

#ifdef __linux__
#include <link.h>
#endif

struct reverse_map_call reverse_map_call_in_progress;

// The code of the library loaded last, and its path; 0 and NULL if no library is loaded.
static uintptr_t code_start, code_end;
static const char *code_file;

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
  if (call.is_inside) length = append(text, length, capacity, ", while unmap_nested runs");
  text[length] = 0;
  return length;
}

#ifdef __linux__
static int visit_object(struct dl_phdr_info *info, size_t size, void *argument) {
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
  __atomic_store_n(&code_file, info->dlpi_name, __ATOMIC_RELAXED);
  __atomic_store_n(&code_start, start, __ATOMIC_RELAXED);
  __atomic_store_n(&code_end, end, __ATOMIC_RELAXED);
  return 1;
}

void reverse_map_note_code(const void *address) {
  dl_iterate_phdr(visit_object, (void *)(uintptr_t)address);
}
#else
void reverse_map_note_code(const void *address) { (void)address; }
#endif

#ifdef __linux__
extern const char __executable_start, etext;
#else
static const char __executable_start, etext;
#endif

// A limit on the walk: a damaged stack may look endless. No stack of ours is as deep.
enum { most_frames = 256 };

struct search {
  struct reverse_map_frame found;
  int frames;
  // Whether the walk has reached the code that the signal interrupted, below the handlers.
  int is_below_signal;
};

static _Unwind_Reason_Code visit_frame(struct _Unwind_Context *context, void *argument) {
  struct search *search = argument;
  // In a caller's frame the address is the one after the call; in a trap's, that of the trap.
  int is_before = 0;
  uintptr_t pc = _Unwind_GetIPInfo(context, &is_before);
  if (!is_before) pc--;
  search->is_below_signal |= is_before;
  if (++search->frames > most_frames) return _URC_END_OF_STACK;
  if (!search->is_below_signal) return _URC_NO_REASON;
  uintptr_t start = (uintptr_t)&__executable_start, end = (uintptr_t)&etext;
  int is_in_library = pc >= code_start && pc < code_end;
  if (is_in_library) {
    start = code_start;
    end = code_end;
  }
  if (pc < start || pc >= end) return _URC_NO_REASON;
  uintptr_t function = (uintptr_t)_Unwind_FindEnclosingFunction((void *)pc);
  search->found.address = pc - start;
  search->found.function = (function != 0 ? function : pc) - start;
  Dl_info info;
  if (is_in_library) search->found.library = code_file;
  if (is_in_library && dladdr((void *)pc, &info) != 0 && info.dli_sname != NULL) {
    search->found.symbol = info.dli_sname;
    search->found.offset = pc - (uintptr_t)info.dli_saddr;
  }
  return _URC_END_OF_STACK;
}

struct reverse_map_frame reverse_map_find_frame(void) {
  struct search search = {{0, 0, NULL, NULL, 0}, 0, 0};
  _Unwind_Backtrace(visit_frame, &search);
  return search.found;
}

size_t reverse_map_describe_frame(const struct reverse_map_frame *frame, char *text,
                                  size_t capacity) {
  if (frame->library == NULL || capacity == 0) return 0;
  size_t length = 0;
  if (frame->symbol != NULL) {
    length = append(text, length, capacity, frame->symbol);
    length = append(text, length, capacity, "+");
    length = append_hexadecimal(text, length, capacity, frame->offset);
    length = append(text, length, capacity, " (");
  }
  const char *slash = strrchr(frame->library, '/');
  length = append(text, length, capacity, slash != NULL ? slash + 1 : frame->library);
  length = append(text, length, capacity, "+");
  length = append_hexadecimal(text, length, capacity, frame->address);
  if (frame->symbol != NULL) length = append(text, length, capacity, ")");
  text[length] = 0;
  return length;
}

static const int fatal[] = {SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGBUS, SIGSEGV};
enum { fatal_count = sizeof fatal / sizeof *fatal };
static struct sigaction earlier[fatal_count];

static int errors = STDERR_FILENO;

// Prints the call in progress, after `head`, and the place in the library if there is one.
static void report_call(const char *head, const struct reverse_map_frame *frame) {
  char text[1024];
  enum { capacity = sizeof text - 1 };
  size_t length = append(text, 0, capacity, head);
  size_t call = reverse_map_describe_call(text + length, capacity - length);
  // Report only once: a later signal, raised by the next handler, is not the library's fault.
  reverse_map_leave();
  if (call == 0) return;
  length += call;
  if (frame != NULL && frame->library != NULL) {
    length = append(text, length, capacity, ", at ");
    length += reverse_map_describe_frame(frame, text + length, capacity - length);
  }
  text[length] = '\n';
  ssize_t written = write(errors, text, length + 1);
  (void)written;
}

static void report_exit(void) { report_call("revfuzz: EXIT in ", NULL); }

static void report(int number, siginfo_t *info, void *context) {
  struct reverse_map_frame frame = {0, 0, NULL, NULL, 0};
  // Without a call there is nothing to print, so do not walk a stack that may be damaged.
  if (reverse_map_call_in_progress.operation != NULL) frame = reverse_map_find_frame();
  report_call("revfuzz: CRASH in ", &frame);
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
