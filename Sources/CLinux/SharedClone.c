// A child in its maker's memory, as vfork(2) makes one, but on a stack of its own: what a copy of the page tables costs,
// and a fault for each page that is written to afterwards, is not paid. The maker waits until the child has ended.
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#define STACK (1ul << 20)
#define GUARD 4096ul

/// clone3(2); the child calls `body`, and never comes back from it.
static long clone_onto_stack(struct clone_args *arguments, void (*body)(void *), void *context) {
#if defined(__x86_64__)
  long result;
  register long r8 __asm__("r8") = (long)body, r9 __asm__("r9") = (long)context;
  __asm__ volatile("syscall\n"
                   "test %%rax, %%rax\n"
                   "jnz 1f\n"
                   "xor %%ebp, %%ebp\n"
                   "mov %%r9, %%rdi\n"
                   "call *%%r8\n"
                   "ud2\n"
                   "1:\n"
                   : "=a"(result)
                   : "a"(__NR_clone3), "D"(arguments), "S"(sizeof *arguments), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory", "cc");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = __NR_clone3, x0 __asm__("x0") = (long)arguments;
  register long x1 __asm__("x1") = sizeof *arguments;
  register long x2 __asm__("x2") = (long)body, x3 __asm__("x3") = (long)context;
  __asm__ volatile("svc #0\n"
                   "cbnz x0, 1f\n"
                   "mov x29, xzr\n"
                   "mov x0, x3\n"
                   "blr x2\n"
                   "brk #0\n"
                   "1:\n"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3)
                   : "memory", "cc");
  return x0;
#endif
}

long linux_clone_sharing(int *pidfd, int cgroup, void (*body)(void *), void *context) {
  char *start, *end;
  linux_caller(&start, &end);
  size_t given = (size_t)(end - start);
  size_t size = STACK + ((given + GUARD - 1) & -GUARD);
  char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return -(long)errno;
  // The child overwrites them with all that it came from. No process that it makes gets this copy.
  char *copy = memory + STACK;
  memcpy(copy, start, given);
  if (mprotect(memory, GUARD, PROT_NONE) != 0 || (given && madvise(copy, size - STACK, MADV_DONTFORK) != 0))
    return -(long)errno;

  struct clone_args arguments;
  memset(&arguments, 0, sizeof arguments);
  arguments.flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD;
  arguments.pidfd = (uint64_t)(uintptr_t)pidfd;
  arguments.exit_signal = SIGCHLD;
  arguments.stack = (uint64_t)(uintptr_t)memory;
  arguments.stack_size = STACK;
  if (cgroup >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = (uint64_t)cgroup;
  }
  long result = clone_onto_stack(&arguments, body, context);
  memcpy(start, copy, given);
  // The stack stays: what Swift's runtime keeps of the child's calls may still point into it.
  return result;
}
