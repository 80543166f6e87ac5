"""What services use: sd_notify, socket activation, hooks."""

import json
import os
import socket

from support.checks import Checks, contains, equal, expect, until

from podman_checks.client import HOST_PROGRAMS, IMAGE

CHECKS = Checks()
check = CHECKS.check


def notify_socket(podman):
    path = podman.path("notify", "socket")
    if os.path.exists(path):
        os.remove(path)
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.bind(path)
    receiver.setblocking(False)
    return path, receiver


def received(receiver, so_far):
    try:
        so_far += receiver.recv(4096).decode().split("\n")
    except BlockingIOError:
        pass
    return so_far


@check("sdnotify: conmon says READY")
def _(podman):
    path, receiver = notify_socket(podman)
    with receiver:
        podman("run", "-d", "--name", "one", "--sdnotify", "conmon", IMAGE, "sleep", "1000",
               env={"NOTIFY_SOCKET": path})
        lines = []
        until(lambda: "READY=1" in received(receiver, lines), "READY=1 comes: %s" % lines)
    contains(lines, "MAINPID=%d" % podman.state("one")["ConmonPid"])
    equal("NOTIFY_SOCKET" in podman("exec", "one", "env").out, False)


@check("sdnotify: the container says READY")
def _(podman):
    path, receiver = notify_socket(podman)
    send = ("use Socket; socket(S, AF_UNIX, SOCK_DGRAM, 0); connect(S, pack_sockaddr_un($ENV{NOTIFY_SOCKET}))"
            " or die $!; print \"ready\\n\"; STDOUT->flush(); <STDIN>;"
            " send(S, \"READY=1\", 0); sleep 1000")
    with receiver, podman.run.background(
            "podman", "run", "-i", "--name", "one", "--sdnotify", "container", *HOST_PROGRAMS, IMAGE, "perl",
            "-MIO::Handle", "-e", send, env={"NOTIFY_SOCKET": path}, stdin=-1) as one:
        one.expect("ready")
        lines = []
        until(lambda: any(line.startswith("MAINPID=") for line in received(receiver, lines)), "MAINPID comes")
        expect("READY=1" not in lines, "READY before the program said so")
        one.process.stdin.write(b"go\n")
        one.process.stdin.close()
        until(lambda: "READY=1" in received(receiver, lines), "READY=1 comes: %s" % lines)
        podman("kill", "one")
        equal(one.wait()[0], 137)


@check("socket activation: LISTEN_FDS")
def _(podman):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    script = ("use Socket; open(S, '+<&=3') or die $!;"
              " die \"$ENV{LISTEN_PID} is not $$\" if $ENV{LISTEN_PID} != $$;"
              " accept(C, S) or die $!; syswrite(C, \"fds=$ENV{LISTEN_FDS}\\n\"); close C")
    start = ("exec 3<&%d; export LISTEN_FDS=1 LISTEN_PID=$$; "
             "exec podman run --name one --network none %s %s perl -e \"$0\""
             % (listener.fileno(), " ".join(HOST_PROGRAMS), IMAGE))
    with listener, podman.run.background("sh", "-c", start, script, fds=[listener.fileno()]) as one:
        with socket.create_connection(listener.getsockname(), timeout=20) as connection:
            equal(connection.makefile().read(), "fds=1\n")
        equal(one.wait(), (0, ""))


@check("hooks: prestart, createRuntime and poststop of --hooks-dir see the state")
def _(podman):
    directory, log = _hooks(podman, ["prestart", "createRuntime", "poststart", "poststop"])
    podman("--hooks-dir", directory, "run", "--name", "one", "--annotation", "hook=yes", IMAGE, "true")
    podman("rm", "one")

    def states():
        with open(log, encoding="utf-8") as file:
            return [json.loads(line) for line in file]
    until(lambda: len(states()) >= 4, "all four have run")
    equal(len({state["id"] for state in states()}), 1)
    statuses = [state["status"] for state in states()]
    expect(statuses[0] in ("creating", "created"), "the first saw %s" % statuses)
    equal(statuses[-1], "stopped")
    expect(all(state["annotations"].get("hook") == "yes" for state in states()), "no annotation")
    expect(all(state.get("pid", 0) > 0 for state in states()[:2]), "no pid: %s" % states()[:2])


@check("hooks: createContainer and startContainer run in the container")
def _(podman):
    directory = podman.directory("inner-hooks")
    podman.write("inner-hooks/inner.json", json.dumps({
        "version": "1.0.0", "when": {"always": True}, "stages": ["startContainer"],
        "hook": {"path": "/bin/sh", "args": ["sh", "-c", "cat >/tmp/of-hook"]}}))
    state = json.loads(podman("--hooks-dir", directory, "run", "--rm", IMAGE, "cat", "/tmp/of-hook").out)
    contains(("created", "running"), state["status"])


@check("hooks: one that fails stops the container, and is named")
def _(podman):
    directory = podman.directory("failing-hooks")
    podman.write("failing-hooks/failing.json", json.dumps({
        "version": "1.0.0", "when": {"always": True}, "stages": ["createRuntime"],
        "hook": {"path": "/bin/sh", "args": ["sh", "-c", "echo the reason >&2; exit 3"]}}))
    result = podman("--hooks-dir", directory, "run", "--name", "one", IMAGE, "echo", "no", status=None)
    expect(result.status in (125, 126, 127), "status %d" % result.status)
    contains(result.err, "hook")
    equal(result.out, "")


@check("hooks: --annotation reaches the runtime")
def _(podman):
    podman.detached("--annotation", "a.b/c=d e")
    with open(podman.inspect("one")["OCIConfigPath"], encoding="utf-8") as file:
        equal(json.load(file)["annotations"]["a.b/c"], "d e")


def _hooks(podman, stages):
    """A directory with a hook a stage that appends the state to a log, as a line."""
    log = podman.write("hooks.log", "")
    directory = podman.directory("hooks")
    for stage in stages:
        podman.write("hooks/%s.json" % stage, json.dumps({
            "version": "1.0.0", "when": {"always": True}, "stages": [stage],
            "hook": {"path": "/bin/sh", "args": ["sh", "-c", "tr -d '\\n' >>%s; echo >>%s" % (log, log)]}}))
    return directory, log
