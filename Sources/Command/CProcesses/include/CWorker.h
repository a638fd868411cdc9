// Support for a process that runs scenarios which may crash or hang it: see CWorker.c.

#ifndef REVFUZZ_CWORKER_H
#define REVFUZZ_CWORKER_H

#include <stddef.h>

/// Installs handlers that write one line of JSON to `descriptor` before a trap ends the process:
///
///     {"event":"trap","signal":4,"function":"0x0000000000001234","call":""}
///
/// `function` is the innermost function of this executable, as an offset from the executable's
/// start, or of the loaded library, as "library+0x...". In a library, `address` is the offset of
/// the instruction, `library` is the library's path and `place` is the instruction as text
/// (reverse_map_describe_frame). `call` describes the call into the library that was running
/// (reverse_map_call.h), or is empty.
///
/// An exit during such a call writes `{"event":"exit","call":"..."}`.
void worker_report_traps(int descriptor);

/// Ends the process with SIGALRM unless it is called again within `milliseconds`; 0 cancels. First
/// writes `{"event":"hang","call":""}` to the same descriptor.
void worker_limit_time(unsigned milliseconds);

/// Makes allocations fail that would take the process's own memory (RLIMIT_DATA) beyond `bytes`.
/// Does nothing under AddressSanitizer, which reserves far more than it uses.
void worker_limit_memory(unsigned long bytes);

/// Writes `text` to `json` as the inside of a JSON string, 0-terminated, and returns its length.
/// Cuts text that does not fit, but never inside an escape. Safe in a signal handler.
size_t worker_escape(char *json, size_t capacity, const char *text);

/// Whether the child process with this number has ended. It still has to be waited for.
int worker_has_ended(int process);

/// Whether memory has leaked since the start; always 0 without LeakSanitizer.
int worker_has_leaked(void);

#endif
