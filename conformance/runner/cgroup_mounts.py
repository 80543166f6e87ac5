"""Gives the run a view of /sys/fs/cgroup that all runtimes accept.

On a machine with cgroup v1 and v2 side by side, crun refuses to work while v2
has a controller, and the suite looks for each controller in v1. So the
controllers that v2 has, but nobody uses there, are mounted as v1. That happens
in the runner's own mount namespace; the controllers go back to v2 at its end.
"""

import os
import subprocess

ROOT = "/sys/fs/cgroup"
STAGE = "/mnt"


def prepare():
    wanted = _not_in_v1()
    if not wanted:
        return
    mounted = [name for name in os.listdir(ROOT) if os.path.ismount(os.path.join(ROOT, name))]
    links = {name: os.readlink(os.path.join(ROOT, name)) for name in os.listdir(ROOT)
             if os.path.islink(os.path.join(ROOT, name))}
    # The directory itself is the same in all namespaces: to add mount points,
    # another is put together at /mnt and moved over it.
    _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", STAGE)
    for name in mounted:
        os.mkdir(os.path.join(STAGE, name))
        _mount("--bind", os.path.join(ROOT, name), os.path.join(STAGE, name))
    for name, target in links.items():
        os.symlink(target, os.path.join(STAGE, name))
    for name in wanted:
        os.mkdir(os.path.join(STAGE, name))
        _mount("-t", "cgroup", "-o", name, "cgroup", os.path.join(STAGE, name))
    _mount("--move", STAGE, ROOT)


def _not_in_v1():
    with open("/proc/self/mounts", encoding="utf-8") as table:
        rows = [line.split(" ") for line in table]
    in_v1 = {option for row in rows if row[2] == "cgroup" for option in row[3].split(",")}
    in_v2 = [row[1] for row in rows if row[2] == "cgroup2"]
    if not in_v1 or not in_v2:
        return []
    _release_unused(in_v2[0])
    if _words(os.path.join(in_v2[0], "cgroup.subtree_control")):
        return []
    available = _words(os.path.join(in_v2[0], "cgroup.controllers"))
    return sorted((set(available) | _unmounted_v1()) - in_v1)


def _release_unused(cgroup2):
    """A limit of an earlier container leaves its controller switched on; without cgroups nobody needs it."""
    if any(entry.is_dir() for entry in os.scandir(cgroup2)):
        return
    control = os.path.join(cgroup2, "cgroup.subtree_control")
    for name in _words(control):
        with open(control, "w", encoding="ascii") as file:
            file.write(f"-{name}")


def _unmounted_v1():
    """Controllers that an earlier run's v1 hierarchy, now ending, still has."""
    with open("/proc/cgroups", encoding="ascii") as table:
        rows = [line.split() for line in table if not line.startswith("#")]
    return {row[0] for row in rows if row[1] != "0"}


def _words(path):
    with open(path, encoding="ascii") as file:
        return file.read().split()


def _mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)
