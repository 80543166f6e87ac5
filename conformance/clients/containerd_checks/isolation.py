"""ctr run: namespaces, mounts, privileges."""

import json
import os
import stat

import archives
from support.checks import Checks, Skip, contains, equal, expect, lacks
from support.host import (
    DEFAULT_CAPABILITIES, NET_ADMIN, NET_RAW, SYS_RESOURCE, capability_sets, device_to_give,
    process_status, read, status_fields)

CHECKS = Checks()
check = CHECKS.check


def status_in(ctr, *options):
    """The fields of /proc/self/status of a program in a container."""
    return status_fields(ctr.once("cat", "/proc/self/status", options=options).out)


def own_namespace(kind):
    return os.readlink("/proc/self/ns/" + kind)


@check("isolation: namespaces of its own")
def _(ctr):
    kinds = ("ipc", "mnt", "net", "pid", "uts")
    inside = ctr.once("sh", "-c", "for n in %s; do readlink /proc/self/ns/$n; done"
                      % " ".join(kinds)).lines
    for kind, namespace in zip(kinds, inside):
        expect(namespace != own_namespace(kind), "the host's %s namespace" % kind)


@check("isolation: it is process 1 and sees no other")
def _(ctr):
    lines = ctr.once("sh", "-c", "echo pid $$; ls /proc | grep '^[0-9]' | sort -n | head -n 1; "
                     "ls /proc | grep -c '^[0-9]'").lines
    equal(lines[:2], ["pid 1", "1"])
    expect(int(lines[2]) <= 5, "%s processes" % lines[2])


@check("isolation: only a loopback interface; with --net-host the host's network")
def _(ctr):
    equal(ctr.once("ls", "/sys/class/net").out.split(), ["lo"])
    equal(ctr.once("readlink", "/proc/self/ns/net", options=("--net-host",)).word,
          own_namespace("net"))


@check("isolation: --with-ns joins namespaces")
def _(ctr):
    name = ctr.sleeping()
    kinds = {"ipc": "ipc", "uts": "uts", "network": "net", "pid": "pid"}
    options = [word for kind, file in kinds.items()
               for word in ("--with-ns", "%s:/proc/%d/ns/%s" % (kind, ctr.pid(name), file))]
    inside = ctr.once("sh", "-c", "for n in ipc uts net pid; do readlink /proc/self/ns/$n; done",
                      options=options).lines
    equal(inside, [os.readlink("/proc/%d/ns/%s" % (ctr.pid(name), file))
                   for file in kinds.values()])


@check("isolation: --uidmap and --gidmap, a user namespace")
def _(ctr):
    # The users of the mapping have to get to the root file system.
    os.chmod(ctr.work, 0o755)
    lines = ctr.once("sh", "-c", "cat /proc/self/uid_map /proc/self/gid_map; id -u; "
                     "echo x >/tmp/file && stat -c %u /tmp/file", options=(
                         "--uidmap", "0:100000:65536", "--gidmap", "0:200000:65536")).lines
    equal([line.split() for line in lines],
          [["0", "100000", "65536"], ["0", "200000", "65536"], ["0"], ["0"]])


@check("isolation: a mount of a host's directory, writable and read-only")
def _(ctr):
    shared = ctr.path("shared", "")
    writable = "type=bind,src=%s,dst=/host,options=rbind:rw" % shared
    ctr.once("sh", "-c", "echo written >/host/file", options=("--mount", writable))
    equal(read(os.path.join(shared, "file")), "written\n")
    result = ctr.once("sh", "-c", "cat /host/file; echo more >/host/file", status=None,
                      options=("--mount", writable.replace("rbind:rw", "rbind:ro")))
    expect(result.status != 0, "it could be written to")
    equal(result.out, "written\n")
    contains(result.err, "Read-only file system")


@check("isolation: a mount of a host's file")
def _(ctr):
    file = ctr.write("a-file", "contents\n")
    equal(ctr.once("cat", "/made/by/runtime", options=(
        "--mount", "type=bind,src=%s,dst=/made/by/runtime,options=bind:ro" % file)).out,
        "contents\n")


