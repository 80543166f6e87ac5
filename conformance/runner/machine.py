"""Finds out which tests this machine cannot run, and why."""

import contextlib
import os

# By number, from capability 0 on.
CAPABILITIES = """
    CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
    NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO
    SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME
    SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG
    WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE
""".split()


def skips(tests):
    """A reason for each test that this machine cannot run."""
    hierarchies = _cgroup_v1_hierarchies()
    reasons = {}
    for test in tests:
        if test.startswith("linux_cgroups_"):
            controller = test.split("_")[-1]
            reason = _cgroup_reason(controller, hierarchies)
        elif test == "linux_process_apparmor_profile":
            reason = None if _apparmor_enabled() else "AppArmor is not enabled in this kernel"
        else:
            reason = None
        if reason:
            reasons[test] = reason
    return reasons


def waivers():
    """Assertions that cannot hold on this machine, each with the reason."""
    waived = {}
    memory = _cgroup_v1_hierarchies().get("memory")
    if memory and not _takes_kernel_limit(memory):
        waived["memory kernel is set correctly"] = "this kernel ignores memory.kmem.limit_in_bytes"
    for name in _missing_capabilities():
        for kind in ("bounding", "effective", "inheritable", "permitted", "ambient"):
            waived["expected %s capability CAP_%s set" % (kind, name)] = (
                "root lacks CAP_%s here, so that no runtime can grant it" % name)
    return waived


def _missing_capabilities():
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("CapBnd:"))
    bounding = int(line.split()[1], 16)
    return [name for bit, name in enumerate(CAPABILITIES) if not bounding >> bit & 1]


def _cgroup_reason(controller, hierarchies):
    if not hierarchies:
        return "the suite reads cgroup v1 only, and none is mounted"
    if controller == "blkio":
        if "blkio" not in hierarchies:
            return "the blkio controller is not mounted as cgroup v1"
        if not _has_file(hierarchies["blkio"], "blkio.leaf_weight"):
            return "this kernel's blkio controller has no weights"
    if controller == "network":
        missing = {"net_cls", "net_prio"} - hierarchies.keys()
        if missing:
            return "not mounted as cgroup v1: %s" % ", ".join(sorted(missing))
    return None


def _cgroup_v1_hierarchies():
    """The mount point of each cgroup v1 controller."""
    found = {}
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        for line in mounts:
            _, point, kind, options = line.split(" ")[:4]
            if kind == "cgroup":
                for option in options.split(","):
                    found[option] = point
    return found


def _has_file(hierarchy, name):
    with _probe(hierarchy) as directory:
        return os.path.exists(os.path.join(directory, name))


def _takes_kernel_limit(hierarchy):
    limit = str(1 << 26)
    with _probe(hierarchy) as directory:
        path = os.path.join(directory, "memory.kmem.limit_in_bytes")
        try:
            with open(path, "w", encoding="ascii") as file:
                file.write(limit)
            with open(path, encoding="ascii") as file:
                return file.read().strip() == limit
        except OSError:
            return False


@contextlib.contextmanager
def _probe(hierarchy):
    """A new cgroup: a hierarchy's root lacks files that its children have."""
    directory = os.path.join(hierarchy, "conformance-probe-%d" % os.getpid())
    os.mkdir(directory)
    try:
        yield directory
    finally:
        os.rmdir(directory)


def _apparmor_enabled():
    try:
        with open("/sys/module/apparmor/parameters/enabled", encoding="ascii") as enabled:
            return enabled.read().strip() == "Y"
    except OSError:
        return False
