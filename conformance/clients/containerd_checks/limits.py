"""ctr run: limits, as cgroups show them and as they hold."""

import json
import os
import re

from containerd_checks.client import IMAGE
from containerd_checks.isolation import specification
from support import limits
from support.cgroups import UNIFIED, below, hierarchies
from support.checks import Checks, Skip, contains, equal, expect, until

CHECKS = Checks()
check = CHECKS.check
MEBIBYTE = 1 << 20


def not_in(path, pid):
    """The hierarchies in which a process has another cgroup than this one.

    A cgroup2 beside v1 has no controllers: runtimes may leave it alone.
    """
    with open("/proc/%s/cgroup" % pid, encoding="ascii") as file:
        rows = (line.strip().split(":", 2) for line in file)
        return ["%s:%s" % (name, cgroup) for _, name, cgroup in rows
                if (name or UNIFIED) and cgroup != path]


@check("limits: a cgroup of its own in every hierarchy")
def _(ctr):
    name = ctr.sleeping()
    path = "/system.slice/checks-%d.scope" % ctr.latest_cgroup if ctr.by_systemd else "/checks/" + name
    equal(not_in(path, ctr.pid(name)), [])


@check("limits: --cgroup names it")
def _(ctr):
    if ctr.by_systemd:
        raise Skip("it names a scope")
    name = ctr.sleeping("--cgroup", "/parent/of/mine")
    equal(not_in("/parent/of/mine", ctr.pid(name)), [])
    ctr("tasks", "delete", "--force", name)
    for hierarchy in hierarchies():
        path = os.path.join(hierarchy, "parent/of")
        expect(not os.path.exists(os.path.join(path, "mine")), "%s/mine is left" % path)
        # The parents are the caller's.
        if os.path.isdir(path):
            os.rmdir(path)


@check("limits: --memory-limit")
def _(ctr):
    name = ctr.sleeping("--memory-limit", 64 * MEBIBYTE)
    equal(ctr.limit(name, "memory.limit_in_bytes"), str(64 * MEBIBYTE))


@check("limits: --memory-limit is seen through a cgroup mount inside")
def _(ctr):
    out = ctr.once("cat", limits.file("memory.limit_in_bytes"), options=(
        "--memory-limit", 64 * MEBIBYTE,
        "--mount", "type=cgroup,src=cgroup,dst=/sys/fs/cgroup,options=ro:nosuid:noexec:nodev"))
    equal(out.word, str(64 * MEBIBYTE))


@check("limits: --cpus")
def _(ctr):
    name = ctr.sleeping("--cpus", "0.5")
    equal((ctr.limit(name, "cpu.cfs_quota_us"), ctr.limit(name, "cpu.cfs_period_us")), ("50000", "100000"))


@check("limits: --cpu-quota, --cpu-period and --cpu-shares")
def _(ctr):
    name = ctr.sleeping("--cpu-quota", 20000, "--cpu-period", 50000, "--cpu-shares", 512)
    equal([ctr.limit(name, "cpu." + file)
           for file in ("cfs_quota_us", "cfs_period_us", "shares")], ["20000", "50000", limits.shares(512)])


@check("limits: pids and cpuset of a config.json hold")
def _(ctr):
    configuration = specification(ctr.rootfs, ["sh", "-c", (
        "grep Cpus_allowed_list /proc/self/status; "
        "for i in 1 2 3 4 5 6 7 8 9; do sleep 5 & done 2>&1")])
    configuration["linux"]["resources"] = {"pids": {"limit": 5}, "cpu": {"cpus": "0", "mems": "0"}}
    path = "system.slice:checks:limited" if ctr.by_systemd else "/checks/limited"
    configuration["linux"]["cgroupsPath"] = path
    result = ctr.run(*ctr.command("--rm", "--config", ctr.write(
        "config.json", json.dumps(configuration)), ctr.name()), status=None)
    contains(result.out, "Cpus_allowed_list:\t0\n")
    contains(result.out.lower(), "can't fork")


@check("limits: a process that takes too much memory is killed, and the event tells")
def _(ctr):
    with ctr.events() as events:
        name = ctr.detached("sh", "-c", "until test -e /tmp/go; do sleep 0.02; done; "
                            "tail /dev/zero; exit $?", options=("--memory-limit", 16 * MEBIBYTE))
        ctr.exec(name, "touch", "/tmp/go")
        equal(ctr.exits(name), 137)
        until(lambda: re.search(r'/tasks/oom {"container_id":"%s"}' % name, events.output()),
              "an event of the kill")


@check("limits: tasks metrics")
def _(ctr):
    name = ctr.detached("sh", "-c", "sleep 1000 & sleep 1000 & wait",
                        options=("--memory-limit", 64 * MEBIBYTE))

    def metrics():
        return json.loads(ctr("tasks", "metrics", "--format", "json", name).out)
    until(lambda: metrics()["pids"]["current"] == 3, "three processes are counted")
    memory, cpu = metrics()["memory"], metrics()["cpu"]
    if UNIFIED:
        limit, used, time = memory["usage_limit"], memory["usage"], cpu["usage_usec"]
    else:
        limit, used, time = memory["usage"]["limit"], memory["usage"]["usage"], cpu["usage"]["total"]
    equal(limit, 64 * MEBIBYTE)
    expect(used > 0, "no memory used")
    expect(time > 0, "no processor time used")


@check("limits: no cgroup is left after a task")
def _(ctr):
    name = ctr.name()
    ctr.run(*ctr.command("--rm", "--memory-limit", 64 * MEBIBYTE, IMAGE, name, "true"))
    own = "checks-%d.scope" % ctr.latest_cgroup if ctr.by_systemd else "checks/" + name
    left = [path for root in hierarchies() for path in below(root) if path.endswith("/" + own)]
    until(lambda: not any(map(os.path.exists, left)), "they are gone: %s" % left)
