// Cgroups of v1, of v2, or of both side by side.

#include "floor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void cgroup_path(char *path, size_t size, const char *mount_point, const char *name, const char *file) {
  snprintf(path, size, file ? "%s/%s/%s" : "%s/%s", mount_point, name, file);
}

static void write_file(const char *path, const char *value) {
  int file = need(open(path, O_WRONLY | O_CLOEXEC), path);
  need(write(file, value, strlen(value)), path);
  close(file);
}

void make_cgroups(const char *name) {
  char path[PATH_MAX];
  for (const char *const *hierarchy = bundle.hierarchies; *hierarchy; hierarchy++) {
    cgroup_path(path, sizeof path, *hierarchy, name, NULL);
    need(mkdir(path, 0755), path);
  }
  if (bundle.unified) {
    cgroup_path(path, sizeof path, bundle.unified, name, NULL);
    need(mkdir(path, 0755), path);
  }
  for (const struct setting *setting = bundle.settings; setting->file; setting++) {
    const char *where = setting->hierarchy ? setting->hierarchy : bundle.unified;
    cgroup_path(path, sizeof path, where, name, setting->file);
    write_file(path, setting->value);
  }
}

void remove_cgroups(const char *name) {
  char path[PATH_MAX];
  for (const char *const *hierarchy = bundle.hierarchies; *hierarchy; hierarchy++) {
    cgroup_path(path, sizeof path, *hierarchy, name, NULL);
    need(rmdir(path), path);
  }
  if (bundle.unified) {
    cgroup_path(path, sizeof path, bundle.unified, name, NULL);
    need(rmdir(path), path);
  }
}

int open_unified(const char *name) {
  char path[PATH_MAX];
  if (!bundle.unified) return -1;
  cgroup_path(path, sizeof path, bundle.unified, name, NULL);
  return need(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), path);
}

// A thread that moves itself alone waits for no RCU grace period, unlike one whose pid another writes.
void join_hierarchies(const char *name) {
  char path[PATH_MAX];
  for (const char *const *hierarchy = bundle.hierarchies; *hierarchy; hierarchy++) {
    cgroup_path(path, sizeof path, *hierarchy, name, "tasks");
    write_file(path, "0");
  }
}
