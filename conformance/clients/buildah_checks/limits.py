"""Limits that `buildah from` and `buildah build` set."""

import re

from support import limits
from support.cgroups import UNIFIED
from support.checks import Checks, contains, equal

from buildah_checks.client import IMAGE

CHECKS = Checks()
check = CHECKS.check


def values(buildah, container, *names):
    """What a container sees of its limits, by their files of cgroup v1."""
    lines = buildah.shell("cat " + " ".join(map(limits.file, names)), container=container).lines
    return [limits.meaning(name, line) for name, line in zip(names, lines, strict=True)]


@check("from: --memory and --cpu-shares")
def _(buildah):
    name = buildah.container("--memory", "64m", "--memory-swap", "96m", "--cpu-shares", "512")
    equal(values(buildah, name, "memory.limit_in_bytes", "cpu.shares"), [str(64 << 20), limits.shares(512)])


@check("from: --cpu-quota, --cpu-period and --cpuset-cpus")
def _(buildah):
    name = buildah.container("--cpu-quota", "20000", "--cpu-period", "50000", "--cpuset-cpus", "0")
    equal(values(buildah, name, "cpu.cfs_quota_us", "cpu.cfs_period_us", "cpuset.cpus"),
          ["20000", "50000", "0"])


@check("from: --cgroup-parent")
def _(buildah):
    name = buildah.container("--cgroup-parent", "/parent")
    out = buildah.shell("cat /proc/1/cgroup", "--cgroupns", "host", container=name).lines
    # A hierarchy without controllers may be left out.
    parents = {line.split(":")[2].split("/")[1] for line in out
               if UNIFIED or not re.match(r"\d+:(name=\w+)?:", line)}
    equal(parents, {"parent"})


@check("from: --ulimit and --shm-size")
def _(buildah):
    name = buildah.container("--ulimit", "nofile=100:200", "--shm-size", "3m")
    out = buildah.shell("ulimit -n; ulimit -Hn; grep ' /dev/shm ' /proc/self/mounts", container=name).out
    equal(out.split()[:2], ["100", "200"])
    contains(out, "size=3072k")


@check("from: --device")
def _(buildah):
    name = buildah.container("--device", "/dev/zero:/dev/mine")
    equal(buildah.shell("head -c 4 /dev/mine | wc -c", container=name).word, "4")


@check("from: --security-opt seccomp")
def _(buildah):
    profile = buildah.write("profile.json", '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": '
                            '["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95}]}')
    name = buildah.container("--security-opt", "seccomp=" + profile)
    result = buildah.shell("mkdir /x", container=name, status=1)
    contains(result.err, "Operation not supported")


@check("from: --dns and --add-host")
def _(buildah):
    name = buildah.container("--dns", "10.1.1.1", "--add-host", "there:10.9.8.7")
    out = buildah.shell("cat /etc/resolv.conf /etc/hosts", container=name).out
    contains(out, "nameserver 10.1.1.1", "10.9.8.7")


@check("build: --memory and --ulimit")
def _(buildah):
    file = limits.file("memory.limit_in_bytes")
    out = buildah.build("FROM %s\nRUN cat %s; ulimit -n\n" % (IMAGE, file),
                        "--memory", "64m", "--ulimit", "nofile=77:77").out
    buildah("rmi", "localhost/built")
    contains(out.splitlines(), str(64 << 20), "77")
