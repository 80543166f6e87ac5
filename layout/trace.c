// Which parts of a program are executed: `trace OUTPUT PROGRAM ARGUMENT...` goes through the program step by step, and
// through the processes that it makes until they execute another program. It writes the address of each block of 16
// bytes that was come to, once, in the order of time.
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT 0x4000000ul
#define BLOCK 16

static unsigned char seen[LIMIT / BLOCK];

static void note(FILE *output, pid_t process) {
  long address = ptrace(PTRACE_PEEKUSER, process, offsetof(struct user_regs_struct, rip), 0);
  if (address < 0 || (unsigned long)address >= LIMIT || seen[address / BLOCK]) return;
  seen[address / BLOCK] = 1;
  fprintf(output, "%lx\n", address);
}

int main(int count, char **words) {
  if (count < 3) return 2;
  FILE *output = fopen(words[1], "w");
  if (!output) return 2;
  pid_t program = fork();
  if (program == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    execv(words[2], words + 2);
    _exit(127);
  }
  int status, result = 1;
  waitpid(program, &status, 0);
  ptrace(PTRACE_SETOPTIONS, program, 0,
         PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL);
  ptrace(PTRACE_SINGLESTEP, program, 0, 0);
  for (;;) {
    pid_t process = waitpid(-1, &status, __WALL);
    if (process < 0 && errno == EINTR) continue;
    if (process < 0) break;
    if (!WIFSTOPPED(status)) {
      if (process == program) result = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
      continue;
    }
    if (status >> 16 == PTRACE_EVENT_EXEC) {
      ptrace(PTRACE_DETACH, process, 0, 0);
      continue;
    }
    int signal = WSTOPSIG(status);
    if (signal == SIGTRAP && status >> 16 == 0) note(output, process);
    ptrace(PTRACE_SINGLESTEP, process, 0, signal == SIGTRAP || signal == SIGSTOP ? 0 : signal);
  }
  fclose(output);
  return result;
}
