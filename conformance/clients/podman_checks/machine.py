"""What takes a machine with cgroup v2 alone, and the systemd of root or of a user."""

import os
import time

from support import limits
from support.checks import Checks, Skip, contains, equal, expect, patient, until
from support.host import read

from podman_checks.client import IMAGE
from podman_checks.limits import MIB, block_device

CHECKS = Checks()


def check(name, *needs, **more):
    return CHECKS.check(name, needs=("machine", *needs), **more)


def scope(podman, name="one"):
    """The unit of a running container."""
    if podman.cgroup_manager != "systemd":
        raise Skip("systemd does not make the cgroups")
    return "libpod-%s.scope" % podman.inspect(name)["Id"]


def systemctl(podman, *arguments, **options):
    return podman.run("systemctl", *(["--user"] * (not podman.is_root)), *arguments, **options)


def properties(podman, unit, *names):
    out = systemctl(podman, "show", unit, *("--property=" + name for name in names)).lines
    return dict(line.split("=", 1) for line in out)


# systemd's scopes.

@check("scope: active while the container runs, and gone after it")
def _(podman):
    podman.detached()
    unit = scope(podman)
    contains(read("/proc/%d/cgroup" % podman.pid("one")), "/" + unit)
    equal(properties(podman, unit, "ActiveState"), {"ActiveState": "active"})
    podman("rm", "--force", "--time", "0", "one")
    until(lambda: properties(podman, unit, "LoadState") == {"LoadState": "not-found"}, "%s is gone" % unit)


@check("scope: has the limits as properties")
def _(podman):
    podman.detached("--memory", "64m", "--cpus", "0.5", "--pids-limit", "33")
    equal(properties(podman, scope(podman), "MemoryMax", "CPUQuotaPerSecUSec", "TasksMax"),
          {"MemoryMax": str(64 * MIB), "CPUQuotaPerSecUSec": "500ms", "TasksMax": "33"})


@check("scope: an update changes the properties")
def _(podman):
    podman.detached("--memory", "64m", "--memory-swap", "-1")
    unit = scope(podman)
    podman("update", "--memory", "96m", "--cpus", "0.25", "one")
    equal(properties(podman, unit, "MemoryMax", "CPUQuotaPerSecUSec"),
          {"MemoryMax": str(96 * MIB), "CPUQuotaPerSecUSec": "250ms"})


@check("scope: a reload of systemd changes no limit, and no access to devices")
def _(podman):
    podman.detached("--memory", "64m", "--pids-limit", "33")
    unit = scope(podman)
    systemctl(podman, "daemon-reload")
    equal((podman.limit("one", "memory", "memory.limit_in_bytes"), podman.limit("one", "pids", "pids.max")),
          (str(64 * MIB), "33"))
    equal(properties(podman, unit, "ActiveState"), {"ActiveState": "active"})
    podman("exec", "one", "sh", "-c", "echo x >/dev/null && head -c 1 /dev/urandom >/dev/null")


@check("scope: systemctl stop ends the container")
def _(podman):
    podman.detached()
    systemctl(podman, "stop", scope(podman))
    podman.wait_for("one", "exited")


@check("scope: a property named in an annotation")
def _(podman):
    podman.detached("--annotation", "org.systemd.property.MemoryLow=uint64 1048576")
    equal(properties(podman, scope(podman), "MemoryLow"), {"MemoryLow": str(MIB)})


@check("unit: a container as a service, in a cgroup beside its conmon, as Quadlet has it")
def _(podman):
    name = "oci-clients-%d.service" % os.getpid()
    command = ["systemd-run", "--quiet", "--collect", "--unit", name, "--service-type=notify",
               "--property=Delegate=yes", "--property=NotifyAccess=all", "--property=KillMode=mixed",
               *(["--user"] * (not podman.is_root)),
               *("--setenv=%s=%s" % one for one in podman.run.environment.items())]
    podman.run(*command, "/usr/bin/podman", "run", "--name", "one", "--cgroups", "split", "--sdnotify",
               "conmon", "--detach", "--memory", "64m", IMAGE, "sleep", "1000")
    try:
        contains(podman.cgroup("one", "memory"), "/%s/" % name)
        equal(podman.limit("one", "memory", "memory.limit_in_bytes"), str(64 * MIB))
        equal(podman("exec", "one", "echo", "here").word, "here")
        podman("stop", "--time", "0", "one")
        gone = {"LoadState": "not-found"}
        until(lambda: properties(podman, name, "LoadState") == gone, "%s is gone" % name)
    finally:
        systemctl(podman, "stop", name, status=None)


