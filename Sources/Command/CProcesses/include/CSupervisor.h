// Runs a child process within limits and kills it when its parent dies: see CSupervisor.c.

#ifndef REVFUZZ_CSUPERVISOR_H
#define REVFUZZ_CSUPERVISOR_H

/// How a supervised process ended.
enum supervised_end {
  supervised_exited,          // it exited: `number` is the exit code
  supervised_signalled,       // a signal ended it: `number` is the signal's
  supervised_timed_out,       // killed: exceeded its time limit
  supervised_exceeded_memory, // killed: exceeded its memory limit
  supervised_exceeded_log,    // killed: exceeded its output limit
  supervised_abandoned,       // killed: the process that waits for it is gone
  supervised_not_started,     // could not be started: `number` is the errno
};

struct supervised_result {
  enum supervised_end end;
  int number;
  /// Peak resident memory, in KB.
  long peak;
};

/// Runs the program `arguments[0]`, a path or a name to look up on PATH, until it ends. Kills it if
/// it runs for more than `seconds` or uses more than `megabytes` of memory (0 is no limit). Appends
/// both output streams to the file `log` and kills the program if that exceeds `log_megabytes`.
///
/// An interrupt (SIGINT) is passed on to the program. The program is killed at once when standard
/// input ends or this process dies. Standard input must be a pipe from the parent, so that it
/// closes however the parent ends. Call it only in a process that has no other children.
struct supervised_result supervise(char *const *arguments, const char *log, unsigned seconds,
                                   unsigned megabytes, unsigned log_megabytes);

#endif
