#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

void linux_reset_signals(void) {
  // The kernel's struct sigaction, by system call: sigaction(3) hides the two signals that the C library
  // keeps for itself, and posix_spawn(3) hands those down ignored.
  struct {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)(void);
    unsigned long mask;
  } standard = {.handler = SIG_DFL}, old;
  for (int signal = 1; signal <= 64; signal++) {
    // Most already have the default action; asking costs as little as setting, and keeps SIGKILL quiet.
    if (syscall(__NR_rt_sigaction, signal, NULL, &old, sizeof old.mask) == 0 && old.handler != SIG_DFL)
      syscall(__NR_rt_sigaction, signal, &standard, NULL, sizeof old.mask);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

static void exit_of_signal(int signal) {
  _exit(128 + signal);
}

void linux_die_of_termination(void) {
  static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM};
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = exit_of_signal;
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

long linux_signal_descriptor(void) {
  sigset_t all;
  sigfillset(&all);
  if (sigprocmask(SIG_BLOCK, &all, NULL) != 0) return -(long)errno;
  int descriptor = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
  return descriptor < 0 ? -(long)errno : descriptor;
}

const char *linux_signal_name(int signal) {
  return sigabbrev_np(signal);
}

long linux_next_signal(int descriptor) {
  struct signalfd_siginfo information;
  return read(descriptor, &information, sizeof information) == sizeof information ? information.ssi_signo : 0;
}