@check("healthcheck: systemd's timer makes it", timeout=120)
def _(podman):
    variables = ("CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF")
    environment = podman.run.environment
    systemctl(podman, "set-environment", *("%s=%s" % (name, environment[name]) for name in variables))
    try:
        podman.detached("--health-cmd", "test -e /tmp/healthy", "--health-interval", "1s",
                        "--health-retries", "1")
        until(lambda: podman.state("one")["Health"]["Status"] == "unhealthy", "it is unhealthy", 30)
        podman("exec", "one", "touch", "/tmp/healthy")
        until(lambda: podman.state("one")["Health"]["Status"] == "healthy", "it is healthy", 30)
        podman("rm", "--force", "--time", "0", "one")
    finally:
        systemctl(podman, "unset-environment", *variables)


# Limits that are felt.

@check("effect: too much memory, and inspect says OOMKilled")
def _(podman):
    def told():
        podman("run", "--replace", "--name", "one", "--memory", "16m", "--memory-swap", "16m", IMAGE, "tail",
               "-c", "200m", "/dev/zero", status=137)
        state = podman.state("one")
        equal(state["ExitCode"], 137)
        return state["OOMKilled"]
    # conmon looks into the cgroup after the end, when systemd may have removed it.
    expect(any(told() for _ in range(3)), "OOMKilled is false")


@check("effect: --cpus throttles, as cpu.stat counts")
def _(podman):
    podman.detached("--cpus", "0.1", command=("sh", "-c", "while :; do :; done"))
    directory = podman.cgroup("one", "cpu")

    def throttled():
        counts = dict(line.split() for line in read(directory + "/cpu.stat").splitlines())
        return int(counts["nr_throttled"]) > 2 and int(counts["throttled_usec"])
    until(throttled, "it is throttled")


@check("effect: --device-write-bps slows a program down", "root")
def _(podman):
    device = block_device()
    volume = podman.directory("slow")
    podman.detached("--device-write-bps", device + ":1mb", "-v", volume + ":/v")
    began = time.monotonic()
    podman("exec", "one", "dd", "if=/dev/zero", "of=/v/file", "bs=1M", "count=6", "oflag=direct")
    took = time.monotonic() - began
    expect(took > 4, "6 MB at 1 MB in a second took %.1f s" % took)
    os.remove(volume + "/file")


@check("effect: --device-read-bps slows a program down", "root")
def _(podman):
    device = block_device()
    volume = podman.directory("slow")
    podman.run("dd", "if=/dev/zero", "of=%s/file" % volume, "bs=1M", "count=6", "oflag=direct")
    podman.detached("--device-read-bps", device + ":1mb", "-v", volume + ":/v")
    began = time.monotonic()
    podman("exec", "one", "dd", "if=/v/file", "of=/dev/null", "bs=1M", "iflag=direct")
    took = time.monotonic() - began
    expect(took > 4, "6 MB at 1 MB in a second took %.1f s" % took)
    os.remove(volume + "/file")


@check("effect: a device that was not given is not permitted, after an update too", "root")
def _(podman):
    podman.detached("--cap-add", "MKNOD")
    script = "mknod /kmsg c 1 11; head -c 1 /kmsg; rm /kmsg"
    for _ in range(2):
        contains(podman("exec", "one", "sh", "-c", script, status=None).err, "not permitted")
        podman("update", "--memory", "64m", "one")


# AppArmor.

PROFILE = """\
profile oci-clients-checked flags=(attach_disconnected) {
  file,
  capability,
  network,
  mount,
  signal,
  deny /denied rw,
}
"""


def confinement(podman, name="one"):
    return read("/proc/%d/attr/current" % podman.pid(name)).strip()


@check("apparmor: podman's profile, unconfined, and the profile in an exec", "root")
def _(podman):
    podman.detached()
    expect(confinement(podman).startswith("containers-default"), confinement(podman))
    equal(podman("exec", "one", "cat", "/proc/self/attr/current").word, confinement(podman))
    podman.detached("--security-opt", "apparmor=unconfined", name="two")
    equal(confinement(podman, "two"), "unconfined")


