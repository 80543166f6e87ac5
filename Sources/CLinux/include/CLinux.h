// What Swift's Glibc module cannot give: variadic functions, system calls without a wrapper, and
// constants or structures that it does not import. Every function returns the kernel's answer, or -errno.
//
// Only kernel headers are included here: a C library header read under other feature macros than the
// Glibc module's own would give Swift two definitions of the same type.
#ifndef CLINUX_H
#define CLINUX_H

#include <asm/unistd.h>
#include <linux/close_range.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ioprio.h>
#include <linux/magic.h>
#include <linux/mempolicy.h>
#include <linux/mount.h>
#include <linux/netlink.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

/// Overwrites the command line and the environment that the kernel shows of this process in /proc.
///
/// For a process that was cloned to come near a container: with CAP_SYS_PTRACE that could read the
/// variables of the runtime's caller. getenv(3) finds nothing any more.
void linux_forget_caller(void);

/// environ(7): Swift takes the variable for one that threads race for.
char **linux_environment(void);

/// The linker's hash of this program, from its ELF notes: how many bytes it has, and where; 0 if there is none.
long linux_build_id(const uint8_t **start);

/// The path that execve(2) was given for this program, AT_EXECFN; NULL if there is none.
const char *linux_executed_path(void);

/// Any system call. syscall(2) is variadic, which Swift cannot call.
long linux_call(long number, long a, long b, long c, long d, long e, long f);

/// clone3(2) that returns twice, like fork(2): safe because the caller has one thread.
///
/// @param flags CLONE_* flags; CLONE_PIDFD stores the descriptor in `pidfd`.
/// @param cgroup a cgroup2 directory for CLONE_INTO_CGROUP, or -1.
long linux_clone3(uint64_t flags, int *pidfd, int cgroup);

/// ioctl(2) is variadic.
long linux_ioctl(int descriptor, unsigned long request, void *argument);

/// sendmsg(2) with up to 8 descriptors: the CMSG_* macros do not import.
long linux_send(int socket, const void *bytes, size_t count, const int *descriptors, int descriptor_count);

/// recvmsg(2) that takes at most `*descriptor_count` close-on-exec descriptors and stores how many came.
long linux_receive(int socket, void *bytes, size_t count, int *descriptors, int *descriptor_count);

/// A connected or listening AF_UNIX socket of a type such as SOCK_STREAM, close-on-exec.
long linux_unix_connect(const char *path, int type);
long linux_unix_listen(const char *path, int type);

/// wait4(2)'s status as a shell reports it: 128 + n for signal n. The WIF* macros do not import.
int linux_exit_status(int status);

/// waitid(2) with WNOHANG and WNOWAIT for any child: its pid, or 0.
long linux_exited_child(void);

uint64_t linux_makedev(uint32_t major_number, uint32_t minor_number);
uint32_t linux_major(uint64_t device);
uint32_t linux_minor(uint64_t device);

/// fstatfs(2)'s f_type.
long linux_filesystem_magic(int descriptor);

/// Whether statx(2) says STATX_ATTR_MOUNT_ROOT.
int linux_is_mount_root(int descriptor);

/// statx(2)'s stx_mnt_id.
long linux_mount_id(int descriptor, uint64_t *id);

/// Restores every signal's default action and an empty mask, for a program about to be executed.
void linux_reset_signals(void);

/// Handles the signals that end a process by exiting with 128 + n, and unblocks all.
void linux_die_of_termination(void);

/// Blocks all signals and returns a close-on-exec signalfd for them.
long linux_signal_descriptor(void);

/// Reads one signal's number from such a descriptor; 0 if none waits.
long linux_next_signal(int descriptor);

/// Sets an interface's IFF_UP, as ip-link(8) does for `lo`.
long linux_interface_up(const char *name);

/// Stores `number` in the first word and waits, without a system call, until the second is not 0.
/// Swift has no atomic access to memory that is shared between processes.
///
/// @return 0 if that takes longer than seconds.
int linux_offer(int *words, int number);

/// Text of a signal number without SIG, such as "TERM"; null if unknown.
const char *linux_signal_name(int signal);

enum {
  linux_O_PATH = 010000000,
  linux_AT_EMPTY_PATH = 0x1000,
  linux_AT_RECURSIVE = 0x8000,
  linux_SYS_fchmodat2 = 452,
  linux_MPOL_PREFERRED_MANY = 5,
  linux_MPOL_WEIGHTED_INTERLEAVE = 6,
  linux_WAIT_KILLABLE_RECV = 1 << 5,
};

#endif
