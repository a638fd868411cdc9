// System calls for Files that Swift cannot make itself: see CFiles.c.

#ifndef REVFUZZ_CFILES_H
#define REVFUZZ_CFILES_H

/// Flushes the whole file system that holds the open file (Linux), or the file alone (elsewhere).
void revfuzz_sync(int file);

#endif
