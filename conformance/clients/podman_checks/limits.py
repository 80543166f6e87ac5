"""Limits: in the kernel's files, from inside, and after `podman update`."""

import glob
import os
import re

from support import limits
from support.cgroups import UNIFIED, hierarchies, remove_tree
from support.checks import Checks, Skip, contains, equal, expect, until

from podman_checks.client import IMAGE

CHECKS = Checks()
check = CHECKS.check

MIB = 1 << 20


@check("limit: --memory, seen in the kernel and inside")
def _(podman):
    podman.detached("--memory", "64m")
    equal(podman.limit("one", "memory", "memory.limit_in_bytes"), str(64 * MIB))
    equal(podman("exec", "one", "cat", limits.file("memory.limit_in_bytes")).word, str(64 * MIB))


@check("limit: --memory-reservation")
def _(podman):
    podman.detached("--memory", "64m", "--memory-reservation", "32m")
    equal(podman.limit("one", "memory", "memory.soft_limit_in_bytes"), str(32 * MIB))


@check("limit: --memory-swappiness")
def _(podman):
    limits.file("memory.swappiness")
    podman.detached("--memory-swappiness", "7")
    equal(podman.limit("one", "memory", "memory.swappiness"), "7")


@check("limit: --memory-swap")
def _(podman):
    podman.detached("--memory", "64m", "--memory-swap", "96m")
    # Of memory and swap, but of swap alone in v2.
    equal(podman.limit("one", "memory", "memory.memsw.limit_in_bytes"), str((32 if UNIFIED else 96) * MIB))


@check("limit: a program that takes too much memory is killed")
def _(podman):
    # Not OOMKilled: conmon 2.1.6 notes it where podman 4.3 does not look.
    options = ["--memory", "16m", "--memory-swap", "16m"]
    out = podman.shell("tail -c 200m /dev/zero; echo $?; cat " + limits.file("memory.oom_control"),
                       *options).lines
    equal(out[0], "137")
    contains(out, "oom_kill 1")
    podman.once(*options, IMAGE, "tail", "-c", "200m", "/dev/zero", status=137)


@check("limit: --oom-kill-disable")
def _(podman):
    if UNIFIED:
        raise Skip("cgroup v2 cannot disable it")
    podman.detached("--memory", "64m", "--oom-kill-disable")
    contains(podman.limit("one", "memory", "memory.oom_control"), "oom_kill_disable 1")


@check("limit: --cpus")
def _(podman):
    podman.detached("--cpus", "0.5")
    equal((podman.limit("one", "cpu", "cpu.cfs_quota_us"), podman.limit("one", "cpu", "cpu.cfs_period_us")),
          ("50000", "100000"))


@check("limit: --cpu-period, --cpu-quota and --cpu-shares")
def _(podman):
    podman.detached("--cpu-period", "50000", "--cpu-quota", "20000", "--cpu-shares", "512")
    equal([podman.limit("one", "cpu", "cpu." + name)
           for name in ("cfs_period_us", "cfs_quota_us", "shares")], ["50000", "20000", limits.shares(512)])


@check("limit: --cpu-rt-runtime")
def _(podman):
    budget = podman.run("cat", limits.file("cpu.rt_runtime_us"), status=None).word
    if budget in ("", "0"):
        raise Skip("the kernel gives our cgroups no real-time processor")
    podman.detached("--cpu-rt-period", "1000000", "--cpu-rt-runtime", "1000")
    equal(podman.limit("one", "cpu", "cpu.rt_runtime_us"), "1000")


@check("limit: --cpuset-cpus and --cpuset-mems", needs=("root",))
def _(podman):
    podman.detached("--cpuset-cpus", "0", "--cpuset-mems", "0")
    equal((podman.limit("one", "cpuset", "cpuset.cpus"), podman.limit("one", "cpuset", "cpuset.mems")),
          ("0", "0"))
    contains(podman("exec", "one", "cat", "/proc/self/status").out, "Cpus_allowed_list:\t0\n")


@check("limit: --pids-limit, seen in the kernel and felt inside")
def _(podman):
    podman.detached("--pids-limit", "7")
    equal(podman.limit("one", "pids", "pids.max"), "7")
    result = podman("exec", "one", "sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do sleep 100 & done",
                    status=None)
    expect(result.status != 0, "ten processes with a limit of seven")
    contains(result.err, "can't fork")


@check("limit: --pids-limit=-1 is none")
def _(podman):
    podman.detached("--pids-limit", "-1")
    equal(podman.limit("one", "pids", "pids.max"), "max")


@check("limit: --blkio-weight")
def _(podman):
    if not os.path.exists(limits.file("blkio.weight")):
        raise Skip("podman looks for blkio.weight, which this kernel has not")
    podman.detached("--blkio-weight", "321")
    equal(podman.limit("one", "blkio", "blkio.weight"), "321")


