"""Limits as the kernel's files tell them, on any version of cgroups.

Checks name a limit by its file of cgroup v1. Where there is v2 alone, the file, and the form of
what is in it, are v2's.
"""

import math
import os

from support.cgroups import ROOT, UNIFIED
from support.checks import Skip


def hierarchy(controller):
    """The directory of the hierarchy a controller is in."""
    return ROOT if UNIFIED else os.path.join(ROOT, controller)


def cgroup(pid, controller):
    """The directory of a process's cgroup."""
    with open("/proc/%d/cgroup" % pid, encoding="ascii") as file:
        for line in file:
            _, names, path = line.rstrip("\n").split(":", 2)
            if names == "" if UNIFIED else controller in names.split(","):
                return hierarchy(controller) + path.rstrip("/")
    raise Skip("no cgroup v1 controller %s" % controller)


def file(name):
    """The file of a limit, as a container sees it that has its own cgroup mounted."""
    return os.path.join(hierarchy(name.split(".")[0]), _file(name))


def value(directory, name):
    """What the kernel says of a cgroup's limit."""
    path = os.path.join(directory, _file(name))
    if not os.path.exists(path):
        raise Skip("this kernel has no %s" % os.path.basename(path))
    with open(path, encoding="ascii") as content:
        return meaning(name, content.read())


def meaning(name, text):
    """The value of a limit in the text of its file."""
    return V2[name][1](text.strip()) if UNIFIED and name in V2 else text.strip()


def shares(wanted):
    """What cpu.shares has to be, to be compared with. v2 has a weight from 1 to 10000 for 2 to 262144.

    Runtimes take it from a straight line, or, newer ones, from a curve on which 1024 is 100.
    """
    if not UNIFIED:
        return str(wanted)
    power = math.log2(wanted)
    curve = math.ceil(10 ** ((power * power + 125 * power) / 612 - 7 / 34))
    return _OneOf(str(1 + (wanted - 2) * 9999 // 262142), str(curve))


class _OneOf:
    """Equals each of a few values."""

    def __init__(self, *values):
        self.values = values

    def __eq__(self, other):
        return other in self.values

    def __repr__(self):
        return " or ".join(map(repr, self.values))


def _file(name):
    if not UNIFIED:
        return name
    if name in ONLY_V1:
        raise Skip("cgroup v2 has nothing like %s" % name)
    return V2[name][0] if name in V2 else name


def _whole(text):
    return text


def _word(index):
    return lambda text: text.split()[index]


def _of_device(key):
    """From lines such as "8:0 rbps=1048576 wbps=max", those of one key."""
    def read(text):
        rows = [line.split() for line in text.splitlines()]
        values = [(row[0], dict(word.split("=") for word in row[1:]).get(key)) for row in rows]
        return "\n".join("%s %s" % one for one in values if one[1] not in (None, "max"))
    return read


def _frozen(text):
    return "FROZEN" if "frozen 1" in text.splitlines() else "THAWED"


V2 = {
    "memory.limit_in_bytes": ("memory.max", _whole),
    "memory.soft_limit_in_bytes": ("memory.low", _whole),
    # Without what is in the memory itself.
    "memory.memsw.limit_in_bytes": ("memory.swap.max", _whole),
    "memory.oom_control": ("memory.events", _whole),
    "cpu.cfs_quota_us": ("cpu.max", _word(0)),
    "cpu.cfs_period_us": ("cpu.max", _word(1)),
    "cpu.shares": ("cpu.weight", _whole),
    "freezer.state": ("cgroup.events", _frozen),
    "blkio.throttle.read_bps_device": ("io.max", _of_device("rbps")),
    "blkio.throttle.write_bps_device": ("io.max", _of_device("wbps")),
    "blkio.throttle.read_iops_device": ("io.max", _of_device("riops")),
    "blkio.throttle.write_iops_device": ("io.max", _of_device("wiops")),
}
ONLY_V1 = ("memory.swappiness", "cpu.rt_runtime_us", "devices.list", "blkio.weight")
