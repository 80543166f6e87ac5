#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

void linux_reset_signals(void) {
  // The kernel's own structure, whose zeros are the default action. sigaction(3) would pass over two
  // signals that posix_spawn(3) leaves ignored.
  unsigned long action[8] = {0};
  for (int signal = 1; signal <= 64; signal++) linux_call(__NR_rt_sigaction, signal, (long)action, 0, 8, 0, 0);
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
