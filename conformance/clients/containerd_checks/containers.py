"""Containers of the CRI."""

import os
import re
import subprocess
import time

from containerd_checks.kubelet import CREATED, EXITED, RUNNING, Pod, refusal
from support import limits
from support.checks import Checks, contains, equal, expect, until
from support.host import read, shared_mount

CHECKS = Checks()
check = CHECKS.check
MEBIBYTE = 1 << 20
TRAP = "trap 'echo stopping; exit 3' TERM; echo ready; while :; do sleep 0.02; done"


@check("container: created, running, exited")
def _(ctr):
    container = Pod(ctr).create("sh", "-c", "until test -e /go; do sleep 0.02; done; exit 7")
    equal(container.state, CREATED)
    container.start()
    status = container.status()
    equal(status["state"], RUNNING)
    expect(status["created_at"] <= status["started_at"], "times: %s" % status)
    container.exec("touch", "/go")
    status = container.wait()
    equal((status["exit_code"], status["reason"]), (7, "Error"))
    expect(status["started_at"] < status["finished_at"], "times: %s" % status)


@check("container: reason Completed for exit status 0")
def _(ctr):
    status = Pod(ctr).start("true").wait()
    equal((status["exit_code"], status["reason"]), (0, "Completed"))


@check("container: command, arguments, environment, working directory")
def _(ctr):
    status, out = Pod(ctr).output(
        "sh", "-c", 'pwd; echo $A; for word; do echo "<$word>"; done', "sh", args=["a b", ""],
        envs=[{"key": "A", "value": "b c"}], working_dir="/tmp")
    equal((status, out), (0, "/tmp\nb c\n<a b>\n<>\n"))


@check("container: OOMKilled")
def _(ctr):
    container = Pod(ctr).start("sh", "-c", "until test -e /go; do sleep 0.02; done; "
                               "exec tail /dev/zero",
                               resources={"memory_limit_in_bytes": 16 * MEBIBYTE})
    container.exec("touch", "/go")
    status = container.wait()
    equal((status["exit_code"], status["reason"]), (137, "OOMKilled"))


@check("container: a command that does not exist")
def _(ctr):
    container = Pod(ctr).create("/no/such/program")
    text = refusal(container.start).text
    contains(text.lower(), "no such file or directory")
    contains(text, "/no/such/program")
    status = container.status()
    equal((status["state"], status["exit_code"], status["reason"]), (EXITED, 128, "StartError"))
    contains(status["message"].lower(), "no such file or directory")


@check("container: log lines with time, stream and tag")
def _(ctr):
    container = Pod(ctr).start("sh", "-c", "echo one; echo two >&2; printf three")
    container.wait()
    until(lambda: len(container.log_lines()) == 3, "three lines are logged")
    rows = container.log_lines()
    expect(all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)", row[0]) for row in rows),
           "times: %s" % rows)
    equal(sorted(row[1:] for row in rows),
          [["stderr", "F", "two"], ["stdout", "F", "one"], ["stdout", "P", "three"]])


@check("container: a log file that was moved is opened anew")
def _(ctr):
    container = Pod(ctr).start("sh", "-c", "echo before; until test -e /go; do sleep 0.02; done; "
                               "echo after; sleep 1000")
    container.said("before")
    os.rename(container.log_path, container.log_path + ".1")
    container.call("ReopenContainerLog", {"container_id": container.id})
    container.exec("touch", "/go")
    container.said("after")
    equal(container.log(), "after\n")


@check("container: stop sends SIGTERM and waits")
def _(ctr):
    container = Pod(ctr).start("sh", "-c", TRAP)
    container.said("ready")
    container.stop(timeout=20)
    equal(container.exit_status(), 3)
    container.said("stopping")


@check("container: stop kills after the timeout, and at once without one")
def _(ctr):
    pod = Pod(ctr)
    for timeout in (1, 0):
        container = pod.start("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.02; done")
        container.said("ready")
        began = time.monotonic()
        container.stop(timeout)
        took = time.monotonic() - began
        equal(container.exit_status(), 137)
        expect(timeout <= took < timeout + 5, "%.1f s for a timeout of %d s" % (took, timeout))


