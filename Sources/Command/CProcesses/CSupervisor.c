// C, because the child must call prctl between fork and exec, where only async-signal-safe
// functions are allowed. The prctl makes the system kill the child when its parent dies. (The
// parent is the thread that called fork; it waits here until the child is gone.)

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

// Milliseconds between two checks of the child: few at first, because most runs are short.
enum { first_interval = 2, longest_interval = 50 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// The resident memory of a process in bytes; 0 if unknown.
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
  // A process group of its own, so that the supervisor can kill its children with it.
  setpgid(0, 0);
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  // Reset ignored and blocked signals, which are inherited (threads of a pool block them): the
  // program must be able to handle an interrupt.
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
  // The parent may have started this process with SIGINT blocked.
  sigprocmask(SIG_UNBLOCK, &interrupts, NULL);
  double end = now() + seconds;
  pid_t child = start(arguments, log_file, problem[1]);
  int error = child < 0 ? errno : 0;
  close(problem[1]);
  // A successful exec closes the pipe, and the read returns 0.
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
        // Closed input stays readable, so poll would return at once from now on.
        input.fd = -1;
        kill(-child, SIGKILL);
      }
    }
    if (why != supervised_exited) continue;
    if (now() > end) why = supervised_timed_out;
    if (megabytes > 0 && resident(child) >> 20 > megabytes) why = supervised_exceeded_memory;
    struct stat status_of_log;
    if (fstat(log_file, &status_of_log) == 0 && status_of_log.st_size >> 20 > log_megabytes)
      why = supervised_exceeded_log;
  }
  // Kill what is left of its process group.
  kill(-child, SIGKILL);
  result.peak = usage.ru_maxrss;
  // The program may have ended on its own just before the kill.
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
