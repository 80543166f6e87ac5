"""What a runtime takes: the smallest memory limit with which it works, and its system calls."""

import os
import re
import shutil
import subprocess

from measuring.place import KINDS
from measuring.results import Result
from measuring.runtimes import TRUE

PAGE = 4  # KiB
MOST = 32 * 1024  # KiB
TRIES = 3
SECONDS = 20


class SmallestLimit:
    """The memory limit of the container under which /bin/true still starts."""

    name = "smallest-limit"
    text = "the smallest memory limit under which /bin/true starts, by bisection"

    def take(self, runtimes, _):
        found = {r.label: [_bisect(r)] for r in runtimes if not r.is_floor}
        return [Result(self.name, self.text, "KiB", {label: v for label, v in found.items() if v != [None]})]


class SystemCalls:
    """How many system calls `run` and `exec` make, all their processes and the container's together."""

    name = "calls"
    text = "system calls of `run` and `exec`, counted by strace"

    def take(self, runtimes, _):
        if shutil.which("strace") is None:
            runtimes[0].place.say("there is no strace: no count of system calls")
            return []
        results = []
        for kind in KINDS:
            for verb, steps in (("run", lambda r, k=kind: r.run(k, "calls-" + k)),
                                ("exec", lambda r, k=kind: r.exec(k, k))):
                results.append(Result("calls/%s/%s" % (verb, kind), "system calls of `%s`" % verb, "",
                                      {r.label: _count(r, steps(r)[0]) for r in runtimes}))
        return results


def _bisect(runtime):
    """KiB; None if nothing is enough."""
    low, high = 0, MOST // PAGE
    if not _starts(runtime, high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if _starts(runtime, middle):
            high = middle
        else:
            low = middle
    return high * PAGE


def _starts(runtime, pages):
    return all(_starts_once(runtime, pages * PAGE * 1024) for _ in range(TRIES))


def _starts_once(runtime, limit):
    def limited(config):
        config["linux"]["resources"]["memory"] = {"limit": limit, "swap": limit}

    name = "limited"
    command = runtime.command("run", "--bundle", runtime.bundle("spec", name, TRUE, limited), name)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        status = process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        status = process.wait()
    if status != 0:
        runtime.remove_container(name)
    return status == 0


def _count(runtime, command):
    """Of one run, in a list; empty if it fails under strace."""
    report = os.path.join(runtime.place.directory, "strace")
    outcome = subprocess.run(["strace", "-f", "-c", "-o", report, *command], stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    if outcome.returncode != 0:
        runtime.place.say("%s failed under strace" % runtime.label)
        return []
    with open(report, encoding="utf-8") as file:
        total = re.search(r"^\s*100\.00\s+\S+\s+(?:\S+\s+)?(\d+)(?:\s+\d+)?\s+total$", file.read(), re.MULTILINE)
    return [int(total.group(1))] if total else []
