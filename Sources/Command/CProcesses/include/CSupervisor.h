// What keeps a process within bounds, and ends it with the one that it works for: see CWarden.c.

#ifndef REVFUZZ_CWARDEN_H
#define REVFUZZ_CWARDEN_H

/// How a ward has ended.
enum revfuzz_ward_end {
  revfuzz_ward_exited,    // by itself: `number` is its exit code
  revfuzz_ward_signalled, // by a signal: `number` is the signal's
  revfuzz_ward_late,      // it had more time than it may, and was killed
  revfuzz_ward_big,       // it had more memory than it may, and was killed
  revfuzz_ward_loud,      // it said more than it may, and was killed
  revfuzz_ward_abandoned, // nobody waits for it any more, and it was killed
  revfuzz_ward_unstarted, // it could not be started: `number` is the error's
};

struct revfuzz_ward {
  enum revfuzz_ward_end end;
  int number;
  /// The most memory that it had, in KB.
  long peak;
};

/// Runs the program `arguments[0]`, a path or a name to be looked for as a shell does, until it ends,
/// takes longer than `seconds` or has more than `megabytes` of memory (0 is no limit), both as told by
/// the system. What it says goes to the file `log`, and may be `log_megabytes`: a disk is full soon.
///
/// An interrupt (SIGINT) is passed on to the ward. The end of standard input, which comes when the process
/// at the other end is gone, however it went, ends the ward at once; so does the end of this process. To
/// be called in a process that has no other children.
struct revfuzz_ward revfuzz_hold(char *const *arguments, const char *log, unsigned seconds,
                                 unsigned megabytes, unsigned log_megabytes);

#endif
