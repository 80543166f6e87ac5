// Tells what a container's process is, where busybox has no words for it. Lines of key=value.
//
//   probe                     everything about this process
//   probe syscall NR [ARG...] calls NR and prints the result and errno
//   probe syscall32 NR [ARG...] the same, as a 32-bit program does
//   probe trapped NR          calls NR and tells of SIGSYS
//   probe thread NR           calls NR in a thread and tells whether the process survives
//   probe open PATH FLAGS     opens PATH and prints errno
//   probe exchange A B        exchanges two names as fast as it can, for a minute
//   probe eat MEBIBYTES       uses memory
//   probe mount PATH          flags and options of the mount at PATH
//   probe tell PATH TEXT      sends a datagram to the socket at PATH, and says what became of it
//   probe spy SECONDS         tells what it can open or trace of every process that appears meanwhile
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void status_lines(void) {
  static const char *const wanted[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb",
                                       "NoNewPrivs", "Seccomp", "Seccomp_filters", "Umask", "Groups",
                                       "Uid", "Gid", "NSpid", "SigBlk", "SigIgn", "SigCgt",
                                       "Cpus_allowed_list", "Mems_allowed_list"};
  char line[4096];
  FILE *file = fopen("/proc/self/status", "re");
  if (!file) return;
  while (fgets(line, sizeof line, file)) {
    char *colon = strchr(line, ':');
    if (!colon) continue;
    *colon++ = 0;
    colon += strspn(colon, " \t");
    colon[strcspn(colon, "\n")] = 0;
    for (char *c = colon; *c; c++)
      if (*c == '\t') *c = ' ';
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
      if (!strcmp(line, wanted[i])) printf("%s=%s\n", line, colon);
  }
  fclose(file);
}

static void limits(void) {
  static const char *const names[] = {"CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE",
                                      "MEMLOCK", "AS", "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO",
                                      "RTTIME"};
  for (int i = 0; i < 16; i++) {
    struct rlimit limit;
    if (getrlimit(i, &limit)) continue;
    printf("RLIMIT_%s=%llu %llu\n", names[i], (unsigned long long)limit.rlim_cur,
           (unsigned long long)limit.rlim_max);
  }
}

struct scheduling {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
  uint32_t least, most;
};

static void scheduling(void) {
  struct scheduling attributes = {.size = sizeof attributes};
  if (!syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0)) {
    printf("scheduler=%u\nsched_flags=%llu\nnice=%d\npriority=%u\n", attributes.policy,
           (unsigned long long)attributes.flags, attributes.nice, attributes.priority);
    printf("deadline=%llu %llu %llu\n", (unsigned long long)attributes.runtime,
           (unsigned long long)attributes.deadline, (unsigned long long)attributes.period);
  }
  long io = syscall(SYS_ioprio_get, 1, 0);
  printf("ioprio=%ld %ld\n", io >> 13, io & 0x1fff);
  int mode = -1;
  unsigned long nodes[16] = {0};
  if (!syscall(SYS_get_mempolicy, &mode, nodes, 1024, 0, 0)) printf("mempolicy=%#x %lx\n", mode, nodes[0]);
}

static void keyring(void) {
  char text[256];
  long length = syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, text, sizeof text);
  if (length > 0) printf("keyring=%s\n", text);
}

static void descriptors(void) {
  DIR *directory = opendir("/proc/self/fd");
  if (!directory) return;
  struct dirent *entry;
  while ((entry = readdir(directory))) {
    if (*entry->d_name == '.' || atoi(entry->d_name) == dirfd(directory)) continue;
    char target[4096];
    ssize_t length = readlinkat(dirfd(directory), entry->d_name, target, sizeof target - 1);
    if (length < 0) continue;
    target[length] = 0;
    printf("fd.%s=%s\n", entry->d_name, target);
  }
  closedir(directory);
}

