"""What a client and its runtime left in the sandbox."""

import os
import re
import subprocess
import time

from support.cgroups import UNIFIED, below, hierarchies
from support.checks import Check, Failure

# What comes and goes on a machine by itself: its services, and the logins of others.
OTHERS = re.compile(r"/(system\.slice/[^/]+\.(service|socket|mount|swap)|init\.scope|.*session-\d+\.scope"
                    r"|.*user@\d+\.service/(init\.scope|app\.slice/[^/]+\.service|session\.slice))(/|$)")
OTHER_UNITS = re.compile(r"session-|user[@-]|ssh|systemd-|dbus|app-|run-r?[0-9a-f-]+\.(scope|service)")


def checks(before, client):
    """A check for each kind of thing, given what there was before."""
    def check(kind):
        def nothing_left(client):
            left = _after_a_while(lambda: _found(kind, client) - before[kind])
            if left:
                raise Failure("left behind: %s" % ", ".join(sorted(left)))
        return Check("left behind: %s" % kind, nothing_left, None, ())
    return [check(kind) for kind in before]


def snapshot(client):
    return {kind: _found(kind, client) for kind in KINDS if kind != "units" or client.on_machine}


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
            if not _is_others(name):
                yield "%s  (pid %s)" % (command, name)


def _is_others(pid):
    """Whether a process is a service's, a login's or the kernel's, as there are some beside a sandbox."""
    if not UNIFIED:
        return False
    try:
        with open("/proc/%s/cgroup" % pid, encoding="ascii") as file:
            path = file.read().strip().rpartition("::")[2]
    except (FileNotFoundError, ProcessLookupError):
        return True
    # The kernel's are in the root.
    return path == "/" or bool(OTHERS.match(path))


def _mounts():
    with open("/proc/self/mountinfo", encoding="utf-8") as table:
        for line in table:
            yield line.split(" ")[4]


def _cgroups():
    for top in hierarchies():
        for path in below(top):
            name = "/" + os.path.relpath(path, top)
            if not OTHERS.match(name):
                yield "%s  (%s)" % (name, os.path.basename(top))


def _interfaces():
    return os.listdir("/sys/class/net")


def _units():
    """Scopes, slices, timers and services that systemd knows, failed ones too."""
    command = ["systemctl", "--all", "--plain", "--no-legend", "--full", "list-units",
               "--type=scope,slice,timer,service"]
    for options in [[]] if os.geteuid() == 0 else [["--user"]]:
        out = subprocess.run(command + options, check=True, capture_output=True, text=True).stdout
        for line in out.splitlines():
            if not OTHER_UNITS.match(line.strip("● ")):
                yield line.strip("● ").split()[0]


KINDS = {
    "processes": (_processes, "keeps_process"),
    "mounts": (_mounts, "keeps_mount"),
    "cgroups": (_cgroups, "keeps_cgroup"),
    "interfaces": (_interfaces, "keeps_interface"),
    "units": (_units, "keeps_unit"),
}