@check("limit: --device-read-bps and the other three", needs=("root",))
def _(podman):
    device = block_device()
    number = "%d:%d" % (os.major(os.stat(device).st_rdev), os.minor(os.stat(device).st_rdev))
    podman.detached("--device-read-bps", device + ":1mb", "--device-write-bps", device + ":2mb",
                    "--device-read-iops", device + ":300", "--device-write-iops", device + ":400")
    for name, value in (("read_bps", MIB), ("write_bps", 2 * MIB), ("read_iops", 300),
                        ("write_iops", 400)):
        equal(podman.limit("one", "blkio", "blkio.throttle.%s_device" % name),
              "%s %d" % (number, value))


@check("limit: --ulimit")
def _(podman):
    out = podman.shell("ulimit -n; ulimit -Hn; ulimit -c; ulimit -u", "--ulimit", "nofile=100:200",
                       "--ulimit", "core=0:0", "--ulimit", "nproc=77:77").word.split()
    equal(out, ["100", "200", "0", "77"])


@check("limit: --cgroup-parent", needs=("root",))
def _(podman):
    if podman.cgroup_manager == "systemd":
        raise Skip("systemd takes a slice")
    podman.detached("--cgroup-parent", "/libpod_parent/mine")
    contains(podman.cgroup("one", "memory"), "/libpod_parent/mine/libpod-")
    podman("rm", "--force", "--time", "0", "one")
    # Podman leaves the parent, and conmon may still be there for a moment.
    parents = [path for root in hierarchies() for path in glob.glob(root + "/libpod_parent/mine")]
    until(lambda: not any(remove_tree(path) for path in parents), "the parent is empty")


@check("limit: --cgroups=no-conmon")
def _(podman):
    podman.detached("--cgroups", "no-conmon", "--memory", "64m")
    equal(podman.limit("one", "memory", "memory.limit_in_bytes"), str(64 * MIB))


@check("limit: the container is in a cgroup of every controller, inside read-only")
def _(podman):
    podman.detached()
    identifier = podman.inspect("one")["Id"]
    with open("/proc/%d/cgroup" % podman.pid("one"), encoding="ascii") as file:
        for line in file:
            # A hierarchy without controllers may be left out: nothing is limited or counted there.
            if not re.match(r"\d+:(name=\w+)?:", line):
                contains(line, "libpod-" + identifier)
    out = podman("exec", "one", "sh", "-c", "cat {0}/cgroup.procs; mkdir {0}/x".format(
        limits.hierarchy("memory")), status=1)
    contains(out.lines, "1")
    contains(out.err, "Read-only file system")


@check("update: --memory of a running container")
def _(podman):
    podman.detached("--memory", "64m", "--memory-swap", "-1")
    podman("update", "--memory", "128m", "--memory-reservation", "48m", "one")
    equal(podman.limit("one", "memory", "memory.limit_in_bytes"), str(128 * MIB))
    equal(podman.limit("one", "memory", "memory.soft_limit_in_bytes"), str(48 * MIB))
    podman("update", "--memory", "32m", "one")
    equal(podman.limit("one", "memory", "memory.limit_in_bytes"), str(32 * MIB))


@check("update: --cpus, --cpu-shares and --cpuset-cpus", needs=("root",))
def _(podman):
    podman.detached("--cpu-shares", "512")
    podman("update", "--cpus", "0.3", "--cpu-shares", "1000", "--cpuset-cpus", "0", "one")
    equal([podman.limit("one", "cpu", "cpu." + name)
           for name in ("cfs_quota_us", "cfs_period_us", "shares")], ["30000", "100000", limits.shares(1000)])
    equal(podman.limit("one", "cpuset", "cpuset.cpus"), "0")


@check("update: what is not named stays")
def _(podman):
    podman.detached("--memory", "64m", "--pids-limit", "33")
    podman("update", "--cpu-shares", "300", "one")
    equal(podman.limit("one", "memory", "memory.limit_in_bytes"), str(64 * MIB))
    equal(podman.limit("one", "pids", "pids.max"), "33")
    equal(podman.limit("one", "cpu", "cpu.shares"), limits.shares(300))


@check("update: --device-write-bps", needs=("root",))
def _(podman):
    device = block_device()
    podman.detached("--device-write-bps", device + ":1mb")
    podman("update", "--device-write-bps", device + ":3mb", "one")
    expect(podman.limit("one", "blkio", "blkio.throttle.write_bps_device").endswith(" %d" % (3 * MIB)),
           podman.limit("one", "blkio", "blkio.throttle.write_bps_device"))


def block_device():
    """A whole disk of the machine."""
    for name in sorted(os.listdir("/sys/block")):
        path = "/dev/" + name
        if not name.startswith(("loop", "ram", "zram", "sr", "fd")) and os.path.exists(path):
            return path
    raise Skip("the machine has no disk")
