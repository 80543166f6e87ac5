"""`podman exec`."""

import functools
import os
import re

from support.checks import Checks, contains, equal, expect, until
from support.host import same_namespaces

CHECKS = Checks()
check = CHECKS.check


@check("exec: output and exit status")
def _(podman):
    podman.detached()
    for status in (0, 7, 255):
        result = podman("exec", "one", "sh", "-c", "echo out; echo err >&2; exit %d" % status,
                        status=status)
        equal((result.out, result.err), ("out\n", "err\n"))


@check("exec: -i gives stdin, and its end")
def _(podman):
    podman.detached()
    text = "".join("line %d\n" % number for number in range(5000))
    equal(podman("exec", "-i", "one", "cat", input=text).out, text)


@check("exec: --env and --env-file, and those of the container")
def _(podman):
    podman.detached("-e", "A=of the container", "-e", "B=too")
    file = podman.write("variables", "C=from file\n")
    out = podman("exec", "-e", "A=of exec", "--env-file", file, "one", "env").lines
    contains(out, "A=of exec", "B=too", "C=from file", "FROM_IMAGE=yes")


@check("exec: --workdir, and that of the container")
def _(podman):
    podman.detached("--workdir", "/etc")
    equal(podman("exec", "one", "pwd").word, "/etc")
    equal(podman("exec", "--workdir", "/usr/bin", "one", "pwd").word, "/usr/bin")
    podman("exec", "--workdir", "/not/there", "one", "pwd", status=127)


@check("exec: --user, and that of the container")
def _(podman):
    podman.detached("--user", "alice")
    equal(podman("exec", "one", "sh", "-c", "id -u; id -G").lines, ["1000", "1000 10"])
    equal(podman("exec", "--user", "0", "one", "id", "-u").word, "0")
    equal(podman("exec", "--user", "77:88", "one", "sh", "-c", "id -u; id -g").lines, ["77", "88"])


@check("exec: --detach")
def _(podman):
    podman.detached()
    podman("exec", "--detach", "one", "sh", "-c", "echo done >/tmp/file; sleep 1000")
    file = "/proc/%d/root/tmp/file" % podman.pid("one")
    until(lambda: os.path.exists(file), "the program wrote its file")
    contains(podman("exec", "one", "ps", "-o", "args").lines, "sleep 1000")


@check("exec: --privileged")
def _(podman):
    podman.detached()
    plain = podman("exec", "one", "grep", "CapEff", "/proc/self/status").word
    full = podman("exec", "--privileged", "one", "grep", "CapEff", "/proc/self/status").word
    contains(podman.run("cat", "/proc/self/status").out, full)
    expect(plain != full, "no more capabilities with --privileged: %s" % plain)


@check("exec: the capabilities of the container, and none for another user")
def _(podman):
    podman.detached("--cap-add", "NET_ADMIN", "--cap-drop", "CHOWN")
    first = _capabilities(podman.run("cat", "/proc/%d/status" % podman.pid("one")).out)
    equal(_capabilities(podman("exec", "one", "cat", "/proc/self/status").out), first)
    other = _capabilities(podman("exec", "--user", "alice", "one", "cat", "/proc/self/status").out)
    equal((other["Eff"], other["Bnd"]), ("0" * 16, first["Bnd"]))


@check("exec: the same namespaces and cgroups")
def _(podman):
    podman.detached("--memory", "64m")
    same_namespaces(functools.partial(podman, "exec", "one"), podman.pid("one"))
    inside = podman("exec", "one", "cat", "/proc/self/cgroup").out
    equal(inside, podman("exec", "one", "cat", "/proc/1/cgroup").out)


@check("exec: seccomp, no-new-privileges and rlimits hold for it too")
def _(podman):
    podman.detached("--security-opt", "no-new-privileges", "--ulimit", "nofile=123:123",
                    "--ulimit", "nproc=100:100")
    out = podman("exec", "one", "sh", "-c", "grep -E 'Seccomp:|NoNewPrivs' /proc/self/status; "
                 "ulimit -n").out.split()
    equal(out, ["NoNewPrivs:", "1", "Seccomp:", "2", "123"])


@check("exec: --preserve-fds")
def _(podman):
    podman.detached()
    reader, writer = os.pipe()
    podman.run("sh", "-c", "exec 3>&%d; exec podman exec --preserve-fds 1 one "
               "sh -c 'echo three >&3'" % writer, fds=[writer])
    os.close(writer)
    with open(reader, encoding="ascii") as file:
        equal(file.read(), "three\n")


@check("exec: ten at once")
def _(podman):
    podman.detached()
    running = [podman.run.background("podman", "exec", "one", "sh", "-c",
                                     "echo I am %d; exit %d" % (number, number))
               for number in range(10)]
    for number, one in enumerate(running):
        with one:
            equal(one.wait(50), (number, "I am %d\n" % number))


@check("exec: ends with the container")
def _(podman):
    podman.detached()
    with podman.run.background("podman", "exec", "one", "sh", "-c", "echo ready; sleep 1000") as one:
        one.expect("ready")
        podman("kill", "one")
        status, _ = one.wait()
        expect(status in (137, 255), "status %d" % status)


@check("exec: in a user namespace", needs=("root",))
def _(podman):
    podman.detached("--uidmap", "0:100000:65536")
    out = podman("exec", "one", "sh", "-c", "id -u; cat /proc/self/uid_map; touch /root/file; "
                 "stat -c %u /root/file").out.split()
    equal(out, ["0", "0", "100000", "65536", "0"])


@check("exec: with a read-only root, and a mount made since")
def _(podman):
    podman.detached("--read-only", "--tmpfs", "/data")
    podman("exec", "one", "sh", "-c", "echo x >/data/file")
    podman("exec", "one", "sh", "-c", "echo x >/file", status=1)
    equal(podman("exec", "one", "cat", "/data/file").word, "x")


@check("exec: nothing but its three descriptors")
def _(podman):
    podman.detached()
    equal(podman("exec", "one", "ls", "/proc/self/fd").word.split(), ["0", "1", "2", "3"])


@check("exec: orphans go to the container's first process")
def _(podman):
    podman.detached("--init")
    podman("exec", "one", "sh", "-c", "(sleep 0.3 &) ; (sleep 4323 &) ; true")
    out = podman("exec", "one", "ps", "-o", "ppid,args").out
    expect(re.search(r"^\s*1 sleep 4323", out, re.M), "not adopted: %r" % out)
    until(lambda: "sleep 0.3" not in podman("exec", "one", "ps", "-o", "args").out, "it is reaped")


def _capabilities(status):
    return dict(re.findall(r"^Cap(\w+):\s+([0-9a-f]+)$", status, re.M))
