"""Capabilities, seccomp, no-new-privileges, masked paths, --privileged."""

import json
import os
import re
import shutil
import stat

from support.checks import Checks, Skip, contains, equal, expect, lacks
from support.host import status_fields

from podman_checks.client import HOST_PROGRAMS, IMAGE

CHECKS = Checks()
check = CHECKS.check

CHOWN, NET_ADMIN, SYS_ADMIN = 1 << 0, 1 << 12, 1 << 21


def status(podman, *options):
    """/proc/self/status of a program in a new container: name and value."""
    return status_fields(podman.once(*options, IMAGE, "cat", "/proc/self/status").out)


def sets(fields):
    return {name: int(fields["Cap" + name], 16) for name in ("Inh", "Prm", "Eff", "Bnd", "Amb")}


@check("capabilities: those that podman lists, and no others")
def _(podman):
    podman.detached()
    held = sets(status_fields(podman("exec", "one", "cat", "/proc/1/status").out))
    one = podman.inspect("one")
    equal(bin(held["Bnd"]).count("1"), len(one["BoundingCaps"]), "bounding")
    equal((held["Eff"], held["Prm"]), (held["Bnd"], held["Bnd"]))
    equal((held["Amb"], held["Eff"] & SYS_ADMIN), (0, 0))


@check("capabilities: --cap-add and --cap-drop")
def _(podman):
    plain = sets(status(podman))
    changed = sets(status(podman, "--cap-add", "NET_ADMIN", "--cap-drop", "CHOWN"))
    equal(changed["Eff"], plain["Eff"] & ~CHOWN | NET_ADMIN)
    equal(changed["Bnd"], changed["Eff"])


@check("capabilities: --cap-drop all leaves none, and is felt")
def _(podman):
    equal(set(sets(status(podman, "--cap-drop", "all")).values()), {0})
    result = podman.shell("chown 1 /root", "--cap-drop", "all", status=1)
    contains(result.err, "Operation not permitted")


@check("capabilities: --user holds none")
def _(podman):
    held = sets(status(podman, "--user", "alice"))
    equal((held["Eff"], held["Prm"], held["Amb"]), (0, 0, 0))
    expect(held["Bnd"], "an empty bounding set")


@check("capabilities: --user with --cap-add has that one, ambient")
def _(podman):
    held = sets(status(podman, "--user", "alice", "--cap-add", "NET_ADMIN"))
    equal((held["Eff"], held["Amb"]), (NET_ADMIN, NET_ADMIN))


@check("privileged: all capabilities of the caller, no seccomp, nothing masked")
def _(podman):
    fields = status(podman, "--privileged")
    own = sets(status_fields(podman.run("cat", "/proc/self/status").out))
    equal(sets(fields)["Eff"], own["Bnd"])
    equal(fields["Seccomp"], "0")
    out = podman.shell("mkdir /m; mount -t tmpfs x /m; grep -c ' /m tmpfs' /proc/self/mounts; "
                       "stat -c %F /proc/timer_list; "
                       "sysctl -w kernel.msgmax=8000 >/dev/null && echo may-write", "--privileged").lines
    equal(out, ["1", "regular empty file", "may-write"])


@check("privileged: the devices of the host", needs=("root",))
def _(podman):
    names = set(podman.once("--privileged", IMAGE, "ls", "/dev").lines)
    wanted = {name for name in os.listdir("/dev")
              if stat.S_ISBLK(os.lstat("/dev/" + name).st_mode) and not name.startswith("loop")}
    if not wanted:
        raise Skip("the host has no block devices")
    contains(names, *wanted)


@check("seccomp: the default profile is in force, unconfined is not")
def _(podman):
    fields = status(podman)
    equal((fields["Seccomp"], int(fields["Seccomp_filters"]) >= 1), ("2", True))
    equal(status(podman, "--security-opt", "seccomp=unconfined")["Seccomp"], "0")
    # socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT) is EINVAL by the profile, and nothing else makes it so.
    command = ["--cap-drop", "AUDIT_WRITE", *HOST_PROGRAMS, IMAGE,
               "perl", "-e", "socket(S, 16, 3, 9) or print $! + 0"]
    equal(podman.once(*command).word, "22")
    expect(podman.once("--security-opt", "seccomp=unconfined", *command).word != "22", "EINVAL without it")


@check("seccomp: a profile denies a call, with its own errno")
def _(podman):
    profile = _profile(podman, {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO",
                                "errnoRet": 95})
    result = podman.shell("echo goes >/tmp/file; mkdir /tmp/d", "--security-opt", "seccomp=" + profile,
                          status=1)
    contains(result.err, "Operation not supported")