@check("container: stop of one that has ended, or was never started")
def _(ctr):
    pod = Pod(ctr)
    ended = pod.start("true")
    ended.wait()
    ended.stop(5)
    never = pod.create("true")
    never.stop(5)
    never.remove()
    equal(ended.status()["exit_code"], 0)


@check("container: remove, also while it runs; it can be repeated")
def _(ctr):
    pod = Pod(ctr)
    running, created = pod.sleeping(), pod.create("true")
    pid = running.pid
    for container in (running, created, running):
        container.remove()
    expect(not read("/proc/%d/cmdline" % pid), "the process is left")
    equal(refusal(running.status).code, "NOT_FOUND")
    equal(os.listdir("/run/checked/k8s.io"), [pod.id])


@check("container: listed by pod and by label")
def _(ctr):
    one, two = Pod(ctr), Pod(ctr)
    first = one.create("true", labels={"app": "x"})
    second = two.create("true", labels={"app": "y"})

    def listed(**conditions):
        answer = ctr.api().call("ListContainers", {"filter": conditions})
        return [container["id"] for container in answer["containers"]]
    equal(listed(pod_sandbox_id=one.id), [first.id])
    equal(listed(label_selector={"app": "y"}), [second.id])


@check("container: another attempt beside the first")
def _(ctr):
    pod = Pod(ctr)
    for attempt in range(3):
        container = pod.start("sh", "-c", "exit %d" % attempt,
                              metadata={"name": "same", "attempt": attempt})
        equal(container.exit_status(), attempt)


@check("ExecSync: exit status, stdout and stderr")
def _(ctr):
    container = Pod(ctr).sleeping()
    equal(container.exec("sh", "-c", "echo one; echo two >&2; exit 9"), (9, "one\n", "two\n"))


@check("ExecSync: a command that does not exist")
def _(ctr):
    container = Pod(ctr).sleeping()
    text = refusal(container.exec, "/no/such/program").text
    contains(text.lower(), "no such file or directory")
    contains(text, "/no/such/program")


@check("ExecSync: a timeout kills the command, not the container")
def _(ctr):
    container = Pod(ctr).sleeping()
    refused = refusal(container.exec, "sleep", "333", timeout=1)
    contains(refused.text, "timeout")
    until(lambda: "sleep 333" not in container.says("ps", "-o", "args"), "the command has ended")
    equal(container.state, RUNNING)


@check("ExecSync: a hundred in a row", timeout=120)
def _(ctr):
    container = Pod(ctr).sleeping()
    for number in range(100):
        equal(container.exec("sh", "-c", "exit %d" % number)[0], number)


@check("ExecSync: in a container that is not running")
def _(ctr):
    container = Pod(ctr).create("true")
    contains(refusal(container.exec, "true").text, "CONTAINER_CREATED")


@check("resources: memory, quota, period, shares and cpuset")
def _(ctr):
    container = Pod(ctr).sleeping(resources={
        "memory_limit_in_bytes": 64 * MEBIBYTE, "cpu_quota": 20000, "cpu_period": 50000,
        "cpu_shares": 512, "cpuset_cpus": "0", "cpuset_mems": "0"})
    equal({file: container.limit(file) for file in (
        "memory.limit_in_bytes", "cpu.cfs_quota_us", "cpu.cfs_period_us", "cpu.shares",
        "cpuset.cpus", "cpuset.mems")}, {
            "memory.limit_in_bytes": str(64 * MEBIBYTE), "cpu.cfs_quota_us": "20000",
            "cpu.cfs_period_us": "50000", "cpu.shares": limits.shares(512), "cpuset.cpus": "0",
            "cpuset.mems": "0"})
    contains(container.says("grep", "Cpus_allowed_list", "/proc/self/status"), "\t0")


