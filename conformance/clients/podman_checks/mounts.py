"""Volumes, tmpfs, read-only roots."""

import os
import re

from support.checks import Checks, contains, equal, expect, lacks, until

from podman_checks.client import IMAGE

CHECKS = Checks()
check = CHECKS.check


def directory(podman, name):
    """A new directory with a file in it."""
    path = podman.directory(name)
    podman.write(name + "/file", "of the host\n")
    return path


def options(podman, point, *arguments):
    """The mount options of a mount point in a new container."""
    out = podman.once(*arguments, IMAGE, "cat", "/proc/self/mountinfo").lines
    fields = [line.split(" ") for line in out if line.split(" ")[4] == point]
    equal(len(fields), 1, "mounts at %s" % point)
    return fields[0][5].split(",")


@check("volume: both sides see what the other writes")
def _(podman):
    path = directory(podman, "both")
    equal(podman.shell("cat /v/file; echo inside >/v/new", "-v", path + ":/v").word, "of the host")
    with open(path + "/new", encoding="ascii") as file:
        equal(file.read(), "inside\n")


@check("volume: ro")
def _(podman):
    path = directory(podman, "ro")
    result = podman.shell("cat /v/file; touch /v/new", "-v", path + ":/v:ro", status=1)
    equal(result.word, "of the host")
    contains(result.err, "Read-only file system")


@check("volume: z and Z are harmless without SELinux")
def _(podman):
    path = directory(podman, "labelled")
    for flag in ("z", "Z", "ro,z"):
        equal(podman.shell("cat /v/file", "-v", "%s:/v:%s" % (path, flag)).word, "of the host")


@check("volume: nosuid, nodev and noexec, and their opposites", needs=("root",))
def _(podman):
    path = directory(podman, "flags")
    contains(options(podman, "/v", "-v", path + ":/v:nosuid,nodev,noexec"), "nosuid", "nodev", "noexec")
    lacks(options(podman, "/v", "-v", path + ":/v:suid,dev,exec"), "nosuid", "nodev", "noexec")
    result = podman.shell("cp /bin/busybox /v/echo; /v/echo no", "-v", path + ":/v:noexec", status=126)
    contains(result.err, "Permission denied")


@check("volume: a single file")
def _(podman):
    path = directory(podman, "single") + "/file"
    equal(podman.shell("cat /etc/mine; echo changed >/etc/mine", "-v", path + ":/etc/mine").word,
          "of the host")
    with open(path, encoding="ascii") as file:
        equal(file.read(), "changed\n")


@check("volume: a mount point that is not there is made")
def _(podman):
    path = directory(podman, "deep")
    equal(podman.shell("cat /not/yet/there/file", "-v", path + ":/not/yet/there").word, "of the host")


@check("volume: a link in the image does not lead out of it")
def _(podman):
    target = podman.directory("outside-the-root")
    podman("run", "--name", "one", IMAGE, "sh", "-c", "ln -s %s /link; mkdir -p %s" % (target, target))
    podman("commit", "one", "localhost/linked")
    try:
        path = directory(podman, "through")
        out = podman.once("-v", path + ":/link/sub", "localhost/linked", "cat", target + "/sub/file").word
    finally:
        podman("rm", "one")
        podman("rmi", "localhost/linked")
    equal(out, "of the host")
    equal(os.listdir(target), [], "made on the host")


@check("volume: rslave sees later mounts of the host, private does not", needs=("root",))
def _(podman):
    path = directory(podman, "slave")
    os.mkdir(path + "/sub")
    podman.detached("-v", path + ":/v:rslave", name="slave")
    podman.detached("-v", path + ":/v:rprivate", name="private")
    podman.run("mount", "-t", "tmpfs", "late", path + "/sub")
    try:
        seen = [" /v/sub " in podman("exec", name, "cat", "/proc/self/mountinfo").out
                for name in ("slave", "private")]
    finally:
        podman.run("umount", path + "/sub")
    equal(seen, [True, False])


@check("volume: rshared gives mounts of the container to the host", needs=("root",))
def _(podman):
    path = directory(podman, "shared")
    os.mkdir(path + "/sub")
    podman.detached("--privileged", "-v", path + ":/v:rshared",
                    command=("sh", "-c", "mount -t tmpfs late /v/sub; echo ready; sleep 1000"))
    podman.ready("one")
    try:
        expect(os.path.ismount(path + "/sub"), "not mounted on the host")
    finally:
        podman("rm", "--force", "--time", "0", "one")
        podman.run("umount", path + "/sub", status=None)


@check("volume: rbind brings mounts below, bind does not", needs=("root",))
def _(podman):
    path = directory(podman, "recursive")
    os.mkdir(path + "/sub")
    podman.run("mount", "-t", "tmpfs", "below", path + "/sub")
    try:
        seen = [" /v/sub " in podman.once(
            "-v", "%s:/v:%s" % (path, kind), IMAGE, "cat", "/proc/self/mountinfo").out
            for kind in ("rbind", "bind")]
    finally:
        podman.run("umount", path + "/sub")
    equal(seen, [True, False])


@check("volume: nothing in a container is propagated to the host", needs=("root",))
def _(podman):
    podman.detached("--privileged", command=("sh", "-c", "mkdir /m; mount -t tmpfs x /m; echo ready; "
                                             "sleep 1000"))
    podman.ready("one")
    lines = podman.run("cat", "/proc/self/mountinfo").lines
    expect(not any(line.split(" ")[4].endswith("/m") for line in lines), "the mount is on the host")


