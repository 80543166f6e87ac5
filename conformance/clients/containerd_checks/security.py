"""Security contexts of the CRI."""

import json
import os

from containerd_checks.client import USER_IMAGE
from containerd_checks.kubelet import (
    LOCALHOST, RUNTIME_DEFAULT, UNCONFINED, Pod, refusal, status_of)
from support.checks import Checks, Skip, contains, equal, expect
from support.host import (
    DEFAULT_CAPABILITIES, NET_ADMIN, NET_RAW, SYS_RESOURCE, capability_sets, process_status,
    same_privileges)

CHECKS = Checks()
check = CHECKS.check


def capabilities(container):
    return capability_sets(status_of(container))


@check("security: user, group and additional groups")
def _(ctr):
    container = Pod(ctr).sleeping(security={
        "run_as_user": {"value": 7}, "run_as_group": {"value": 8},
        "supplemental_groups": [300, 400]})
    fields = status_of(container)
    equal((fields["Uid"].split()[0], fields["Gid"].split()[0]), ("7", "8"))
    expect({"300", "400"} <= set(fields["Groups"].split()), fields["Groups"])
    equal(container.says("id", "-u"), "7")


@check("security: a user by name, and that of the image")
def _(ctr):
    pod = Pod(ctr)
    equal(pod.sleeping(security={"run_as_username": "alice"}).says("id", "-u"), "1000")
    equal(pod.sleeping(image=USER_IMAGE).says("id", "-u"), "1000")


@check("security: a user cannot write what is root's")
def _(ctr):
    container = Pod(ctr).sleeping(security={"run_as_user": {"value": 1000}})
    code, _, err = container.exec("touch", "/etc/file")
    expect(code != 0, "it could")
    contains(err, "Permission denied")
    equal(int(status_of(container)["CapEff"], 16), 0)


@check("security: read-only root file system")
def _(ctr):
    container = Pod(ctr).sleeping(security={"readonly_rootfs": True})
    code, _, err = container.exec("touch", "/file")
    expect(code != 0, "it could be written to")
    contains(err, "Read-only file system")
    equal(container.exec("touch", "/dev/shm/file")[0], 0)


@check("security: capabilities by default, more and less")
def _(ctr):
    pod = Pod(ctr)
    equal(capabilities(pod.sleeping()), {DEFAULT_CAPABILITIES})
    container = pod.sleeping(security={"capabilities": {
        "add_capabilities": ["NET_ADMIN"], "drop_capabilities": ["NET_RAW"]}})
    equal(capabilities(container), {DEFAULT_CAPABILITIES & ~(1 << NET_RAW) | 1 << NET_ADMIN})


@check("security: all capabilities dropped")
def _(ctr):
    container = Pod(ctr).sleeping(security={"capabilities": {"drop_capabilities": ["ALL"]}})
    equal(capabilities(container), {0})
    expect(container.exec("chown", "1000", "/etc/group")[0] != 0, "a file could be given away")


@check("security: no new privileges")
def _(ctr):
    pod = Pod(ctr)
    equal([status_of(pod.sleeping(security={"no_new_privs": flag}))["NoNewPrivs"]
           for flag in (False, True)], ["0", "1"])


@check("security: masked and read-only paths")
def _(ctr):
    container = Pod(ctr).sleeping(security={
        "masked_paths": ["/etc/group", "/tmp"], "readonly_paths": ["/root"]})
    equal(container.says("cat", "/etc/group"), "")
    equal(container.says("stat", "-f", "-c", "%T", "/tmp"), "tmpfs")
    contains(container.exec("touch", "/tmp/file")[2], "Read-only file system")
    contains(container.exec("touch", "/root/file")[2], "Read-only file system")


@check("security: seccomp, the runtime's default and none")
def _(ctr):
    pod = Pod(ctr)
    container = pod.sleeping(security={"seccomp": {"profile_type": RUNTIME_DEFAULT}})
    equal(status_of(container)["Seccomp"], "2")
    contains(container.exec("unshare", "-U", "true")[2], "Operation not permitted")
    equal(status_of(pod.sleeping(security={"seccomp": {"profile_type": UNCONFINED}}))["Seccomp"], "0")


@check("security: seccomp, a profile of the node")
def _(ctr):
    profile = ctr.write("node-profile.json", json.dumps({
        "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
            {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}))
    container = Pod(ctr).sleeping(security={
        "seccomp": {"profile_type": LOCALHOST, "localhost_ref": profile}})
    contains(container.exec("mkdir", "/tmp/new")[2], "Function not implemented")


@check("security: a seccomp profile that is not there")
def _(ctr):
    refused = refusal(Pod(ctr).create, "true", security={
        "seccomp": {"profile_type": LOCALHOST, "localhost_ref": "/no/such/profile"}})
    contains(refused.text, "/no/such/profile")


@check("security: a process of a seccomp profile that kills")
def _(ctr):
    profile = ctr.write("killing-profile.json", json.dumps({
        "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
            {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_KILL_PROCESS"}]}))
    container = Pod(ctr).sleeping(security={
        "seccomp": {"profile_type": LOCALHOST, "localhost_ref": profile}})
    # Signal SYS is 31.
    equal(container.exec("sh", "-c", "mkdir /tmp/new; echo $?")[1].split()[-1:], ["159"])


@check("security: privileged")
def _(ctr):
    bounding = int(process_status()["CapBnd"], 16)
    if not bounding >> SYS_RESOURCE & 1:
        raise Skip("root itself lacks CAP_SYS_RESOURCE here")
    pod = Pod(ctr, security={"privileged": True})
    container = pod.sleeping(security={"privileged": True})
    equal(int(status_of(container)["CapEff"], 16), bounding)
    expect(os.path.basename(next(os.scandir("/dev/")).path) in container.says("ls", "/dev"),
           "the host's devices are missing")


@check("security: the container cannot mount, nor see other processes")
def _(ctr):
    container = Pod(ctr).sleeping()
    contains(container.exec("mount", "-t", "tmpfs", "tmpfs", "/tmp")[2].lower(),
             "permission denied")
    expect(int(container.says("sh", "-c", "ls /proc | grep -c '^[0-9]'")) <= 4, "processes")


@check("security: exec has the user and privileges of the container")
def _(ctr):
    container = Pod(ctr).sleeping(security={
        "run_as_user": {"value": 1000}, "no_new_privs": True,
        "capabilities": {"drop_capabilities": ["NET_RAW"]},
        "seccomp": {"profile_type": RUNTIME_DEFAULT}})
    same_privileges(container.exec("cat", "/proc/self/status")[1], container.pid)
