"""ctr tasks exec."""

import concurrent.futures
import os

import archives
from containerd_checks.client import read
from containerd_checks.isolation import status_of
from containerd_checks.run import follows_size
from support.checks import Checks, contains, equal, expect, until

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
    inside = status_of(ctr.exec(name, "cat", "/proc/self/status").out)
    first = status_of(read("/proc/%d/status" % ctr.pid(name)))
    for field in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp"):
        equal(inside[field], first[field], field)


@check("exec: the namespaces, root and cgroups of the container")
def _(ctr):
    name = ctr.sleeping()
    pid = ctr.pid(name)
    kinds = sorted(kind for kind in os.listdir("/proc/self/ns") if "_for_" not in kind)
    inside = ctr.exec(name, "sh", "-c",
                      "for n in %s; do readlink /proc/self/ns/$n; done" % " ".join(kinds)).lines
    equal(inside, [os.readlink("/proc/%d/ns/%s" % (pid, kind)) for kind in kinds])
    equal(ctr.exec(name, "cat", "/proc/self/cgroup").out, read("/proc/%d/cgroup" % pid))


@check("exec: --tty")
def _(ctr):
    name = ctr.sleeping()
    with ctr.run.terminal("ctr", "-n", "checks", "tasks", "exec", "--tty", "--exec-id", "t", name,
                          "sh", "-c", "tty; read line; echo got $line; exit 4") as tty:
        tty.expect("/dev/pts/")
        tty.send("hello\r")
        tty.expect("got hello")
        equal(tty.wait()[0], 4)


@check("exec: --tty follows a new size")
def _(ctr):
    name = ctr.sleeping()
    with ctr.run.terminal(
            "ctr", "-n", "checks", "tasks", "exec", "--tty", "--exec-id", "t", name, "sh", "-c",
            "trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done") as tty:
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
    until(lambda: not any(read("/proc/%d/cmdline" % pid) for pid in pids), "both have ended")


@check("exec: ten at once", timeout=90)
def _(ctr):
    name = ctr.sleeping()

    def one(number):
        result = ctr.exec(name, "sh", "-c", "echo number %d; exit %d" % (number, number),
                          status=None)
        return result.status, result.word
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        results = list(pool.map(one, range(10)))
    equal(results, [(number, "number %d" % number) for number in range(10)])


@check("exec: an id that is in use is refused")
def _(ctr):
    name = ctr.sleeping()
    ctr("tasks", "exec", "--detach", "--exec-id", "one", name, "sleep", "500")
    result = ctr("tasks", "exec", "--exec-id", "one", name, "true", status=None)
    expect(result.status != 0, "it ran")
    contains(result.err, "already exists")
