"""Checks, and what they assert with."""

import collections
import fnmatch
import os
import signal
import time

# How many times longer all may take than on a machine of today: more in an emulated one.
PATIENCE = "OCI_CLIENTS_PATIENCE"

Outcome = collections.namedtuple("Outcome", "name status reason seconds")
Check = collections.namedtuple("Check", "name function timeout needs")


class Failure(Exception):
    """What a check found to be wrong."""


class Skip(Exception):
    """Why a check cannot be made here."""


class TimedOut(Failure):
    """A check took longer than it may."""


def patient(seconds):
    """So many seconds, or more on a slow machine."""
    return seconds * float(os.environ.get(PATIENCE, 1))


class Checks:
    """Checks in the order they were written in."""

    def __init__(self, *parts, needs=()):
        """needs: what none of the checks that are added here can be made without."""
        self.needs = needs
        self.all = [check for part in parts for check in part.all]
        names = [check.name for check in self.all]
        double = {name for name in names if names.count(name) > 1}
        if double:
            raise ValueError("two checks of one name: %s" % ", ".join(sorted(double)))

    def check(self, name, timeout=None, needs=()):
        """A decorator that makes a check of a function of the client.

        needs: what the check cannot be made without, of "root" and "machine".
        """
        def add(function):
            self.all.append(Check(name, function, timeout, (*self.needs, *needs)))
            return function
        return add

    def chosen(self, patterns, has=("root",)):
        """Those whose name has one of the texts in it, or matches one as a shell pattern.

        has: those that need something else are left out.
        """
        return [check for check in self.all
                if set(check.needs) <= set(has) and (not patterns or any(
                    text in check.name or fnmatch.fnmatch(check.name, text) for text in patterns))]


def outcome(check, client, default_timeout):
    """Makes one check."""
    timeout = patient(check.timeout or default_timeout)
    began = time.monotonic()

    def result(status, reason=None):
        return Outcome(check.name, status, reason, time.monotonic() - began)

    try:
        with _deadline(timeout):
            check.function(client)
    except Skip as skip:
        return result("skip", str(skip))
    except Failure as failure:
        return result("fail", str(failure))
    except Exception as error:  # a defect of the check, or an answer it did not foresee
        return result("fail", "%s: %s" % (type(error).__name__, error))
    return result("ok")


class _deadline:
    """Interrupts what is inside after some seconds, whatever it waits for."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __enter__(self):
        signal.signal(signal.SIGALRM, self._expired)
        signal.setitimer(signal.ITIMER_REAL, self.seconds)

    def __exit__(self, *_):
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _expired(self, *_):
        raise TimedOut("no end after %d s" % self.seconds)


def expect(condition, reason):
    if not condition:
        raise Failure(reason)


def equal(got, wanted, what="got"):
    if got != wanted:
        raise Failure("%s: %r, not %r" % (what, got, wanted))


def contains(text, *pieces):
    """Each piece is in the text (or the list, or the set)."""
    for piece in pieces:
        if piece not in text:
            raise Failure("no %r in %r" % (piece, text))


def lacks(text, *pieces):
    for piece in pieces:
        if piece in text:
            raise Failure("%r in %r" % (piece, text))


def until(question, what, seconds=15):
    """Asks again and again until the answer is true, and returns it."""
    seconds = patient(seconds)
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise Failure("after %d s not true: %s" % (seconds, what))
        time.sleep(0.03)
