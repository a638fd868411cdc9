// What a process needs that runs scenarios which may end it: see CWorker.c.

#ifndef REVFUZZ_CWORKER_H
#define REVFUZZ_CWORKER_H

#include <stddef.h>

/// From now on a trap writes one line of JSON to `descriptor` before it ends the process:
///
///     {"event":"trap","signal":4,"function":"0x0000000000001234","call":""}
///
/// `function` is the innermost function of this executable, as its distance from the start of the
/// executable; or of the library that is being called, as in "library+0x...". `call` describes that call
/// (reverse_map_call.h).
void worker_report_traps(int descriptor);

/// Ends the process with SIGALRM unless it is called again within so many milliseconds; 0 is never.
/// Before that it writes `{"event":"hang","call":""}` to the same descriptor.
void worker_limit_time(unsigned milliseconds);

/// Makes requests fail that would take the process beyond so many bytes of memory of its own. Does
/// nothing under AddressSanitizer, which reserves far more than it uses.
void worker_limit_memory(unsigned long bytes);

/// Writes `text` as the inside of a JSON string, with a 0 at its end; returns the length. What does not fit
/// is left out, at the bounds of an escape. Safe in a signal handler.
size_t worker_escape(char *json, size_t capacity, const char *text);

/// Whether memory was lost since the start; always 0 without LeakSanitizer.
int worker_has_leaked(void);

#endif
