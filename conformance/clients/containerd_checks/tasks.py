"""ctr tasks: create, start, kill, pause, delete, checkpoint."""

import os
import re
import signal

from containerd_checks.client import IMAGE
from support.checks import Checks, contains, equal, expect, until
from support.criu import require_criu
from support.host import ends, read
from support.programs import COUNT, TRAPS, counted, counts, counts_on

CHECKS = Checks()
check = CHECKS.check


def created(ctr, *command):
    """A container without a task; returns its name."""
    name = ctr.name()
    # Before 1.7, ctr takes options of the command for its own without the mark, and since then the mark for
    # the command.
    version = re.search(r"v?(\d+)\.(\d+)", ctr("--version").out)
    mark = ("--",) if (int(version[1]), int(version[2])) < (1, 7) else ()
    ctr("containers", "create", IMAGE, name, *mark, *command)
    return name


@check("tasks: start in the foreground, with output and exit status")
def _(ctr):
    name = created(ctr, "sh", "-c", "echo hello; exit 6")
    result = ctr("tasks", "start", name, status=None)
    equal((result.status, result.word), (6, "hello"))


@check("tasks: start --detach, then attach for output and exit status")
def _(ctr):
    name = created(ctr, "sh", "-c", "until test -e /tmp/go; do sleep 0.02; done; echo done; exit 7")
    ctr("tasks", "start", "--detach", name)
    with ctr.run.background("ctr", "-n", "checks", "tasks", "attach", name) as attached:
        until(lambda: len(os.listdir("/proc/%d/fd" % attached.pid)) > 8, "ctr is attached")
        ctr.exec(name, "touch", "/tmp/go")
        status, text = attached.wait()
    equal(status, 7)
    contains(text, "done")


@check("tasks: a container runs again after its task is deleted")
def _(ctr):
    name = created(ctr, "sh", "-c", "cat /count 2>&1; echo x >>/count; exit 2")
    for _ in range(2):
        equal(ctr("tasks", "start", name, status=None).status, 2)
    equal(ctr("tasks", "start", name, status=None).out, "x\nx\n")


@check("tasks: a second task of one container is refused")
def _(ctr):
    name = ctr.sleeping()
    result = ctr("tasks", "start", "--detach", name, status=None)
    expect(result.status != 0, "two tasks")
    contains(result.err, "already exists")
    equal(ctr.status(name), "RUNNING")


@check("tasks: ls tells of what ended")
def _(ctr):
    name = ctr.detached("sh", "-c", "exit 3")
    ctr.wait_for(name, "STOPPED")
    equal(ctr.exits(name), 3)


@check("tasks: ps lists the container's processes")
def _(ctr):
    name = ctr.detached("sh", "-c", "sleep 1000 & sleep 1000 & wait")
    until(lambda: len(ctr.pids(name)) == 3, "three processes are listed")
    pids = ctr.pids(name)
    contains(pids, ctr.pid(name))
    equal(sorted(read("/proc/%d/cmdline" % pid).split("\0")[0] for pid in pids),
          ["sh", "sleep", "sleep"])


@check("tasks: kill sends SIGTERM, or the signal it is told")
def _(ctr):
    for name, option in (("TERM", ()), ("USR1", ("--signal", "SIGUSR1")), ("HUP", ("-s", "1"))):
        task = ctr.detached("sh", "-c", TRAPS % (name, name))
        ctr.said(task, "ready")
        ctr("tasks", "kill", *option, task)
        ctr.said(task, "got " + name)
        equal(ctr.exits(task), 5)


@check("tasks: kill of a program that ignores SIGTERM needs SIGKILL")
def _(ctr):
    name = ctr.detached("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.02; done")
    ctr.said(name, "ready")
    ctr("tasks", "kill", name)
    equal(ctr.status(name), "RUNNING")
    ctr("tasks", "kill", "--signal", "SIGKILL", name)
    equal(ctr.exits(name), 137)


@check("tasks: kill --all reaches every process")
def _(ctr):
    # The first process goes on, as its end would be that of the others.
    name = ctr.detached("sh", "-c", "sh -c \"%s\" & %s" % (
        TRAPS % ("one", "USR1"), (TRAPS % ("two", "USR1")).replace("exit 5", ":")))
    until(lambda: read(ctr.output_of(name)).count("ready") == 2, "both are ready")
    ctr("tasks", "kill", "--all", "--signal", "SIGUSR1", name)
    ctr.said(name, "got one")
    ctr.said(name, "got two")


@check("tasks: with the host's pid namespace, all processes end with the container")
def _(ctr):
    name = ctr.detached("sh", "-c", "sleep 1000 & sleep 1000 & wait", options=(
        "--with-ns", "pid:/proc/self/ns/pid"))
    until(lambda: len(ctr.pids(name)) == 3, "three processes run")
    pids = ctr.pids(name)
    ctr("tasks", "delete", "--force", name, status=None)
    for pid in pids:
        ends(pid)


@check("tasks: kill of a task that has ended")
def _(ctr):
    name = ctr.detached("true")
    ctr.wait_for(name, "STOPPED")
    result = ctr("tasks", "kill", name, status=None)
    expect(result.status != 0, "it could be killed")
    contains(result.err, "not found")


