// The container's root: mounts with the new mount API, devices, masked and read-only paths.

#include "floor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MNT_DETACH 2

static const struct {
  const char *path;
  int major, minor;
} devices[] = {{"dev/null", 1, 3}, {"dev/zero", 1, 5},   {"dev/full", 1, 7},
               {"dev/tty", 5, 0},  {"dev/random", 1, 8}, {"dev/urandom", 1, 9}};

static const char *const links[][2] = {{"/proc/self/fd", "dev/fd"},
                                       {"/proc/self/fd/0", "dev/stdin"},
                                       {"/proc/self/fd/1", "dev/stdout"},
                                       {"/proc/self/fd/2", "dev/stderr"},
                                       {"/proc/kcore", "dev/core"},
                                       {"pts/ptmx", "dev/ptmx"}};

static int new_mount(const char *type, const struct parameter *parameters, uint64_t attributes) {
  int context = need(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC), type);
  for (; parameters && parameters->key; parameters++) {
    int command = parameters->value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;
    need(syscall(SYS_fsconfig, context, command, parameters->key, parameters->value, 0), parameters->key);
  }
  need(syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0), type);
  int mount = need(syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes), type);
  close(context);
  return mount;
}

static void set_attributes(int mount, const char *path, unsigned flags, uint64_t set, uint64_t propagation) {
  struct mount_attr attributes = {.attr_set = set, .propagation = propagation};
  need(syscall(SYS_mount_setattr, mount, path, flags, &attributes, sizeof attributes), path);
}

static int clone_tree(int directory, const char *path, unsigned flags) {
  return syscall(SYS_open_tree, directory, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags);
}

static long attach(int mount, int directory, const char *path) {
  return syscall(SYS_move_mount, mount, "", directory, path, MOVE_MOUNT_F_EMPTY_PATH);
}

static int bind(int directory, const char *source, uint64_t attributes) {
  int mount = need(clone_tree(directory, source, 0), source);
  if (attributes) set_attributes(mount, "", AT_EMPTY_PATH, attributes, 0);
  return mount;
}

// v1: a directory for each hierarchy, in which the container sees its own cgroup.
static void mount_hierarchies(int root, const struct mount *mount, const char *cgroup) {
  static const struct parameter mode[] = {{"mode", "755"}, {}};
  char from[PATH_MAX], to[PATH_MAX];
  int directory = new_mount("tmpfs", mode, mount->attributes & ~MOUNT_ATTR_RDONLY);
  need(attach(directory, root, mount->target), mount->target);
  for (const char *const *hierarchy = bundle.hierarchies; *hierarchy; hierarchy++) {
    cgroup_path(from, sizeof from, *hierarchy, cgroup, NULL);
    snprintf(to, sizeof to, "%s", strrchr(*hierarchy, '/') + 1);
    need(mkdirat(directory, to, 0755), to);
    int tree = bind(AT_FDCWD, from, mount->attributes);
    need(attach(tree, directory, to), to);
    close(tree);
  }
  if (mount->attributes & MOUNT_ATTR_RDONLY)
    set_attributes(directory, "", AT_EMPTY_PATH, MOUNT_ATTR_RDONLY, 0);
  close(directory);
}

static void mount_unified(int root, const struct mount *mount, const char *cgroup) {
  char from[PATH_MAX];
  cgroup_path(from, sizeof from, bundle.unified, cgroup, NULL);
  int tree = bind(AT_FDCWD, from, mount->attributes);
  need(attach(tree, root, mount->target), mount->target);
  close(tree);
}

static void mount_all(int bundle_directory, int root, const char *cgroup) {
  for (const struct mount *mount = bundle.mounts; mount->target; mount++) {
    if (mount->make_target) need(mkdirat(root, mount->target, 0755), mount->target);
    if (mount->kind == MOUNT_CGROUP) {
      (*bundle.hierarchies ? mount_hierarchies : mount_unified)(root, mount, cgroup);
      continue;
    }
    int tree = mount->kind == MOUNT_BIND ? bind(bundle_directory, mount->source, mount->attributes)
                                         : new_mount(mount->type, mount->parameters, mount->attributes);
    need(attach(tree, root, mount->target), mount->target);
    close(tree);
  }
}

static void make_devices(int root) {
  mode_t mask = umask(0);
  for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
    need(mknodat(root, devices[i].path, S_IFCHR | 0666, makedev(devices[i].major, devices[i].minor)),
         devices[i].path);
  for (size_t i = 0; i < sizeof links / sizeof *links; i++)
    need(symlinkat(links[i][0], root, links[i][1]), links[i][1]);
  umask(mask);
}

static void write_sysctls(void) {
  for (const struct parameter *sysctl = bundle.sysctls; sysctl->key; sysctl++) {
    int file = need(open(sysctl->key, O_WRONLY | O_CLOEXEC), sysctl->key);
    need(write(file, sysctl->value, strlen(sysctl->value)), sysctl->key);
    close(file);
  }
}

// Files show /dev/null, directories an empty file system. A mount serves the next path if one is missing.
static void mask_paths(void) {
  int null = -1;
  for (const char *const *path = bundle.masked; *path; path++) {
    if (null < 0) null = need(clone_tree(AT_FDCWD, "/dev/null", 0), "/dev/null");
    if (attach(null, AT_FDCWD, *path) == 0) {
      close(null);
      null = -1;
    } else if (errno == EINVAL) {
      int empty = new_mount("tmpfs", NULL, MOUNT_ATTR_RDONLY);
      need(attach(empty, AT_FDCWD, *path), *path);
      close(empty);
    } else if (errno != ENOENT) {
      need(-1, *path);
    }
  }
}

static void protect_paths(void) {
  for (const char *const *path = bundle.readonly; *path; path++) {
    int tree = clone_tree(AT_FDCWD, *path, AT_RECURSIVE);
    if (tree < 0 && errno == ENOENT) continue;
    need(tree, *path);
    set_attributes(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, MOUNT_ATTR_RDONLY, 0);
    need(attach(tree, AT_FDCWD, *path), *path);
    close(tree);
  }
}

void enter_root(int bundle_directory, const char *cgroup) {
  set_attributes(AT_FDCWD, "/", AT_RECURSIVE, 0, MS_PRIVATE);
  int root = need(clone_tree(bundle_directory, "rootfs", AT_RECURSIVE), "rootfs");
  if (bundle.readonly_root) set_attributes(root, "", AT_EMPTY_PATH, MOUNT_ATTR_RDONLY, 0);
  need(attach(root, bundle_directory, "rootfs"), "rootfs");
  mount_all(bundle_directory, root, cgroup);
  make_devices(root);
  need(fchdir(root), "fchdir");
  need(syscall(SYS_pivot_root, ".", "."), "pivot_root");
  need(syscall(SYS_umount2, ".", MNT_DETACH), "umount2");
  need(chdir("/"), "chdir");
  write_sysctls();
  protect_paths();
  mask_paths();
}
