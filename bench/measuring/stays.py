"""Processes of a runtime that stay beside a container's own."""

import os
import subprocess

from measuring.results import Result
from measuring.runtimes import CALL_SECONDS, SLEEP, Failure

MARK = "SWRUN_BENCH_MARK"


class Stays:
    """Memory of processes that a runtime leaves running with a created and with a running container."""

    name = "stays"
    text = "memory of the runtime's processes that stay beside a container's own"

    def take(self, runtimes, _):
        found = {"created": {}, "running": {}}
        for runtime in (r for r in runtimes if not r.is_floor):
            sibling = runtime.sibling("stays")
            try:
                bundle = sibling.bundle("spec", "c", SLEEP)
                mark = "%s-%s" % (runtime.place.name, runtime.label)
                for step, words in (("created", ["create", "--bundle", bundle, "c"]), ("running", ["start", "c"])):
                    _call(sibling.command(*words), mark)
                    found[step][runtime.label] = [_proportional_set(mark, sibling.parent + "/c")]
            finally:
                sibling.remove()
        return [Result("stays/" + step, "%s, %s" % (self.text, step), "KiB", values)
                for step, values in found.items()]


def _call(command, mark):
    """Its processes have the mark in their environment, the container's program has not."""
    outcome = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, env={**os.environ, MARK: mark}, timeout=CALL_SECONDS,
                             check=False)
    if outcome.returncode != 0:
        raise Failure("%s: status %d" % (" ".join(command), outcome.returncode))


def _proportional_set(mark, cgroup):
    """KiB of all processes with the mark outside of the container's cgroup."""
    total = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if ("%s=%s" % (MARK, mark)).encode() not in _read(name, "environ").split(b"\0"):
                continue
            if cgroup.encode() in _read(name, "cgroup"):
                continue
            lines = _read(name, "smaps_rollup").decode().splitlines()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total


def _read(pid, name):
    with open(os.path.join("/proc", pid, name), "rb") as file:
        return file.read()