@check("seccomp: a rule looks at arguments")
def _(podman):
    # socket(AF_PACKET = 17, ...), but no other family
    profile = _profile(podman, {"names": ["socket"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13,
                                "args": [{"index": 0, "value": 17, "op": "SCMP_CMP_EQ"}]})
    options = ["--network", "none", "--cap-add", "NET_RAW", "--security-opt", "seccomp=" + profile]
    result = podman.shell("arping -c1 -I lo 127.0.0.1", *options, status=None)
    contains(result.err, "Permission denied")
    podman.shell("ping -c1 -W1 127.0.0.1 >/dev/null", *options)


@check("seccomp: SCMP_ACT_KILL_PROCESS ends the program with SIGSYS")
def _(podman):
    profile = _profile(podman, {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_KILL_PROCESS"})
    result = podman.shell("mkdir /tmp/d; echo status=$?", "--security-opt", "seccomp=" + profile)
    equal(result.lines[-1], "status=159")


@check("seccomp: a list of what is allowed, all else denied")
def _(podman):
    # The default profile without chmod.
    with open(_default_profile(), encoding="utf-8") as file:
        profile = json.load(file)
    for rule in profile["syscalls"]:
        rule["names"] = [name for name in rule["names"] if name not in ("chmod", "fchmod", "fchmodat")]
    path = podman.write("allow.json", json.dumps(profile))
    result = podman.shell("touch /tmp/x; chmod 600 /tmp/x", "--security-opt", "seccomp=" + path, status=1)
    expect(re.search("not permitted|not implemented", result.err), result.err)


@check("seccomp: with --user, and with no-new-privileges")
def _(podman):
    for options in (["--user", "alice"], ["--security-opt", "no-new-privileges"],
                    ["--user", "alice", "--security-opt", "no-new-privileges", "--cap-drop", "all"]):
        equal(status(podman, *options)["Seccomp"], "2")


@check("no-new-privileges: set, and a setuid program gains nothing", needs=("root",))
def _(podman):
    equal(status(podman)["NoNewPrivs"], "0")
    equal(status(podman, "--security-opt", "no-new-privileges")["NoNewPrivs"], "1")
    program = podman.path("setuid")
    shutil.copy("/usr/bin/cat", program)
    os.chmod(program, 0o4755)
    options = ["--user", "alice", *HOST_PROGRAMS, "-v", program + ":/bin/read:suid"]
    command = [IMAGE, "/bin/read", "/proc/self/status"]
    gained = status_fields(podman.once(*options, *command).out)
    kept = status_fields(podman.once("--security-opt", "no-new-privileges", *options, *command).out)
    equal((gained["Uid"].split()[1], kept["Uid"].split()[1]), ("0", "1000"))


@check("paths: masked and read-only ones in /proc and /sys")
def _(podman):
    out = podman.shell("stat -c %F /proc/keys /proc/timer_list; ls /proc/acpi /sys/firmware | wc -l; "
                       "echo 9 >/proc/sys/kernel/msgmax; mkdir /sys/x", status=1)
    equal(out.lines, ["character special file", "character special file", "3"])
    equal(out.err.count("Read-only file system"), 2, out.err)


@check("paths: --security-opt mask and unmask")
def _(podman):
    equal(podman.shell("cat /proc/loadavg", "--security-opt", "mask=/proc/loadavg").out, "")
    out = podman.shell("stat -c %F /proc/keys; sysctl -w kernel.msgmax=8000", "--security-opt",
                       "unmask=ALL").out
    contains(out, "regular empty file", "8000")


@check("keyring: a session keyring of its own")
def _(podman):
    keys = [podman.once(*HOST_PROGRAMS, "--security-opt", "seccomp=unconfined", IMAGE, "perl", "-e",
                        # keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0)
                        "print syscall(250, 0, -3, 0)").word for _ in range(2)]
    expect(int(keys[0]) > 0, "no keyring: %r" % keys)
    expect(keys[0] != keys[1], "two containers share the keyring %s" % keys[0])


@check("environment: nothing of the host is passed on")
def _(podman):
    out = podman.shell("env", env={"HOST_SECRET": "x"}).out
    lacks(out, "HOST_SECRET", "CONTAINERS_CONF", "_OCI_", "LISTEN_", "NOTIFY_SOCKET")


def _profile(podman, rule):
    return podman.write("profile.json", json.dumps(
        {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
         "syscalls": [rule]}))


def _default_profile():
    path = "/usr/share/containers/seccomp.json"
    if not os.path.exists(path):
        raise Skip("no %s" % path)
    return path
