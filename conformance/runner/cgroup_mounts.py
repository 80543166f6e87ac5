"""Gives the run a view of /sys/fs/cgroup that all runtimes accept.

On a machine with cgroup v1 and v2 side by side, crun refuses to work while v2
has a controller, and the suite looks for each controller in v1. So the
controllers that v2 has, but nobody uses there, are mounted as v1. That happens
in the runner's own mount namespace; the controllers go back to v2 at its end.
"""

import os
import subprocess

ROOT = "/sys/fs/cgroup"


def prepare():
    unused = _unused_in_v2()
    if not unused:
        return
    names = [name for name in os.listdir(ROOT) if os.path.ismount(os.path.join(ROOT, name))]
    links = {name: os.readlink(os.path.join(ROOT, name)) for name in os.listdir(ROOT)
             if os.path.islink(os.path.join(ROOT, name))}
    # The real directory is the same in all namespaces: mount points of our own
    # need one of our own, which is put together at /mnt and moved over it.
    stage = "/mnt"
    _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", stage)
    for name in names:
        os.mkdir(os.path.join(stage, name))
        _mount("--bind", os.path.join(ROOT, name), os.path.join(stage, name))
    for name, target in links.items():
        os.symlink(target, os.path.join(stage, name))
    for name in unused:
        os.mkdir(os.path.join(stage, name))
        _mount("-t", "cgroup", "-o", name, "cgroup", os.path.join(stage, name))
    _mount("--move", stage, ROOT)


def _unused_in_v2():
    with open("/proc/self/mounts", encoding="utf-8") as table:
        rows = [line.split(" ") for line in table]
    if not any(row[2] == "cgroup" for row in rows):
        return []
    for row in rows:
        if row[2] == "cgroup2":
            available = _words(os.path.join(row[1], "cgroup.controllers"))
            used = _words(os.path.join(row[1], "cgroup.subtree_control"))
            return [] if used else available
    return []


def _words(path):
    with open(path, encoding="ascii") as file:
        return file.read().split()


def _mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)