@check("apparmor: a profile of one's own is in force", "root")
def _(podman):
    file = podman.write("profile", PROFILE)
    podman.run("apparmor_parser", "--replace", "--skip-cache", file)
    try:
        options = ["--security-opt", "apparmor=oci-clients-checked"]
        result = podman.shell("cat /proc/self/attr/current; echo x >/allowed && echo may; echo x >/denied",
                              *options, status=1)
        equal(result.lines, ["oci-clients-checked (enforce)", "may"])
        contains(result.err, "Permission denied")
    finally:
        podman.run("apparmor_parser", "--remove", file)


@check("apparmor: a profile that is not there is an error", "root")
def _(podman):
    result = podman.shell("echo ran", "--security-opt", "apparmor=not-there", status=None)
    expect(result.status in (125, 126, 127) and not result.out, "status %d, %r" % (result.status, result.out))


# A user's containers.

@check("user: --userns=keep-id, with the user's own files", "user")
def _(podman):
    directory = podman.directory("of-user")
    out = podman.shell("id -u; id -g; stat -c %u /v; touch /v/file", "--userns", "keep-id", "-v",
                       directory + ":/v").lines
    equal(out, [str(os.getuid()), str(os.getgid()), str(os.getuid())])
    equal(os.stat(directory + "/file").st_uid, os.getuid())


@check("user: --userns=keep-id:uid=7,gid=8", "user")
def _(podman):
    equal(podman.shell("id -u; id -g", "--userns", "keep-id:uid=7,gid=8").lines, ["7", "8"])


@check("user: --userns=nomap does not have the user", "user")
def _(podman):
    podman.detached("--userns", "nomap")
    rows = [line.split() for line in read("/proc/%d/uid_map" % podman.pid("one")).splitlines()]
    expect(all(int(outside) != os.getuid() for _, outside, _ in rows), "the user is mapped: %s" % rows)
    expect(os.stat("/proc/%d" % podman.pid("one")).st_uid != os.getuid(), "it runs as the user")


@check("user: root inside is the user outside, and others are subordinate ids", "user")
def _(podman):
    podman.detached(name="root")
    podman.detached("--user", "alice", name="alice")
    equal(os.stat("/proc/%d" % podman.pid("root")).st_uid, os.getuid())
    expect(os.stat("/proc/%d" % podman.pid("alice")).st_uid >= 100000, "no subordinate id")


@check("user: a volume's files belong to subordinate ids, and :U gives them", "user")
def _(podman):
    directory = podman.directory("given")
    podman.shell("touch /v/file", "--user", "alice", "-v", directory + ":/v:U")
    expect(os.stat(directory).st_uid >= 100000, "the directory is the user's still")
    podman("unshare", "rm", "-r", directory)


@check("user: --network pasta has the host's addresses, and publishes ports", "user")
def _(podman):
    contains(podman.shell("ip -4 addr", "--network", "pasta").out, "10.0.2.15" if os.path.exists(
        "/sys/class/net/eth0") else "inet ")
    podman.detached("--network", "pasta", "--publish", "127.0.0.1:18085:80", command=(
        "sh", "-c", "echo hello >/tmp/index.html; exec httpd -f -p 80 -h /tmp"))
    until(lambda: podman.run("busybox", "wget", "-q", "-O-", "http://127.0.0.1:18085/", status=None).word
          == "hello", "the port answers")


@check("user: limits of memory, processor and processes are set and inside read-only", "user")
def _(podman):
    podman.detached("--memory", "64m", "--cpus", "0.5", "--pids-limit", "33")
    equal([podman.limit("one", name.split(".")[0], name) for name in (
        "memory.limit_in_bytes", "cpu.cfs_quota_us", "pids.max")], [str(64 * MIB), "50000", "33"])
    contains(podman("exec", "one", "sh", "-c", "echo max >%s" % limits.file("memory.limit_in_bytes"),
                    status=1).err, "Read-only file system")


@check("user: a container goes on after the podman that started it", "user")
def _(podman):
    podman.detached()
    time.sleep(patient(0.3))
    equal(podman("exec", "one", "echo", "here").word, "here")
