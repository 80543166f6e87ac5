"""`podman run` and what the program finds: streams, environment, user, directory."""

import os
import re

from support import limits
from support.checks import Checks, contains, equal, expect, lacks, until

from podman_checks.client import IMAGE

CHECKS = Checks()
check = CHECKS.check


@check("info: names the runtime and its version")
def _(podman):
    runtime = podman("info", "--format", "{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Path}}")
    equal(runtime.word, "%s %s" % (podman.label, podman.runtime))
    version = podman("info", "--format", "{{.Host.OCIRuntime.Version}}").out
    expect(re.search(r"^\S+ version \S+", version), "no version in %r" % version)
    expect(re.search(r"^spec: [\d.]+", version, re.M), "no version of the spec in %r" % version)


@check("run: exit status of the program")
def _(podman):
    for status in (0, 7, 255):
        podman.shell("exit %d" % status, status=status)


@check("run: --runtime with a path")
def _(podman):
    result = podman("--runtime", podman.runtime, "run", "--name", "one", IMAGE, "echo", "here")
    equal(result.word, "here")
    equal(podman.inspect("one")["OCIRuntime"], podman.runtime)


@check("run: --runtime-flag root")
def _(podman):
    root = podman.directory("state")
    flag = "--runtime-flag=root=" + root
    identifier = podman(flag, "run", "-d", "--name", "one", IMAGE, "sleep", "1000").word
    contains(os.listdir(root), identifier)
    podman(flag, "kill", "one")
    # Podman forgets the flag when it cleans up.
    podman("wait", "one")
    podman.run(podman.runtime, "--root", root, "delete", "--force", identifier)
    equal(os.listdir(root), [], "after delete")


@check("run: stdout and stderr stay apart")
def _(podman):
    result = podman.shell("echo to-out; echo to-err >&2")
    equal((result.out, result.err), ("to-out\n", "to-err\n"))


@check("run: -i gives stdin to the program, and its end")
def _(podman):
    text = "".join("line %d\n" % number for number in range(5000))
    equal(podman.once("-i", IMAGE, "cat", input=text).out, text)


@check("run: without -i stdin is empty")
def _(podman):
    equal(podman.shell("wc -c", input="not for you").word, "0")


@check("run: much output arrives whole")
def _(podman):
    out = podman.shell("yes 0123456789abcde | head -c 4000000").out
    equal(len(out), 4000000)
    equal(out, "0123456789abcde\n" * 250000)


@check("run: --detach prints the id of a running container")
def _(podman):
    identifier = podman("run", "-d", "--name", "one", IMAGE, "sleep", "1000").word
    expect(re.fullmatch("[0-9a-f]{64}", identifier), "no id: %r" % identifier)
    state = podman.state("one")
    equal(state["Status"], "running")
    with open("/proc/%d/cmdline" % state["Pid"], encoding="ascii") as file:
        equal(file.read(), "sleep\0" + "1000\0")


@check("run: --rm leaves nothing")
def _(podman):
    podman.shell("true")
    equal(podman("ps", "-a", "-q").out, "")


@check("run: --env, --env-file, --unsetenv and the image's variables")
def _(podman):
    file = podman.write("variables", "FROM_FILE=two words\n")
    out = podman.once("-e", "A=1 2", "--env-file", file, "--unsetenv", "FROM_IMAGE", IMAGE, "env").lines
    contains(out, "A=1 2", "FROM_FILE=two words", "container=podman")
    lacks(out, "FROM_IMAGE=yes")
    contains(podman.once(IMAGE, "env").lines, "FROM_IMAGE=yes", "HOME=/root")


@check("run: --workdir")
def _(podman):
    equal(podman.once("--workdir", "/usr/bin", IMAGE, "pwd").word, "/usr/bin")


@check("run: --user by name, by number, and with a group")
def _(podman):
    equal(podman.shell("id -u; id -g; echo $HOME", "--user", "alice").lines,
          ["1000", "1000", "/home/alice"])
    equal(podman.shell("id -u; id -g", "--user", "1234:77").lines, ["1234", "77"])
    podman.shell("true", "--user", "nobodyknows", status=126)


@check("run: groups of the user, and --group-add")
def _(podman):
    equal(podman.shell("id -G", "--user", "alice").word.split(), ["1000", "10"])
    groups = podman.shell("id -G", "--group-add", "4321", "--group-add", "daemon").word.split()
    contains(groups, "4321", "1")


@check("run: --umask")
def _(podman):
    equal(podman.shell("umask", "--umask", "0027").word, "0027")
    equal(podman.shell("umask").word, "0022")


@check("run: --entrypoint and arguments")
def _(podman):
    equal(podman.once("--entrypoint", '["echo","-n"]', IMAGE, "a  b", "").out, "a  b ")


