// What a process needs that runs scenarios which may end it: see CTrial.c.

#ifndef REVFUZZ_CTRIAL_H
#define REVFUZZ_CTRIAL_H

/// From now on a trap writes one line to `descriptor` before it ends the process: the signal's number
/// and the innermost function of this executable, as its distance from the start of the executable; or
/// of the library that a call is made into, and that call (reverse_map_call.h).
void revfuzz_report_traps(int descriptor);

/// Ends the process with SIGALRM unless it is called again within so many milliseconds; 0 is never. Says
/// with a line to the same descriptor which call into a library it was in.
void revfuzz_limit_time(unsigned milliseconds);

/// Makes requests fail that would take the process beyond so many bytes of memory of its own. Does
/// nothing under AddressSanitizer, which reserves far more than it uses.
void revfuzz_limit_memory(unsigned long bytes);

/// Whether memory was lost since the start; always 0 without LeakSanitizer.
int revfuzz_has_leaked(void);

/// Whether the process runs under AddressSanitizer.
int revfuzz_has_sanitizer(void);

#endif
