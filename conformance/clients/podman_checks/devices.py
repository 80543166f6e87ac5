"""Devices: nodes, and what a program may do with them."""

import os

from support.checks import Checks, Skip, contains, equal, expect

from podman_checks.client import IMAGE

CHECKS = Checks(needs=("root",))
check = CHECKS.check


@check("devices: the default ones, usable")
def _(podman):
    out = podman.shell("for d in null zero full random urandom tty; do stat -c '%n %a %F' /dev/$d; done; "
                       "head -c 4 /dev/urandom | wc -c; echo x >/dev/null && echo null; "
                       "for d in fd stdin stdout stderr ptmx; do readlink /dev/$d; done").lines
    equal(out[:6], ["/dev/%s 666 character special file" % name
                    for name in ("null", "zero", "full", "random", "urandom", "tty")])
    equal(out[6:8], ["4", "null"])
    equal([word.removeprefix("/dev/") for word in out[8:]],
          ["/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2", "pts/ptmx"])


@check("devices: --device under another name, read only")
def _(podman):
    # Not one of those that are allowed anyway.
    device = next(filter(_may_read, ("fuse", "loop-control", "net/tun")), None)
    if not device:
        raise Skip("no device can be opened")
    options = ["--device", "/dev/%s:/dev/mine:r" % device]
    podman.shell("exec 3</dev/mine", *options)
    contains(podman.shell("exec 3>/dev/mine", *options, status=None).err, "not permitted")


@check("devices: --device with a path deep down, for a user")
def _(podman):
    out = podman.shell("head -c 5 /dev/a/b/c | wc -c", "--device", "/dev/zero:/dev/a/b/c",
                       "--user", "alice")
    equal(out.word, "5")


@check("devices: one that was not given cannot be opened")
def _(podman):
    result = podman.shell("mknod /kmsg c 1 11 && head -c 1 /kmsg", "--cap-add", "MKNOD", status=1)
    contains(result.err, "not permitted")


@check("devices: --device-cgroup-rule")
def _(podman):
    # 1:5 is /dev/zero, 1:1 is /dev/mem: rw of a device that has a node elsewhere.
    podman.detached("--device-cgroup-rule", "c 5:77 rwm", "--device-cgroup-rule", "b 77:* r")
    rules = podman.limit("one", "devices", "devices.list").split("\n")
    contains(rules, "c 5:77 rwm", "b 77:* r")
    expect("a *:* rwm" not in rules, "everything is allowed")


@check("devices: a block device of the host")
def _(podman):
    device = next(filter(_may_read, sorted(os.listdir("/sys/block"))), None)
    if not device:
        raise Skip("no block device can be opened")
    number = os.stat("/dev/" + device).st_rdev
    podman.detached("--device", "/dev/%s:/dev/disk:r" % device)
    equal(podman("exec", "one", "stat", "-c", "%F %t:%T", "/dev/disk").word,
          "block special file %x:%x" % (os.major(number), os.minor(number)))
    podman("exec", "one", "sh", "-c", "exec 3</dev/disk")
    contains(podman("exec", "one", "sh", "-c", "exec 3>/dev/disk", status=None).err, "not permitted")


@check("devices: --privileged may make and open one")
def _(podman):
    equal(podman.shell("mknod /zero c 1 5 && head -c 3 /zero | wc -c", "--privileged").word, "3")


@check("devices: those of the host are not touched")
def _(podman):
    before = os.stat("/dev/null")
    podman.shell("true")
    podman.shell("true", "--user", "alice")
    podman.once("-i", "--user", "alice", IMAGE, "true")
    after = os.stat("/dev/null")
    equal((after.st_uid, after.st_gid, after.st_mode), (before.st_uid, before.st_gid, before.st_mode))


def _may_read(name):
    try:
        os.close(os.open("/dev/" + name, os.O_RDONLY | os.O_NONBLOCK))
        return True
    except OSError:
        return False
