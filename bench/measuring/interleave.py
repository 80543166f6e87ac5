"""Calls the measuring loop, bench/interleave.c, and reads its samples."""

import collections
import subprocess
import tempfile

from measuring.runtimes import Failure

FIELDS = ("round", "subject", "ordinal", "start", "wall", "user", "system", "maxrss")
Sample = collections.namedtuple("Sample", [name for name in FIELDS if name != "subject"])


def take_turns(place, subjects, rounds, gap, before=()):
    """Lists of Samples by subject. `subjects` has lists of commands, where None waits for orphans; `before` is a command
    that executes the loop.
    """
    lines = ["rounds %d" % rounds, "gap %d" % gap]
    for label, steps in subjects.items():
        lines += _subject(label, steps)
    return _run(place, lines, before)


def start_many(place, label, command, containers, workers, first=0):
    """Samples of one command for each of many containers; `%` in its words stands for the ordinal,
    which begins with `first`.
    """
    lines = ["containers %d" % containers, "workers %d" % workers, "first %d" % first,
             *_subject(label, [command])]
    samples = _run(place, lines)[label]
    return sorted(samples, key=lambda sample: sample.start)


def _subject(label, steps):
    lines = ["subject " + label]
    for step in steps:
        lines += ["await"] if step is None else ["step", *("word " + word for word in step)]
    return lines


def _run(place, lines, before=()):
    # Containers that stay would keep a pipe open.
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        outcome = subprocess.run([*before, place.interleave], input="\n".join(lines) + "\n", stdout=output,
                                 stderr=errors, text=True, check=False)
        output.seek(0)
        errors.seek(0)
        if outcome.returncode != 0:
            # The loop's own word comes after all warnings.
            words = errors.read().strip().splitlines()[-2:]
            raise Failure(" / ".join(words) or "interleave: status %d" % outcome.returncode)
        return _samples(output)


def _samples(output):
    samples = {}
    for line in output:
        row = dict(zip(FIELDS, line.rstrip("\n").split("\t")))
        label = row.pop("subject")
        samples.setdefault(label, []).append(Sample(**{key: int(value) for key, value in row.items()}))
    return samples
