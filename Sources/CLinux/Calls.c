#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

const char *linux_executed_path(void) {
  return (const char *)getauxval(AT_EXECFN);
}

long linux_call(long number, long a, long b, long c, long d, long e, long f) {
  long result = syscall(number, a, b, c, d, e, f);
  return result < 0 ? -(long)errno : result;
}

long linux_clone3(uint64_t flags, int *pidfd, int cgroup) {
  struct clone_args arguments;
  memset(&arguments, 0, sizeof arguments);
  arguments.flags = flags;
  arguments.pidfd = (uint64_t)(uintptr_t)pidfd;
  // With CLONE_PARENT the child is the caller's sibling, and the kernel wants no signal named.
  arguments.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD;
  if (cgroup >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = (uint64_t)cgroup;
  }
  return linux_call(__NR_clone3, (long)&arguments, sizeof arguments, 0, 0, 0, 0);
}

long linux_ioctl(int descriptor, unsigned long request, void *argument) {
  return linux_call(__NR_ioctl, descriptor, (long)request, (long)argument, 0, 0, 0);
}

int linux_exit_status(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

uint64_t linux_makedev(uint32_t major_number, uint32_t minor_number) {
  return makedev(major_number, minor_number);
}

uint32_t linux_major(uint64_t device) {
  return major(device);
}

uint32_t linux_minor(uint64_t device) {
  return minor(device);
}

long linux_interface_up(const char *name) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  if (strlen(name) >= sizeof request.ifr_name) return -ENAMETOOLONG;
  strcpy(request.ifr_name, name);
  int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -(long)errno;
  request.ifr_flags = IFF_UP;
  long result = linux_ioctl(descriptor, SIOCSIFFLAGS, &request);
  close(descriptor);
  return result;
}

long linux_filesystem_magic(int descriptor) {
  struct statfs result;
  return fstatfs(descriptor, &result) == 0 ? (long)result.f_type : -(long)errno;
}

long linux_exited_child(void) {
  siginfo_t information;
  information.si_pid = 0;
  if (waitid(P_ALL, 0, &information, WEXITED | WNOHANG | WNOWAIT) != 0) return 0;
  return information.si_pid;
}

long linux_mount_id(int descriptor, uint64_t *id) {
  struct statx result;
  if (statx(descriptor, "", AT_EMPTY_PATH, STATX_MNT_ID, &result) != 0) return -(long)errno;
  *id = result.stx_mnt_id;
  return 0;
}

int linux_is_mount_root(int descriptor) {
  struct statx result;
  if (statx(descriptor, "", AT_EMPTY_PATH, 0, &result) != 0) return -errno;
  return (result.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

int linux_offer(int *words, int number) {
  __atomic_store_n(&words[0], number, __ATOMIC_SEQ_CST);
  for (long left = 1L << 28; left; left--) {
    if (__atomic_load_n(&words[1], __ATOMIC_SEQ_CST)) return 1;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  return 0;
}

char **linux_environment(void) {
  extern char **environ;
  return environ;
}