static void clocks(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  printf("monotonic=%lld\n", (long long)now.tv_sec);
  clock_gettime(CLOCK_BOOTTIME, &now);
  printf("boottime=%lld\n", (long long)now.tv_sec);
}

static void everything(void) {
  // Before anything else is open.
  descriptors();
  status_lines();
  limits();
  scheduling();
  keyring();
  clocks();
  printf("personality=%#x\n", personality(0xffffffff));
  printf("securebits=%d\n", prctl(PR_GET_SECUREBITS));
  printf("dumpable=%d\n", prctl(PR_GET_DUMPABLE));
  int signal = 0;
  prctl(PR_GET_PDEATHSIG, &signal);
  printf("parent_death_signal=%d\n", signal);
  int subreaper = 0;
  prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
  printf("subreaper=%d\n", subreaper);
  printf("pid=%d\nppid=%d\nsid=%d\npgid=%d\n", getpid(), getppid(), getsid(0), getpgrp());
  int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
  printf("controlling_tty=%d\n", terminal >= 0);
  if (terminal >= 0) close(terminal);
  char *name = ttyname(0);
  printf("tty=%s\n", name ? name : "");
  char directory[4096];
  printf("cwd=%s\n", getcwd(directory, sizeof directory) ? directory : "");
}

static int call(int count, char **words) {
  long arguments[7] = {0};
  for (int i = 0; i < count && i < 7; i++) arguments[i] = (long)strtoull(words[i], NULL, 0);
  errno = 0;
  long result = syscall(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5],
                        arguments[6]);
  printf("result=%ld\nerrno=%d\n", result, result < 0 ? errno : 0);
  return 0;
}

static int call32(int count, char **words) {
#ifdef __x86_64__
  long arguments[4] = {0};
  for (int i = 0; i < count && i < 4; i++) arguments[i] = strtol(words[i], NULL, 0);
  int result = (int)arguments[0];
  __asm__ volatile("int $0x80" : "+a"(result) : "b"(arguments[1]), "c"(arguments[2]), "d"(arguments[3]) : "memory");
  printf("result=%d\n", result);
#else
  (void)count, (void)words;
#endif
  return 0;
}

static void on_trap(int signal, siginfo_t *info, void *context) {
  (void)context;
  printf("trapped=%d\nsignal=%d\n", info->si_syscall, signal);
  exit(0);
}

static int trapped(long number) {
  struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
  sigaction(SIGSYS, &action, NULL);
  syscall(number);
  return 1;
}

static void *calling(void *number) {
  syscall(*(long *)number);
  return NULL;
}

static int thread(long number) {
  pthread_t other;
  pthread_create(&other, NULL, calling, &number);
  pthread_join(other, NULL);
  printf("survived=1\n");
  return 0;
}

static int eat(size_t count) {
  for (size_t i = 0; i < count; i++) {
    volatile char *page = malloc(1 << 20);
    if (!page) return printf("refused=%zu\n", i), 1;
    for (size_t at = 0; at < 1 << 20; at += 512) page[at] = 1;
  }
  printf("eaten=%zu\n", count);
  return 0;
}

static int mounted(const char *path) {
  struct statvfs status;
  if (statvfs(path, &status)) {
    printf("errno=%d\n", errno);
    return 1;
  }
  printf("flags=%#lx\n", status.f_flag);
  char line[8192], last[8192] = "";
  FILE *file = fopen("/proc/self/mountinfo", "re");
  while (file && fgets(line, sizeof line, file)) {
    char copy[8192];
    strcpy(copy, line);
    strtok(copy, " ");
    for (int i = 0; i < 3; i++) strtok(NULL, " ");
    char *place = strtok(NULL, " ");
    if (place && !strcmp(place, path)) strcpy(last, line);
  }
  printf("mountinfo=%s", *last ? last : "\n");
  return 0;
}

static int exchange(const char *one, const char *other) {
  alarm(60);
  while (1) syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, 2 /* RENAME_EXCHANGE */);
}