@check("volume: a named one keeps its files, and starts with those of the image")
def _(podman):
    out = podman.shell("ls /v; echo kept >/v/new", "-v", "named:/v").out
    equal(out, "")
    equal(podman.shell("cat /v/new", "-v", "named:/v").word, "kept")
    contains(podman.shell("ls /home", "-v", "copied:/home").lines, "alice")


@check("volume: --volumes-from")
def _(podman):
    podman.detached("-v", "named:/v")
    podman("exec", "one", "sh", "-c", "echo x >/v/file")
    equal(podman.shell("cat /v/file", "--volumes-from", "one").word, "x")


@check("volume: overlay keeps the source as it was")
def _(podman):
    path = directory(podman, "below")
    out = podman.shell("echo changed >/v/file; cat /v/file; touch /v/new", "-v", path + ":/v:O").word
    equal((out, os.listdir(path)), ("changed", ["file"]))


@check("volume: U gives it to the user", needs=("root",))
def _(podman):
    path = directory(podman, "given")
    podman.shell("touch /v/new", "--user", "alice", "-v", path + ":/v:U")
    equal(os.stat(path).st_uid, 1000)


@check("mount: an image")
def _(podman):
    equal(podman.shell("cat /i/etc/passwd | head -1", "--mount",
                       "type=image,source=%s,destination=/i" % IMAGE).word, "root:x:0:0:root:/root:/bin/sh")


@check("tmpfs: size, mode and flags")
def _(podman):
    mount = podman.shell("grep ' /t ' /proc/self/mounts; stat -c %a /t", "--tmpfs",
                         "/t:size=4m,mode=0750,noexec").out
    contains(mount, "size=4096k", "noexec", "\n750")
    result = podman.shell("dd if=/dev/zero of=/t/x bs=1M count=6", "--tmpfs", "/t:size=4m", status=1)
    contains(result.err, "No space left")


@check("tmpfs: starts with the files of the image")
def _(podman):
    equal(podman.shell("ls /home", "--tmpfs", "/home").word, "alice")
    equal(podman.shell("stat -c '%U %F' /home/alice", "--tmpfs", "/home").word, "alice directory")
    equal(podman.shell("ls /home", "--mount", "type=tmpfs,destination=/home,notmpcopyup").word, "")


@check("read-only: the root is, /run and /tmp are not")
def _(podman):
    result = podman.shell("touch /tmp/x /run/x /var/tmp/x /dev/shm/x && echo tmpfs; touch /root/x",
                          "--read-only", status=1)
    equal(result.word, "tmpfs")
    contains(result.err, "Read-only file system")


@check("read-only: --read-only-tmpfs=false, and a volume is writable")
def _(podman):
    path = directory(podman, "writable")
    result = podman.shell("touch /v/x && echo volume; touch /tmp/x", "--read-only",
                          "--read-only-tmpfs=false", "-v", path + ":/v", status=1)
    equal(result.word, "volume")
    contains(result.err, "Read-only file system")


@check("mount: proc, sysfs, devpts, mqueue and shm as the specification has them")
def _(podman):
    mounts = {}
    for line in podman.once(IMAGE, "cat", "/proc/self/mounts").lines:
        _, point, kind, flags = line.split(" ")[:4]
        mounts[point] = (kind, set(flags.split(",")))
    for point, kind, flags in (("/proc", "proc", {"nosuid", "nodev", "noexec"}),
                               ("/sys", "sysfs", {"ro", "nosuid", "nodev", "noexec"}),
                               ("/dev", "tmpfs", {"nosuid"}), ("/dev/pts", "devpts", {"nosuid", "noexec"}),
                               ("/dev/mqueue", "mqueue", {"nosuid", "nodev", "noexec"})):
        equal(mounts.get(point, ("none",))[0], kind, point)
        expect(flags <= mounts[point][1], "%s: %s" % (point, mounts[point][1]))


@check("run: --shm-size")
def _(podman):
    contains(podman.shell("grep ' /dev/shm ' /proc/self/mounts", "--shm-size", "3m").out, "size=3072k")


@check("run: --add-host, --dns, --no-hosts")
def _(podman):
    out = podman.shell("cat /etc/hosts /etc/resolv.conf; hostname", "--add-host", "there:10.9.8.7", "--dns",
                       "10.1.1.1", "--dns-search", "example.test", "--hostname", "me").out
    expect(re.search(r"^10\.9\.8\.7\s+there$", out, re.M), "no host: %r" % out)
    contains(out, "nameserver 10.1.1.1\n", "search example.test\n", "me\n")
    lacks(podman.shell("cat /etc/hosts 2>&1; true", "--no-hosts").out, "127.0.0.1")


@check("volume: many at once")
def _(podman):
    arguments = []
    for number in range(40):
        path = podman.write("many/%d" % number, "%d\n" % number)
        arguments += ["-v", "%s:/many/%d:ro" % (path, number)]
    equal(podman.shell("cat /many/*", *arguments).out.split(), sorted(map(str, range(40))))


@check("stop: mounts of the container are gone from the host")
def _(podman):
    podman.detached("-v", "named:/v", "--tmpfs", "/t")
    identifier = podman.inspect("one")["Id"]
    podman("stop", "--time", "0", "one")
    until(lambda: identifier not in podman.run("cat", "/proc/self/mountinfo").out, "no mount has its id")
