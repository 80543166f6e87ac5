"""docker run, update and stats: limits, as cgroups show them and as they hold."""

import json
import os

from support import limits
from support.cgroups import UNIFIED
from support.checks import Checks, Skip, contains, equal, expect, until

CHECKS = Checks()
check = CHECKS.check
MEBIBYTE = 1 << 20


def files(docker, name, *names):
    """The values in files of a container's cgroups, by their names in cgroup v1."""
    return [docker.limit(name, file) for file in names]


@check("limits: --memory, --memory-reservation and --memory-swap")
def _(docker):
    name = docker.sleeping("--memory", "64m", "--memory-reservation", "32m",
                           "--memory-swap", "128m")
    equal(files(docker, name, "memory.limit_in_bytes", "memory.soft_limit_in_bytes"),
          [str(64 * MEBIBYTE), str(32 * MEBIBYTE)])
    if UNIFIED or os.path.exists("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes"):
        # Of memory and swap, but of swap alone in v2.
        equal(files(docker, name, "memory.memsw.limit_in_bytes"), [str((64 if UNIFIED else 128) * MEBIBYTE)])


@check("limits: --cpus, --cpu-shares and --cpuset-cpus")
def _(docker):
    name = docker.sleeping("--cpus", "0.5", "--cpu-shares", "512", "--cpuset-cpus", "0",
                           "--cpuset-mems", "0")
    equal(files(docker, name, "cpu.cfs_quota_us", "cpu.cfs_period_us", "cpu.shares",
                "cpuset.cpus", "cpuset.mems"), ["50000", "100000", limits.shares(512), "0", "0"])
    contains(docker.exec(name, "grep", "Cpus_allowed_list", "/proc/self/status").out, "\t0\n")


@check("limits: --pids-limit holds")
def _(docker):
    result = docker.once("sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do sleep 5 & done",
                         options=("--pids-limit", "5"), status=None)
    contains(result.err.lower(), "can't fork")


@check("limits: --device-read-bps")
def _(docker):
    device = next((entry.path for entry in os.scandir("/dev")
                   if entry.name in ("vda", "sda", "nvme0n1")), None)
    if not device:
        raise Skip("no disk to limit")
    name = docker.sleeping("--device-read-bps", device + ":1mb")
    number = os.stat(device).st_rdev
    equal(files(docker, name, "blkio.throttle.read_bps_device"),
          ["%d:%d %d" % (os.major(number), os.minor(number), MEBIBYTE)])


@check("limits: seen inside, where the cgroups are read-only")
def _(docker):
    name = docker.sleeping("--memory", "64m")
    file = limits.file("memory.limit_in_bytes")
    equal(docker.exec(name, "cat", file).word, str(64 * MEBIBYTE))
    contains(docker.exec(name, "sh", "-c", "echo -1 >" + file, status=1).err,
             "Read-only file system")


@check("limits: --cgroup-parent")
def _(docker):
    name = docker.sleeping("--cgroup-parent", "/parent", "--memory", "64m")
    path = "%s/parent/%s" % (limits.hierarchy("memory"), docker.id(name))
    equal(limits.value(path, "memory.limit_in_bytes"), str(64 * MEBIBYTE))


@check("limits: a process that takes too much memory is killed, and inspect tells")
def _(docker):
    name = docker.detached("sh", "-c", "exec tail /dev/zero", options=("--memory", "16m"))
    equal(docker.exits(name), 137)
    until(lambda: docker.state(name)["OOMKilled"], "OOMKilled is told")


@check("limits: update of a container that runs")
def _(docker):
    name = docker.sleeping("--memory", "64m", "--memory-swap", "64m")
    docker("update", "--memory", "128m", "--memory-swap", "256m", "--memory-reservation", "32m",
           "--cpus", "0.25", "--cpu-shares", "256", "--cpuset-cpus", "1", "--pids-limit", "77",
           name)
    equal(files(docker, name, "memory.limit_in_bytes", "memory.soft_limit_in_bytes",
                "cpu.cfs_quota_us", "cpu.cfs_period_us", "cpu.shares", "cpuset.cpus", "pids.max"),
          [str(128 * MEBIBYTE), str(32 * MEBIBYTE), "25000", "100000", limits.shares(256), "1", "77"])
    equal(docker.status(name), "running")


@check("limits: update of the restart policy alone")
def _(docker):
    for options in ((), ("--memory", "64m", "--cpus", "0.5")):
        name = docker.sleeping(*options)
        before = files(docker, name, "memory.limit_in_bytes", "cpu.cfs_quota_us", "cpu.shares")
        docker("update", "--restart", "on-failure:3", name)
        equal(files(docker, name, "memory.limit_in_bytes", "cpu.cfs_quota_us", "cpu.shares"),
              before)


@check("limits: update to less memory, and after a restart")
def _(docker):
    name = docker.sleeping("--memory", "128m", "--memory-swap", "128m")
    docker("update", "--memory", "64m", "--memory-swap", "64m", name)
    equal(files(docker, name, "memory.limit_in_bytes"), [str(64 * MEBIBYTE)])
    docker("restart", name)
    equal(files(docker, name, "memory.limit_in_bytes"), [str(64 * MEBIBYTE)])


@check("limits: update with what cannot be is refused")
def _(docker):
    name = docker.sleeping("--cpuset-cpus", "0", "--memory", "64m")
    result = docker("update", "--cpuset-cpus", "4000", name, status=None)
    expect(result.status != 0, "it was taken")
    equal(files(docker, name, "cpuset.cpus"), ["0"])
    equal(docker.status(name), "running")


@check("limits: stats")
def _(docker):
    name = docker.sleeping("--memory", "64m")
    told = json.loads(docker("stats", "--no-stream", "--format", "{{json .}}", name).out)
    contains(told["MemUsage"], "/ 64MiB")
    equal((told["Name"], told["PIDs"]), (name, "2"))
