"""docker stop, kill, restart, pause, rm, logs, events; restart policies and health checks."""

import json
import os
import signal
import time

from docker_checks.client import IMAGE, PROGRAM
from support.checks import Checks, contains, equal, expect, lacks, until
from support.criu import require_criu
from support.host import read
from support.programs import COUNT, TRAPS, counted, counts, counts_on

CHECKS = Checks()
check = CHECKS.check


@check("lifecycle: stop sends SIGTERM and waits")
def _(docker):
    name = docker.detached("sh", "-c", TRAPS % ("TERM", "TERM"))
    docker.said(name, "ready")
    docker("stop", name)
    equal(docker.exits(name), 5)
    docker.said(name, "got TERM")


@check("lifecycle: stop kills after the timeout")
def _(docker):
    name = docker.detached("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.02; done")
    docker.said(name, "ready")
    began = time.monotonic()
    docker("stop", "--time", "1", name)
    took = time.monotonic() - began
    equal(docker.exits(name), 137)
    expect(1 <= took < 6, "%.1f s" % took)


@check("lifecycle: --stop-signal")
def _(docker):
    name = docker.detached("sh", "-c", TRAPS % ("USR2", "USR2"),
                           options=("--stop-signal", "SIGUSR2"))
    docker.said(name, "ready")
    docker("stop", name)
    equal(docker.exits(name), 5)


@check("lifecycle: kill, with SIGKILL and others")
def _(docker):
    name = docker.sleeping()
    docker("kill", name)
    equal(docker.exits(name), 137)
    for text, option in (("USR1", "SIGUSR1"), ("HUP", "1"), ("INT", "INT")):
        name = docker.detached("sh", "-c", TRAPS % (text, text))
        docker.said(name, "ready")
        docker("kill", "--signal", option, name)
        docker.said(name, "got " + text)
        equal(docker.exits(name), 5)


@check("lifecycle: kill of one that has ended is refused")
def _(docker):
    name = docker.detached("true")
    docker.exits(name)
    contains(docker("kill", name, status=1).err, "is not running")


@check("lifecycle: start again, with what was written before")
def _(docker):
    name = docker.detached("sh", "-c", "cat /count; echo x >>/count; exit 2")
    for _ in range(2):
        equal(docker.exits(name), 2)
        docker("start", name)
    equal(docker.exits(name), 2)
    equal(docker("logs", name).out, "x\nx\nx\n")


@check("lifecycle: restart gives a new process")
def _(docker):
    name = docker.sleeping()
    pid = docker.pid(name)
    docker("restart", name)
    expect(docker.pid(name) not in (0, pid), "the same process")
    expect(not read("/proc/%d/cmdline" % pid), "the first is still there")


@check("lifecycle: pause stops the processes, unpause goes on")
def _(docker):
    name = docker.detached("sh", "-c", COUNT)
    pid = docker.pid(name)
    counts(pid)
    docker("pause", name)
    equal(docker.status(name), "paused")
    equal(docker.limit(name, "freezer.state"), "FROZEN")
    before = counted(pid)
    contains(docker.exec(name, "true", status=1).err, "is paused")
    equal(counted(pid), before)
    docker("unpause", name)
    equal(docker.status(name), "running")
    counts_on(pid, before)


@check("lifecycle: a paused container can be stopped and removed")
def _(docker):
    name = docker.sleeping()
    docker("pause", name)
    docker("stop", "--time", "1", name)
    expect(docker.exits(name) in (0, 137, 143), "exit status")
    docker("start", name)
    docker("pause", name)
    docker("rm", "--force", name)
    equal(docker("ps", "--all", "--quiet").out, "")


@check("lifecycle: rm refuses what runs, rm --force ends it")
def _(docker):
    name = docker.sleeping()
    pid = docker.pid(name)
    contains(docker("rm", name, status=1).err, "You cannot remove a running container")
    docker("rm", "--force", name)
    expect(not read("/proc/%d/cmdline" % pid), "the process is still there")


@check("lifecycle: top")
def _(docker):
    name = docker.detached("sh", "-c", "sleep 500 & sleep 600 & wait")
    until(lambda: len(docker("top", name).lines) == 4, "three processes are listed")
    contains(docker("top", name).out, "sleep 500", "sleep 600", str(docker.pid(name)))
    equal(docker("top", name, "-o", "pid,args").lines[0].split(), ["PID", "COMMAND"])


