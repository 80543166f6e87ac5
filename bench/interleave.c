// Runs the commands of several subjects in turn, and measures each.
//
// The plan comes on standard input, a word a line:
//   rounds N        how often each subject has its turn
//   gap MS          pause before each turn
//   containers N    see below
//   first N         the ordinal of the first container
//   workers N
//   subject NAME
//   step            a command of the subject, its words follow; the steps of a subject are one sample
//   word TEXT
//   await           until the processes that the steps left behind have ended
// A line for each sample goes to standard output, with tabs between:
//   round subject ordinal start wall user system maxrss
// times in nanoseconds (start: since the beginning), maxrss in KiB. A command that fails ends the program.
//
// Without `containers` the order is A B C, B C A, C A B, ... With it, there is one subject, whose commands
// start N containers that stay, from W processes at once; `%` in a word stands for the ordinal.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// A sample that takes longer ends the program, by SIGALRM.
enum { MOST_SECONDS = 300 };

enum { MOST_SUBJECTS = 16, MOST_STEPS = 8, MOST_WORDS = 64, LONGEST_WORD = 4096 };

struct step {
  char *words[MOST_WORDS + 1];  // none: await
  int count;
};

struct subject {
  char *name;
  struct step steps[MOST_STEPS];
  int count;
};

struct sample {
  int64_t start, wall, user, system;
  long maxrss;
};

static struct subject subjects[MOST_SUBJECTS];
static int subject_count;
static long rounds = 1, gap, containers, first, workers = 1;
static int64_t beginning;
static posix_spawn_file_actions_t quiet;
extern char **environ;

static _Noreturn void fail(const char *what, const char *why) {
  fprintf(stderr, "interleave: %s: %s\n", what, why);
  exit(1);
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int64_t nanoseconds(struct timeval time) {
  return time.tv_sec * INT64_C(1000000000) + time.tv_usec * INT64_C(1000);
}

// The plan.

static struct step *last_step(void) {
  if (!subject_count || !subjects[subject_count - 1].count) fail("plan", "a word before any step");
  struct subject *subject = &subjects[subject_count - 1];
  return &subject->steps[subject->count - 1];
}

static void take(const char *key, char *value) {
  if (!strcmp(key, "rounds")) {
    rounds = atol(value);
  } else if (!strcmp(key, "gap")) {
    gap = atol(value);
  } else if (!strcmp(key, "containers")) {
    containers = atol(value);
  } else if (!strcmp(key, "first")) {
    first = atol(value);
  } else if (!strcmp(key, "workers")) {
    workers = atol(value);
  } else if (!strcmp(key, "subject")) {
    if (subject_count == MOST_SUBJECTS) fail("plan", "too many subjects");
    subjects[subject_count++].name = strdup(value);
  } else if (!strcmp(key, "step") || !strcmp(key, "await")) {
    if (!subject_count || subjects[subject_count - 1].count == MOST_STEPS) fail("plan", "a step too many");
    subjects[subject_count - 1].count++;
  } else if (!strcmp(key, "word")) {
    struct step *step = last_step();
    if (step->count == MOST_WORDS) fail("plan", "too many words");
    step->words[step->count++] = strdup(value);
  } else {
    fail("plan", key);
  }
}

static void read_plan(void) {
  char line[LONGEST_WORD];
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    char *value = strchr(line, ' ');
    if (value) *value++ = 0;
    take(line, value ? value : "");
  }
}

// Measuring.

static void add(struct sample *sample, const struct rusage *usage) {
  sample->user += nanoseconds(usage->ru_utime);
  sample->system += nanoseconds(usage->ru_stime);
  if (usage->ru_maxrss > sample->maxrss) sample->maxrss = usage->ru_maxrss;
}

static void check_end(int status, const char *name, const char *command) {
  char text[64];
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  if (WIFEXITED(status))
    snprintf(text, sizeof text, "exit status %d of %.30s", WEXITSTATUS(status), command);
  else
    snprintf(text, sizeof text, "signal %d of %.30s", WTERMSIG(status), command);
  fail(name, text);
}

