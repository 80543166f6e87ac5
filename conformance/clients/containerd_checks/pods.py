"""Pod sandboxes of the CRI."""

import os
import signal
import time
import urllib.request

from containerd_checks.kubelet import (
    CONTAINER, NODE, NOT_READY, POD, READY, RUNNING, RUNTIME_DEFAULT, Pod, cgroup_parent,
    refusal, status_of)
from support import limits
from support.checks import Checks, contains, equal, expect, until
from support.host import read
from support.programs import WAIT, let_end

CHECKS = Checks()
check = CHECKS.check


def namespace(pid, kind):
    return os.readlink("/proc/%s/ns/%s" % (pid, kind))


@check("CRI: version, and ready with its network")
def _(ctr):
    version = ctr.api().call("Version")
    equal((version["runtime_name"], version["runtime_api_version"]), ("containerd", "v1"))

    def conditions():
        status = ctr.api().call("Status")["status"]
        return {one["type"]: one["status"] for one in status["conditions"]}
    until(lambda: conditions() == {"RuntimeReady": True, "NetworkReady": True}, "both are ready")


@check("pod: run, with the metadata, labels and annotations it was given")
def _(ctr):
    pod = Pod(ctr, labels={"app": "one"}, annotations={"note": "some text"})
    status = pod.status()
    equal(status["state"], READY)
    equal((status["metadata"]["name"], status["metadata"]["namespace"]),
          (pod.config["metadata"]["name"], "checks"))
    equal((status["labels"], status["annotations"]), ({"app": "one"}, {"note": "some text"}))
    expect(status["created_at"] > 0, "no time of creation")


@check("pod: listed by label")
def _(ctr):
    pods = [Pod(ctr, labels={"app": name}) for name in ("one", "two")]
    answer = ctr.api().call("ListPodSandbox", {"filter": {"label_selector": {"app": "two"}}})
    equal([item["id"] for item in answer["items"]], [pods[1].id])


@check("pod: stop ends its containers, remove forgets it; both can be repeated")
def _(ctr):
    pod = Pod(ctr)
    container = pod.sleeping()
    pids = (pod.pid, container.pid)
    for _ in range(2):
        pod.stop()
    equal(pod.status()["state"], NOT_READY)
    expect(not any(read("/proc/%d/cmdline" % pid) for pid in pids), "processes are left")
    for _ in range(2):
        pod.remove()
    equal(refusal(pod.status).code, "NOT_FOUND")


@check("pod: no state of the runtime, no cgroup, no shim after it")
def _(ctr):
    pod = Pod(ctr)
    pod.sleeping()
    equal(len(os.listdir("/run/checked/k8s.io")), 2)
    pod.stop()
    pod.remove()
    equal(os.listdir("/run/checked/k8s.io"), [])
    left = [path for path, _, _ in os.walk("/sys/fs/cgroup") if pod.id in path]
    until(lambda: not any(map(os.path.exists, left)), "they are gone: %s" % left)


@check("pod: its cgroup is below the parent it was given")
def _(ctr):
    pod = Pod(ctr)
    path = limits.cgroup(pod.pid, "memory")
    own = "cri-containerd-%s.scope" % pod.id if ctr.by_systemd else pod.id
    equal(path, "%s%s/%s" % (limits.hierarchy("memory"), cgroup_parent(ctr), own))
    contains(read(path + "/cgroup.procs").split(), str(pod.pid))


@check("pod: CNI's network, an address that the host reaches")
def _(ctr):
    pod = Pod(ctr, network=POD)
    address = pod.status()["network"]["ip"]
    expect(address.startswith("10.88."), "address %r" % address)
    container = pod.start("sh", "-c", "mkdir /www; echo page >/www/index.html; "
                          "httpd -f -p 80 -h /www")
    contains(container.says("ip", "-4", "addr", "show", "dev", "eth0"), address + "/16")

    def page():
        try:
            with urllib.request.urlopen("http://%s/" % address, timeout=2) as answer:
                return answer.read().decode()
        except OSError:
            return None
    equal(until(page, "the server answers"), "page\n")


@check("pod: the host's network")
def _(ctr):
    pod = Pod(ctr)
    equal(pod.sleeping().says("readlink", "/proc/self/ns/net"), namespace("self", "net"))
    equal(namespace(pod.pid, "net"), namespace("self", "net"))


@check("pod: hostname and resolver")
def _(ctr):
    pod = Pod(ctr, network=POD, hostname="some-pod", dns_config={
        "servers": ["192.0.2.1"], "searches": ["example.org"], "options": ["ndots:3"]})
    container = pod.sleeping()
    equal(container.says("hostname"), "some-pod")
    equal(container.says("cat", "/etc/hostname"), "some-pod")
    equal(container.says("cat", "/etc/resolv.conf").splitlines(),
          ["search example.org", "nameserver 192.0.2.1", "options ndots:3"])


@check("pod: sysctls of its namespaces")
def _(ctr):
    pod = Pod(ctr, network=POD, linux={"sysctls": {
        "net.ipv4.ip_local_port_range": "20000 30000", "kernel.shmmni": "1234"}})
    container = pod.sleeping()
    equal(container.says("cat", "/proc/sys/net/ipv4/ip_local_port_range").split(),
          ["20000", "30000"])
    equal(container.says("cat", "/proc/sys/kernel/shmmni"), "1234")


