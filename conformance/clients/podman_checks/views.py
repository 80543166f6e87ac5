"""What podman shows of containers: logs, inspect, ps, top, stats, events; and their files."""

import json
import os
import re

from support.checks import Checks, contains, equal, expect, lacks, until

from podman_checks.client import IMAGE

CHECKS = Checks()
check = CHECKS.check


@check("logs: both streams, --tail, --timestamps")
def _(podman):
    podman("run", "--name", "one", IMAGE, "sh", "-c", "echo a; echo b >&2; echo c")
    result = podman("logs", "one")
    equal((result.out, result.err), ("a\nc\n", "b\n"))
    podman("run", "--name", "two", IMAGE, "seq", "5")
    equal(podman("logs", "--tail", "2", "two").out, "4\n5\n")
    expect(re.match(r"\d{4}-\d\d-\d\dT\S+ a\n", podman("logs", "--timestamps", "one").out),
           "no time in front")


@check("logs: --follow ends with the container")
def _(podman):
    podman.detached(command=("sh", "-c", "echo first; while [ ! -e /tmp/go ]; do usleep 10000; done; "
                             "echo last"))
    with podman.run.background("podman", "logs", "--follow", "one") as logs:
        logs.expect("first\n")
        podman.run("touch", "/proc/%d/root/tmp/go" % podman.pid("one"))
        equal(logs.wait(), (0, "first\nlast\n"))


@check("logs: of a container that fails")
def _(podman):
    podman("run", "--name", "one", IMAGE, "sh", "-c", "echo before; ls /not/there; exit 3", status=3)
    result = podman("logs", "one")
    equal(result.out, "before\n")
    contains(result.err, "/not/there")
    equal(podman.state("one")["ExitCode"], 3)


@check("logs: --log-driver json-file and none")
def _(podman):
    podman("run", "--name", "one", "--log-driver", "json-file", IMAGE, "echo", "x")
    equal(podman("logs", "one").out, "x\n")
    podman("run", "--name", "two", "--log-driver", "none", IMAGE, "echo", "x")
    podman("logs", "two", status=125)


@check("inspect: state, process, runtime and bundle")
def _(podman):
    podman.detached()
    one = podman.inspect("one")
    equal((one["State"]["Status"], one["State"]["Running"], one["OCIRuntime"]),
          ("running", True, podman.label))
    with open(one["OCIConfigPath"], encoding="utf-8") as file:
        config = json.load(file)
    equal(config["process"]["args"], ["sleep", "1000"])
    equal(os.readlink("/proc/%d/exe" % one["State"]["Pid"]), "/bin/busybox")


@check("ps: status, filters, exit codes")
def _(podman):
    podman.detached(name="running")
    podman("run", "--name", "ended", IMAGE, "sh", "-c", "exit 4", status=4)
    podman("create", "--name", "created", IMAGE, "true")
    lines = dict(line.split(" ", 1) for line in podman(
        "ps", "-a", "--format", "{{.Names}} {{.Status}}").lines)
    expect(lines["running"].startswith("Up "), lines["running"])
    expect(lines["ended"].startswith("Exited (4) "), lines["ended"])
    expect(lines["created"] == "Created", lines["created"])
    equal(podman("ps", "-a", "--filter", "exited=4", "--format", "{{.Names}}").word, "ended")


@check("top: the processes of the container")
def _(podman):
    podman.detached(command=("sh", "-c", "sleep 1234 & echo ready; wait"))
    podman.ready("one")
    out = podman("top", "one", "pid", "user", "args").out
    expect(re.search(r"^1\s+root\s+sh -c", out, re.M), out)
    expect(re.search(r"^\d+\s+root\s+sleep 1234", out, re.M), out)


@check("top: with ps in the container")
def _(podman):
    podman.detached()
    contains(podman("top", "one", "-o", "pid,args").out, "sleep 1000")


@check("stats: --no-stream")
def _(podman):
    podman.detached("--memory", "64m", command=("sh", "-c", "sleep 1234 & echo ready; wait"))
    podman.ready("one")
    one = json.loads(podman("stats", "--no-stream", "--format", "json", "one").out)[0]
    equal(one["pids"], "2")
    contains(one["mem_usage"], "/ 67.11MB")
    expect(not one["mem_usage"].startswith("0B"), "no memory used: %r" % one["mem_usage"])
    expect(re.match(r"[\d.]+%", one["cpu_percent"]), one["cpu_percent"])