static void run_command(struct sample *sample, const char *name, char **words) {
  pid_t child;
  int status, error = posix_spawn(&child, words[0], &quiet, NULL, words, environ);
  struct rusage usage;
  if (error) fail(words[0], strerror(error));
  while (wait4(child, &status, 0, &usage) < 0)
    if (errno != EINTR) fail("wait4", strerror(errno));
  add(sample, &usage);
  check_end(status, name, words[0]);
}

// Orphans come to this program, their subreaper.
static void await_orphans(struct sample *sample, const char *name) {
  int status;
  struct rusage usage;
  while (wait4(-1, &status, 0, &usage) >= 0) {
    add(sample, &usage);
    check_end(status, name, "a container's process");
  }
}

static struct sample measure(struct subject *subject) {
  struct sample sample = {.start = now()};
  for (int i = 0; i < subject->count; i++) {
    struct step *step = &subject->steps[i];
    if (step->count)
      run_command(&sample, subject->name, step->words);
    else
      await_orphans(&sample, subject->name);
  }
  sample.wall = now() - sample.start;
  sample.start -= beginning;
  return sample;
}

static void print_sample(long round, const char *name, long ordinal, struct sample sample) {
  char line[LONGEST_WORD];
  int length = snprintf(line, sizeof line, "%ld\t%s\t%ld\t%lld\t%lld\t%lld\t%lld\t%ld\n", round, name, ordinal,
                        (long long)sample.start, (long long)sample.wall, (long long)sample.user,
                        (long long)sample.system, sample.maxrss);
  // One write for a line: several processes share the output.
  if (write(STDOUT_FILENO, line, length) != length) fail("output", strerror(errno));
}

static void pause_before_turn(void) {
  struct timespec time = {gap / 1000, gap % 1000 * 1000000};
  if (gap) nanosleep(&time, NULL);
}

static void take_turns(void) {
  for (long round = 0; round < rounds; round++)
    for (int turn = 0; turn < subject_count; turn++) {
      struct subject *subject = &subjects[(round + turn) % subject_count];
      pause_before_turn();
      alarm(MOST_SECONDS);
      print_sample(round, subject->name, 0, measure(subject));
    }
}

// Many containers from several processes.

static void set_ordinal(struct subject *into, const struct subject *from, long ordinal) {
  static char text[MOST_STEPS][MOST_WORDS][LONGEST_WORD];
  *into = *from;
  for (int s = 0; s < from->count; s++)
    for (int w = 0; w < from->steps[s].count; w++) {
      const char *word = from->steps[s].words[w], *mark = strchr(word, '%');
      if (!mark) continue;
      snprintf(text[s][w], LONGEST_WORD, "%.*s%ld%s", (int)(mark - word), word, ordinal, mark + 1);
      into->steps[s].words[w] = text[s][w];
    }
}

static _Noreturn void work(_Atomic long *next) {
  struct subject numbered;
  for (long ordinal; (ordinal = (*next)++) < containers;) {
    alarm(MOST_SECONDS);
    set_ordinal(&numbered, &subjects[0], first + ordinal);
    print_sample(0, numbered.name, first + ordinal, measure(&numbered));
  }
  exit(0);
}

static void start_many(void) {
  _Atomic long *next = mmap(NULL, sizeof *next, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (next == MAP_FAILED) fail("mmap", strerror(errno));
  pid_t children[256];
  if (subject_count != 1 || workers > 256) fail("plan", "one subject and at most 256 workers");
  for (long i = 0; i < workers; i++) {
    children[i] = fork();
    if (children[i] < 0) fail("fork", strerror(errno));
    if (children[i] == 0) work(next);
  }
  int status, failed = 0;
  for (long i = 0; i < workers; i++)
    if (waitpid(children[i], &status, 0) < 0 || status) failed = 1;
  exit(failed);
}

int main(void) {
  read_plan();
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) fail("subreaper", strerror(errno));
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  beginning = now();
  if (containers) start_many();
  take_turns();
}
