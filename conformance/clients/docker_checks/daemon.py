"""What containers go through when dockerd ends and begins again; user namespaces."""

import os
import signal
import subprocess

from support.checks import Checks, contains, equal, expect, until
from support.host import ends, read
from support.programs import WAIT, let_end

CHECKS = Checks()
check = CHECKS.check


def remains(docker, number):
    """A container lives on while dockerd is ended with a signal."""
    name = docker.detached("sh", "-c", "trap 'echo got TERM; exit 5' TERM; i=0; "
                           "while :; do i=$((i+1)); echo line $i; sleep 0.1; done")
    docker.said(name, "line 1")
    pid = docker.pid(name)
    docker.restart_daemon(number)
    equal((docker.status(name), docker.pid(name)), ("running", pid))
    equal(docker.exec(name, "echo", "here").word, "here")
    count = len(docker("logs", name).lines)
    until(lambda: len(docker("logs", name).lines) > count, "its output is logged again")
    contains(docker("top", name).out, str(pid))
    docker("stop", name)
    equal(docker.exits(name), 5)


@check("daemon: a container lives on while dockerd is killed")
def _(docker):
    remains(docker, signal.SIGKILL)


@check("daemon: a container lives on while dockerd is stopped")
def _(docker):
    remains(docker, signal.SIGTERM)


@check("daemon: what ended meanwhile is told with its exit status")
def _(docker):
    name = docker.detached("sh", "-c", WAIT)
    pid = docker.pid(name)
    docker.restart_daemon(between=lambda: let_end(pid))
    equal(docker.exits(name), 5)
    docker("start", name)
    equal(docker.exits(name), 5)


@check("daemon: a paused container stays paused")
def _(docker):
    name = docker.sleeping()
    docker("pause", name)
    docker.restart_daemon()
    equal(docker.status(name), "paused")
    docker("unpause", name)
    equal(docker.exec(name, "echo", "here").word, "here")


@check("daemon: a shim that dies takes its container along")
def _(docker):
    name = docker.sleeping()
    identifier, pid = docker.id(name), docker.pid(name)
    shims = [int(number) for number in filter(str.isdecimal, os.listdir("/proc"))
             if "containerd-shim" in read("/proc/%s/cmdline" % number)
             and identifier in read("/proc/%s/cmdline" % number)]
    equal(len(shims), 1, "shims")
    os.kill(shims[0], signal.SIGKILL)
    until(lambda: not docker.state(name)["Running"], "it has ended")
    ends(pid)
    docker("start", name)
    equal(docker.exec(name, "echo", "here").word, "here")


@check("daemon: user namespaces for all containers", timeout=120)
def _(docker):
    for file in ("/etc/subuid", "/etc/subgid"):
        mapping = docker.write("mapping-of" + file.replace("/", "-"), "nobody:100000:65536\n")
        if not os.path.exists(file):
            open(file, "w", encoding="ascii").close()
        subprocess.run(["mount", "--bind", mapping, file], check=True)
    try:
        docker.clean_up()
        # Its directory is another, as the images' files have other owners.
        docker.restart_daemon(signal.SIGTERM, **{"userns-remap": "nobody:nogroup"})
        docker("load", "--input", docker.path("image.tar"))
        result = docker.once("sh", "-c", "cat /proc/self/uid_map; id -u; touch /file; "
                             "stat -c %u /file")
        equal([line.split() for line in result.lines],
              [["0", "100000", "65536"], ["0"], ["0"]])
        name = docker.sleeping("--memory", "64m", "--tmpfs", "/scratch")
        equal(os.stat("/proc/%d" % docker.pid(name)).st_uid, 100000)
        equal(docker.exec(name, "id", "-u").word, "0")
        docker("pause", name)
        docker("unpause", name)
        docker("stop", name)
        expect(docker.once("ls", "/sys/class/net", options=("--network", "none")).word == "lo",
               "no loopback interface alone")
    finally:
        try:
            docker.clean_up()
        finally:
            docker.restart_daemon(signal.SIGTERM)
            for file in ("/etc/subuid", "/etc/subgid"):
                subprocess.run(["umount", file], check=True)
