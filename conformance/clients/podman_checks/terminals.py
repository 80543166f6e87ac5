"""Containers with a terminal: `run -t`, `start -a`, `attach`."""

import time

from support.checks import Checks, Failure, contains, equal, until
from support.programs import interrupts

from podman_checks.client import IMAGE

CHECKS = Checks()
check = CHECKS.check


def resized(terminal, rows, columns):
    """Whether the shell on the other side sees the size, in the end."""
    terminal.resize(rows, columns)

    def same():
        # Not as it is echoed: the shell writes its line anew when the size changes.
        terminal.send("echo size=$(stty size).\n")
        try:
            return terminal.expect("size=%d %d." % (rows, columns), 1)
        except Failure:
            return False
    until(same, "the terminal has %d rows and %d columns" % (rows, columns))


@check("run: -it is a terminal, and gives the exit status")
def _(podman):
    with podman.run.terminal("podman", "run", "--rm", "-it", IMAGE, "sh") as terminal:
        terminal.expect("# ")
        terminal.send("tty; test -t 0 && test -t 1 && test -t 2 && echo all-three\n")
        terminal.expect("/dev/pts/0")
        terminal.expect("all-three\r\n")
        terminal.send("exit 5\n")
        equal(terminal.wait()[0], 5)


@check("run: -it passes the size of the terminal on, also when it changes")
def _(podman):
    with podman.run.terminal("podman", "run", "--rm", "-it", IMAGE, "sh") as terminal:
        terminal.expect("# ")
        resized(terminal, 31, 97)
        resized(terminal, 44, 133)
        terminal.send("exit\n")
        equal(terminal.wait()[0], 0)


@check("run: -it has job control, and ^C interrupts")
def _(podman):
    with podman.run.terminal("podman", "run", "--rm", "-it", IMAGE, "sh") as terminal:
        interrupts(terminal)


@check("run: -t has /dev/console")
def _(podman):
    with podman.run.terminal("podman", "run", "--rm", "-t", IMAGE, "sh", "-c",
                             "test -c /dev/console && echo through >/dev/console") as terminal:
        terminal.expect("through\r\n")
        equal(terminal.wait()[0], 0)


@check("run: the user owns the terminal")
def _(podman):
    with podman.run.terminal("podman", "run", "--rm", "-t", "--user", "alice", IMAGE, "sh", "-c",
                             "stat -c '%u' $(tty); echo x >$(tty) && echo may-write") as terminal:
        terminal.expect("1000\r\n")
        terminal.expect("may-write")
        equal(terminal.wait()[0], 0)


@check("run: -it, detach keys, attach")
def _(podman):
    with podman.run.terminal("podman", "run", "-it", "--name", "one", IMAGE, "sh") as terminal:
        terminal.expect("# ")
        terminal.send("here=yes\n")
        terminal.expect("# ")
        # Podman knows the keys only if they come one by one.
        until(lambda: terminal.ended() or terminal.send("\x10") or time.sleep(0.1) or terminal.send("\x11"),
              "podman detaches")
        equal(terminal.wait()[0], 0)
    equal(podman.state("one")["Status"], "running")
    with podman.run.terminal("podman", "attach", "one") as terminal:
        terminal.send("echo here=$here\n")
        terminal.expect("here=yes")
        terminal.send("exit 4\n")
        terminal.wait()
    equal(podman("wait", "one").word, "4")


@check("run: -dt, attached to later")
def _(podman):
    podman("run", "-dt", "--name", "one", IMAGE, "sh", "-c", "read x; stty -a | head -1; echo got $x")
    with podman.run.terminal("podman", "attach", "one") as terminal:
        terminal.send("word\n")
        terminal.expect("got word")
        equal(terminal.wait()[0], 0)
    contains(podman("logs", "one").out, "got word")


@check("start: --attach --interactive of a created container with a terminal")
def _(podman):
    podman("create", "-it", "--name", "one", IMAGE, "sh")
    with podman.run.terminal("podman", "start", "-ai", "one") as terminal:
        terminal.expect("# ")
        terminal.send("exit 6\n")
        equal(terminal.wait()[0], 6)


@check("exec: -it is a terminal of its own, with size and exit status")
def _(podman):
    podman.detached()
    with podman.run.terminal("podman", "exec", "-it", "one", "sh") as terminal:
        terminal.expect("# ")
        terminal.send("tty; echo pid=$$\n")
        terminal.expect("/dev/pts/")
        resized(terminal, 29, 81)
        terminal.send("exit 8\n")
        equal(terminal.wait()[0], 8)


@check("exec: -it in a container with a terminal does not disturb the other")
def _(podman):
    with podman.run.terminal("podman", "run", "-it", "--name", "one", IMAGE, "sh") as first:
        first.expect("# ")
        with podman.run.terminal("podman", "exec", "-it", "one", "sh", "-c", "echo in $(tty)") as second:
            text = second.expect("\n")
            equal(second.wait()[0], 0)
            if "/dev/pts/0" in text:
                raise Failure("both have the same terminal: %r" % text)
            contains(text, "in /dev/pts/")
        first.send("exit 3\n")
        equal(first.wait()[0], 3)
