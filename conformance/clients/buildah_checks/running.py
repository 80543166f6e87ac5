"""`buildah run`."""

import os
import re

from support.checks import Checks, contains, equal, expect
from support.programs import interrupts

from buildah_checks.client import IMAGE

CHECKS = Checks()
check = CHECKS.check


@check("run: output and exit status")
def _(buildah):
    name = buildah.container()
    for status in (0, 7, 255):
        result = buildah.shell("echo out; echo err >&2; exit %d" % status, container=name, status=status)
        equal(result.out, "out\n")
        contains(result.err, "err\n")


@check("run: --isolation oci on the command line")
def _(buildah):
    equal(buildah.shell("echo $$", "--isolation", "oci", env={"BUILDAH_ISOLATION": "chroot"}).word, "1")


@check("run: the runtime is the one that was named")
def _(buildah):
    log = buildah.write("calls", "")
    script = '#!/bin/sh\necho "$*" >>%s\nexec %s "$@"\n' % (log, buildah.runtime)
    wrapper = buildah.write("wrapper", script, 0o755)
    name = buildah.container()
    buildah.run("buildah", "run", "--runtime", wrapper, name, "true")
    with open(log, encoding="utf-8") as file:
        text = file.read()
    for call in ("create", "start", "state", "delete"):
        expect(re.search(r"(^| )%s " % call, text, re.M), "no %s in %r" % (call, text))


@check("run: --runtime-flag")
def _(buildah):
    root = buildah.directory("state")
    name = buildah.container()
    with buildah.run.background("buildah", "run", "--runtime", buildah.runtime, "--runtime-flag",
                                "root=" + root, name, "sh", "-c", "echo ready; read x", stdin=-1) as one:
        one.expect("ready")
        equal(len(os.listdir(root)), 1, "containers in the runtime's --root")
        one.process.stdin.close()
        equal(one.wait()[0], 1)
    equal(os.listdir(root), [], "after the end")


@check("run: stdin")
def _(buildah):
    text = "".join("line %d\n" % number for number in range(3000))
    equal(buildah("run", buildah.container(), "cat", input=text).out, text)


@check("run: what it writes stays in the container, for the next run")
def _(buildah):
    name = buildah.container()
    buildah.shell("echo kept >/root/file", container=name)
    equal(buildah.shell("cat /root/file", container=name).word, "kept")
    buildah.shell("test -e /root/file", status=1)


@check("run: --terminal")
def _(buildah):
    with buildah.run.terminal("buildah", "run", "--runtime", buildah.runtime, "--terminal",
                              buildah.container(), "sh") as terminal:
        terminal.expect("# ")
        terminal.send("tty; stty size\n")
        terminal.expect("/dev/pts/0")
        terminal.expect("31 97")
        terminal.send("exit 5\n")
        equal(terminal.wait()[0], 5)


@check("run: a terminal's ^C interrupts the program")
def _(buildah):
    with buildah.run.terminal("buildah", "run", "--runtime", buildah.runtime, "--terminal",
                              buildah.container(), "sh") as terminal:
        interrupts(terminal)


@check("run: --user, and that of config")
def _(buildah):
    equal(buildah.shell("id -u; id -g; id -G", "--user", "alice").lines, ["1000", "1000", "1000 10"])
    equal(buildah.shell("id -u; id -g", "--user", "12:34").lines, ["12", "34"])
    name = buildah.container()
    buildah("config", "--user", "alice", name)
    equal(buildah.shell("id -u", container=name).word, "1000")


@check("run: --env, --workingdir and --hostname")
def _(buildah):
    out = buildah.shell("echo $A $FROM_IMAGE; pwd; hostname", "--env", "A=1 2", "--workingdir", "/etc",
                        "--hostname", "named").lines
    equal(out, ["1 2 yes", "/etc", "named"])


@check("run: config of entrypoint, env and workingdir")
def _(buildah):
    name = buildah.container()
    buildah("config", "--env", "B=of config", "--workingdir", "/usr/bin", name)
    equal(buildah.shell("echo $B; pwd", container=name).lines, ["of config", "/usr/bin"])


@check("run: volumes, read-only and not")
def _(buildah):
    directory = buildah.directory("volume")
    buildah.write("volume/file", "of the host\n")
    equal(buildah.shell("cat /v/file; echo x >/v/new", "-v", directory + ":/v").word, "of the host")
    expect(os.path.exists(directory + "/new"), "nothing on the host")
    result = buildah.shell("echo x >/v/other", "-v", directory + ":/v:ro", status=1)
    contains(result.err, "Read-only file system")


@check("run: --mount of a bind and a tmpfs")
def _(buildah):
    directory = buildah.directory("volume")
    buildah.write("volume/file", "of the host\n")
    out = buildah.shell("cat /v/file; grep ' /t ' /proc/self/mounts", "--mount",
                        "type=bind,src=%s,dst=/v,ro" % directory, "--mount",
                        "type=tmpfs,dst=/t,tmpfs-size=2097152").out
    contains(out, "of the host\n", "size=2048k")


