"""docker run: namespaces and privileges."""

import json
import os
import stat

from support.cgroups import UNIFIED
from support.checks import Checks, Skip, contains, equal, expect
from support.host import (
    DEFAULT_CAPABILITIES, NET_ADMIN, NET_RAW, SYS_RESOURCE, capability_sets, device_to_give,
    process_status, status_fields)

CHECKS = Checks()
check = CHECKS.check


def status_in(docker, *options):
    """The fields of /proc/self/status of a program in a container."""
    return status_fields(docker.once("cat", "/proc/self/status", options=options).out)


def namespaces(docker, *options):
    """The namespaces of a program in a container, by kind."""
    kinds = ("cgroup", "ipc", "mnt", "net", "pid", "uts")
    script = "for kind in %s; do readlink /proc/self/ns/$kind; done" % " ".join(kinds)
    return dict(zip(kinds, docker.once("sh", "-c", script, options=options).lines))


def own(kind, pid="self"):
    return os.readlink("/proc/%s/ns/%s" % (pid, kind))


@check("isolation: namespaces of its own")
def _(docker):
    for kind, namespace in namespaces(docker).items():
        if kind != "cgroup":
            expect(namespace != own(kind), "the host's %s namespace" % kind)


@check("isolation: the host's pid, ipc, uts and network namespaces")
def _(docker):
    inside = namespaces(docker, "--pid", "host", "--ipc", "host", "--uts", "host",
                        "--network", "host")
    equal({kind: inside[kind] for kind in ("pid", "ipc", "uts", "net")},
          {kind: own(kind) for kind in ("pid", "ipc", "uts", "net")})


@check("isolation: another container's pid, ipc and network namespaces")
def _(docker):
    name = docker.sleeping("--ipc", "shareable")
    pid = docker.pid(name)
    other = "container:" + name
    inside = namespaces(docker, "--pid", other, "--ipc", other, "--network", other)
    equal({kind: inside[kind] for kind in ("pid", "ipc", "net")},
          {kind: own(kind, pid) for kind in ("pid", "ipc", "net")})


@check("isolation: --cgroupns private and host")
def _(docker):
    expect(namespaces(docker, "--cgroupns", "private")["cgroup"] != own("cgroup"), "the host's")
    equal(namespaces(docker, "--cgroupns", "host")["cgroup"], own("cgroup"))
    lines = docker.once("cat", "/proc/self/cgroup", options=("--cgroupns", "private")).lines
    equal({line.split(":", 2)[2] for line in lines if UNIFIED or "::" not in line}, {"/"})


@check("isolation: capabilities by default, --cap-add and --cap-drop")
def _(docker):
    def sets(*options):
        return capability_sets(status_in(docker, *options))
    equal(sets(), {DEFAULT_CAPABILITIES})
    equal(sets("--cap-add", "NET_ADMIN", "--cap-drop", "NET_RAW"),
          {DEFAULT_CAPABILITIES & ~(1 << NET_RAW) | 1 << NET_ADMIN})
    equal(sets("--cap-drop", "ALL"), {0})


@check("isolation: --privileged")
def _(docker):
    bounding = int(process_status()["CapBnd"], 16)
    if not bounding >> SYS_RESOURCE & 1:
        raise Skip("root itself lacks CAP_SYS_RESOURCE here")
    equal(int(status_in(docker, "--privileged")["CapEff"], 16), bounding)


@check("isolation: no-new-privileges")
def _(docker):
    equal(status_in(docker)["NoNewPrivs"], "0")
    equal(status_in(docker, "--security-opt", "no-new-privileges")["NoNewPrivs"], "1")


@check("isolation: seccomp, docker's profile and none")
def _(docker):
    equal(status_in(docker)["Seccomp"], "2")
    result = docker.once("unshare", "-U", "true", status=None)
    expect(result.status != 0, "a user namespace could be made")
    contains(result.err, "Operation not permitted")
    equal(status_in(docker, "--security-opt", "seccomp=unconfined")["Seccomp"], "0")


