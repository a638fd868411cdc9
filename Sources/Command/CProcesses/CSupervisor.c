// C, because between fork and exec a process may do next to nothing, and must do something here: a ward
// is to die with its warden, which the system sees to if it is asked by the ward. (It means the thread
// that has called fork, which waits here until the ward is gone.)

#ifdef __linux__
#define _GNU_SOURCE
#include <sys/prctl.h>
#endif

#include "CSupervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// How often a ward is looked at, in milliseconds: often at first, because most that is short is very short.
enum { first_interval = 2, longest_interval = 50 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// The memory of a process that is in use, in bytes; 0 where that is not known.
static unsigned long resident(pid_t process) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/statm", (int)process);
  FILE *file = fopen(path, "r");
  if (file == NULL) return 0;
  unsigned long total = 0, pages = 0;
  if (fscanf(file, "%lu %lu", &total, &pages) != 2) pages = 0;
  fclose(file);
  return pages * (unsigned long)sysconf(_SC_PAGESIZE);
}

static volatile sig_atomic_t is_interrupted;

static void note(int number) {
  (void)number;
  is_interrupted = 1;
}

static pid_t start(char *const *arguments, int words, int problem) {
  pid_t parent = getpid();
  pid_t ward = fork();
  if (ward != 0) return ward;
  // A group of its own, so that what it starts can be ended with it.
  setpgid(0, 0);
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  // Whoever has started this process may have had signals ignored or blocked, as threads of a pool have; a
  // ward has to be able to take an interrupt.
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  int silence = open("/dev/null", O_RDONLY);
  if (getppid() == parent && silence >= 0 && dup2(silence, 0) == 0 && dup2(words, 1) == 1 &&
      dup2(words, 2) == 2)
    execvp(arguments[0], arguments);
  int error = errno;
  if (write(problem, &error, sizeof error) < 0) _exit(126);
  _exit(127);
}

struct revfuzz_ward revfuzz_hold(char *const *arguments, const char *log, unsigned seconds,
                                 unsigned megabytes, unsigned log_megabytes) {
  struct revfuzz_ward result = {revfuzz_ward_unstarted, 0, 0};
  int words = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  int problem[2] = {-1, -1};
  if (words < 0 || pipe(problem) != 0) {
    result.number = errno;
    return result;
  }
  fcntl(problem[1], F_SETFD, FD_CLOEXEC);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGINT, note);
  sigset_t interrupts;
  sigemptyset(&interrupts);
  sigaddset(&interrupts, SIGINT);
  // Of this thread; whoever has started the process may have had it blocked.
  sigprocmask(SIG_UNBLOCK, &interrupts, NULL);
  double end = now() + seconds;
  pid_t ward = start(arguments, words, problem[1]);
  int error = ward < 0 ? errno : 0;
  close(problem[1]);
  // Nothing can be read once the ward is the program that it was to become.
  if (ward < 0 || read(problem[0], &error, sizeof error) == (ssize_t)sizeof error) {
    if (ward > 0) waitpid(ward, NULL, 0);
    result.number = error;
    return result;
  }

  enum revfuzz_ward_end why = revfuzz_ward_exited;
  struct pollfd input = {.fd = 0, .events = POLLIN};
  int status = 0, interval = first_interval;
  struct rusage usage;
  while (wait4(ward, &status, WNOHANG, &usage) == 0) {
    if (why != revfuzz_ward_exited) {
      kill(-ward, SIGKILL);
      kill(ward, SIGKILL);
    }
    if (is_interrupted) {
      is_interrupted = 0;
      kill(ward, SIGINT);
    }
    int has_input = poll(&input, 1, interval);
    if (interval < longest_interval) interval *= 2;
    if (has_input > 0) {
      char byte;
      ssize_t count = read(0, &byte, 1);
      if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) {
        if (why == revfuzz_ward_exited) why = revfuzz_ward_abandoned;
        // The end stays readable, and would keep this loop from resting.
        input.fd = -1;
        kill(-ward, SIGKILL);
      }
    }
    if (why != revfuzz_ward_exited) continue;
    if (now() > end) why = revfuzz_ward_late;
    if (megabytes > 0 && resident(ward) >> 20 > megabytes) why = revfuzz_ward_big;
    struct stat said;
    if (fstat(words, &said) == 0 && said.st_size >> 20 > log_megabytes) why = revfuzz_ward_loud;
  }
  // What it has left behind in its group goes with it.
  kill(-ward, SIGKILL);
  result.peak = usage.ru_maxrss;
  // What ends just now by itself was not killed.
  int was_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  if (why != revfuzz_ward_exited && was_killed) {
    result.end = why;
  } else if (WIFSIGNALED(status)) {
    result.end = revfuzz_ward_signalled;
    result.number = WTERMSIG(status);
  } else {
    result.end = revfuzz_ward_exited;
    result.number = WEXITSTATUS(status);
  }
  return result;
}
