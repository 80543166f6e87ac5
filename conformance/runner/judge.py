"""Reads what a test printed, and says whether it passed.

A test's exit status is not enough: many exit with 0 after a failed assertion,
after a diagnostic that is an error, or when the checker inside the container
died before it had checked anything.
"""

import json
import re

ASSERTION = re.compile(r"^(not )?ok \d+(?: - )?(.*)$")
PLAN = re.compile(r"^1\.\.(\d+)$")
HEADER = "TAP version 13"


class Assertion:
    def __init__(self, passed, text):
        self.passed = passed
        self.text = text
        self.data = {}
        self.comment = ""


class Stream:
    """One TAP stream; a test may print several, one after another.

    pending is data that no assertion preceded, or none it belongs to.
    """

    def __init__(self):
        self.assertions = []
        self.pending = {}
        self.planned = None


def parse(output):
    streams = []
    in_yaml = False
    for line in output.splitlines():
        if line == HEADER:
            streams.append(Stream())
            in_yaml = False
        elif not streams:
            continue
        elif line == "  ---":
            in_yaml = True
        elif line == "  ...":
            in_yaml = False
        elif in_yaml:
            _attach(streams[-1], line)
        elif line.startswith("# ") and streams[-1].assertions:
            last = streams[-1].assertions[-1]
            last.comment = last.comment or line[2:]
        elif match := PLAN.match(line):
            streams[-1].planned = int(match[1])
        elif match := ASSERTION.match(line):
            passed = match[1] is None or "# TODO" in match[2]
            assertion = Assertion(passed, match[2].strip())
            if "stdout" in streams[-1].pending:
                assertion.data, streams[-1].pending = streams[-1].pending, {}
            streams[-1].assertions.append(assertion)
    return streams


def _attach(stream, line):
    try:
        data = json.loads(line)
    except ValueError:
        return
    if not isinstance(data, dict):
        return
    # The checker's output stands before the assertion that is made of it.
    if stream.assertions and "stdout" not in data:
        stream.assertions[-1].data.update(data)
    else:
        stream.pending.update(data)


def failure(returncode, stdout, stderr, may_be_silent=False, waived=()):
    """Why the test failed, or None if it passed.

    may_be_silent: the test prints nothing, or no assertion, when all is well.
    waived: texts of assertions that cannot hold on this machine.
    """
    streams = parse(stdout)
    for stream in streams:
        for assertion in stream.assertions:
            if not assertion.passed and assertion.text not in waived:
                return _describe(assertion, stderr)
    if returncode != 0:
        return _last_line(stderr) or _how_it_ended(returncode)
    for stream in streams:
        if "error" in stream.pending:
            return _with_stderr(str(stream.pending["error"]), stream.pending)
        if stream.planned is None:
            died = "the checker stopped after %d assertions" % len(stream.assertions)
            return _join(died, _last_line(stderr))
        if stream.planned != len(stream.assertions):
            return "planned %d assertions, made %d" % (stream.planned, len(stream.assertions))
    asserted = any(stream.assertions for stream in streams)
    if not asserted and not may_be_silent:
        return _join("nothing was asserted", _last_line(stderr))
    return None


def _describe(assertion, stderr):
    data = assertion.data
    if "expected" in data and "actual" in data:
        return "%s: expected %s, got %s" % (
            assertion.text, _short(data["expected"]), _short(data["actual"]))
    if data.get("error"):
        return _with_stderr("%s: %s" % (assertion.text, data["error"]), data)
    if "stdout" in data:
        # The output of the checker inside the container is itself TAP.
        inner = failure(0, data["stdout"], data.get("stderr", ""))
        return _join(assertion.text, inner)
    return _join(assertion.text, assertion.comment or _last_line(stderr))


def _with_stderr(text, data):
    return _join(text, _last_line(str(data.get("stderr", ""))))


def _join(first, second):
    return "%s (%s)" % (first, second) if second else first


def _short(value):
    return value if isinstance(value, str) else json.dumps(value)


def _how_it_ended(returncode):
    return "signal %d" % -returncode if returncode < 0 else "exit status %d" % returncode


def _last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # The suite reports its own tidying-up last; the cause stands before it.
    causes = [line for line in lines if not line.startswith(("Clean: ", "exit status "))]
    return (causes or lines or [""])[-1]