@check("events: the life of a container")
def _(podman):
    podman("run", "--name", "seen", IMAGE, "sh", "-c", "exit 5", status=5)
    podman("rm", "seen")
    names = podman("events", "--stream=false", "--filter", "container=seen", "--format",
                   "{{.Status}}").lines
    contains(names, "create", "init", "start", "died", "remove")


@check("diff: added, changed and deleted files")
def _(podman):
    podman("run", "--name", "one", IMAGE, "sh", "-c",
           "echo x >/root/new; echo x >>/etc/passwd; rm /bin/noexec")
    lines = podman("diff", "one").lines
    contains(lines, "A /root/new", "C /etc/passwd", "D /bin/noexec")
    # The runtime's own mount points do not count as changes of the image.
    lacks(lines, "A /proc", "A /sys", "A /dev")


@check("cp: into and out of a running container, and a stopped one")
def _(podman):
    podman.detached()
    file = podman.write("source", "copied\n")
    podman("cp", file, "one:/root/inside")
    equal(podman("exec", "one", "cat", "/root/inside").word, "copied")
    podman("exec", "one", "sh", "-c", "mkdir /root/d; echo y >/root/d/file")
    target = podman.path("copy-of-d")
    podman("cp", "one:/root/d", target)
    with open(os.path.join(target, "file"), encoding="ascii") as copied:
        equal(copied.read(), "y\n")
    podman("stop", "--time", "0", "one")
    podman("cp", file, "one:/root/later")
    equal(podman("cp", "one:/root/later", "-").out.count("copied\n"), 1)


@check("cp: into a tmpfs and a volume of a running container")
def _(podman):
    podman.detached("--tmpfs", "/fast", "-v", "named:/data")
    file = podman.write("source", "copied\n")
    for directory in ("/fast", "/data"):
        podman("cp", file, "one:%s/file" % directory)
        equal(podman("exec", "one", "cat", directory + "/file").word, "copied")


@check("commit: an image of a running container")
def _(podman):
    podman.detached(command=("sh", "-c", "echo kept >/root/file; echo ready; sleep 1000"))
    podman.ready("one")
    podman("commit", "--change", "ENV ADDED=1", "one", "localhost/committed")
    try:
        equal(podman("ps", "--format", "{{.Names}}").word, "one")
        equal(podman.once("localhost/committed", "sh", "-c", "cat /root/file; echo $ADDED").lines,
              ["kept", "1"])
    finally:
        podman("rmi", "localhost/committed")


@check("export: the files of a running container")
def _(podman):
    podman.detached(command=("sh", "-c", "echo kept >/root/file; echo ready; sleep 1000"))
    podman.ready("one")
    archive = podman.path("export.tar")
    podman("export", "--output", archive, "one")
    equal(podman.run("tar", "-xOf", archive, "root/file").word, "kept")


@check("mount: the root filesystem on the host", needs=("root",))
def _(podman):
    podman("create", "--name", "one", IMAGE, "cat", "/root/put")
    point = podman("mount", "one").word
    with open(os.path.join(point, "root/put"), "w", encoding="ascii") as file:
        file.write("put here\n")
    podman("unmount", "one")
    equal(podman("start", "--attach", "one").word, "put here")


@check("healthcheck run")
def _(podman):
    podman.detached("--health-cmd", "test -e /tmp/healthy", "--health-interval", "disable",
                    "--health-retries", "1")
    podman("healthcheck", "run", "one", status=1)
    until(lambda: podman.state("one")["Health"]["Status"] == "unhealthy", "it is unhealthy")
    podman("exec", "one", "touch", "/tmp/healthy")
    podman("healthcheck", "run", "one")
    equal(podman.state("one")["Health"]["Status"], "healthy")


@check("system: df and prune see the containers")
def _(podman):
    podman("run", "--name", "ended", IMAGE, "true")
    podman.detached(name="running")
    line = next(line for line in podman("system", "df").lines if line.startswith("Containers"))
    equal(line.split()[1:3], ["2", "1"])
    podman("container", "prune", "--force")
    equal(podman("ps", "-a", "--format", "{{.Names}}").word, "running")
