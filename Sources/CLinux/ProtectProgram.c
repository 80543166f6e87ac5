// A container's process can reach the runtime's program file: as /proc/self/exe of a runtime process that
// joined or set up the container, or by an image whose interpreter is `#!/proc/self/exe`. Opened there
// and written to later, it would run as root on the host (CVE-2019-5736). So the program that meets
// containers is executed from a detached read-only mount of its own file, through which nobody can
// write, whatever rights he has.
//
// Mostly that has been done without executing it again: see ProtectInPlace.c. This is C and runs before Swift's runtime
// starts, so that starting the program twice is paid for as little as can be.
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define ST_RDONLY_FLAG 1

static const char program[] = "/proc/self/exe";

/// Whether the command line names a command that brings this process near a container.
static int meets_containers(int count, char **arguments) {
  static const char *const commands[] = {"create", "run", "exec", "restore"};
  for (int i = 1; i < count; i++)
    for (size_t j = 0; j < sizeof commands / sizeof *commands; j++)
      if (strcmp(arguments[i], commands[j]) == 0) return 1;
  return 0;
}

/// Whether nobody can write to the file: on a read-only mount, or in sealed memory.
static int is_protected(void) {
  struct statfs status;
  if (statfs(program, &status) == 0 && status.f_flags & ST_RDONLY_FLAG) return 1;
  // Without privileges: what this user neither can write, nor owns and could make so, no process of the container
  // can.
  struct stat file_status;
  if (geteuid() != 0 && faccessat(AT_FDCWD, program, W_OK, AT_EACCESS) != 0 &&
      stat(program, &file_status) == 0 && file_status.st_uid != geteuid())
    return 1;
  int file = open(program, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  int seals = fcntl(file, F_GET_SEALS);
  close(file);
  return seals >= 0 && (seals & ALL_SEALS) == ALL_SEALS;
}

/// A detached read-only mount of the file, or -1.
static int read_only_mount(void) {
  int file = open(program, O_PATH | O_CLOEXEC);
  if (file < 0) return -1;
  int mount = (int)linux_call(
      __NR_open_tree, file, (long)"", OPEN_TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH, 0, 0, 0);
  close(file);
  if (mount < 0) return -1;
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID};
  if (linux_call(
          __NR_mount_setattr, mount, (long)"", AT_EMPTY_PATH, (long)&attributes, sizeof attributes, 0) == 0)
    return mount;
  close(mount);
  return -1;
}

/// A sealed copy in memory, where mounts are not allowed; or -1.
static int sealed_copy(void) {
  struct stat status;
  int source = open(program, O_RDONLY | O_CLOEXEC);
  int copy = memfd_create("swrun", MFD_CLOEXEC | MFD_ALLOW_SEALING | 0x0010 /* MFD_EXEC */);
  if (copy < 0) copy = memfd_create("swrun", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (source < 0 || copy < 0 || fstat(source, &status) != 0) return -1;
  for (off_t left = status.st_size; left > 0;) {
    ssize_t count = sendfile(copy, source, NULL, (size_t)left);
    if (count <= 0) return -1;
    left -= count;
  }
  close(source);
  return fcntl(copy, F_ADD_SEALS, ALL_SEALS) == 0 ? copy : -1;
}

/// Where the kernel put the words and variables that the caller gave, one after the other.
static char *given_start, *given_end;

void linux_forget_caller(void) {
  static const char words[] = "swrun\0init";
  memset(given_start, 0, (size_t)(given_end - given_start));
  if (given_end - given_start >= (long)sizeof words) memcpy(given_start, words, sizeof words);
}

/// Finds them: the last string is the last variable or, without any, the last word.
static void find_given(int count, char **arguments, char **environment) {
  char *last = count > 0 ? arguments[count - 1] : NULL;
  while (*environment) last = *environment++;
  if (!last) return;
  given_start = count > 0 ? arguments[0] : last;
  given_end = last + strlen(last) + 1;
}

__attribute__((constructor(101))) static void protect_program(int count, char **arguments, char **environment) {
  find_given(count, arguments, environment);
  if (access(program, F_OK) != 0) {
    // Swift's runtime would abort without a word about the reason.
    static const char text[] = "swrun: /proc is not mounted, or not a procfs\n  hint: mount -t proc proc /proc\n";
    linux_call(__NR_write, 2, (long)text, sizeof text - 1, 0, 0, 0);
    _exit(1);
  }
  if (!meets_containers(count, arguments)) return;
  if (is_protected()) {
    // Older kernels name a program after the descriptor that it was executed by.
    prctl(PR_SET_NAME, "swrun");
    return;
  }
  int file = read_only_mount();
  if (file < 0) file = sealed_copy();
  if (file >= 0)
    linux_call(__NR_execveat, file, (long)"", (long)arguments, (long)environment, AT_EMPTY_PATH, 0);
  fprintf(stderr, "swrun: the program file cannot be protected from containers: %s\n", strerror(errno));
  _exit(1);
}
