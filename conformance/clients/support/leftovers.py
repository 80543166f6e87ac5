"""What a client and its runtime left in the sandbox."""

import os
import time

from support.checks import Check, Failure
from support.cgroups import below


def checks(before):
    """A check for each kind of thing, given what there was before."""
    def check(kind):
        def nothing_left(client):
            left = _after_a_while(lambda: _found(kind, client) - before[kind])
            if left:
                raise Failure("left behind: %s" % ", ".join(sorted(left)))
        return Check("left behind: %s" % kind, nothing_left, None)
    return [check(kind) for kind in KINDS]


def snapshot(client):
    return {kind: _found(kind, client) for kind in KINDS}


def _found(kind, client):
    list_all, keeps = KINDS[kind]
    return {name for name in list_all() if not getattr(client, keeps)(name.split("  ")[0])}


def _after_a_while(question, patience=5.0):
    """Something is left only if it stays: daemons clean up after themselves in their own time."""
    deadline = time.monotonic() + patience
    while True:
        left = question()
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.05)


def _processes():
    """Of the namespace, but for process 1 and us."""
    for name in os.listdir("/proc"):
        if name.isdecimal() and int(name) not in (1, os.getpid()):
            try:
                with open("/proc/%s/cmdline" % name, encoding="utf-8", errors="replace") as file:
                    command = file.read().replace("\0", " ").strip()
                with open("/proc/%s/comm" % name, encoding="utf-8", errors="replace") as file:
                    command = command or "[%s]" % file.read().strip()
            except (FileNotFoundError, ProcessLookupError):
                continue
            yield "%s  (pid %s)" % (command, name)


def _mounts():
    with open("/proc/self/mountinfo", encoding="utf-8") as table:
        for line in table:
            yield line.split(" ")[4]


def _cgroups():
    root = "/sys/fs/cgroup"
    for hierarchy in sorted(os.listdir(root)):
        top = os.path.join(root, hierarchy)
        for path in below(top):
            yield "/%s  (%s)" % (os.path.relpath(path, top), hierarchy)


def _interfaces():
    return os.listdir("/sys/class/net")


KINDS = {
    "processes": (_processes, "keeps_process"),
    "mounts": (_mounts, "keeps_mount"),
    "cgroups": (_cgroups, "keeps_cgroup"),
    "interfaces": (_interfaces, "keeps_interface"),
}
