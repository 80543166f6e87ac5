// The floor: the system calls that a bundle asks for, and nothing else.
//
// All that is to be known of the bundle and of the machine's cgroups is compiled in: `bench/run` writes a
// source file with a `struct bundle` from config.json. There is no state, no JSON and no check of any kind.

#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

struct parameter {
  const char *key;
  const char *value;  // NULL for a flag, fsconfig(2)'s FSCONFIG_SET_FLAG
};

enum mount_kind { MOUNT_NEW, MOUNT_BIND, MOUNT_CGROUP };

struct mount {
  enum mount_kind kind;
  const char *target;  // below the root, without a leading slash
  const char *source;  // of a bind mount: below the bundle's directory
  const char *type;
  bool make_target;     // a directory that an earlier mount hides
  uint64_t attributes;  // MOUNT_ATTR_*
  const struct parameter *parameters;
};

// A value for a file in a container's cgroup directory.
struct setting {
  const char *hierarchy;  // the directory of a v1 controller; NULL with v2
  const char *file;
  const char *value;
};

struct device_rule {
  char type;  // 'a', 'b', 'c'
  bool allow;
  int access;  // BPF_DEVCG_ACC_*
  int major;   // -1 for all
  int minor;
};

struct limit {
  int resource;
  struct rlimit value;
};

struct bundle {
  const char *hostname;
  uint64_t namespaces;  // CLONE_NEW*
  bool readonly_root;
  bool no_new_privileges;
  int umask;
  uint64_t bounding, effective, permitted, inheritable, ambient;
  const struct mount *mounts;                // until .target is NULL
  const char *const *masked;                 // until NULL, as all lists of strings
  const char *const *readonly;
  const struct parameter *sysctls;           // .key is the file
  const struct limit *limits;
  size_t limit_count;
  const char *const *environment;
  const struct sock_filter *filter;          // NULL without seccomp
  size_t filter_length;
  uint32_t filter_flags;
  // The machine's cgroups.
  const char *const *hierarchies;            // mount points of v1, none on a machine with v2 alone
  const char *unified;                       // mount point of v2, or NULL
  const struct setting *settings;            // until .file is NULL
  const struct device_rule *device_rules;    // for v2; v1 has them among its settings
  size_t device_rule_count;
};

extern const struct bundle bundle;

// Ends the program with a message if a system call failed; otherwise returns its result.
long need(long result, const char *what);

// cgroups.c. `name` is the path of a container's cgroup below each mount point.
void make_cgroups(const char *name);
void remove_cgroups(const char *name);
int open_unified(const char *name);      // for CLONE_INTO_CGROUP, or -1
void join_hierarchies(const char *name);  // the calling process, which has one thread
void cgroup_path(char *path, size_t size, const char *mount_point, const char *name, const char *file);

// devices.c
void attach_device_filter(int cgroup);

// filesystem.c
void enter_root(int bundle_directory, const char *cgroup);

// process.c
void become_process(void);
