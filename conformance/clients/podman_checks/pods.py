"""Pods: containers that share namespaces with an infra container."""

import os

from support import limits
from support.cgroups import below
from support.checks import Checks, contains, equal, expect, until

from podman_checks.client import IMAGE

CHECKS = Checks()
check = CHECKS.check

SERVE = ("sh", "-c", "echo hello >/tmp/index.html; echo shared >/dev/shm/file; "
         "exec httpd -f -p 80 -h /tmp")


def namespace(podman, name, kind):
    return podman("exec", name, "readlink", "/proc/self/ns/" + kind).word


@check("pod: create, run in it, stop, start, rm")
def _(podman):
    podman("pod", "create", "--name", "p")
    podman.detached("--pod", "p")
    equal(podman("pod", "ps", "--format", "{{.Status}} {{.NumberOfContainers}}").word, "Running 2")
    podman("pod", "stop", "--time", "0", "p")
    equal(podman("pod", "ps", "--format", "{{.Status}}").word, "Exited")
    podman("pod", "start", "p")
    equal(podman.state("one")["Status"], "running")
    podman("pod", "rm", "--force", "--time", "0", "p")
    equal(podman("ps", "-aq").out, "")


@check("pod: network, ipc and uts are shared, pid and mounts are not")
def _(podman):
    podman("pod", "create", "--name", "p", "--hostname", "podded")
    for name in ("a", "b"):
        podman.detached("--pod", "p", name=name)
    for kind in ("net", "ipc", "uts"):
        equal(namespace(podman, "a", kind), namespace(podman, "b", kind), kind)
    for kind in ("pid", "mnt"):
        expect(namespace(podman, "a", kind) != namespace(podman, "b", kind), "%s is shared" % kind)
    equal(podman("exec", "b", "hostname").word, "podded")


@check("pod: containers reach each other on localhost and in /dev/shm")
def _(podman):
    podman("pod", "create", "--name", "p")
    podman.detached("--pod", "p", name="server", command=SERVE)
    until(lambda: podman.shell("wget -q -O- http://localhost/ || true", "--pod", "p").word == "hello",
          "the server answers")
    equal(podman.shell("cat /dev/shm/file", "--pod", "p").word, "shared")


@check("pod: --share pid")
def _(podman):
    podman("pod", "create", "--name", "p", "--share", "net,pid")
    podman.detached("--pod", "p", name="a", command=("sleep", "4325"))
    podman.detached("--pod", "p", name="b")
    contains(podman("exec", "b", "ps", "-o", "args").lines, "sleep 4325", "sleep 1000")
    podman("kill", "a")
    until(lambda: "sleep 4325" not in podman("exec", "b", "ps", "-o", "args").lines, "a has ended")
    equal(podman.state("b")["Status"], "running")


@check("pod: published port")
def _(podman):
    podman("pod", "create", "--name", "p", "--publish", "127.0.0.1:18081:80")
    podman.detached("--pod", "p", command=SERVE)
    until(lambda: podman.run("busybox", "wget", "-q", "-O-", "http://127.0.0.1:18081/", status=None).word
          == "hello", "the port answers")


@check("pod: cgroups of its containers are below its own")
def _(podman):
    identifier = podman("pod", "create", "--name", "p").word
    podman.detached("--pod", "p", "--memory", "64m")
    above, _, own = podman.cgroup("one", "memory").rpartition("/")
    contains(os.path.basename(above), identifier)
    contains(own, "libpod-")
    equal(podman.limit("one", "memory", "memory.limit_in_bytes"), str(64 << 20))


@check("pod: limits of the pod")
def _(podman):
    podman("pod", "create", "--name", "p", "--cpus", "1.5", "--memory", "128m")
    podman.detached("--pod", "p")
    parent = os.path.dirname(podman.cgroup("one", "memory"))
    equal(limits.value(parent, "memory.limit_in_bytes"), str(128 << 20))


@check("pod: pause and unpause")
def _(podman):
    podman("pod", "create", "--name", "p")
    podman.detached("--pod", "p")
    podman("pod", "pause", "p")
    equal(podman.state("one")["Status"], "paused")
    podman("pod", "unpause", "p")
    equal(podman.state("one")["Status"], "running")


@check("pod: kill and restart")
def _(podman):
    podman("pod", "create", "--name", "p")
    podman.detached("--pod", "p", command=("sh", "-c", "echo start; exec sleep 1000"))
    podman.ready("one", "start")
    podman("pod", "kill", "p")
    podman.wait_for("one", "exited")
    equal(podman.state("one")["ExitCode"], 137)
    podman("pod", "restart", "p")
    podman.wait_for("one", "running")


@check("pod: top and stats")
def _(podman):
    podman("pod", "create", "--name", "p")
    podman.detached("--pod", "p", command=("sleep", "4326"))
    contains(podman("pod", "top", "p", "args").out, "sleep 4326")
    contains(podman("pod", "stats", "--no-stream", "p").out, "one")


@check("pod: init containers run first, one after the other")
def _(podman):
    podman("pod", "create", "--name", "p")
    podman("create", "--pod", "p", "--init-ctr", "always", "--name", "first", "-v", "steps:/v", IMAGE, "sh",
           "-c", "echo first >>/v/log")
    podman("create", "--pod", "p", "--init-ctr", "always", "--name", "second", "-v", "steps:/v", IMAGE, "sh",
           "-c", "echo second >>/v/log")
    podman("create", "--pod", "p", "--name", "main", "-v", "steps:/v", IMAGE, "sh", "-c",
           "echo main >>/v/log; exec sleep 1000")
    podman("pod", "start", "p")
    until(lambda: "main" in podman("exec", "main", "cat", "/v/log").lines, "main has written")
    equal(podman("exec", "main", "cat", "/v/log").lines, ["first", "second", "main"])


@check("pod: an init container that fails stops the start")
def _(podman):
    podman("pod", "create", "--name", "p")
    podman("create", "--pod", "p", "--init-ctr", "always", "--name", "first", IMAGE, "false")
    podman("create", "--pod", "p", "--name", "main", IMAGE, "sleep", "1000")
    podman("pod", "start", "p", status=None)
    # Until podman has cleaned up behind it, it says "stopped".
    until(lambda: podman.state("first")["Status"] == "exited", "the init container has exited")
    equal(podman.state("first")["ExitCode"], 1)
    expect(podman.state("main")["Status"] != "running", "it was started all the same")


@check("pod: in a user namespace")
def _(podman):
    podman("pod", "create", "--name", "p", "--userns", "auto:size=2000")
    podman.detached("--pod", "p")
    out = podman("exec", "one", "cat", "/proc/self/uid_map").out.split()
    equal((out[0], out[2]), ("0", "2000"))


@check("pod: rm takes the cgroups with it")
def _(podman):
    identifier = podman("pod", "create", "--name", "p").word
    podman.detached("--pod", "p")
    podman("pod", "rm", "--force", "--time", "0", "p")
    left = [path for path in below(limits.hierarchy("memory")) if identifier in path]
    until(lambda: not any(map(os.path.exists, left)), "they are gone: %s" % left)