@check("isolation: a tmpfs with a size and flags")
def _(ctr):
    out = ctr.once("grep", " /scratch ", "/proc/self/mounts", options=(
        "--mount", "type=tmpfs,src=tmpfs,dst=/scratch,options=size=1m:mode=700:noexec:nosuid"))
    contains(out.out, "tmpfs /scratch tmpfs ", "size=1024k", "mode=700", "noexec", "nosuid")


@check("isolation: a mount source that does not exist")
def _(ctr):
    error = ctr.fails("true", options=(
        "--mount", "type=bind,src=/no/such/source,dst=/host,options=rbind"))
    contains(error.lower(), "no such file or directory", "/no/such/source")


@check("isolation: --rootfs-propagation shared, and private by default")
def _(ctr):
    def shared(options):
        text = ctr.once("cat", "/proc/self/mountinfo", options=options).out
        root = next(line for line in text.splitlines() if line.split()[4] == "/")
        return "shared:" in root
    equal(shared(()), False)
    equal(shared(("--rootfs-propagation", "shared")), True)


@check("isolation: --read-only")
def _(ctr):
    result = ctr.once("sh", "-c", "touch /file", options=("--read-only",), status=None)
    expect(result.status != 0, "it could be written to")
    contains(result.err, "Read-only file system")
    ctr.once("touch", "/run/file", "/dev/shm/file", options=("--read-only",))


@check("isolation: masked and read-only paths")
def _(ctr):
    equal(ctr.once("cat", "/proc/kcore", "/proc/timer_list", status=None).out, "")
    equal(ctr.once("ls", "/sys/firmware").out, "")
    result = ctr.once("sh", "-c", "echo 1 >/proc/sys/kernel/panic", status=None)
    contains(result.err, "Read-only file system")


@check("isolation: the devices of the specification")
def _(ctr):
    script = "for d in null zero full random urandom tty; do stat -c '%n %F %t:%T %a' /dev/$d; done"
    numbers = {"null": "1:3", "zero": "1:5", "full": "1:7", "random": "1:8", "urandom": "1:9",
               "tty": "5:0"}
    equal(ctr.once("sh", "-c", script).lines,
          ["/dev/%s character special file %s 666" % pair for pair in numbers.items()])
    equal(ctr.once("sh", "-c", "for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done")
          .lines, ["/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2",
                   "pts/ptmx"])


@check("isolation: a device that was not given cannot be used; with --device it can")
def _(ctr):
    device, major, minor = device_to_give()
    script = "mknod /tmp/node c %d %d && : </tmp/node" % (major, minor)
    result = ctr.once("sh", "-c", script, status=None)
    expect(result.status != 0, "%s could be opened" % device)
    contains(result.err.lower(), "operation not permitted")
    ctr.once("sh", "-c", "test -c %s && : <%s" % (device, device), options=("--device", device))


@check("isolation: capabilities by default, --cap-add and --cap-drop")
def _(ctr):
    def sets(*options):
        return capability_sets(status_in(ctr, *options))
    equal(sets(), {DEFAULT_CAPABILITIES})
    equal(sets("--cap-add", "CAP_NET_ADMIN", "--cap-drop", "CAP_NET_RAW"),
          {DEFAULT_CAPABILITIES & ~(1 << NET_RAW) | 1 << NET_ADMIN})


@check("isolation: --privileged")
def _(ctr):
    bounding = process_status()["CapBnd"]
    if not int(bounding, 16) >> SYS_RESOURCE & 1:
        raise Skip("root itself lacks CAP_SYS_RESOURCE here")
    equal(status_in(ctr, "--privileged")["CapEff"], bounding)


@check("isolation: no new privileges, unless --allow-new-privs")
def _(ctr):
    def flag(*options):
        return status_in(ctr, *options)["NoNewPrivs"]
    equal((flag(), flag("--allow-new-privs")), ("1", "0"))


