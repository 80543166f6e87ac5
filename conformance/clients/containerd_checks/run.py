"""ctr run: input and output, exit status, terminal, what is told about the process."""

import json
import os
import signal
import time

import archives
from containerd_checks.client import IMAGE, USER_IMAGE
from support.checks import Checks, contains, equal, expect, lacks, until
from support.host import read
from support.programs import (
    ANSWER, TELL_SIZE, TRAPS, answers, at_once, follows_size, writes_a_megabyte)

CHECKS = Checks()
check = CHECKS.check


@check("run: exit status of the program")
def _(ctr):
    for status in (0, 3, 255):
        equal(ctr.once("sh", "-c", "exit %d" % status, status=None).status, status)


@check("run: a program ended by a signal has 128 and its number")
def _(ctr):
    # As process 1 a program has no default actions, but for the uncaught signals of the kernel.
    equal(ctr.once("sh", "-c", "sh -c 'kill -9 $$'; exit $?", status=None).status, 137)
    name = ctr.sleeping()
    os.kill(ctr.pid(name), signal.SIGKILL)
    equal(ctr.exits(name), 137)


@check("run: stdout and stderr are kept apart")
def _(ctr):
    result = ctr.once("sh", "-c", "echo one; echo two >&2")
    equal((result.out, result.err), ("one\n", "two\n"))


@check("run: stdin reaches the program")
def _(ctr):
    equal(ctr.once("sh", "-c", "read line; echo got $line", input="hello\n").word, "got hello")


@check("run: a megabyte of output, unchanged")
def _(ctr):
    writes_a_megabyte(ctr.once)


@check("run: arguments with spaces, quotes and none")
def _(ctr):
    result = ctr.once("sh", "-c", 'for word; do echo "<$word>"; done', "sh",
                      "a b", "", "'\"$x\\", "ä")
    equal(result.lines, ["<a b>", "<>", "<'\"$x\\>", "<ä>"])


@check("run: --env adds to the image's environment")
def _(ctr):
    out = ctr.once("env", options=("--env", "A=b c", "--env", "EMPTY=")).lines
    contains(out, "A=b c", "EMPTY=", "PATH=" + archives.PATH)


@check("run: --cwd, also where there is no such directory yet")
def _(ctr):
    equal(ctr.once("pwd", options=("--cwd", "/tmp")).word, "/tmp")
    equal(ctr.once("pwd", options=("--cwd", "/new/directory")).word, "/new/directory")


@check("run: user and additional groups of the image")
def _(ctr):
    equal(ctr.once("id", image=USER_IMAGE).word, "uid=1000(alice) gid=1000(alice) "
          "groups=10(wheel),1000(alice)")


@check("run: --detach, a task that runs, with the pid that is told")
def _(ctr):
    name = ctr.sleeping()
    status, pid = ctr.tasks()[name]
    equal(status, "RUNNING")
    until(lambda: read("/proc/%d/cmdline" % pid) == "sleep\0001000\0", "its program runs")


@check("run: --pid-file")
def _(ctr):
    file = ctr.path("pid")
    name = ctr.sleeping("--pid-file", file)
    equal(int(read(file)), ctr.pid(name))


@check("run: --rm removes task, container and snapshot")
def _(ctr):
    before = ctr("snapshots", "ls").lines
    ctr.once("true")
    equal(ctr("containers", "ls", "-q").out, "")
    equal(ctr("snapshots", "ls").lines, before)
    equal(ctr.tasks(), {})


@check("run: --tty is a terminal of the size of ours")
def _(ctr):
    with ctr.run.terminal(*ctr.command("--rm", "--tty", IMAGE, ctr.name(), "sh", "-c",
                                       "stty size; " + ANSWER)) as tty:
        # ctr sets the size once the program runs; this may be too early for it.
        tty.expect(" ")
        answers(tty, "/dev/pts/0")


@check("run: --tty follows a new size")
def _(ctr):
    with ctr.run.terminal(*ctr.command(
            "--rm", "--tty", IMAGE, ctr.name(), "sh", "-c", TELL_SIZE)) as tty:
        follows_size(tty)


@check("run: the terminal's Ctrl-C interrupts")
def _(ctr):
    with ctr.run.terminal(*ctr.command(
            "--rm", "--tty", IMAGE, ctr.name(), "sh", "-c",
            TRAPS % ("INT", "INT"))) as tty:
        tty.expect("ready")
        tty.send("\x03")
        tty.expect("got INT")
        equal(tty.wait()[0], 5)