@check("tasks: kill --exec-id reaches that process alone")
def _(ctr):
    name = ctr.sleeping()
    ctr("tasks", "exec", "--detach", "--exec-id", "one", name, "sleep", "500")
    until(lambda: len(ctr.pids(name)) == 2, "two processes run")
    ctr("tasks", "kill", "--exec-id", "one", "--signal", "SIGKILL", name)
    until(lambda: ctr.pids(name) == {ctr.pid(name)}, "one is gone")


@check("tasks: pause stops the processes, resume goes on")
def _(ctr):
    name = ctr.detached("sh", "-c", COUNT)
    pid = ctr.pid(name)
    counts(pid)
    ctr("tasks", "pause", name)
    equal(ctr.status(name), "PAUSED")
    equal(ctr.limit(name, "freezer.state"), "FROZEN")
    equal(ctr.state(name)["status"], "paused")
    before = counted(pid)
    ctr("tasks", "ls")
    equal(counted(pid), before)
    ctr("tasks", "resume", name)
    equal(ctr.status(name), "RUNNING")
    counts_on(pid, before)


@check("tasks: exec in a paused container is refused")
def _(ctr):
    name = ctr.sleeping()
    ctr("tasks", "pause", name)
    result = ctr("tasks", "exec", "--exec-id", "one", name, "true", status=None, timeout=20)
    ctr("tasks", "resume", name)
    expect(result.status != 0, "it ran")
    contains(result.err, "paused")


@check("tasks: a paused container can be deleted by force")
def _(ctr):
    name = ctr.sleeping()
    pid = ctr.pid(name)
    ctr("tasks", "pause", name)
    ctr("tasks", "delete", "--force", name, status=None, timeout=20)
    equal(ctr.status(name), "none")
    ends(pid)


@check("tasks: pause of a paused and resume of a running one are refused")
def _(ctr):
    name = ctr.sleeping()
    expect(ctr("tasks", "resume", name, status=None).status != 0, "resumed what runs")
    ctr("tasks", "pause", name)
    expect(ctr("tasks", "pause", name, status=None).status != 0, "paused twice")
    ctr("tasks", "resume", name)


@check("tasks: delete refuses a running task, delete --force ends it")
def _(ctr):
    name = ctr.sleeping()
    pid = ctr.pid(name)
    contains(ctr("tasks", "delete", name, status=None).err, "must be stopped before deletion")
    equal(ctr.status(name), "RUNNING")
    contains(ctr("tasks", "delete", "--force", name, status=None).err, "exit code 137")
    equal(ctr.status(name), "none")
    expect(not read("/proc/%d/cmdline" % pid), "the process is still there")


@check("tasks: delete leaves no state of the runtime")
def _(ctr):
    name = ctr.sleeping()
    contains(os.listdir(os.path.join(ctr.root, "checks")), name)
    ctr("tasks", "delete", "--force", name, status=None)
    expect(not os.path.exists(os.path.join(ctr.root, "checks", name)), "its state is still there")


@check("tasks: the runtime's list has the containers")
def _(ctr):
    names = {ctr.sleeping(), ctr.sleeping()}
    out = ctr.run(ctr.runtime, "--root", os.path.join(ctr.root, "checks"), "list", "-q").out
    equal(set(out.split()), names)


@check("tasks: a process that ends by itself while the runtime is asked", timeout=90)
def _(ctr):
    for _ in range(5):
        name = ctr.detached("sleep", "0.05")
        for _ in range(5):
            ctr("tasks", "kill", "--signal", "0", name, status=None)
        equal(ctr.exits(name), 0)


@check("tasks: checkpoint, and restore with the memory it had")
def _(ctr):
    require_criu(ctr)
    name = ctr.name()
    # An image of a checkpoint has no place for where the output goes.
    ctr.run(*ctr.command("--detach", "--null-io", IMAGE, name, "sh", "-c", COUNT))
    before = counts(ctr.pid(name))
    ctr("containers", "checkpoint", "--image", "--rw", "--task", name, "localhost/checkpoint:one")
    ctr("tasks", "delete", "--force", name, status=None)
    ctr("containers", "delete", name)
    ctr("containers", "restore", "--live", "--rw", name, "localhost/checkpoint:one")
    equal(ctr.status(name), "RUNNING")
    counts_on(ctr.pid(name), before)


@check("tasks: checkpoint --exit to a directory ends the task")
def _(ctr):
    require_criu(ctr)
    name = ctr.sleeping()
    images = ctr.path("checkpoint", "")
    ctr("tasks", "checkpoint", "--exit", "--image-path", images, name)
    ctr.wait_for(name, "STOPPED")
    contains(os.listdir(images), "inventory.img")


@check("tasks: stop by SIGTERM of all of ten at once")
def _(ctr):
    names = [ctr.detached("sh", "-c", TRAPS % ("TERM", "TERM")) for _ in range(10)]
    for name in names:
        ctr.said(name, "ready")
    for name in names:
        os.kill(ctr.pid(name), signal.SIGTERM)
    equal([ctr.exits(name) for name in names], [5] * 10)
