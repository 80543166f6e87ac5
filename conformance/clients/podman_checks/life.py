"""A container's life: create, start, stop, kill, pause, wait, restart, rm."""

import glob
import os
import signal
import time

from support.cgroups import hierarchies
from support.checks import Checks, contains, equal, expect, patient, until
from support.host import read
from support.programs import COUNT, counted, counts_on

from podman_checks.client import IMAGE

CHECKS = Checks()
check = CHECKS.check


def trapping(number, script):
    return ("sh", "-c", "trap '%s' %s; echo ready; while :; do usleep 20000; done" % (script, number))


@check("create: the program waits for start")
def _(podman):
    podman("create", "--name", "one", IMAGE, "sh", "-c", "echo ran")
    podman("init", "one")
    equal(podman.state("one")["Status"], "initialized")
    equal(podman("logs", "one").out, "")
    podman("start", "one")
    equal(podman("wait", "one").word, "0")
    equal(podman("logs", "one").out, "ran\n")


@check("start: --attach gives output and exit status")
def _(podman):
    podman("create", "--name", "one", IMAGE, "sh", "-c", "echo out; exit 3")
    equal(podman("start", "--attach", "one", status=3).out, "out\n")


@check("start: again after the end, with the same files")
def _(podman):
    podman("run", "--name", "one", IMAGE, "sh", "-c", "echo x >>/root/times; wc -l </root/times")
    podman("start", "--attach", "one")
    equal(podman("start", "--attach", "one").word, "3")


@check("stop: SIGTERM, and the program's own exit status")
def _(podman):
    podman.detached(command=trapping("TERM", "exit 42"))
    podman.ready("one")
    podman("stop", "one")
    state = podman.state("one")
    equal((state["Status"], state["ExitCode"]), ("exited", 42))


@check("stop: after --time a SIGKILL: 137")
def _(podman):
    podman.detached(command=trapping("TERM", "echo no"))
    podman.ready("one")
    began = time.monotonic()
    podman("stop", "--time", "1", "one")
    took = time.monotonic() - began
    expect(0.9 < took < patient(8), "stop took %.1f s" % took)
    equal(podman.state("one")["ExitCode"], 137)
    contains(podman("logs", "one").lines, "no")


@check("stop: --stop-signal")
def _(podman):
    podman.detached("--stop-signal", "USR2", command=trapping("USR2", "exit 12"))
    podman.ready("one")
    podman("stop", "one")
    equal(podman.state("one")["ExitCode"], 12)


@check("kill: a signal by name and by number")
def _(podman):
    podman.detached(command=("sh", "-c", "trap 'echo hup' HUP; trap 'exit 10' USR1; echo ready; "
                             "while :; do usleep 20000; done"))
    podman.ready("one")
    podman("kill", "--signal", "HUP", "one")
    podman.ready("one", "hup")
    podman("kill", "--signal", "10", "one")
    equal(podman("wait", "one").word, "10")


@check("kill: SIGKILL by default: 137")
def _(podman):
    podman.detached()
    podman("kill", "one")
    equal(podman("wait", "one").word, "137")


@check("kill: of a container that has ended is an error")
def _(podman):
    podman("run", "--name", "one", IMAGE, "true")
    result = podman("kill", "one", status=125)
    contains(result.err, "can only kill running containers")


@check("run: a signal to podman goes to the program")
def _(podman):
    with podman.run.background("podman", "run", "--rm", IMAGE, *trapping("TERM", "exit 21")) as one:
        one.expect("ready")
        os.kill(one.pid, signal.SIGTERM)
        equal(one.wait()[0], 21)


@check("run: the program is killed from outside: 137")
def _(podman):
    with podman.run.background("podman", "run", "--name", "one", IMAGE, "sh", "-c",
                               "echo ready; sleep 1000") as one:
        one.expect("ready")
        os.kill(podman.pid("one"), signal.SIGKILL)
        equal(one.wait()[0], 137)
    equal(podman.state("one")["ExitCode"], 137)


@check("kill: what the first process started ends too")
def _(podman):
    podman.detached(command=("sh", "-c", "sleep 4321 & sleep 4321 & echo ready; wait"))
    podman.ready("one")
    podman("kill", "one")
    podman("wait", "one")
    until(lambda: not _processes("sleep 4321"), "the sleeps have ended")


@check("kill: with the host's pid namespace, children end too")
def _(podman):
    podman.detached("--pid", "host", command=("sh", "-c", "sleep 4322 & sleep 4322 & echo ready; wait"))
    podman.ready("one")
    equal(len(_processes("sleep 4322")), 2)
    podman("rm", "--force", "--time", "0", "one")
    until(lambda: not _processes("sleep 4322"), "the sleeps have ended")


@check("pause and unpause")
def _(podman):
    podman.detached(command=("sh", "-c", COUNT))
    podman.ready("one")
    podman("pause", "one")
    equal(podman.state("one")["Status"], "paused")
    pid = podman.pid("one")
    before = counted(pid)
    equal(podman.limit("one", "freezer", "freezer.state"), "FROZEN")
    # Ten rounds, if it ran.
    time.sleep(0.3)
    equal(counted(pid), before, "count of a paused program")
    podman("unpause", "one")
    equal(podman.state("one")["Status"], "running")
    counts_on(pid, before)