@check("resources: seen inside, where the cgroups are read-only")
def _(ctr):
    container = Pod(ctr).sleeping(resources={"memory_limit_in_bytes": 64 * MEBIBYTE})
    file = limits.file("memory.limit_in_bytes")
    equal(container.says("cat", file), str(64 * MEBIBYTE))
    status, _, err = container.exec("sh", "-c", "echo -1 >" + file)
    expect(status != 0, "the limit could be lifted")
    contains(err, "Read-only file system")


@check("resources: update of a container that runs")
def _(ctr):
    container = Pod(ctr).sleeping(resources={"memory_limit_in_bytes": 64 * MEBIBYTE})
    container.call("UpdateContainerResources", {"container_id": container.id, "linux": {
        "memory_limit_in_bytes": 128 * MEBIBYTE, "cpu_quota": 30000, "cpu_period": 60000,
        "cpu_shares": 256, "cpuset_cpus": "1"}})
    equal([container.limit(file) for file in (
        "memory.limit_in_bytes", "cpu.cfs_quota_us", "cpu.cfs_period_us", "cpu.shares",
        "cpuset.cpus")], [str(128 * MEBIBYTE), "30000", "60000", limits.shares(256), "1"])
    equal(container.state, RUNNING)


@check("resources: an update with a value that cannot be is refused")
def _(ctr):
    container = Pod(ctr).sleeping(resources={"cpuset_cpus": "0"})
    refusal(container.call, "UpdateContainerResources", {
        "container_id": container.id, "linux": {"cpuset_cpus": "4000"}})
    equal(container.limit("cpuset.cpus"), "0")
    equal(container.state, RUNNING)


@check("resources: OOM score")
def _(ctr):
    container = Pod(ctr).sleeping(resources={"oom_score_adj": 500})
    equal(read("/proc/%d/oom_score_adj" % container.pid).strip(), "500")


@check("statistics: of one container, and of all of a pod")
def _(ctr):
    pod = Pod(ctr)
    containers = [pod.sleeping(), pod.sleeping()]

    def stats():
        return ctr.api().call("ContainerStats", {"container_id": containers[0].id})["stats"]
    until(lambda: stats()["memory"]["usage_bytes"]["value"] > 0, "memory is used")
    expect(stats()["cpu"]["usage_core_nano_seconds"]["value"] > 0, "no processor time")
    listed = ctr.api().call("ListContainerStats", {"filter": {"pod_sandbox_id": pod.id}})["stats"]
    equal({one["attributes"]["id"] for one in listed}, {one.id for one in containers})


@check("mounts: of a host's directory, writable and read-only")
def _(ctr):
    host = ctr.path("host", "")
    container = Pod(ctr).sleeping(mounts=[
        {"container_path": "/rw", "host_path": host},
        {"container_path": "/ro", "host_path": host, "readonly": True}])
    equal(container.exec("sh", "-c", "echo text >/rw/file")[0], 0)
    equal(read(os.path.join(host, "file")), "text\n")
    status, _, err = container.exec("sh", "-c", "echo text >/ro/file")
    expect(status != 0, "it could be written to")
    contains(err, "Read-only file system")


@check("mounts: propagation from the host")
def _(ctr):
    with shared_mount(ctr) as host:
        container = Pod(ctr).sleeping(mounts=[
            {"container_path": "/private", "host_path": host},
            {"container_path": "/slave", "host_path": host, "propagation": 1}])
        os.mkdir(os.path.join(host, "new"))
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", os.path.join(host, "new")], check=True)
        mounts = container.says("cat", "/proc/self/mounts")
        contains(mounts, " /slave/new ")
        expect(" /private/new " not in mounts, "the private mount got it, too")


@check("mounts: a device of the host, readable only")
def _(ctr):
    container = Pod(ctr).sleeping(devices=[{
        "container_path": "/dev/given", "host_path": "/dev/zero", "permissions": "r"}])
    equal(container.says("head", "-c", "3", "/dev/given"), "\0\0\0")
    equal(container.says("stat", "-c", "%F %t:%T", "/dev/given"), "character special file 1:5")
