"""The cgroups of a measurement: where the machine has them, the parents of each runtime's, and their end."""

import os
import signal
import time

ROOT = "/sys/fs/cgroup"
# What the bundles set limits of.
CONTROLLERS = ("cpu", "memory", "pids")


class Cgroups:
    """Hierarchies by controller (v1), the mount point of v2, and a name for all that is made here."""

    def __init__(self, name):
        self.name = name
        self.hierarchies = {}
        self.unified = None
        for point, kind in _mount_points():
            if kind == "cgroup2":
                self.unified = point
            else:
                self.hierarchies[os.path.basename(point)] = point

    def read(self, point, file):
        """A value of the hierarchy's first cgroup."""
        with open(os.path.join(point, file), encoding="ascii") as opened:
            return opened.read().strip()

    def make_parent(self, label):
        """A cgroup in every hierarchy for the containers of one runtime; the name for cgroupsPath."""
        parent = os.path.join(self.name, label)
        for point in self._points():
            for part in (self.name, parent):
                os.makedirs(os.path.join(point, part), exist_ok=True)
                self._fill_cpuset(point, part)
        if self.unified and not self.hierarchies:
            for part in ("", self.name, parent):
                self._hand_down(os.path.join(self.unified, part))
        return "/" + parent

    def kill(self):
        """Ends all processes in the cgroups."""
        self._kill(self.name)

    def remove(self):
        """Ends all processes in the cgroups, and removes these; returns those that stay."""
        return self.remove_below(self.name)

    def remove_below(self, part):
        """The same for a cgroup and what is below it."""
        left = []
        for _ in range(50):
            self._kill(part)
            left = self._remove_directories(part)
            if not left:
                break
            time.sleep(0.1)
        return left

    def _points(self):
        return list(self.hierarchies.values()) + ([self.unified] if self.unified else [])

    def _fill_cpuset(self, point, part):
        if self.hierarchies.get("cpuset") != point:
            return
        for name in ("cpuset.cpus", "cpuset.mems"):
            with open(os.path.join(point, part, name), "w", encoding="ascii") as file:
                file.write(self.read(point, name))

    @staticmethod
    def _hand_down(directory):
        with open(os.path.join(directory, "cgroup.controllers"), encoding="ascii") as file:
            available = file.read().split()
        control = os.path.join(directory, "cgroup.subtree_control")
        with open(control, encoding="ascii") as file:
            there = file.read().split()
        for name in CONTROLLERS:
            if name in available and name not in there:
                with open(control, "w", encoding="ascii") as file:
                    file.write("+" + name)

    def _walk(self, part):
        for point in self._points():
            for directory, _, _ in os.walk(os.path.join(point, part), topdown=False):
                yield directory

    def _kill(self, part):
        for directory in self._walk(part):
            try:
                with open(os.path.join(directory, "cgroup.procs"), encoding="ascii") as file:
                    for pid in file.read().split():
                        os.kill(int(pid), signal.SIGKILL)
            except (FileNotFoundError, ProcessLookupError):
                continue

    def _remove_directories(self, part):
        left = []
        for directory in self._walk(part):
            try:
                os.rmdir(directory)
            except FileNotFoundError:
                pass
            except OSError:
                left.append(directory)
        return left


def _mount_points():
    """Mount points of cgroup file systems, as (path, type); the last one of a path is what is seen."""
    with open("/proc/self/mounts", encoding="utf-8") as table:
        rows = [line.split(" ") for line in table]
    return {row[1]: row[2] for row in rows if row[2] in ("cgroup", "cgroup2")
            and (row[1] == ROOT or row[1].startswith(ROOT + "/"))}.items()
