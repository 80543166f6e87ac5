"""Cgroups of our own, one in each hierarchy of the machine.

A sandbox has them as the roots of its hierarchies: all that a client makes is below, and is found
and removed by that alone.
"""

import os
import re
import subprocess
import time

ROOT = "/sys/fs/cgroup"
PREFIX = "oci-clients-"
# Whether the machine has cgroup v2 alone.
UNIFIED = os.path.exists(os.path.join(ROOT, "cgroup.controllers"))


class Cgroups:
    def __init__(self, work, name):
        """work: a directory for mounts that the machine lacks; name: of our cgroups."""
        if UNIFIED:
            self.hierarchies = {"": _leave_for_leaf(own_cgroup())}
        else:
            self.hierarchies = _hierarchies()
        if not self.hierarchies:
            raise SystemExit("no cgroup hierarchy is mounted")
        for controller in _unused_in_v2(self.hierarchies):
            # crun refuses to work while v2 has a controller beside v1.
            point = os.path.join(work, controller)
            os.mkdir(point)
            subprocess.run(["mount", "-t", "cgroup", "-o", controller, "cgroup", point], check=True)
            self.hierarchies[controller] = point
        self.name = name
        for point in self.hierarchies.values():
            _remove_stale(point)
            path = os.path.join(point, name)
            os.mkdir(path)
            _copy_cpuset(point, path)

    def own(self):
        """Our cgroup in each hierarchy: the hierarchy's name, empty for v2 alone, and the directory."""
        return {name: os.path.join(point, self.name) for name, point in self.hierarchies.items()}

    def join(self):
        for path in self.own().values():
            _join(path)

    def remove(self, patience=5.0):
        """Removes all, and returns what stayed."""
        deadline = time.monotonic() + patience
        while True:
            stayed = [path for own in self.own().values() for path in remove_tree(own)]
            if not stayed or time.monotonic() > deadline:
                return stayed
            # The processes have been killed, but may not yet be gone.
            time.sleep(0.05)


def hierarchies():
    """The directory of each hierarchy, as programs in the sandbox see it."""
    return [ROOT] if UNIFIED else [os.path.join(ROOT, name) for name in sorted(os.listdir(ROOT))]


def own_cgroup():
    """The directory of this process's cgroup of v2."""
    with open("/proc/self/cgroup", encoding="ascii") as file:
        path = next(line for line in file if line.startswith("0::"))[3:].strip()
    return ROOT + path.rstrip("/")


def allow_all(path):
    """Lets cgroups below one have all controllers that it has. In v2 it has no processes itself then."""
    for controller in _words(os.path.join(path, "cgroup.controllers")):
        _write(os.path.join(path, "cgroup.subtree_control"), "+" + controller)


def below(path):
    """All cgroups below one, the deepest first."""
    found = [directory for directory, _, _ in os.walk(path, topdown=False)]
    return [directory for directory in found if directory != path]


def remove_tree(path):
    """Removes a cgroup and those below it; returns those that stayed."""
    stayed = []
    for directory in below(path) + [path]:
        try:
            os.rmdir(directory)
        except FileNotFoundError:
            pass
        except OSError:
            stayed.append(directory)
    return stayed


def _leave_for_leaf(path):
    """Makes place for other cgroups beside this process's own; returns where."""
    if os.path.basename(path) == "runner":
        return os.path.dirname(path)
    leaf = os.path.join(path, "runner")
    os.mkdir(leaf)
    _join(leaf)
    allow_all(path)
    return path


def _hierarchies():
    """The mount point of each hierarchy below /sys/fs/cgroup, by its directory's name."""
    found = {}
    with open("/proc/self/mounts", encoding="utf-8") as table:
        for line in table:
            _, point, kind = line.split(" ")[:3]
            if kind in ("cgroup", "cgroup2") and point.startswith(ROOT):
                found[os.path.basename(point)] = point
    return found


def _unused_in_v2(hierarchies):
    """Controllers that a machine with v1 and v2 has in v2, where nobody uses them."""
    unified = hierarchies.get("unified")
    if not unified or _words(os.path.join(unified, "cgroup.subtree_control")):
        return []
    with open("/proc/cgroups", encoding="ascii") as table:
        rows = [line.split() for line in table if not line.startswith("#")]
    # One that somebody else has just mounted as v1 is not in v2's list any more.
    available = set(_words(os.path.join(unified, "cgroup.controllers")))
    available |= {row[0] for row in rows if row[1] != "0"}
    known = {name for joined in hierarchies for name in joined.split(",")}
    return sorted(available - known)


def _remove_stale(hierarchy):
    """Removes the cgroups of runs that were killed."""
    for name in os.listdir(hierarchy):
        match = re.fullmatch(PREFIX + r"(\d+)-.*", name)
        if match and not os.path.exists("/proc/%s" % match[1]):
            remove_tree(os.path.join(hierarchy, name))


def _copy_cpuset(parent, child):
    """A new cpuset has no processor, and takes no process. In v2 it has its parent's."""
    if UNIFIED:
        return
    for name in ("cpuset.cpus", "cpuset.mems"):
        if os.path.exists(os.path.join(child, name)):
            with open(os.path.join(parent, name), encoding="ascii") as file:
                value = file.read()
            _write(os.path.join(child, name), value)


def _join(path):
    _write(os.path.join(path, "cgroup.procs"), "0")


def _words(path):
    with open(path, encoding="ascii") as file:
        return file.read().split()


def _write(path, value):
    with open(path, "w", encoding="ascii") as file:
        file.write(value)
