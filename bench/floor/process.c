// What the process itself is: its limits, user, capabilities and filter.

#include "floor.h"

#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void load_filter(void) {
  if (!bundle.filter) return;
  struct sock_fprog program = {.len = bundle.filter_length, .filter = (struct sock_filter *)bundle.filter};
  need(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, bundle.filter_flags, &program), "seccomp");
}

static void set_capabilities(void) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2];
  for (int half = 0; half < 2; half++)
    data[half] = (struct __user_cap_data_struct){
        .effective = bundle.effective >> (32 * half),
        .permitted = bundle.permitted >> (32 * half),
        .inheritable = bundle.inheritable >> (32 * half),
    };
  need(syscall(SYS_capset, &header, data), "capset");
  for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
    if (bundle.ambient >> capability & 1)
      need(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0), "ambient capability");
}

void become_process(void) {
  for (size_t i = 0; i < bundle.limit_count; i++)
    need(setrlimit(bundle.limits[i].resource, &bundle.limits[i].value), "setrlimit");
  // Without no_new_privs a filter takes a capability that is about to be dropped.
  if (!bundle.no_new_privileges) load_filter();
  for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
    if (!(bundle.bounding >> capability & 1))
      need(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "bounding capability");
  need(syscall(SYS_setgroups, 0, NULL), "setgroups");
  need(syscall(SYS_setresgid, 0, 0, 0), "setresgid");
  need(syscall(SYS_setresuid, 0, 0, 0), "setresuid");
  umask(bundle.umask);
  set_capabilities();
  if (bundle.no_new_privileges) {
    need(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
    load_filter();
  }
}
