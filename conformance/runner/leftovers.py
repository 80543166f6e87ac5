"""Finds and removes what a test left on the machine.

Others use this machine too, so that nothing counts as ours merely for being
new: a cgroup does if its path has a name the suite uses or the id of a
container the suite made, a mount if it lies in our directory.
"""

import os
import re
import time

from runner import catalogue

IDENTIFIER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def identifiers_in(calls):
    """The ids of the containers in a file with the calls of a runtime."""
    try:
        with open(calls, encoding="utf-8") as file:
            return set(IDENTIFIER.findall(file.read()))
    except FileNotFoundError:
        return set()


def containers(state_root):
    """The containers a runtime still has an entry for."""
    try:
        return sorted(name for name in os.listdir(state_root) if IDENTIFIER.fullmatch(name))
    except OSError:
        return []


def cgroups(ids):
    """Our cgroups in all hierarchies, the deepest first."""
    found = []
    for hierarchy in _cgroup_hierarchies():
        found += [os.path.join(hierarchy, path) for path in _ours_below(hierarchy, ids)]
    return sorted(found, key=lambda path: (-path.count("/"), path))


def leaves(ids):
    """Our cgroups that a runtime should have removed, with their hierarchies.

    It is not asked to remove their parents.
    """
    found = {}
    for hierarchy in _cgroup_hierarchies():
        for path in _ours_below(hierarchy, ids):
            if not ("/" + path).endswith(("/testdir", "/testdir/cgrouptest")):
                found.setdefault(path, []).append(os.path.basename(hierarchy))
    return found


def remove_cgroups(ids, patience=3.0):
    """Removes our cgroups, and returns those that stayed."""
    deadline = time.monotonic() + patience
    while True:
        stayed = []
        for path in cgroups(ids):
            try:
                os.rmdir(path)
            except FileNotFoundError:
                pass
            except OSError:
                stayed.append(path)
        if not stayed or time.monotonic() > deadline:
            return stayed
        # The processes have been killed, but may not yet be gone.
        time.sleep(0.05)


def mounts(directory):
    """The mounts below a directory in the namespace of the runner."""
    with open("/proc/self/mountinfo", encoding="utf-8") as table:
        points = [line.split(" ")[4] for line in table]
    return [point for point in points if point.startswith(directory + "/")]


def null_device():
    """Owner, mode and device of the host's /dev/null."""
    status = os.stat("/dev/null")
    return status.st_uid, status.st_gid, status.st_mode, status.st_rdev


def _cgroup_hierarchies():
    with open("/proc/self/mounts", encoding="utf-8") as table:
        rows = [line.split(" ") for line in table]
    # A mount that another one covers is listed as well.
    return sorted({row[1] for row in rows if row[2] in ("cgroup", "cgroup2")})


def _ours_below(hierarchy, ids):
    paths = (os.path.relpath(path, hierarchy) for path, _, _ in os.walk(hierarchy))
    return [path for path in paths if _is_ours(path, ids)]


def _is_ours(path, ids):
    names = path.split("/")
    if catalogue.CGROUP_NAMES & set(names):
        return True
    return any(identifier in name for name in names for identifier in ids)
