"""The measures that are samples of commands, taken in turn."""

import sys

from measuring import interleave
from measuring.footprint import SmallestLimit, SystemCalls
from measuring.many import Listing, Many
from measuring.place import KINDS
from measuring.results import Result
from measuring.stays import Stays

APART = 150  # milliseconds


class Effort:
    """How much is measured: all, a part of it in each of several passes, or little for a quick look."""

    def __init__(self, quick, passes=1):
        self.quick = quick
        self.passes = passes

    def rounds(self, full):
        return max(5, full // 20) if self.quick else max(10, full // self.passes)


class Measure:
    """How to make the steps of each runtime's sample (None: it has no such thing), and how often."""

    def __init__(self, name, text, steps, gap=0, rounds=100):
        self.name = name
        self.text = text
        self.steps = steps
        self.gap = gap
        self.full_rounds = rounds

    def take(self, runtimes, effort):
        """Results: wall time, CPU time and peak memory."""
        samples = self.samples(runtimes, effort.rounds(self.full_rounds))

        def result(prefix, text, unit, value):
            return Result(prefix + self.name, self.text + text, unit,
                          {label: [value(s) for s in found] for label, found in samples.items()})

        taken = [result("", "", "ms", lambda s: s.wall / 1e6),
                 result("cpu/", ", CPU time", "ms", lambda s: (s.user + s.system) / 1e6)]
        # Memory is the same however long the pause before it was.
        if not self.gap:
            taken.append(result("memory/", ", peak memory", "KiB", lambda s: s.maxrss))
        return taken

    def samples(self, runtimes, rounds):
        """Samples of each runtime, by label, after some that do not count."""
        subjects = {r.label: self.steps(r) for r in runtimes}
        subjects = {label: steps for label, steps in subjects.items() if steps}
        place = runtimes[0].place
        interleave.take_turns(place, subjects, 2, 0)
        return interleave.take_turns(place, subjects, rounds, self.gap)


def timed_measures():
    """Those of both bundles, and those that need none."""
    measures = [measure for kind in KINDS for measure in _of_bundle(kind)]
    return measures + [
        Measure("state", "`state` of a running container", _no_floor(lambda r: r.state("spec")), rounds=200),
        Measure("start", "the program alone: `--version`", lambda r: r.program_start(), rounds=200),
    ]


def all_measures():
    """These, and what is counted rather than sampled."""
    many = [Many(count, workers) for count in (100, 500) for workers in (1, 2, 8)]
    return [*timed_measures(), Listing(), SmallestLimit(), SystemCalls(), Stays(), *many]


def chosen(every, only):
    """The measures with one of these names or name/..., all if there are no names."""
    if not only:
        return every
    picked = [m for m in every if any(m.name == name or m.name.startswith(name + "/") for name in only)]
    if not picked:
        sys.exit("bench: no such measure; there are: " + " ".join(m.name for m in every))
    return picked


def _of_bundle(kind):
    def run(runtime):
        return runtime.run(kind, "run-" + kind)

    def create(runtime):
        return runtime.create_start_delete(kind, "create-" + kind)

    def execute(runtime):
        return runtime.exec(kind, kind)

    return [
        Measure("run/" + kind, "`run`, back to back", run),
        Measure("run-apart/" + kind, "`run`, %d ms apart" % APART, run, APART, 60),
        Measure("create/" + kind, "`create`, `start`, end, `delete`", create),
        Measure("exec/" + kind, "`exec`, back to back", execute),
        Measure("exec-apart/" + kind, "`exec`, %d ms apart" % APART, execute, APART, 60),
    ]


def _no_floor(steps):
    return lambda runtime: None if runtime.is_floor else steps(runtime)
