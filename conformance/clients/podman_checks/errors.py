"""What a user is told, and the exit status, if something cannot be run.

Not what podman refuses before it calls the runtime.
"""

import os

from support.cgroups import below, hierarchies
from support.checks import Checks, contains, equal, expect, until

from podman_checks.client import IMAGE

CHECKS = Checks()
check = CHECKS.check


def says(result, *texts):
    """The error has one of the texts, in any case of letters."""
    expect(any(text in result.err.lower() for text in texts),
           "the error names none of %s: %r" % (texts, result.err))


@check("error: a program that is not there: 127")
def _(podman):
    result = podman.once(IMAGE, "not-there", status=127)
    says(result, "not found", "no such file")
    contains(result.err, "not-there")
    says(podman.once(IMAGE, "/bin/not-there", status=127), "no such file", "not found")


@check("error: a file that is not executable: 126")
def _(podman):
    result = podman.once(IMAGE, "/bin/noexec", status=126)
    says(result, "permission denied")


@check("error: a directory as program: 126")
def _(podman):
    says(podman.once(IMAGE, "/tmp", status=126), "permission denied", "is a directory")


@check("error: a file that is no program: exec format error")
def _(podman):
    result = podman.once(IMAGE, "/bin/badformat", status=None)
    # conmon sees it fail before the start or, with some runtimes, after it.
    expect(result.status in (1, 126), "status %d" % result.status)
    says(result, "exec format error")


@check("error: the text is one clear line, without another's log format")
def _(podman):
    result = podman.once(IMAGE, "not-there", status=127)
    lines = [line for line in result.err.splitlines() if line]
    equal(len(lines), 1, "lines of %r" % result.err)
    expect(lines[0].startswith("Error: "), "begins otherwise: %r" % lines[0])
    expect("{" not in lines[0] and "level=" not in lines[0], "a log line within: %r" % lines[0])


@check("error: nothing is left of a container that could not start")
def _(podman):
    podman("run", "--name", "one", IMAGE, "not-there", status=127)
    equal(podman.state("one")["Status"], "created")
    podman("start", "one", status=125)
    podman("rm", "one")
    left = [path for root in hierarchies() for path in below(root) if "/libpod-" in path]
    until(lambda: not [path for path in left if os.path.exists(path)], "its cgroups are gone: %s" % left)


@check("error: exec of a program that is not there: 127")
def _(podman):
    podman.detached()
    result = podman("exec", "one", "not-there", status=127)
    says(result, "not found", "no such file")
    contains(result.err, "not-there")


@check("error: exec of a file that is not executable: 126")
def _(podman):
    podman.detached()
    says(podman("exec", "one", "/bin/noexec", status=126), "permission denied")


@check("error: a mount target that is a file")
def _(podman):
    result = podman.shell("true", "-v", podman.work + ":/bin/noexec", status=None)
    expect(result.status in (126, 127), "status %d" % result.status)
    contains(result.err, "bin/noexec")


@check("error: a seccomp profile that is wrong")
def _(podman):
    profile = podman.write("wrong.json", '{"defaultAction": "SCMP_ACT_NOTHING"}')
    result = podman.shell("true", "--security-opt", "seccomp=" + profile, status=None)
    expect(result.status in (125, 126), "status %d" % result.status)
    contains(result.err, "SCMP_ACT_NOTHING")