@check("run: --init reaps and passes signals on")
def _(podman):
    name = podman.detached("--init", command=("sh", "-c", "trap 'exit 9' USR1; echo ready; "
                                              "while :; do sleep 0.1; done"))
    podman.ready(name)
    first = podman.run("cat", "/proc/%d/cmdline" % podman.pid(name)).out
    contains(first, "init")
    podman("kill", "--signal", "USR1", name)
    equal(podman("wait", name).word, "9")


@check("run: --pidfile, --cidfile and --conmon-pidfile")
def _(podman):
    files = [podman.path("files", name) for name in ("pid", "cid", "conmon")]
    podman.detached("--pidfile", files[0], "--cidfile", files[1], "--conmon-pidfile", files[2])
    pid, identifier, conmon = (open(file, encoding="ascii").read().strip() for file in files)
    one = podman.inspect("one")
    equal((int(pid), identifier, int(conmon)),
          (one["State"]["Pid"], one["Id"], one["State"]["ConmonPid"]))
    equal(podman.run("cat", "/proc/%s/comm" % conmon).word, "conmon")


@check("run: --timeout ends the container")
def _(podman):
    podman("run", "--name", "one", "--timeout", "1", IMAGE, "sleep", "1000", status=255)
    # Until podman has cleaned up behind it, it says "stopped".
    until(lambda: podman.state("one")["Status"] == "exited", "the container has exited")


@check("run: --rootfs instead of an image")
def _(podman):
    root = os.path.join(podman.directory("plain"), "root")
    podman.run("cp", "-a", podman.rootfs, root)
    out = podman.once("--rootfs", root, "sh", "-c", "echo written >/root/file; ls /bin/busybox").word
    equal(out, "/bin/busybox")
    with open(os.path.join(root, "root/file"), encoding="ascii") as file:
        equal(file.read(), "written\n")


@check("run: --preserve-fds")
def _(podman):
    reader, writer = os.pipe()
    # Podman passes descriptors from 3 on.
    podman.run("sh", "-c", "exec 3>&%d 4>&%d; exec podman run --rm --preserve-fds 2 %s "
               "sh -c 'echo three >&3; echo four >&4; ls /proc/self/fd | wc -l'"
               % (writer, writer, IMAGE), fds=[writer])
    os.close(writer)
    with open(reader, encoding="ascii") as file:
        equal(file.read(), "three\nfour\n")


@check("run: no descriptor but the three comes with the program")
def _(podman):
    # The listing itself has one, on the directory.
    equal(podman.shell("ls /proc/self/fd").word.split(), ["0", "1", "2", "3"])
    podman.detached(command=("sh", "-c", "ls -l /proc/1/fd; echo ready; sleep 1000"))
    podman.ready("one")
    listed = os.listdir("/proc/%d/fd" % podman.pid("one"))
    equal(sorted(set(listed) - {"10"}), ["0", "1", "2"])


@check("run: --personality")
def _(podman):
    equal(podman.shell("uname -m", "--personality", "LINUX32").word, "i686")


@check("run: --oom-score-adj")
def _(podman):
    equal(podman.shell("cat /proc/self/oom_score_adj", "--oom-score-adj", "500").word, "500")


@check("run: --secret")
def _(podman):
    podman("secret", "create", "hidden", podman.write("secret", "of mine"))
    try:
        equal(podman.shell("cat /run/secrets/hidden", "--secret", "hidden").out, "of mine")
        equal(podman.shell("echo $KEY", "--secret", "hidden,type=env,target=KEY").word, "of mine")
    finally:
        podman("secret", "rm", "hidden")


@check("run: --systemd=always prepares for systemd")
def _(podman):
    cgroups = limits.hierarchy("systemd")
    out = podman.shell("cd {0}; grep -E ' /run | /tmp | {0} ' /proc/self/mounts; "
                       "mkdir mine && rmdir mine && echo may-make".format(cgroups), "--systemd=always").out
    contains(out, " /run tmpfs rw", " /tmp tmpfs rw", "may-make")
    expect(re.search(r"^cgroup2? \S*%s cgroup2? rw" % cgroups, out, re.M),
           "systemd's cgroups cannot be written: %r" % out)


@check("run: 20 containers at once", timeout=120)
def _(podman):
    running = [podman.run.background("podman", "run", "--name", "c%d" % number, IMAGE, "sh", "-c",
                                     "echo I am %d; exit %d" % (number, number))
               for number in range(20)]
    for number, one in enumerate(running):
        with one:
            status, text = one.wait(100)
            equal((status, text), (number, "I am %d\n" % number))
    until(lambda: len(podman("ps", "-a", "-q", "--filter", "status=exited").lines) == 20,
          "all are in the list")


@check("run: ten one after the other")
def _(podman):
    out = podman.run("sh", "-c", "for i in $(seq 10); do podman run --rm --network none %s "
                     "echo $i || exit 1; done" % IMAGE)
    equal(out.lines, [str(number) for number in range(1, 11)])
