"""Namespaces: own, the host's, another container's."""

import os
import re

from support import limits
from support.checks import Checks, contains, equal, expect, lacks

from podman_checks.client import HOST_PROGRAMS, IMAGE

CHECKS = Checks()
check = CHECKS.check


def inside(podman, kind, *options):
    return podman.once(*options, IMAGE, "readlink", "/proc/self/ns/" + kind).word


def of_host(kind):
    return os.readlink("/proc/self/ns/" + kind)


@check("namespaces: of its own, all but the user's and cgroups", needs=("root",))
def _(podman):
    for kind in ("mnt", "pid", "net", "ipc", "uts"):
        expect(inside(podman, kind) != of_host(kind), "%s is the host's" % kind)
    equal(inside(podman, "user"), of_host("user"))


@check("pid: the program is process 1, and sees no other")
def _(podman):
    equal(podman.shell("echo $$; ls /proc | grep -c '^[0-9]'").lines[0], "1")
    pids = podman.once(IMAGE, "sh", "-c", "echo /proc/[0-9]*").word.split()
    equal(pids, ["/proc/1"])


@check("pid: --pid=host")
def _(podman):
    equal(inside(podman, "pid", "--pid", "host"), of_host("pid"))
    contains(podman.once("--pid", "host", IMAGE, "cat", "/proc/%d/cmdline" % os.getpid()).out, "podman")


@check("pid: --pid=container:NAME")
def _(podman):
    podman.detached(command=("sleep", "4324"))
    out = podman.once("--pid", "container:one", IMAGE, "ps", "-o", "pid,args").out
    expect(re.search(r"^\s*1 sleep 4324", out, re.M), out)


@check("ipc: --ipc=host and container:NAME")
def _(podman):
    equal(inside(podman, "ipc", "--ipc", "host"), of_host("ipc"))
    podman.detached("--ipc", "shareable")
    podman("exec", "one", "sh", "-c", "echo shared >/dev/shm/file")
    equal(podman.once("--ipc", "container:one", IMAGE, "cat", "/dev/shm/file").word, "shared")


@check("ipc: System V queues are apart")
def _(podman):
    # msgget(77, IPC_CREAT | 0600)
    script = "$q = msgget(77, 512 | 384); print -s '/proc/sysvipc/msg' // '', $q >= 0 ? 'made' : $!"
    options = ["--ipc", "shareable", *HOST_PROGRAMS]
    podman("run", "-d", "--name", "one", *options, IMAGE, "perl", "-e", script + "; sleep 1000")
    podman.wait_for("one", "running")
    equal(podman.once("--ipc", "container:one", IMAGE, "sh", "-c",
                      "for i in $(seq 100); do [ $(wc -l </proc/sysvipc/msg) = 2 ] && break; "
                      "usleep 20000; done; wc -l </proc/sysvipc/msg").word, "2")
    equal(podman.once(IMAGE, "sh", "-c", "wc -l </proc/sysvipc/msg").word, "1")


@check("uts: --hostname, the default, and --uts=host")
def _(podman):
    equal(podman.shell("hostname; cat /proc/sys/kernel/hostname", "--hostname", "mine").lines, ["mine"] * 2)
    expect(re.fullmatch("[0-9a-f]{12}", podman.shell("hostname").word), "not the short id")
    equal(podman.shell("hostname", "--uts", "host").word, os.uname().nodename)


@check("cgroupns: private and host")
def _(podman):
    out = podman.once("--cgroupns", "private", IMAGE, "cat", "/proc/self/cgroup").lines
    equal({line.split(":", 2)[2] for line in out}, {"/"})
    equal(inside(podman, "cgroup", "--cgroupns", "host"), of_host("cgroup"))
    contains(podman.once("--cgroupns", "host", IMAGE, "cat", "/proc/self/cgroup").out, "libpod-")


@check("cgroupns: private, with the container's own limits below /sys/fs/cgroup")
def _(podman):
    equal(podman.shell("cat " + limits.file("memory.limit_in_bytes"), "--cgroupns", "private",
                       "--memory", "64m").word, str(64 << 20))


@check("net: none has lo alone, and it is up")
def _(podman):
    out = podman.shell("ls /sys/class/net; ping -c1 -W2 127.0.0.1 >/dev/null && echo up", "--network", "none")
    equal(out.lines, ["lo", "up"])


@check("net: host")
def _(podman):
    equal(inside(podman, "net", "--network", "host"), of_host("net"))


@check("net: container:NAME and ns:PATH")
def _(podman):
    podman.detached()
    pid = podman.pid("one")
    wanted = os.readlink("/proc/%d/ns/net" % pid)
    equal(inside(podman, "net", "--network", "container:one"), wanted)
    equal(inside(podman, "net", "--network", "ns:/proc/%d/ns/net" % pid), wanted)


@check("sysctl: of the network and of ipc")
def _(podman):
    out = podman.shell("cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/msgmax "
                       "/proc/sys/kernel/shm_rmid_forced", "--sysctl",
                       "net.ipv4.ip_unprivileged_port_start=42", "--sysctl", "kernel.msgmax=9000",
                       "--sysctl", "kernel.shm_rmid_forced=1").word.split()
    equal(out, ["42", "9000", "1"])
    with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding="ascii") as file:
        lacks(file.read().split(), "42")


@check("namespaces: another container's are joined after it was restarted")
def _(podman):
    podman.detached()
    podman("restart", "--time", "0", "one")
    equal(inside(podman, "net", "--network", "container:one"),
          os.readlink("/proc/%d/ns/net" % podman.pid("one")))
