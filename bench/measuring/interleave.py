"""Calls the measuring loop, bench/interleave.c, and reads its samples."""

import collections
import subprocess

from measuring.runtimes import Failure

FIELDS = ("round", "subject", "ordinal", "start", "wall", "user", "system", "maxrss")
Sample = collections.namedtuple("Sample", [name for name in FIELDS if name != "subject"])


def take_turns(place, subjects, rounds, gap):
    """Lists of Samples by subject. `subjects` has lists of commands, where None waits for orphans."""
    lines = ["rounds %d" % rounds, "gap %d" % gap]
    for label, steps in subjects.items():
        lines += _subject(label, steps)
    return _run(place, lines)


def start_many(place, label, command, containers, workers):
    """Samples of one command for each of many containers; `%` in its words stands for the ordinal."""
    lines = ["containers %d" % containers, "workers %d" % workers, *_subject(label, [command])]
    samples = _run(place, lines)[label]
    return sorted(samples, key=lambda sample: sample.start)


def _subject(label, steps):
    lines = ["subject " + label]
    for step in steps:
        lines += ["await"] if step is None else ["step", *("word " + word for word in step)]
    return lines


def _run(place, lines):
    outcome = subprocess.run([place.interleave], input="\n".join(lines) + "\n", stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True, check=False)
    if outcome.returncode != 0:
        raise Failure(outcome.stderr.strip() or "interleave: status %d" % outcome.returncode)
    samples = {}
    for line in outcome.stdout.splitlines():
        row = dict(zip(FIELDS, line.split("\t")))
        label = row.pop("subject")
        samples.setdefault(label, []).append(Sample(**{key: int(value) for key, value in row.items()}))
    return samples