// What another process lets this one see: it should be its program and the container's root, nothing else.
static void look_into(int pid) {
  char path[64], target[4096];
  struct stat own, other;
  const char *const links[] = {"exe", "cwd", "root"};
  for (int i = 0; i < 3; i++) {
    snprintf(path, sizeof path, "/proc/%d/%s", pid, links[i]);
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0) continue;
    target[length] = 0;
    printf("%s=%s\n", links[i], target);
    if (i == 2 && !stat("/", &own) && !stat(path, &other) && (own.st_dev != other.st_dev || own.st_ino != other.st_ino))
      printf("root=foreign\n");
  }
  snprintf(path, sizeof path, "/proc/%d/fd", pid);
  DIR *directory = opendir(path);
  for (struct dirent *entry; directory && (entry = readdir(directory));) {
    ssize_t length = readlinkat(dirfd(directory), entry->d_name, target, sizeof target - 1);
    if (length < 0) continue;
    target[length] = 0;
    if (atoi(entry->d_name) > 2) printf("open=%s\n", target);
  }
  if (directory) closedir(directory);
  snprintf(path, sizeof path, "/proc/%d/mem", pid);
  int memory = open(path, O_RDWR | O_CLOEXEC);
  if (memory >= 0) printf("mem=open\n"), close(memory);
}

static int spy(int seconds) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("spying=%d\n", getpid());
  time_t end = time(NULL) + seconds;
  int newest = getpid(), seen = 0;
  while (time(NULL) < end) {
    // Pids are given out in order, so the next one is known.
    for (int pid = newest + 1; pid < newest + 8; pid++) {
      if (kill(pid, 0) && errno == ESRCH) continue;
      for (newest = pid, seen++; !kill(pid, 0) || errno != ESRCH;) {
        look_into(pid);
        if (ptrace(PTRACE_SEIZE, pid, 0, 0)) continue;
        char program[4096] = "";
        snprintf(program, sizeof program, "/proc/%d/exe", pid);
        ssize_t length = readlink(program, program, sizeof program - 1);
        printf("traced=%.*s\n", (int)(length < 0 ? 0 : length), program);
        // Its own parent hears of its end only afterwards.
        waitpid(pid, NULL, __WALL);
        break;
      }
      break;
    }
  }
  printf("seen=%d\n", seen);
  return 0;
}

static int tell(const char *path, const char *text) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  int service = socket(AF_UNIX, SOCK_DGRAM, 0);
  long sent = sendto(service, text, strlen(text), 0, (struct sockaddr *)&address, sizeof address);
  printf("errno=%d\n", sent < 0 ? errno : 0);
  return fflush(stdout);
}

int main(int count, char **words) {
  printf("argv0=%s\n", words[0]);
  if (count > 3 && !strcmp(words[1], "exchange")) return exchange(words[2], words[3]);
  if (count > 2 && !strcmp(words[1], "syscall")) return call(count - 2, words + 2);
  if (count > 2 && !strcmp(words[1], "syscall32")) return call32(count - 2, words + 2);
  if (count > 2 && !strcmp(words[1], "trapped")) return trapped(strtol(words[2], NULL, 0));
  if (count > 2 && !strcmp(words[1], "thread")) return thread(strtol(words[2], NULL, 0));
  if (count > 2 && !strcmp(words[1], "eat")) return eat((size_t)strtol(words[2], NULL, 0));
  if (count > 3 && !strcmp(words[1], "open")) {
    int file = open(words[2], (int)strtol(words[3], NULL, 0));
    return printf("errno=%d\n", file < 0 ? errno : 0), 0;
  }
  if (count > 3 && !strcmp(words[1], "tell")) return tell(words[2], words[3]);
  if (count > 2 && !strcmp(words[1], "mount")) return mounted(words[2]);
  if (count > 2 && !strcmp(words[1], "spy")) return spy(atoi(words[2]));
  everything();
  return 0;
}
