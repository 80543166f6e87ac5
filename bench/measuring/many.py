"""Many containers that stay: starting them from several processes, and listing them."""

import statistics

from measuring import interleave
from measuring.results import Result
from measuring.runtimes import SLEEP


def bundles(runtime, kind, count):
    """Makes bundles for containers c0, c1, ...; the command that starts one, with `%` for the ordinal."""
    if not runtime.is_floor:
        for ordinal in range(count):
            runtime.bundle(kind, "c%d" % ordinal, SLEEP)
    return runtime.detach_many(kind)


class Many:
    """COUNT containers started by WORKERS processes at once."""

    def __init__(self, count, workers):
        self.count = count
        self.workers = workers
        self.name = "many/%dx%d" % (count, workers)
        self.text = "%d containers started by %d at once, time for one" % (count, workers)

    def take(self, runtimes, effort):
        """Results: time for one container, containers a second, and how the time grows."""
        count = 20 if effort.quick else self.count
        ordinary = {r.label: [] for r in runtimes}
        rates, growths = ({r.label: [] for r in runtimes} for _ in range(2))
        profiles = {}
        for number in range(1 if effort.quick else 3):
            turn = number % len(runtimes)
            for runtime in runtimes[turn:] + runtimes[:turn]:
                samples = self._start(runtime, count)
                seconds = (max(s.start + s.wall for s in samples) - samples[0].start) / 1e9
                ordinary[runtime.label].append(1000 * seconds / count)
                rates[runtime.label].append(count / seconds)
                growths[runtime.label].append(growth([s.wall for s in samples]))
                profiles[runtime.label] = profile([s.wall / 1e6 for s in samples])
        size = "%dx%d" % (self.count, self.workers)
        return [Result(self.name, self.text, "ms", ordinary),
                Result("rate/" + size, "the same, containers a second", "1/s", rates),
                Result("growth/" + size, "the same, time of the last tenth over the first tenth", "", growths),
                Result("profile/" + size, "%d containers started by %d at once" % (count, self.workers), "ms",
                       profiles, tabled=False)]

    def _start(self, runtime, count):
        sibling = runtime.sibling("many")
        try:
            command = bundles(sibling, "spec", count)
            return interleave.start_many(runtime.place, runtime.label, command, count, self.workers)
        finally:
            sibling.remove()


class Listing:
    """`list` with few and many containers that run."""

    name = "list"
    text = "`list` with 1, 100 and 1,000 running containers"

    def take(self, runtimes, effort):
        """Results: time of `list` for each number, and what 1,000 cost against 100."""
        counts = [1, 10, 20] if effort.quick else [1, 100, 1000]
        taken = {count: {} for count in counts}
        listed = [r for r in runtimes if not r.is_floor]
        siblings = [r.sibling("list") for r in listed]
        try:
            there = 0
            for count in counts:
                for runtime in siblings:
                    self._add(runtime, there, count)
                there = count
                subjects = {r.label: r.list() for r in siblings}
                rounds = effort.rounds(60 if count < 1000 else 30)
                taken[count] = interleave.take_turns(listed[0].place, subjects, rounds, 0)
        finally:
            for sibling in siblings:
                sibling.remove()
        return self._results(counts, taken)

    @staticmethod
    def _add(runtime, first, end):
        """Containers first, first + 1, ... end - 1."""
        command = bundles(runtime, "light", end)
        interleave.start_many(runtime.place, runtime.label, command, end - first, 2, first)

    @staticmethod
    def _results(counts, taken):
        walls = {count: {label: [s.wall / 1e6 for s in samples] for label, samples in taken[count].items()}
                 for count in counts}
        results = [Result("list/%d" % count, "`list` with %d running containers" % count, "ms", walls[count])
                   for count in counts]
        growths = {label: [statistics.median(walls[counts[-1]][label]) / statistics.median(walls[counts[-2]][label])]
                   for label in walls[counts[0]]}
        text = "time of `list` with %d over that with %d" % (counts[-1], counts[-2])
        return results + [Result("list/growth", text, "", growths)]


def growth(walls):
    """The median of the last tenth over that of the first tenth."""
    tenth = max(1, len(walls) // 10)
    return statistics.median(walls[-tenth:]) / statistics.median(walls[:tenth])


def profile(walls):
    """The median of each tenth."""
    edges = [len(walls) * tenth // 10 for tenth in range(11)]
    return [statistics.median(walls[low:high]) for low, high in zip(edges, edges[1:])]
