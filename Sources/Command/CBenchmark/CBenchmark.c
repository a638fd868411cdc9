// C, because Swift cannot use the CPU_SET macros.

#ifdef __linux__
#define _GNU_SOURCE
#include <sched.h>
#include <sys/prctl.h>
#endif

#include "CBenchmark.h"

int revfuzz_pin(void) {
#ifdef __linux__
  prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) != 0) return -1;
  // Keep the core that the scheduler has chosen, because it knows the load. Two benchmarks pinned
  // to a fixed core would disturb each other.
  int core = sched_getcpu();
  if (core < 0 || !CPU_ISSET(core, &cores)) return -1;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  return sched_setaffinity(0, sizeof cores, &cores) == 0 ? core : -1;
#else
  return -1;
#endif
}
