"""docker exec."""

import functools

from docker_checks.client import PROGRAM
from support.checks import Checks, contains, equal, expect, until
from support.host import same_namespaces, same_privileges
from support.programs import ANSWER, TELL_SIZE, answers, at_once, follows_size

CHECKS = Checks()
check = CHECKS.check


@check("exec: exit status, stdout and stderr")
def _(docker):
    result = docker.exec(docker.sleeping(), "sh", "-c", "echo one; echo two >&2; exit 7", status=7)
    equal((result.out, result.err), ("one\n", "two\n"))


@check("exec: --interactive, stdin to its end")
def _(docker):
    equal(docker.exec(docker.sleeping(), "cat", options=("--interactive",),
                      input="a line\nand another\n").out, "a line\nand another\n")


@check("exec: a program that does not exist, a file that is none")
def _(docker):
    name = docker.sleeping()
    for program, reasons in (
            ("/no/such/program", ("no such file or directory",)),
            ("no-such-program", ("no such file or directory", "executable file not found in")),
            ("/bin/noexec", ("permission denied",))):
        result = docker.exec(name, program, status=None)
        # Newer versions of docker tell them apart.
        contains((126, 127), result.status)
        text = result.out + result.err
        expect(any(reason in text for reason in reasons), text)
    equal(docker.status(name), "running")


@check("exec: a process ended by a signal has 128 and its number")
def _(docker):
    docker.exec(docker.sleeping(), "sh", "-c", "kill -9 $$", status=137)


@check("exec: --env, --workdir and --user")
def _(docker):
    name = docker.sleeping("--env", "X=1")
    result = docker.exec(name, "sh", "-c", "echo $A $X; pwd; id", options=(
        "--env", "A=b", "--workdir", "/tmp", "--user", "alice"))
    equal(result.lines, ["b 1", "/tmp",
                         "uid=1000(alice) gid=1000(alice) groups=10(wheel),1000(alice)"])


@check("exec: a working directory that does not exist")
def _(docker):
    result = docker.exec(docker.sleeping(), "true", options=("--workdir", "/no/such"), status=None)
    expect(result.status != 0, "it ran")
    contains(result.out + result.err, "/no/such")


@check("exec: the privileges, namespaces and cgroups of the container")
def _(docker):
    name = docker.sleeping("--cap-drop", "NET_RAW", "--security-opt", "no-new-privileges",
                           "--user", "1000")
    pid = docker.pid(name)
    same_privileges(docker.exec(name, "cat", "/proc/self/status").out, pid)
    same_namespaces(functools.partial(docker.exec, name), pid)


@check("exec: --tty is a terminal")
def _(docker):
    name = docker.sleeping()
    with docker.run.terminal(PROGRAM, "exec", "--interactive", "--tty", name, "sh", "-c",
                             ANSWER) as tty:
        answers(tty)


@check("exec: --tty follows the size of ours")
def _(docker):
    name = docker.sleeping()
    with docker.run.terminal(PROGRAM, "exec", "--interactive", "--tty", name, "sh", "-c",
                             TELL_SIZE) as tty:
        follows_size(tty)
        tty.send("\x03")


@check("exec: --detach goes on")
def _(docker):
    name = docker.sleeping()
    docker.exec(name, "sleep", "333", options=("--detach",))
    until(lambda: "sleep 333" in docker("top", name).out, "it is listed")


@check("exec: in a container that has ended")
def _(docker):
    name = docker.detached("true")
    docker.exits(name)
    contains(docker.exec(name, "true", status=1).err, "is not running")


@check("exec: its process ends with the container")
def _(docker):
    name = docker.sleeping()
    with docker.run.background(PROGRAM, "exec", name, "sh", "-c",
                               "echo ready; sleep 444") as running:
        running.expect("ready")
        docker("kill", name)
        equal(running.wait()[0], 137)


@check("exec: ten at once", timeout=120)
def _(docker):
    at_once(10, functools.partial(docker.exec, docker.sleeping()))


@check("exec: twenty in a row", timeout=120)
def _(docker):
    name = docker.sleeping()
    for number in range(20):
        equal(docker.exec(name, "echo", "number", number).word, "number %d" % number)


@check("exec: a read-only container's too")
def _(docker):
    name = docker.sleeping("--read-only")
    contains(docker.exec(name, "touch", "/file", status=1).err, "Read-only file system")
