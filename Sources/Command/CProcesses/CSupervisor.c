// C, because between fork and exec only async-signal-safe functions may be called, and the child has
// to call prctl there: the system then kills it when its parent dies. (The parent is the thread that
// has called fork, which waits here until the child is gone.)

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

// Milliseconds between two looks at the child: few at first, because most short runs are very short.
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

static pid_t start(char *const *arguments, int log_file, int problem) {
  pid_t parent = getpid();
  pid_t child = fork();
  if (child != 0) return child;
  // A group of its own, so that what it starts can be ended with it.
  setpgid(0, 0);
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  // The parent of this process may have ignored or blocked signals, as threads of a pool do; the
  // child has to be able to take an interrupt.
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  int silence = open("/dev/null", O_RDONLY);
  if (getppid() == parent && silence >= 0 && dup2(silence, 0) == 0 && dup2(log_file, 1) == 1 &&
      dup2(log_file, 2) == 2)
    execvp(arguments[0], arguments);
  int error = errno;
  if (write(problem, &error, sizeof error) < 0) _exit(126);
  _exit(127);
}

struct supervised_result supervise(char *const *arguments, const char *log, unsigned seconds,
                                   unsigned megabytes, unsigned log_megabytes) {
  struct supervised_result result = {supervised_not_started, 0, 0};
  int log_file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  int problem[2] = {-1, -1};
  if (log_file < 0 || pipe(problem) != 0) {
    result.number = errno;
    return result;
  }
  fcntl(problem[1], F_SETFD, FD_CLOEXEC);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGINT, note);
  sigset_t interrupts;
  sigemptyset(&interrupts);
  sigaddset(&interrupts, SIGINT);
  // In this thread: the parent may have had it blocked.
  sigprocmask(SIG_UNBLOCK, &interrupts, NULL);
  double end = now() + seconds;
  pid_t child = start(arguments, log_file, problem[1]);
  int error = child < 0 ? errno : 0;
  close(problem[1]);
  // Nothing can be read once exec has succeeded.
  if (child < 0 || read(problem[0], &error, sizeof error) == (ssize_t)sizeof error) {
    if (child > 0) waitpid(child, NULL, 0);
    result.number = error;
    return result;
  }

  enum supervised_end why = supervised_exited;
  struct pollfd input = {.fd = 0, .events = POLLIN};
  int status = 0, interval = first_interval;
  struct rusage usage;
  while (wait4(child, &status, WNOHANG, &usage) == 0) {
    if (why != supervised_exited) {
      kill(-child, SIGKILL);
      kill(child, SIGKILL);
    }
    if (is_interrupted) {
      is_interrupted = 0;
      kill(child, SIGINT);
    }
    int has_input = poll(&input, 1, interval);
    if (interval < longest_interval) interval *= 2;
    if (has_input > 0) {
      char byte;
      ssize_t count = read(0, &byte, 1);
      if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) {
        if (why == supervised_exited) why = supervised_abandoned;
        // Closed input stays readable: poll would return at once from now on.
        input.fd = -1;
        kill(-child, SIGKILL);
      }
    }
    if (why != supervised_exited) continue;
    if (now() > end) why = supervised_timed_out;
    if (megabytes > 0 && resident(child) >> 20 > megabytes) why = supervised_exceeded_memory;
    struct stat status_of_log;
    if (fstat(log_file, &status_of_log) == 0 && status_of_log.st_size >> 20 > log_megabytes) why = supervised_exceeded_log;
  }
  // Its process group ends with it.
  kill(-child, SIGKILL);
  result.peak = usage.ru_maxrss;
  // It may have ended by itself just before the kill.
  int was_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  if (why != supervised_exited && was_killed) {
    result.end = why;
  } else if (WIFSIGNALED(status)) {
    result.end = supervised_signalled;
    result.number = WTERMSIG(status);
  } else {
    result.end = supervised_exited;
    result.number = WEXITSTATUS(status);
  }
  return result;
}
