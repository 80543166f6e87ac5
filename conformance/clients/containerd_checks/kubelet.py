"""Pods and containers as a kubelet asks for them over the CRI."""

import json
import os

from containerd_checks.client import IMAGE
from cri.client import Refused
from support import limits
from support.checks import Failure, until
from support.host import process_status, read

# NamespaceMode.
POD, CONTAINER, NODE = range(3)
# ContainerState.
CREATED, RUNNING, EXITED = range(3)
# PodSandboxState.
READY, NOT_READY = range(2)
# ProfileType.
RUNTIME_DEFAULT, UNCONFINED, LOCALHOST = range(3)


def cgroup_parent(client):
    """What a kubelet that leaves cgroups to systemd, or does not, gives a pod."""
    return "/kubepods.slice" if client.by_systemd else "/kubepods"


class Pod:
    """A sandbox that runs. With the host's network, unless it is told otherwise."""

    def __init__(self, client, handler="", network=NODE, security=None, linux=None, **more):
        self.client = client
        name = client.name()
        namespaces = dict({"network": network, "pid": CONTAINER},
                          **(security or {}).pop("namespace_options", {}))
        self.namespaces = namespaces
        self.config = dict({
            "metadata": {"name": name, "uid": "uid-" + name, "namespace": "checks"},
            "log_directory": client.path("logs", name, ""),
            "linux": dict({
                "cgroup_parent": cgroup_parent(client),
                "security_context": dict({"namespace_options": namespaces}, **(security or {})),
            }, **(linux or {})),
        }, **more)
        if network == POD:
            self.config.setdefault("hostname", name)
        self.id = client.api().call("RunPodSandbox", {
            "config": self.config, "runtime_handler": handler})["pod_sandbox_id"]

    def status(self, verbose=False):
        answer = self.client.api().call("PodSandboxStatus", {
            "pod_sandbox_id": self.id, "verbose": verbose})
        return dict(answer["status"], info=json.loads(answer["info"].get("info", "{}")))

    @property
    def pid(self):
        return self.status(verbose=True)["info"]["pid"]

    def stop(self):
        self.client.api().call("StopPodSandbox", {"pod_sandbox_id": self.id})

    def remove(self):
        self.client.api().call("RemovePodSandbox", {"pod_sandbox_id": self.id})

    def create(self, *command, security=None, resources=None, image=IMAGE, **more):
        return Container(self, command, security, resources, image, more)

    def start(self, *command, **more):
        """A container that runs."""
        container = self.create(*command, **more)
        container.start()
        return container

    def sleeping(self, **more):
        return self.start("sleep", "1000", **more)

    def output(self, *command, **more):
        """Runs a container to its end, and returns exit status and stdout."""
        container = self.start(*command, **more)
        return container.exit_status(), container.log()


class Container:
    def __init__(self, pod, command, security, resources, image, more):
        self.pod = pod
        self.client = pod.client
        name = self.client.name()
        self.log_path = os.path.join(pod.config["log_directory"], name + ".log")
        namespaces = dict(pod.namespaces, **(security or {}).pop("namespace_options", {}))
        config = dict({
            "metadata": {"name": name}, "image": {"image": image}, "command": list(command),
            "log_path": name + ".log",
            "linux": {
                "resources": resources or {},
                "security_context": dict({"namespace_options": namespaces}, **(security or {}))},
        }, **more)
        self.id = self.call("CreateContainer", {
            "pod_sandbox_id": pod.id, "config": config,
            "sandbox_config": pod.config})["container_id"]

    def call(self, method, message):
        return self.client.api().call(method, message)

    def start(self):
        self.call("StartContainer", {"container_id": self.id})

    def stop(self, timeout=0):
        self.call("StopContainer", {"container_id": self.id, "timeout": timeout})

    def remove(self):
        self.call("RemoveContainer", {"container_id": self.id})

    def status(self, verbose=False):
        answer = self.call("ContainerStatus", {"container_id": self.id, "verbose": verbose})
        return dict(answer["status"], info=json.loads(answer["info"].get("info", "{}")))

    @property
    def state(self):
        return self.status()["state"]

    @property
    def pid(self):
        return self.status(verbose=True)["info"]["pid"]

    def wait(self):
        """Waits for its end, and returns its status."""
        until(lambda: self.state == EXITED, "the container exits")
        return self.status()

    def exit_status(self):
        return self.wait()["exit_code"]

    def exec(self, *command, timeout=0):
        """Exit status, stdout and stderr."""
        answer = self.call("ExecSync", {
            "container_id": self.id, "cmd": list(command), "timeout": timeout})
        return answer["exit_code"], answer["stdout"].decode(), answer["stderr"].decode()

    def says(self, *command):
        """The output of a command in it, without space around it."""
        status, out, err = self.exec(*command)
        return out.strip() if status == 0 else "status %d: %s" % (status, err)

    def log_lines(self):
        """The rows of its log: time, stream, tag, text."""
        return [line.split(" ", 3) for line in read(self.log_path).splitlines()]

    def log(self, stream="stdout"):
        """What it wrote to a stream."""
        return "".join(text + ("\n" if tag == "F" else "")
                       for _, name, tag, text in self.log_lines() if name == stream)

    def said(self, text, stream="stdout"):
        return until(lambda: text in self.log(stream), "the log has %r" % text)

    def limit(self, file):
        """The value of a limit, by its file of cgroup v1."""
        return limits.value(limits.cgroup(self.pid, file.split(".")[0]), file)


def refusal(function, *arguments, **more):
    """The Refused that a call has to end with."""
    try:
        function(*arguments, **more)
    except Refused as refused:
        return refused
    raise Failure("it was not refused")


def status_of(one):
    """The fields of /proc/PID/status of a pod, or of a container that sleeps."""
    pid = one.pid
    # A runtime may have ended start while the process does the last things before its program.
    until(lambda: read("/proc/%d/comm" % pid) == "sleep\n", "its program runs")
    return process_status(pid)
