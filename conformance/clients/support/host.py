"""What the host sees of processes and containers."""

import contextlib
import os

from support.checks import Skip, equal, until

# Bits of capabilities: linux/capability.h.
NET_ADMIN, NET_RAW, SYS_RESOURCE = 12, 13, 24
# What containerd and docker give a container by default.
DEFAULT_CAPABILITIES = 0xa80425fb
# What exec has to take from the container, of /proc/PID/status.
PRIVILEGES = ("Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb",
              "NoNewPrivs", "Seccomp")


def read(path):
    """The text of a file; empty if there is none, or its process is gone."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def status_fields(text):
    """The fields of /proc/PID/status."""
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def process_status(pid="self"):
    return status_fields(read("/proc/%s/status" % pid))


def capability_sets(fields):
    """The different sets among those that root in a container has all the same."""
    return {int(fields[name], 16) for name in ("CapPrm", "CapEff", "CapBnd")}


def ends(pid):
    """Waits for the end of a process; it may be left as a zombie."""
    until(lambda: not read("/proc/%d/cmdline" % pid), "the process has ended")


def same_privileges(text, pid):
    """A text of /proc/self/status tells the privileges of a process."""
    inside, outside = status_fields(text), process_status(pid)
    for field in PRIVILEGES:
        equal(inside[field].split(), outside[field].split(), field)


def same_namespaces(run, pid):
    """What run(command...) starts is in the namespaces of a process."""
    kinds = sorted(kind for kind in os.listdir("/proc/self/ns") if "_for_" not in kind)
    script = "for kind in %s; do readlink /proc/self/ns/$kind; done" % " ".join(kinds)
    equal(run("sh", "-c", script).lines,
          [os.readlink("/proc/%d/ns/%s" % (pid, kind)) for kind in kinds])


def device_to_give():
    """A device that no container has by itself: path, major and minor number."""
    for path in ("/dev/fuse", "/dev/net/tun", "/dev/loop-control"):
        if os.path.exists(path):
            number = os.stat(path).st_rdev
            return path, os.major(number), os.minor(number)
    raise Skip("no device to give")


@contextlib.contextmanager
def shared_mount(client):
    """A directory with a tmpfs from which mounts are propagated."""
    path = client.directory("propagation")
    client.run("mount", "-t", "tmpfs", "tmpfs", path)
    try:
        client.run("mount", "--make-rshared", path)
        yield path
    finally:
        client.run("umount", "--recursive", path)