@check("lifecycle: logs keep stdout and stderr apart")
def _(docker):
    name = docker.detached("sh", "-c", "echo one; echo two >&2; echo three")
    docker.exits(name)
    result = docker("logs", name)
    equal((result.out, result.err), ("one\nthree\n", "two\n"))
    result = docker("logs", "--tail", "1", name)
    equal(len((result.out + result.err).splitlines()), 1, "lines of --tail 1")


@check("lifecycle: logs --follow ends with the container")
def _(docker):
    name = docker.detached("sh", "-c", "echo one; read x; echo two", options=("--interactive",))
    with docker.run.background(PROGRAM, "logs", "--follow", name) as logs:
        logs.expect("one")
        docker("attach", name, input="\n", status=None)
        status, text = logs.wait()
        equal((status, text), (0, "one\ntwo\n"))


@check("lifecycle: events")
def _(docker):
    with docker.run.background(PROGRAM, "events", "--format", "{{json .}}") as events:

        def told():
            rows = [json.loads(line) for line in events.output().splitlines()]
            return [row["Action"] for row in rows if row["Type"] == "container"]
        # The client has to be connected before the first event.
        until(lambda: docker.once("true") and "create" in told(), "an event")
        docker("run", IMAGE, "sh", "-c", "exit 3", status=3)
        until(lambda: '"exitCode":"3"' in events.output().replace(" ", ""), "the exit status")
        contains(told(), "create", "attach", "start", "die")


@check("lifecycle: a process killed from outside")
def _(docker):
    name = docker.sleeping()
    os.kill(docker.pid(name), signal.SIGKILL)
    equal(docker.exits(name), 137)
    equal(docker.status(name), "exited")
    expect(not docker.state(name)["OOMKilled"], "it is said to be killed for memory")


@check("lifecycle: --restart on-failure tries as often as it is told")
def _(docker):
    name = docker.detached("sh", "-c", "echo x; exit 3", options=("--restart", "on-failure:2"))
    until(lambda: docker.status(name) == "exited", "it gives up")
    equal((docker.inspect(name, "RestartCount"), docker.state(name)["ExitCode"]), (2, 3))
    equal(docker("logs", name).out, "x\n" * 3)


@check("lifecycle: --restart always, until it is stopped")
def _(docker):
    name = docker.sleeping("--restart", "always")
    pid = docker.pid(name)
    os.kill(pid, signal.SIGKILL)
    until(lambda: docker.state(name)["Running"] and docker.pid(name) not in (0, pid),
          "a new process runs")
    docker("stop", name)
    equal(docker.status(name), "exited")


@check("lifecycle: health checks")
def _(docker):
    name = docker.sleeping("--health-cmd", "test -e /tmp/well", "--health-interval", "200ms",
                           "--health-retries", "2")
    until(lambda: docker.state(name)["Health"]["Status"] == "unhealthy", "it is unhealthy")
    docker.exec(name, "touch", "/tmp/well")
    until(lambda: docker.state(name)["Health"]["Status"] == "healthy", "it is healthy")


@check("lifecycle: a health check that takes too long is ended")
def _(docker):
    name = docker.sleeping("--health-cmd", "sleep 555", "--health-interval", "200ms",
                           "--health-timeout", "300ms", "--health-retries", "1")
    until(lambda: docker.state(name)["Health"]["Status"] == "unhealthy", "it is unhealthy")
    contains(docker.state(name)["Health"]["Log"][-1]["Output"], "exceeded timeout")


@check("lifecycle: checkpoint, and start from it")
def _(docker):
    require_criu(docker)
    name = docker.detached("sh", "-c", COUNT)
    before = counts(docker.pid(name))
    docker("checkpoint", "create", name, "one")
    equal(docker.exits(name), 137)
    docker("start", "--checkpoint", "one", name)
    counts_on(docker.pid(name), before)


@check("lifecycle: rename, and diff of what changed")
def _(docker):
    name = docker.sleeping()
    docker.exec(name, "touch", "/root/new")
    docker("rename", name, name + "-renamed")
    contains(docker("diff", name + "-renamed").lines, "A /root/new")
    lacks(docker("ps", "--format", "{{.Names}}").lines, name)
