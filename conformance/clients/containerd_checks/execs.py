"""ctr tasks exec."""

import functools

import archives
from support.checks import Checks, contains, equal, expect, until
from support.host import ends, same_namespaces, same_privileges
from support.programs import ANSWER, TELL_SIZE, answers, at_once, follows_size

CHECKS = Checks()
check = CHECKS.check


@check("exec: exit status, stdout and stderr")
def _(ctr):
    name = ctr.sleeping()
    result = ctr.exec(name, "sh", "-c", "echo one; echo two >&2; exit 7", status=None)
    equal((result.status, result.out, result.err), (7, "one\n", "two\n"))
    equal(ctr.status(name), "RUNNING")


@check("exec: stdin")
def _(ctr):
    name = ctr.sleeping()
    equal(ctr.exec(name, "sh", "-c", "read line; echo got $line", input="hello\n").word,
          "got hello")


@check("exec: a process ended by a signal has 128 and its number")
def _(ctr):
    equal(ctr.exec(ctr.sleeping(), "sh", "-c", "kill -9 $$", status=None).status, 137)


@check("exec: --cwd and --user")
def _(ctr):
    name = ctr.sleeping()
    equal(ctr.exec(name, "pwd", options=("--cwd", "/tmp")).word, "/tmp")
    equal(ctr.exec(name, "id", "-u", options=("--user", "1000")).word, "1000")


@check("exec: the environment and privileges of the container")
def _(ctr):
    name = ctr.sleeping("--env", "A=b", "--cap-drop", "CAP_NET_RAW", "--seccomp")
    contains(ctr.exec(name, "env").lines, "A=b", "PATH=" + archives.PATH)
    same_privileges(ctr.exec(name, "cat", "/proc/self/status").out, ctr.pid(name))


@check("exec: the namespaces, root and cgroups of the container")
def _(ctr):
    name = ctr.sleeping()
    pid = ctr.pid(name)
    same_namespaces(functools.partial(ctr.exec, name), pid)
    equal(ctr.exec(name, "cat", "/proc/self/cgroup").out, ctr.exec(name, "cat", "/proc/1/cgroup").out)


@check("exec: --tty")
def _(ctr):
    name = ctr.sleeping()
    with ctr.run.terminal("ctr", "-n", "checks", "tasks", "exec", "--tty", "--exec-id", "t", name,
                          "sh", "-c", ANSWER) as tty:
        answers(tty)


@check("exec: --tty follows a new size")
def _(ctr):
    name = ctr.sleeping()
    with ctr.run.terminal("ctr", "-n", "checks", "tasks", "exec", "--tty", "--exec-id", "t", name,
                          "sh", "-c", TELL_SIZE) as tty:
        follows_size(tty)


@check("exec: --detach goes on, and ps lists it with its id")
def _(ctr):
    name = ctr.sleeping()
    ctr("tasks", "exec", "--detach", "--exec-id", "some-id", name, "sleep", "500")
    until(lambda: len(ctr.pids(name)) == 2, "two processes are listed")
    contains(ctr("tasks", "ps", name).out, "some-id")


@check("exec: a program that does not exist")
def _(ctr):
    name = ctr.sleeping()
    result = ctr.exec(name, "/no/such/program", status=None)
    expect(result.status != 0, "it ran")
    contains(result.err.lower(), "no such file or directory")
    contains(result.err, "/no/such/program")
    result = ctr.exec(name, "no-such-program", status=None)
    expect("executable file not found in" in result.err
           or "no such file or directory" in result.err.lower(), result.err)
    contains(ctr.exec(name, "/bin/noexec", status=None).err.lower(), "permission denied")
    equal(ctr.pids(name), {ctr.pid(name)})


@check("exec: in a container that has ended")
def _(ctr):
    name = ctr.detached("true")
    ctr.wait_for(name, "STOPPED")
    result = ctr.exec(name, "true", status=None)
    expect(result.status != 0, "it ran")
    equal(ctr.exits(name), 0)


@check("exec: its process ends with the container")
def _(ctr):
    name = ctr.sleeping()
    ctr("tasks", "exec", "--detach", "--exec-id", "one", name, "sleep", "500")
    until(lambda: len(ctr.pids(name)) == 2, "two processes run")
    pids = ctr.pids(name)
    ctr("tasks", "delete", "--force", name, status=None)
    for pid in pids:
        ends(pid)


@check("exec: ten at once", timeout=90)
def _(ctr):
    at_once(10, functools.partial(ctr.exec, ctr.sleeping()))


@check("exec: an id that is in use is refused")
def _(ctr):
    name = ctr.sleeping()
    ctr("tasks", "exec", "--detach", "--exec-id", "one", name, "sleep", "500")
    result = ctr("tasks", "exec", "--exec-id", "one", name, "true", status=None)
    expect(result.status != 0, "it ran")
    contains(result.err, "already exists")