@check("pause: exec and stop are refused, rm --force is not")
def _(podman):
    podman.detached()
    podman("pause", "one")
    podman("exec", "one", "true", status=255)
    podman("pause", "one", status=125)
    podman("rm", "one", status=2)
    podman("rm", "--force", "--time", "0", "one")
    equal(podman("ps", "-aq").out, "")


@check("wait: the exit status, and for conditions")
def _(podman):
    podman.detached(command=("sh", "-c", "sleep 0.3; exit 17"))
    equal(podman("wait", "one").word, "17")
    equal(podman("wait", "--condition", "exited", "one").word, "17")


@check("restart: another process, the same container")
def _(podman):
    podman.detached(command=("sh", "-c", "echo start; exec sleep 1000"))
    podman.ready("one", "start")
    before = podman.inspect("one")
    podman("restart", "--time", "0", "one")
    after = podman.inspect("one")
    equal(after["Id"], before["Id"])
    expect(after["State"]["Pid"] != before["State"]["Pid"], "the same process")
    until(lambda: podman("logs", "one").lines == ["start", "start"], "it started twice")


@check("run: --restart on-failure")
def _(podman):
    podman.detached("--restart", "on-failure:2", command=("sh", "-c", "echo start; exit 1"))
    until(lambda: podman("logs", "one").lines == ["start"] * 3, "it started three times")
    podman.wait_for("one", "exited")
    equal(podman.inspect("one")["RestartCount"], 2)


@check("rename")
def _(podman):
    podman.detached()
    podman("rename", "one", "other")
    equal(podman("exec", "other", "echo", "here").word, "here")
    podman("container", "exists", "one", status=1)


@check("rm: refuses a running container, and takes it with --force")
def _(podman):
    podman.detached()
    podman("rm", "one", status=2)
    equal(podman.state("one")["Status"], "running")
    pid = podman.pid("one")
    podman("rm", "--force", "--time", "0", "one")
    expect(not os.path.exists("/proc/%d" % pid), "the process is still there")


@check("rm: the runtime forgets the container, its cgroups go")
def _(podman):
    podman.detached()
    identifier = podman.inspect("one")["Id"]
    ours = [path for path in glob.glob("/run/*/" + identifier)
            if not path.startswith(("/run/libpod/", "/run/containers/"))]
    expect(ours, "no state of the runtime below /run")
    expect(_cgroups(identifier), "no cgroup with the container's id")
    podman("rm", "--force", "--time", "0", "one")
    equal([path for path in ours if os.path.exists(path)], [], "state")
    until(lambda: not _cgroups(identifier), "its cgroups are gone")


@check("rm: of several, and --all")
def _(podman):
    for number in range(4):
        podman.detached(name="c%d" % number)
    podman("rm", "--force", "--time", "0", "c0", "c2")
    equal(sorted(podman("ps", "--format", "{{.Names}}").lines), ["c1", "c3"])
    podman("stop", "--all", "--time", "0")
    podman("rm", "--all")
    equal(podman("ps", "-aq").out, "")


@check("run: --replace takes the name of a running one")
def _(podman):
    podman.detached("--stop-timeout", "0")
    first = podman.inspect("one")["Id"]
    podman.detached("--replace")
    expect(podman.inspect("one")["Id"] != first, "the same container")


@check("run: conmon is killed with SIGKILL")
def _(podman):
    podman.detached()
    identifier, state = podman.inspect("one")["Id"], podman.state("one")
    os.kill(state["ConmonPid"], signal.SIGKILL)
    until(lambda: not os.path.exists("/proc/%d" % state["ConmonPid"]), "conmon is gone")
    # The program goes on, and podman still gets rid of it.
    expect(os.path.exists("/proc/%d" % state["Pid"]), "the program ended with conmon")
    podman("rm", "--force", "--time", "0", "one")
    equal(podman("ps", "-aq").out, "")
    until(lambda: not os.path.exists("/proc/%d" % state["Pid"]), "the program has ended")
    # It leaves it to conmon to have the runtime delete the container.
    podman.run(podman.runtime, "delete", "--force", identifier)
    equal(_cgroups(identifier), [], "cgroups")


@check("run: podman is killed with SIGKILL, the container goes on")
def _(podman):
    with podman.run.background("podman", "run", "--name", "one", IMAGE, "sh", "-c",
                               "echo ready; sleep 1000") as one:
        one.expect("ready")
        os.kill(one.pid, signal.SIGKILL)
        one.wait()
    equal(podman("exec", "one", "echo", "here").word, "here")
    podman("kill", "one")
    equal(podman("wait", "one").word, "137")


def _processes(command):
    """The pids of processes with this command line."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        text = read(path).replace("\0", " ").strip()
        if text == command:
            found.append(int(path.split("/")[2]))
    return found


def _cgroups(identifier):
    return [path for root in hierarchies()
            for path in glob.glob("%s/**/*%s*" % (root, identifier), recursive=True)]