@check("run: --cap-add and --cap-drop")
def _(buildah):
    def effective(*options):
        return int(buildah.shell("grep CapEff /proc/self/status", *options).word.split()[1], 16)
    plain = effective()
    expect(not plain & 1 << 12 and plain & 1, "by default: %x" % plain)
    equal(effective("--cap-add", "CAP_NET_ADMIN", "--cap-drop", "CAP_CHOWN"), plain & ~1 | 1 << 12)


@check("run: capabilities are none with another user")
def _(buildah):
    equal(buildah.shell("grep CapEff /proc/self/status", "--user", "alice").word.split()[1], "0" * 16)


@check("run: seccomp")
def _(buildah):
    equal(buildah.shell("grep Seccomp: /proc/self/status").word.split(), ["Seccomp:", "2"])


@check("run: --network none has lo alone")
def _(buildah):
    # Not ping, which newer buildahs give no privileges. IFF_UP and IFF_LOOPBACK.
    out = buildah.shell("ls /sys/class/net; cat /sys/class/net/lo/flags", "--network", "none")
    equal(out.lines, ["lo", "0x9"])


@check("run: --network host")
def _(buildah):
    equal(buildah.shell("readlink /proc/self/ns/net", "--network", "host").word,
          os.readlink("/proc/self/ns/net"))


@check("run: the default network is a bridge")
def _(buildah):
    out = buildah.shell("ip -4 addr show eth0; ip route").out
    contains(out, "inet 10.88.", "default via 10.88.0.1")


@check("run: namespaces of its own, and --pid, --ipc, --uts of the host")
def _(buildah):
    name = buildah.container()
    for kind in ("mnt", "pid", "ipc", "uts"):
        expect(buildah.shell("readlink /proc/self/ns/" + kind, container=name).word
               != os.readlink("/proc/self/ns/" + kind), "%s is the host's" % kind)
    for kind in ("pid", "ipc", "uts"):
        equal(buildah.shell("readlink /proc/self/ns/" + kind, "--" + kind, "host", container=name).word,
              os.readlink("/proc/self/ns/" + kind), kind)


@check("run: masked paths, and a /proc and /sys that cannot be changed")
def _(buildah):
    result = buildah.shell("stat -c %F /proc/keys; echo 9 >/proc/sys/kernel/msgmax; mkdir /sys/x", status=1)
    equal(result.word, "character special file")
    expect(result.err.count("Read-only file system") == 2, result.err)


@check("run: with a user namespace")
def _(buildah):
    name = buildah.container("--userns-uid-map", "0:100000:65536", "--userns-gid-map", "0:100000:65536")
    out = buildah.shell("cat /proc/self/uid_map; stat -c %u /root; touch /root/x && echo may", container=name)
    equal(out.word.split(), ["0", "100000", "65536", "0", "may"])


@check("run: --no-pivot")
def _(buildah):
    equal(buildah.shell("head -n 1 /etc/passwd", "--no-pivot").word, "root:x:0:0:root:/root:/bin/sh")


@check("error: a program that is not there, and one that is not executable")
def _(buildah):
    for program, text in (("not-there", "not found|no such file"),
                          ("/bin/not-there", "not found|no such file"),
                          ("/bin/noexec", "permission denied")):
        result = buildah("run", buildah.container(), program, status=None)
        expect(result.status != 0, "status 0")
        expect(re.search(text, result.err, re.I), "%s: %r" % (program, result.err))
        contains(result.err, program)


@check("error: a program that a signal kills")
def _(buildah):
    equal(buildah.shell("sh -c 'kill -9 $$'; exit $?", status=None).status, 137)


@check("run: ten one after the other, and five at once")
def _(buildah):
    name = buildah.container()
    for number in range(10):
        equal(buildah.shell("echo %d" % number, "--network", "none", container=name).word, str(number))
    names = [buildah.container() for _ in range(5)]
    running = [buildah.run.background("buildah", "run", "--runtime", buildah.runtime, one, "sh", "-c",
                                      "echo I am $0; exit $0", str(number))
               for number, one in enumerate(names)]
    for number, one in enumerate(running):
        with one:
            status, text = one.wait()
            equal(status, number)
            contains(text, "I am %d\n" % number)


@check("rm: nothing is left of a container")
def _(buildah):
    name = buildah.container()
    buildah.shell("true", container=name)
    buildah("rm", name)
    equal(buildah("containers", "--quiet").out, "")
    buildah("inspect", name, status=125)
    equal(buildah.inspect(IMAGE, "image")["OCIv1"]["config"]["Cmd"], ["sh"])
