"""What goes on around tasks: events, the shim, a restart of containerd, the restart monitor."""

import os
import re
import signal

from containerd_checks.client import IMAGE
from support import limits
from support.checks import Checks, contains, equal, expect, until
from support.host import ends, read
from support.programs import WAIT, let_end

CHECKS = Checks()
check = CHECKS.check


def shim_of(name):
    """The pid of the shim of a container."""
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        words = read("/proc/%s/cmdline" % pid).split("\0")
        if "containerd-shim" in words[0] and name in words:
            return int(pid)
    return None


def topics(text, name):
    """The topics of the events of a task, in their order."""
    lines = (line for line in text.splitlines() if '"%s"' % name in line)
    found = (re.search(r" (/tasks/\S+) ", line) for line in lines)
    return [match[1] for match in found if match]


@check("events: of a task's life")
def _(ctr):
    with ctr.events() as events:
        name = ctr.sleeping()
        ctr("tasks", "pause", name)
        ctr("tasks", "resume", name)
        ctr.exec(name, "true")
        ctr("tasks", "kill", "--signal", "SIGKILL", name)
        ctr.exits(name)
        until(lambda: "/tasks/delete" in topics(events.output(), name), "the last event")
        told = topics(events.output(), name)
        equal([topic for topic in told if "exec" not in topic and topic != "/tasks/exit"],
              ["/tasks/create", "/tasks/start", "/tasks/paused", "/tasks/resumed",
               "/tasks/delete"])
        contains(told, "/tasks/exec-added", "/tasks/exec-started")
        contains(events.output(), '"id":"%s"' % name, '"exit_status":137')


@check("events: the exit status of an exec")
def _(ctr):
    with ctr.events() as events:
        name = ctr.sleeping()
        ctr("tasks", "exec", "--exec-id", "some-id", name, "sh", "-c", "exit 9", status=None)
        until(lambda: re.search(r'/tasks/exit .*"id":"some-id".*"exit_status":9[,}]',
                                events.output()), "the event of its exit")


@check("shim: one for a container, and none after it")
def _(ctr):
    name = ctr.sleeping()
    pid = shim_of(name)
    expect(pid, "no shim")
    ctr("tasks", "delete", "--force", name, status=None)
    until(lambda: not os.path.exists("/proc/%d" % pid), "the shim has ended")


@check("shim: its death ends the container and removes what it had")
def _(ctr):
    name = ctr.sleeping()
    pid = ctr.pid(name)
    cgroup = limits.cgroup(pid, "memory")
    os.kill(shim_of(name), signal.SIGKILL)
    ends(pid)
    until(lambda: ctr.status(name) == "none", "the task is gone")
    until(lambda: not os.path.exists(os.path.join(ctr.root, "checks", name)), "its state is gone")
    until(lambda: not os.path.exists(cgroup), "its cgroup is gone")


@check("shim: after its death the container runs again")
def _(ctr):
    name = ctr.sleeping()
    os.kill(shim_of(name), signal.SIGKILL)
    until(lambda: ctr("tasks", "start", "--detach", name, status=None).status == 0,
          "a new task starts")
    equal(ctr.exec(name, "echo", "here").word, "here")


@check("daemon: a container lives on while containerd is killed")
def _(ctr):
    name = ctr.sleeping()
    pid = ctr.pid(name)
    ctr.restart_daemon()
    equal(ctr.tasks()[name], ("RUNNING", pid))
    equal(ctr.exec(name, "echo", "here").word, "here")
    equal(ctr.pids(name), {pid})
    ctr("tasks", "kill", "--signal", "SIGKILL", name)
    equal(ctr.exits(name), 137)


@check("daemon: what ended meanwhile is told with its exit status")
def _(ctr):
    name = ctr.detached("sh", "-c", WAIT)
    pid = ctr.pid(name)
    ctr.restart_daemon(lambda: let_end(pid))
    equal(ctr.exits(name), 5)


@check("daemon: a paused container stays paused")
def _(ctr):
    name = ctr.sleeping()
    ctr("tasks", "pause", name)
    ctr.restart_daemon()
    equal(ctr.status(name), "PAUSED")
    ctr("tasks", "resume", name)
    equal(ctr.exec(name, "echo", "here").word, "here")


@check("daemon: the restart monitor starts a container that died")
def _(ctr):
    name = ctr.name()
    ctr.run(*ctr.command(
        "--detach", "--null-io",
        "--label", "containerd.io/restart.loguri=file://" + ctr.output_of(name),
        IMAGE, name, "sh", "-c", "echo begun; sleep 1000"))
    pid = ctr.pid(name)
    # From now on: the monitor may not look while the container starts.
    ctr("containers", "label", name, "containerd.io/restart.status=running")
    try:
        os.kill(pid, signal.SIGKILL)
        until(lambda: ctr.tasks().get(name, ("", pid))[1] not in (0, pid), "a new process")
        until(lambda: ctr.status(name) == "RUNNING", "it runs")
        ctr.said(name, "begun")
    finally:
        ctr("containers", "label", name, "containerd.io/restart.status=stopped")
