// C, because Swift's Glibc module does not declare syncfs.

#ifdef __linux__
#define _GNU_SOURCE
#endif

#include "CFiles.h"

#include <unistd.h>

void revfuzz_sync(int file) {
#ifdef __linux__
  syncfs(file);
#else
  fsync(file);
#endif
}
