// Keeps a child process within bounds, and ends it with its parent: see CSupervisor.c.

#ifndef REVFUZZ_CSUPERVISOR_H
#define REVFUZZ_CSUPERVISOR_H

/// How a supervised process ended.
enum supervised_end {
  supervised_exited,          // by itself: `number` is its exit code
  supervised_signalled,       // by a signal: `number` is the signal's
  supervised_timed_out,       // killed: it ran for longer than it may
  supervised_exceeded_memory, // killed: it had more memory than it may
  supervised_exceeded_log,    // killed: it wrote more than it may
  supervised_abandoned,       // killed: the process that waits for it is gone
  supervised_not_started,     // it could not be started: `number` is the error's
};

struct supervised_result {
  enum supervised_end end;
  int number;
  /// The most memory that it had, in KB.
  long peak;
};

/// Runs the program `arguments[0]`, a path or a name to be looked for as a shell does, until it ends,
/// runs for longer than `seconds` or has more than `megabytes` of memory (0 is no limit). Both
/// output streams go to the file `log`, which may grow to `log_megabytes`.
///
/// An interrupt (SIGINT) is passed on to the program. The end of standard input kills the program at
/// once, and so does the end of this process: standard input is a pipe from the parent, and closes
/// however the parent ends. To be called in a process that has no other children.
struct supervised_result supervise(char *const *arguments, const char *log, unsigned seconds,
                                   unsigned megabytes, unsigned log_megabytes);

#endif
