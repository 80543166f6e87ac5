// Usage:
//   floor empty
//   floor run BUNDLE CGROUP COMMAND [ARGUMENT]...            until its end
//   floor detach BUNDLE CGROUP COMMAND [ARGUMENT]...         prints the pid
//   floor create BUNDLE CGROUP FIFO COMMAND [ARGUMENT]...    COMMAND waits for `start`
//   floor start FIFO
//   floor delete CGROUP [FIFO]                               of a container that has ended
//   floor exec PID CGROUP COMMAND [ARGUMENT]...
// BUNDLE has the root filesystem as `rootfs`; CGROUP is a path below the mount point of each hierarchy.

#include "floor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FAILED = 125 };

long need(long result, const char *what) {
  if (result >= 0) return result;
  dprintf(STDERR_FILENO, "floor: %s: %s\n", what, strerror(errno));
  _exit(FAILED);
}

static pid_t clone_into(uint64_t flags, int cgroup) {
  struct clone_args arguments = {.flags = flags, .exit_signal = SIGCHLD};
  if (cgroup >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = cgroup;
  }
  return need(syscall(SYS_clone3, &arguments, sizeof arguments), "clone3");
}

static void raise_loopback(void) {
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
  int any = need(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  need(ioctl(any, SIOCSIFFLAGS, &request), "lo");
  close(any);
}

static _Noreturn void execute(char **command) {
  execve(command[0], command, (char *const *)bundle.environment);
  need(-1, command[0]);
  _exit(FAILED);
}

// The container's first process. It says on `ready` that it waits on `gate`.
static _Noreturn void become_container(const char *directory, const char *cgroup, const char *fifo, int ready,
                                       char **command) {
  int gate = fifo ? need(open(fifo, O_RDWR | O_CLOEXEC), fifo) : -1;
  join_hierarchies(cgroup);
  need(setsid(), "setsid");
  int bundle_directory = need(open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC), directory);
  if (bundle.namespaces & CLONE_NEWUTS)
    need(sethostname(bundle.hostname, strlen(bundle.hostname)), "sethostname");
  if (bundle.namespaces & CLONE_NEWNET) raise_loopback();
  enter_root(bundle_directory, cgroup);
  become_process();
  if (gate >= 0) {
    char byte = 0;
    need(write(ready, &byte, 1), "ready");
    need(read(gate, &byte, 1), "gate");
  }
  execute(command);
}

static int wait_for(pid_t child) {
  int status;
  need(waitpid(child, &status, 0), "waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static pid_t start_container(const char *directory, const char *cgroup, const char *fifo, int ready,
                             char **command) {
  make_cgroups(cgroup);
  int unified = open_unified(cgroup);
  if (unified >= 0 && !*bundle.hierarchies) attach_device_filter(unified);
  pid_t child = clone_into(bundle.namespaces, unified);
  if (child == 0) become_container(directory, cgroup, fifo, ready, command);
  return child;
}

static int run(const char *directory, const char *cgroup, char **command) {
  int status = wait_for(start_container(directory, cgroup, NULL, -1, command));
  remove_cgroups(cgroup);
  return status;
}

// The pipe ends with execve(2), or with the byte of a process that waits at the fifo.
static int start_and_leave(const char *directory, const char *cgroup, const char *fifo, char **command) {
  int ends[2];
  char byte;
  if (fifo) need(mkfifo(fifo, 0600), fifo);
  need(pipe2(ends, O_CLOEXEC), "pipe2");
  pid_t child = start_container(directory, cgroup, fifo, ends[1], command);
  close(ends[1]);
  if (need(read(ends[0], &byte, 1), "pipe") != (fifo ? 1 : 0)) return FAILED;
  if (!fifo) dprintf(STDOUT_FILENO, "%d\n", child);
  return 0;
}

static int release(const char *fifo) {
  int gate = need(open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC), fifo);
  need(write(gate, "", 1), fifo);
  return 0;
}

static int delete(const char *cgroup, const char *fifo) {
  if (fifo) need(unlink(fifo), fifo);
  remove_cgroups(cgroup);
  return 0;
}

// A pid namespace is entered by children only, and the cgroup files are seen from the host's mounts only.
static int execute_in(pid_t pid, const char *cgroup, char **command) {
  int process = need(syscall(SYS_pidfd_open, pid, 0), "pidfd_open");
  int unified = open_unified(cgroup);
  need(setns(process, bundle.namespaces & CLONE_NEWPID), "setns: pid");
  pid_t child = clone_into(0, unified);
  if (child == 0) {
    join_hierarchies(cgroup);
    need(setns(process, bundle.namespaces & ~(uint64_t)CLONE_NEWPID), "setns");
    need(setsid(), "setsid");
    become_process();
    execute(command);
  }
  return wait_for(child);
}

int main(int count, char **words) {
  const char *mode = count > 1 ? words[1] : "";
  if (!strcmp(mode, "empty") || !strcmp(mode, "--version")) return 0;
  if (!strcmp(mode, "run") && count > 4) return run(words[2], words[3], words + 4);
  if (!strcmp(mode, "detach") && count > 4) return start_and_leave(words[2], words[3], NULL, words + 4);
  if (!strcmp(mode, "create") && count > 5) return start_and_leave(words[2], words[3], words[4], words + 5);
  if (!strcmp(mode, "start") && count > 2) return release(words[2]);
  if (!strcmp(mode, "delete") && count > 2) return delete(words[2], count > 3 ? words[3] : NULL);
  if (!strcmp(mode, "exec") && count > 4) return execute_in(atoi(words[2]), words[3], words + 4);
  dprintf(STDERR_FILENO, "floor: wrong arguments\n");
  return FAILED;
}