@check("run: ctr passes signals on")
def _(ctr):
    def run_and_stop(pause):
        with ctr.run.background(*ctr.command(
                "--rm", IMAGE, ctr.name(), "sh", "-c", TRAPS % ("TERM", "TERM"))) as client:
            client.expect("ready")
            time.sleep(pause)
            os.kill(client.pid, signal.SIGTERM)
            return client.wait()
    # The program may be ready before ctr is, by seconds on a slow machine.
    for pause in (0, 0.5, 2, 5):
        status, text = run_and_stop(pause)
        if status != -signal.SIGTERM:
            break
    contains(text, "got TERM")
    equal(status, 5)


@check("run: --log-uri takes both outputs")
def _(ctr):
    name = ctr.detached("sh", "-c", "echo out; echo err >&2; sleep 1000")
    ctr.said(name, "out\n")
    ctr.said(name, "err\n")


@check("run: --null-io")
def _(ctr):
    name = ctr.name()
    ctr.run(*ctr.command("--detach", "--null-io", IMAGE, name, "sh", "-c",
                         "file=$(readlink /proc/1/fd/1); echo $file >/tmp/1; sleep 1000"))
    until(lambda: read("/proc/%d/root/tmp/1" % ctr.pid(name)), "the container wrote its file")
    equal(read("/proc/%d/root/tmp/1" % ctr.pid(name)), "/dev/null\n")


@check("run: the program inherits no descriptor but 0, 1 and 2")
def _(ctr):
    # 3 is ls's own.
    equal(ctr.once("ls", "/proc/self/fd").out.split(), ["0", "1", "2", "3"])


@check("run: a program that is not in PATH")
def _(ctr):
    error = ctr.fails("no-such-program")
    expect("executable file not found in" in error or "no such file or directory" in error.lower(),
           error)
    contains(error, "no-such-program")


@check("run: a program that does not exist")
def _(ctr):
    error = ctr.fails("/no/such/program")
    contains(error.lower(), "no such file or directory")
    contains(error, "/no/such/program")
    lacks(error, "level=")


@check("run: a program that may not be executed")
def _(ctr):
    contains(ctr.fails("/bin/noexec").lower(), "permission denied")


@check("run: a directory as the program")
def _(ctr):
    error = ctr.fails("/etc").lower()
    expect("permission denied" in error or "is a directory" in error
           or "operation not permitted" in error, error)


@check("run: after a failed start the name can be used again")
def _(ctr):
    name = ctr.name()
    expect(ctr.run(*ctr.command("--rm", IMAGE, name, "/no/such/program"), status=None).status,
           "it ran")
    equal(ctr.run(*ctr.command("--rm", IMAGE, name, "echo", "again")).word, "again")


@check("run: --rootfs, a directory of the host")
def _(ctr):
    with open(os.path.join(ctr.rootfs, "mark"), "w", encoding="ascii") as file:
        file.write("here\n")
    equal(ctr.once("/bin/cat", "/mark", options=("--rootfs",), image=ctr.rootfs).word, "here")


@check("run: --no-pivot")
def _(ctr):
    # Root has to be a mount of another file system than the rootfs's parent.
    equal(ctr.once("sh", "-c", "ls /etc; test ! -e %s" % ctr.work,
                   options=("--no-pivot",)).out.split(), ["group", "passwd"])


@check("run: annotations reach the runtime")
def _(ctr):
    name = ctr.sleeping("--annotation", "org.example.key=some value")
    state = ctr.state(name)
    equal(state["annotations"]["org.example.key"], "some value")
    equal((state["id"], state["status"], state["pid"]), (name, "running", ctr.pid(name)))
    expect(os.path.isfile(os.path.join(state["bundle"], "config.json")), "no bundle: %s" % state)


@check("run: the bundle's configuration is what containerd wrote")
def _(ctr):
    name = ctr.sleeping("--env", "X=1")
    bundle = json.loads(read(os.path.join(ctr.state(name)["bundle"], "config.json")))
    equal(bundle, json.loads(ctr("containers", "info", "--spec", name).out))


@check("run: two containerd namespaces can have the same name")
def _(ctr):
    name = ctr.sleeping()
    archive = ctr.path("image.tar")
    ctr.run("ctr", "-n", "second", "images", "import", archive)
    image = ctr.run("ctr", "-n", "second", "images", "ls", "-q").word
    ctr.run(*ctr.command("--detach", image, name, "sleep", "1000", namespace="second"))
    first, second = ctr.state(name), ctr.state(name, "second")
    expect(first["pid"] != second["pid"], "one process for both")
    ctr.run("ctr", "-n", "second", "tasks", "delete", "--force", name)
    ctr.run("ctr", "-n", "second", "containers", "delete", name)
    equal(ctr.status(name), "RUNNING")


@check("run: twenty at once", timeout=120)
def _(ctr):
    at_once(20, ctr.once)
