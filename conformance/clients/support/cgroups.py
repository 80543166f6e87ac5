"""Cgroups of our own, one in each hierarchy of the machine.

A sandbox has them as the roots of its hierarchies: all that a client makes is below, and is found
and removed by that alone.
"""

import os
import re
import subprocess
import time

PREFIX = "oci-clients-"


class Cgroups:
    def __init__(self, work, name):
        """work: a directory for mounts that the machine lacks; name: of our cgroups."""
        self.hierarchies = _hierarchies()
        if not self.hierarchies:
            raise SystemExit("no cgroup hierarchy is mounted")
        if self.is_unified:
            raise SystemExit("the machine has cgroup v2 alone; these checks need cgroup v1")
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

    @property
    def is_unified(self):
        return list(self.hierarchies.values()) == ["/sys/fs/cgroup"]

    def own(self):
        """Our cgroup in each hierarchy: the hierarchy's name, the directory."""
        return {name: os.path.join(point, self.name) for name, point in self.hierarchies.items()}

    def join(self):
        for path in self.own().values():
            with open(os.path.join(path, "cgroup.procs"), "w", encoding="ascii") as file:
                file.write("0")

    def remove(self, patience=5.0):
        """Removes all, and returns what stayed."""
        deadline = time.monotonic() + patience
        while True:
            stayed = [path for own in self.own().values() for path in remove_tree(own)]
            if not stayed or time.monotonic() > deadline:
                return stayed
            # The processes have been killed, but may not yet be gone.
            time.sleep(0.05)


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


def _hierarchies():
    """The mount point of each hierarchy below /sys/fs/cgroup, by its directory's name."""
    found = {}
    with open("/proc/self/mounts", encoding="utf-8") as table:
        for line in table:
            _, point, kind = line.split(" ")[:3]
            if kind in ("cgroup", "cgroup2") and point.startswith("/sys/fs/cgroup"):
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
    """A new cpuset has no processor, and takes no process."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        if os.path.exists(os.path.join(child, name)):
            with open(os.path.join(parent, name), encoding="ascii") as file:
                value = file.read()
            with open(os.path.join(child, name), "w", encoding="ascii") as file:
                file.write(value)


def _words(path):
    with open(path, encoding="ascii") as file:
        return file.read().split()
