// System calls for benchmarks: see CBenchmark.c.

#ifndef REVFUZZ_CBENCHMARK_H
#define REVFUZZ_CBENCHMARK_H

/// Pins the calling thread to its current core and disables transparent huge pages, so that no map
/// is faster because of the size of its allocations. Returns the number of the core, or -1 if the
/// thread cannot be pinned.
int revfuzz_pin(void);

#endif
