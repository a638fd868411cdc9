// What a process needs that runs scenarios which may end it: see CWorker.c.

#ifndef REVFUZZ_CWORKER_H
#define REVFUZZ_CWORKER_H

/// From now on a trap writes one line to `descriptor` before it ends the process: the signal's number
/// and the innermost function of this executable, as its distance from the start of the executable; or
/// of the library that a call is made into, and that call (reverse_map_call.h).
void worker_report_traps(int descriptor);

/// Ends the process with SIGALRM unless it is called again within so many milliseconds; 0 is never.
/// Before that it writes a line to the same descriptor: which call into a library was running.
void worker_limit_time(unsigned milliseconds);

/// Makes requests fail that would take the process beyond so many bytes of memory of its own. Does
/// nothing under AddressSanitizer, which reserves far more than it uses.
void worker_limit_memory(unsigned long bytes);

/// Whether memory was lost since the start; always 0 without LeakSanitizer.
int worker_has_leaked(void);

#endif
