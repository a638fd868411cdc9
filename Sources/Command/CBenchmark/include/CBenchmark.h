// What a benchmark asks of the system: see CBenchmark.c.

#ifndef REVFUZZ_CBENCHMARK_H
#define REVFUZZ_CBENCHMARK_H

/// Pins the calling thread to the core that it runs on. Pages of memory stay small from now on as
/// well, so that no map is faster for the size of its requests. Returns the core's number, or -1 if
/// the thread cannot be pinned.
int revfuzz_pin(void);

#endif