@check("isolation: --seccomp, the default profile")
def _(ctr):
    equal(status_in(ctr, "--seccomp")["Seccomp"], "2")
    result = ctr.once("unshare", "-U", "true", options=("--seccomp",), status=None)
    expect(result.status != 0, "a user namespace could be made")
    contains(result.err, "Operation not permitted")


@check("isolation: --seccomp-profile, with an errno and an argument's value")
def _(ctr):
    profile = ctr.write("seccomp.json", json.dumps({
        "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
        "syscalls": [
            {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
            # kill(2) with signal 0 alone.
            {"names": ["kill"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13,
             "args": [{"index": 1, "value": 10, "op": "SCMP_CMP_EQ"}]}]}))
    options = ("--seccomp", "--seccomp-profile", profile)
    contains(ctr.once("mkdir", "/tmp/new", options=options, status=None).err,
             "Function not implemented")
    result = ctr.once("sh", "-c", "trap : USR2; kill -12 $$ && kill -10 $$", options=options,
                      status=None)
    contains(result.err, "ermission denied")


@check("isolation: a whole config.json: user, rlimit, sysctl, hostname, umask, hooks")
def _(ctr):
    hook = ctr.write("hook", "#!/bin/sh\ncat >%s.$1\n" % ctr.path("hook-state"), 0o755)
    configuration = specification(ctr.rootfs, ["sh", "-c", (
        "id; ulimit -n; cat /proc/sys/kernel/shmmni; hostname; umask; echo $HOME")])
    configuration["process"].update({
        "user": {"uid": 7, "gid": 8, "additionalGids": [9], "umask": 0o27},
        "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 123, "hard": 456}]})
    configuration["hostname"] = "some-name"
    configuration["linux"]["sysctl"] = {"kernel.shmmni": "1234"}
    configuration["hooks"] = {kind: [{"path": hook, "args": ["hook", kind]}] for kind in (
        "prestart", "createRuntime", "poststart", "poststop")}
    name = ctr.name()
    result = ctr.run(*ctr.command("--rm", "--config", ctr.write(
        "config.json", json.dumps(configuration)), name))
    equal(result.lines, ["uid=7 gid=8 groups=9", "123", "1234", "some-name", "0027", "/home"])
    states = {kind: json.loads(read(ctr.path("hook-state") + "." + kind))
              for kind in configuration["hooks"]}
    equal({state["id"] for state in states.values()}, {name})
    equal((states["createRuntime"]["status"], states["poststop"]["status"]),
          ("creating", "stopped"))


@check("isolation: a hook that fails is told with its text")
def _(ctr):
    hook = ctr.write("failing-hook", "#!/bin/sh\necho the reason >&2\nexit 3\n", 0o755)
    configuration = specification(ctr.rootfs, ["true"])
    configuration["hooks"] = {"createRuntime": [{"path": hook}]}
    result = ctr.run(*ctr.command("--rm", "--config", ctr.write(
        "config.json", json.dumps(configuration)), ctr.name()), status=None)
    expect(result.status != 0, "it ran")
    contains(result.err, "hook")
    lacks(ctr("containers", "ls", "-q").out.split(), "true")


@check("isolation: the modes of /dev/null stay as they were")
def _(ctr):
    ctr.once("sh", "-c", "echo x >/dev/null")
    status = os.stat("/dev/null")
    equal((status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)), (0, 0, 0o666))


def specification(rootfs, command):
    """A config.json with little in it."""
    return {
        "ociVersion": "1.0.2",
        "process": {"args": command, "cwd": "/", "env": ["PATH=" + archives.PATH, "HOME=/home"],
                    "user": {"uid": 0, "gid": 0}},
        "root": {"path": rootfs},
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
             "options": ["nosuid", "mode=755"]}],
        "linux": {"namespaces": [{"type": kind} for kind in (
            "pid", "ipc", "uts", "mount", "network")]},
    }
