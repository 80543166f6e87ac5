"""User namespaces: --uidmap, --userns."""

import os

from support.checks import Checks, contains, equal, expect

from podman_checks.client import IMAGE

CHECKS = Checks(needs=("root",))
check = CHECKS.check

MAP = ("--uidmap", "0:100000:65536")


@check("userns: --uidmap and --gidmap, seen from inside and outside")
def _(podman):
    podman.detached("--uidmap", "0:100000:5000", "--gidmap", "0:200000:6000")
    out = podman("exec", "one", "cat", "/proc/self/uid_map", "/proc/self/gid_map").out.split()
    equal(out, ["0", "100000", "5000", "0", "200000", "6000"])
    owner = os.stat("/proc/%d" % podman.pid("one"))
    equal((owner.st_uid, owner.st_gid), (100000, 200000))
    expect(os.readlink("/proc/%d/ns/user" % podman.pid("one")) != os.readlink("/proc/self/ns/user"),
           "the host's user namespace")


@check("userns: root inside owns the image's files, and may change them")
def _(podman):
    out = podman.shell("stat -c %u:%g /bin/busybox /proc/1 /dev/shm /root; chown alice /root && "
                       "stat -c %u /root; touch /etc/new && rm /etc/new && echo may", *MAP).lines
    equal(out, ["0:0"] * 4 + ["1000", "may"])


@check("userns: root inside has capabilities there, and none on the host")
def _(podman):
    podman.shell("hostname other", *MAP, "--cap-add", "SYS_ADMIN", "--hostname", "h")
    result = podman.shell("echo 1 >/proc/sys/kernel/panic", *MAP, "--privileged", status=1)
    expect("ermi" in result.err or "Read-only" in result.err, result.err)


@check("userns: a file written to a volume belongs to the mapped user")
def _(podman):
    directory = podman.directory("volume-of-user")
    os.chmod(directory, 0o777)
    podman.shell("touch /v/root; chown 7:8 /v/root; touch /v/file", *MAP, "-v", directory + ":/v")
    status = os.stat(directory + "/root")
    equal((status.st_uid, status.st_gid), (100007, 100008))


@check("userns: --user inside, and exec as that user")
def _(podman):
    podman.detached(*MAP, "--user", "alice")
    equal(os.stat("/proc/%d" % podman.pid("one")).st_uid, 101000)
    equal(podman("exec", "one", "id", "-u").word, "1000")


@check("userns: auto, two containers with different ids")
def _(podman):
    starts = []
    for name in ("a", "b"):
        podman.detached("--userns", "auto:size=1000", name=name)
        inside, outside, size = podman("exec", name, "cat", "/proc/self/uid_map").out.split()
        equal((inside, size), ("0", "1000"))
        starts.append(int(outside))
    expect(abs(starts[0] - starts[1]) >= 1000, "the ranges overlap: %s" % starts)


@check("userns: container:NAME")
def _(podman):
    podman.detached(*MAP)
    equal(podman.once("--userns", "container:one", IMAGE, "readlink", "/proc/self/ns/user").word,
          os.readlink("/proc/%d/ns/user" % podman.pid("one")))


@check("userns: with a network, limits and a read-only root")
def _(podman):
    out = podman.shell("ls /sys/class/net; touch /file; touch /run/x && echo tmpfs", *MAP, "--read-only",
                       "--memory", "64m")
    contains(out.lines, "eth0", "lo", "tmpfs")
    contains(out.err, "Read-only file system")


@check("userns: --sysctl of its own network")
def _(podman):
    equal(podman.shell("cat /proc/sys/net/ipv4/ip_unprivileged_port_start", *MAP, "--sysctl",
                       "net.ipv4.ip_unprivileged_port_start=99").word, "99")


@check("userns: --device, and the default devices")
def _(podman):
    out = podman.shell("head -c 3 /dev/zero | wc -c; echo x >/dev/null && echo may; "
                       "test -c /dev/full && test -c /dev/myfull && echo there", *MAP,
                       "--device", "/dev/full:/dev/myfull").lines
    equal(out, ["3", "may", "there"])


@check("userns: -it")
def _(podman):
    with podman.run.terminal("podman", "run", "--rm", "-it", *MAP, IMAGE, "sh") as terminal:
        terminal.expect("# ")
        terminal.send("stat -c owner=%u $(tty)\n")
        terminal.expect("owner=0")
        terminal.send("exit 2\n")
        equal(terminal.wait()[0], 2)


@check("userns: idmapped volume")
def _(podman):
    directory = podman.directory("idmapped")
    result = podman.shell("stat -c %u /v; touch /v/file", *MAP, "-v", directory + ":/v:idmap", status=None)
    equal(result.word, "0", "owner inside")
    equal(os.stat(directory + "/file").st_uid, 0, "owner on the host")
