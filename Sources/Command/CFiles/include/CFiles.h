// What Files asks of the system: see CFiles.c.

#ifndef REVFUZZ_CFILES_H
#define REVFUZZ_CFILES_H

/// Writes everything in the file system of an open file to its disk.
void revfuzz_sync(int file);

#endif