@check("pod: unprivileged ports, as the daemon is set up")
def _(ctr):
    container = Pod(ctr, network=POD).sleeping()
    equal(container.says("cat", "/proc/sys/net/ipv4/ip_unprivileged_port_start"), "0")


@check("pod: containers share network, ipc and uts, and have their own pid and mounts")
def _(ctr):
    pod = Pod(ctr, network=POD)
    one, two = pod.sleeping(), pod.sleeping()
    for kind in ("net", "ipc", "uts"):
        equal(namespace(one.pid, kind), namespace(two.pid, kind), kind)
        equal(namespace(one.pid, kind), namespace(pod.pid, kind), kind)
    for kind in ("pid", "mnt"):
        expect(namespace(one.pid, kind) != namespace(two.pid, kind), "one %s namespace" % kind)
    equal(two.says("ps", "-o", "args").splitlines()[1], "sleep 1000")


@check("pod: /dev/shm is shared")
def _(ctr):
    pod = Pod(ctr)
    one, two = pod.sleeping(), pod.sleeping()
    equal(one.exec("sh", "-c", "echo text >/dev/shm/file")[0], 0)
    equal(two.says("cat", "/dev/shm/file"), "text")


@check("pod: one pid namespace for all its containers")
def _(ctr):
    pod = Pod(ctr, security={"namespace_options": {"pid": POD}})
    one, two = pod.sleeping(), pod.start("sleep", "2000")
    equal(namespace(one.pid, "pid"), namespace(pod.pid, "pid"))
    contains(two.says("ps", "-o", "args"), "sleep 1000", "sleep 2000", "sleep 1000000")
    one.stop()
    equal(two.state, RUNNING)


@check("pod: the node's pid and ipc namespaces")
def _(ctr):
    pod = Pod(ctr, security={"namespace_options": {"pid": NODE, "ipc": NODE}})
    container = pod.sleeping()
    for kind in ("pid", "ipc"):
        equal(namespace(container.pid, kind), namespace("self", kind), kind)
    contains(container.says("ps", "-o", "args"), "containerd --config")
    container.stop()


@check("pod: user and read-only root file system of the sandbox")
def _(ctr):
    pod = Pod(ctr, security={"run_as_user": {"value": 1000}, "readonly_rootfs": True})
    equal(status_of(pod)["Uid"].split(), ["1000"] * 4)
    root = next(line for line in read("/proc/%d/mountinfo" % pod.pid).splitlines()
                if line.split()[4] == "/")
    contains(root.split()[5].split(","), "ro")


@check("pod: seccomp of the sandbox")
def _(ctr):
    pod = Pod(ctr, security={"seccomp": {"profile_type": RUNTIME_DEFAULT}})
    equal(status_of(pod)["Seccomp"], "2")


@check("pod: the runtime handler picks the runtime")
def _(ctr):
    def calls():
        return read(ctr.second_calls).count("create ")
    before = calls()
    Pod(ctr).sleeping()
    equal(calls(), before, "calls of the second")
    pod = Pod(ctr, handler="second")
    container = pod.sleeping()
    equal(calls(), before + 2, "calls of the second")
    equal(pod.status()["runtime_handler"], "second")
    equal(sorted(os.listdir("/run/second/k8s.io")), sorted([pod.id, container.id]))


@check("pod: an unknown runtime handler is refused")
def _(ctr):
    contains(refusal(Pod, ctr, handler="unknown").text,
             'no runtime for "unknown" is configured')


@check("pod: not ready when its sandbox dies")
def _(ctr):
    pod = Pod(ctr)
    os.kill(pod.pid, signal.SIGKILL)
    until(lambda: pod.status()["state"] == NOT_READY, "the pod is not ready")


@check("pod: goes on while containerd is killed")
def _(ctr):
    pod = Pod(ctr)
    container = pod.sleeping()
    short = pod.start("sh", "-c", WAIT)
    pid = short.pid
    ctr.restart_daemon(lambda: let_end(pid))
    equal((pod.status()["state"], container.state), (READY, RUNNING))
    equal(container.says("echo", "here"), "here")
    equal(short.exit_status(), 5)


@check("pod: statistics")
def _(ctr):
    pod = Pod(ctr)
    pod.sleeping()
    stats = ctr.api().call("PodSandboxStats", {"pod_sandbox_id": pod.id})["stats"]
    equal(stats["attributes"]["id"], pod.id)


@check("pod: five with two containers each, and removed again", timeout=120)
def _(ctr):
    began = time.monotonic()
    pods = [Pod(ctr, network=POD) for _ in range(5)]
    containers = [pod.sleeping(security={"namespace_options": {"pid": CONTAINER}})
                  for pod in pods for _ in range(2)]
    equal([container.state for container in containers], [RUNNING] * 10)
    equal(len({pod.status()["network"]["ip"] for pod in pods}), 5, "addresses")
    for pod in pods:
        pod.stop()
        pod.remove()
    equal(ctr.api().call("ListContainers")["containers"], [])
    expect(time.monotonic() - began < 100, "it took too long")
