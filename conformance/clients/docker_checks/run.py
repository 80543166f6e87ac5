"""docker run: input and output, exit status, terminal, what is told about the process."""

import json
import os
import signal

from docker_checks.client import IMAGE, PROGRAM
from support.checks import Checks, Skip, contains, equal, expect, until
from support.host import read
from support.programs import (
    ANSWER, TELL_SIZE, TRAPS, answers, at_once, follows_size, writes_a_megabyte)

CHECKS = Checks()
check = CHECKS.check


@check("run: exit status of the program")
def _(docker):
    for status in (0, 3, 255):
        equal(docker.once("sh", "-c", "exit %d" % status, status=None).status, status)


@check("run: 127 for a program that does not exist")
def _(docker):
    for program in ("/no/such/program", "no-such-program"):
        result = docker.once(program, status=None)
        equal(result.status, 127, result.err)
        contains(result.err, program)
        expect("no such file or directory" in result.err
               or "executable file not found in" in result.err, result.err)


@check("run: 126 for a file that is no program, and for a directory")
def _(docker):
    for path in ("/bin/noexec", "/etc"):
        result = docker.once(path, status=None)
        equal(result.status, 126, result.err)
        expect("permission denied" in result.err or "is a directory" in result.err, result.err)


@check("run: 125 for what docker itself refuses")
def _(docker):
    equal(docker.once("true", options=("--runtime", "unknown"), status=None).status, 125)
    equal(docker.once("true", options=("--no-such-option",), status=None).status, 125)


@check("run: after a failed start nothing is left")
def _(docker):
    docker.once("/no/such/program", status=127)
    equal(docker("ps", "--all", "--quiet").out, "")
    name = docker.name()
    docker("run", "--name", name, IMAGE, "/no/such/program", status=127)
    state = docker.state(name)
    equal((state["Status"], state["ExitCode"]), ("created", 127))
    contains(state["Error"], "/no/such/program")


@check("run: stdout and stderr are kept apart")
def _(docker):
    result = docker.once("sh", "-c", "echo one; echo two >&2")
    equal((result.out, result.err), ("one\n", "two\n"))


@check("run: --interactive, stdin to its end")
def _(docker):
    result = docker.once("cat", options=("--interactive",), input="a line\nand another\n")
    equal(result.out, "a line\nand another\n")


@check("run: a megabyte of output, unchanged")
def _(docker):
    writes_a_megabyte(docker.once)


@check("run: environment, working directory, entry point, hostname, user")
def _(docker):
    result = docker.once("-c", 'echo "$A"; pwd; hostname; id', options=(
        "--env", "A=b c", "--workdir", "/new/directory", "--entrypoint", "sh", "--hostname",
        "some-name", "--user", "alice"))
    equal(result.lines, ["b c", "/new/directory", "some-name",
                         "uid=1000(alice) gid=1000(alice) groups=10(wheel),1000(alice)"])


@check("run: --user by number, and --group-add")
def _(docker):
    result = docker.once("id", options=("--user", "7:8", "--group-add", "9"))
    equal(result.word, "uid=7 gid=8 groups=8,9")


@check("run: --detach, and ps and inspect tell of it")
def _(docker):
    name = docker.sleeping()
    contains(docker("ps", "--format", "{{.Names}} {{.Status}}").out, name + " Up")
    state = docker.state(name)
    equal((state["Status"], state["Running"], state["Paused"]), ("running", True, False))
    until(lambda: "trap exit TERM" in read("/proc/%d/cmdline" % state["Pid"]), "its program runs")
    equal(docker.inspect(name, "HostConfig", "Runtime"), "checked")


@check("run: --tty is a terminal")
def _(docker):
    with docker.run.terminal(PROGRAM, "run", "--rm", "--interactive", "--tty", IMAGE, "sh", "-c",
                             ANSWER) as tty:
        answers(tty, "/dev/pts/0")


@check("run: --tty follows the size of ours")
def _(docker):
    with docker.run.terminal(PROGRAM, "run", "--rm", "--interactive", "--tty", IMAGE, "sh", "-c",
                             TELL_SIZE) as tty:
        follows_size(tty)
        tty.send("\x03")


@check("run: docker passes signals on")
def _(docker):
    with docker.run.background(PROGRAM, "run", "--rm", IMAGE, "sh", "-c",
                               TRAPS % ("TERM", "TERM")) as client:
        client.expect("ready")
        os.kill(client.pid, signal.SIGTERM)
        status, text = client.wait()
        contains(text, "got TERM")
        equal(status, 5)


@check("run: attach to one that runs")
def _(docker):
    name = docker.detached("sh", "-c", "read line; echo got $line; read line; exit 6",
                           options=("--interactive", "--tty"))
    with docker.run.terminal(PROGRAM, "attach", name) as tty:
        tty.send("hello\r")
        tty.expect("got hello")
        tty.send("\r")
        equal(tty.wait()[0], 6)


@check("run: create, then start --attach")
def _(docker):
    name = docker.name()
    docker("create", "--name", name, IMAGE, "sh", "-c", "echo hello; exit 5")
    equal(docker.status(name), "created")
    result = docker("start", "--attach", name, status=5)
    equal(result.word, "hello")


@check("run: --init reaps what its program leaves")
def _(docker):
    if not docker.run("sh", "-c", "command -v docker-init", status=None).out:
        raise Skip("docker-init is not installed")
    name = docker.detached("sh", "-c", "(sh -c 'sleep 0.1' &); sleep 1000", options=("--init",))
    pid = docker.pid(name)
    until(lambda: "docker-init" in read("/proc/%d/cmdline" % pid), "its program runs")

    def processes():
        lines = docker.exec(name, "ps", "-o", "stat,args").lines
        return [line.split(None, 1) for line in lines[1:]]
    until(lambda: not any(args == "sleep 0.1" or "Z" in stat for stat, args in processes()),
          "the orphan is gone")


@check("run: --rm removes the container, its cgroups and the state of the runtime")
def _(docker):
    file = docker.path("id")
    docker.once("true", options=("--cidfile", file))
    identifier = read(file)
    equal(docker("ps", "--all", "--quiet").out, "")
    left = [path for root in ("/sys/fs/cgroup", "/run/docker") for path, _, _ in os.walk(root)
            if identifier in path]
    equal(left, [])


@check("run: the program inherits no descriptor but 0, 1 and 2")
def _(docker):
    equal(docker.once("ls", "/proc/self/fd").out.split(), ["0", "1", "2", "3"])


@check("run: another runtime by name")
def _(docker):
    name = docker.sleeping("--runtime", "runc")
    equal(docker.inspect(name, "HostConfig", "Runtime"), "runc")
    equal(docker.status(name), "running")


@check("run: docker info names the runtime, docker version its version")
def _(docker):
    contains(docker("info", "--format", "{{.DefaultRuntime}} {{json .Runtimes}}").out,
             "checked {", '"checked":{"path":"%s"' % docker.runtime)
    told = json.loads(docker("version", "--format", "{{json .Server.Components}}").out)
    versions = {one["Name"]: one["Version"] for one in told}
    equal(versions.get("checked"), docker.run(docker.runtime, "--version").lines[0].split()[-1])


@check("run: twenty at once", timeout=180)
def _(docker):
    at_once(20, docker.once, timeout=150)