@check("isolation: seccomp, a profile of one's own, with capabilities and arguments")
def _(docker):
    profile = docker.write("seccomp.json", json.dumps({
        "defaultAction": "SCMP_ACT_ALLOW",
        "archMap": [{"architecture": "SCMP_ARCH_X86_64",
                     "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]}],
        "syscalls": [
            {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
            {"names": ["kill"], "action": "SCMP_ACT_ERRNO",
             "args": [{"index": 1, "value": 10, "op": "SCMP_CMP_EQ"}]},
            {"names": ["symlink", "symlinkat"], "action": "SCMP_ACT_ERRNO",
             "excludes": {"caps": ["CAP_NET_ADMIN"]}}]}))
    option = ("--security-opt", "seccomp=" + profile)
    contains(docker.once("mkdir", "/tmp/new", options=option, status=1).err,
             "Function not implemented")
    result = docker.once("sh", "-c", "trap : USR2; kill -12 $$ && kill -10 $$", options=option,
                         status=None)
    contains(result.err, "not permitted")
    contains(docker.once("ln", "-s", "a", "/tmp/b", options=option, status=1).err, "not permitted")
    docker.once("ln", "-s", "a", "/tmp/b", options=(*option, "--cap-add", "NET_ADMIN"))


@check("isolation: masked and read-only paths, and all of them with systempaths=unconfined")
def _(docker):
    equal(docker.once("cat", "/proc/kcore", "/proc/timer_list", status=None).out, "")
    equal(docker.once("ls", "/sys/firmware").out, "")
    contains(docker.once("sh", "-c", "echo 1 >/proc/sys/kernel/panic", status=1).err,
             "Read-only file system")
    mounts = docker.once("cat", "/proc/self/mounts", options=(
        "--security-opt", "systempaths=unconfined")).out
    expect(" /proc/" not in mounts, mounts)


@check("isolation: --ulimit")
def _(docker):
    result = docker.once("sh", "-c", "ulimit -Sn; ulimit -Hn; ulimit -Sc", options=(
        "--ulimit", "nofile=123:456", "--ulimit", "core=0"))
    equal(result.out.split(), ["123", "456", "0"])


@check("isolation: a --ulimit above what we may is told")
def _(docker):
    if int(process_status()["CapEff"], 16) >> SYS_RESOURCE & 1:
        raise Skip("root may raise limits here")
    result = docker.once("true", options=("--ulimit", "nofile=900000:900000"), status=None)
    expect(result.status not in (0, 1), "status %d" % result.status)
    contains(result.err.lower(), "operation not permitted")


@check("isolation: --sysctl")
def _(docker):
    result = docker.once("cat", "/proc/sys/net/ipv4/ip_local_port_range", "/proc/sys/kernel/shmmni",
                         options=("--sysctl", "net.ipv4.ip_local_port_range=20000 30000",
                                  "--sysctl", "kernel.shmmni=1234"))
    equal(result.out.split(), ["20000", "30000", "1234"])


@check("isolation: --oom-score-adj")
def _(docker):
    equal(docker.once("cat", "/proc/self/oom_score_adj", options=("--oom-score-adj", "500")).word,
          "500")


@check("isolation: the devices of the specification, and the modes of /dev/null")
def _(docker):
    script = "for d in null zero full random urandom tty; do stat -c '%n %t:%T %a' /dev/$d; done"
    numbers = {"null": "1:3", "zero": "1:5", "full": "1:7", "random": "1:8", "urandom": "1:9",
               "tty": "5:0"}
    equal(docker.once("sh", "-c", script, options=("--user", "1000")).lines,
          ["/dev/%s %s 666" % pair for pair in numbers.items()])
    status = os.stat("/dev/null")
    equal((status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)), (0, 0, 0o666))


@check("isolation: --device, with its permissions")
def _(docker):
    script = "head -c 3 /dev/given | wc -c; echo x >/dev/given"
    result = docker.once("sh", "-c", script, options=("--device", "/dev/zero:/dev/given:r"),
                         status=None)
    equal(result.word, "3")
    # /dev/zero itself may be written to: the rule for all is wider than the one for this.
    equal(docker.once("stat", "-c", "%F %t:%T", "/dev/given", options=(
        "--device", "/dev/zero:/dev/given:r")).word, "character special file 1:5")


@check("isolation: a device that was not given cannot be used; --device-cgroup-rule lets it")
def _(docker):
    _, major, minor = device_to_give()
    script = "mknod /tmp/node c %d %d && : </tmp/node" % (major, minor)
    result = docker.once("sh", "-c", script, status=None)
    expect(result.status != 0, "it could be opened")
    contains(result.err.lower(), "operation not permitted")
    docker.once("sh", "-c", script, options=("--device-cgroup-rule", "c %d:%d r" % (major, minor)))


@check("isolation: hosts and resolver")
def _(docker):
    options = ("--dns", "192.0.2.1", "--add-host", "some-host:192.0.2.7")
    contains(docker.once("cat", "/etc/resolv.conf", options=options).out, "nameserver 192.0.2.1")
    contains(docker.once("cat", "/etc/hosts", options=options).out, "192.0.2.7\tsome-host")
