"""A containerd of our own, and ctr."""

import itertools
import json
import os
import re
import signal

import archives
from cri.client import Client as CRI, remove_all_pods
from support import images, limits
from support.checks import Failure, until
from support.client import Client
from support.host import read

SOCKET = "/run/containerd/containerd.sock"
NAMESPACE = "checks"
IMAGE = "docker.io/library/busybox:latest"
# The same with a user, as ctr has no option for one.
USER_IMAGE = "docker.io/library/busybox:user"
PAUSE_IMAGE = "localhost/pause:latest"

CONFIGURATION = """\
version = 2
root = "{work}/containerd"
state = "/run/containerd"

[grpc]
  address = "{socket}"

[plugins."io.containerd.internal.v1.restart"]
  interval = "300ms"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = true
  enable_unprivileged_ports = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{work}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "checked"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.checked]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.checked.options]
        BinaryName = "{runtime}"
        Root = "/run/checked"
        SystemdCgroup = {systemd}
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.second]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.second.options]
        BinaryName = "{second}"
        Root = "/run/second"
        SystemdCgroup = {systemd}
"""

# Notes its calls, so that it can be told that this one was called.
SECOND_RUNTIME = """\
#!/bin/sh
echo "$*" >>{calls}
exec {runtime} "$@"
"""

NETWORK = {
    "cniVersion": "0.4.0", "name": "checks", "plugins": [{
        "type": "bridge", "bridge": "cni-checks", "isGateway": True, "ipMasq": False,
        "ipam": {"type": "host-local", "dataDir": "/run/cni-networks",
                 "ranges": [[{"subnet": "10.88.0.0/16"}]]}}]}


class Containerd(Client):
    knows_machine = True
    core = [
        "run: exit status", "exec: exit status", "limits: a cgroup of its own", "limits: tasks metrics",
        "tasks: pause stops", "pod: its cgroup", "container: created", "ExecSync: exit status",
        "resources: memory"]
    needs = ("containerd", "containerd-shim-runc-v2", "ctr", "busybox", "ip")

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.numbers = itertools.count(1)
        self.daemon = None
        self.cri = None
        self.uses_cri = False
        self.latest_cgroup = 0
        # The state directory of the runtime for ctr's containers: the shim adds the namespace.
        self.root = "/run/ctr"

    @property
    def by_systemd(self):
        return self.cgroup_manager == "systemd"

    # The daemon.

    def start(self):
        if os.path.exists(SOCKET) and self.run("ctr", "version", status=None).status == 0:
            raise Failure("a containerd is running: the checks start their own")
        self.second_calls = self.path("second-calls")
        second = self.write("second-runtime", SECOND_RUNTIME.format(
            calls=self.second_calls, runtime=self.runtime), 0o755)
        self.runc = self.path("bin/runc")
        os.symlink(self.runtime, self.runc)
        self.write("cni/checks.conflist", json.dumps(NETWORK))
        self.configuration = self.write("config.toml", CONFIGURATION.format(
            work=self.work, socket=SOCKET, pause=PAUSE_IMAGE, runtime=self.runtime, second=second,
            systemd="true" if self.by_systemd else "false"))
        self.rootfs = self.path("rootfs")
        images.busybox(self.rootfs)
        self.start_daemon()
        for name, config, namespaces in (
                (IMAGE, None, (NAMESPACE, "k8s.io")),
                (USER_IMAGE, {"User": "alice"}, (NAMESPACE, "k8s.io")),
                (PAUSE_IMAGE, {"Entrypoint": ["/bin/sleep", "1000000"], "Cmd": None}, ("k8s.io",))):
            archive = self.path("image.tar")
            archives.write_archive(archive, self.rootfs, name, config)
            for namespace in namespaces:
                self.run("ctr", "-n", namespace, "images", "import", archive)

    def start_daemon(self):
        # A shim that is told no runtime takes the runc that is on its PATH.
        path = "%s:%s" % (os.path.dirname(self.runc), self.run.environment["PATH"])
        self.daemon = self.run.daemon(
            "containerd", "--config", self.configuration, env={"PATH": path},
            output=os.path.join(self.run.log.directory, "containerd.log"))
        self.daemon.wait_until_ready(
            lambda: self.run("ctr", "version", status=None).status == 0)

    def restart_daemon(self, between=lambda: None):
        """Kills containerd, and starts it again, with something done between."""
        self.daemon.stop(signal.SIGKILL)
        self.disconnect()
        between()
        self.start_daemon()

    def stop(self):
        self.clean_up()
        self.disconnect()
        self._remove_all("second")
        self.daemon.stop()

    def clean_up(self):
        self._remove_all(NAMESPACE)
        if self.uses_cri:
            remove_all_pods(self.api())

    def keeps_cgroup(self, path):
        # Parents, which containerd never asks anybody to remove.
        return path in ("/" + NAMESPACE, "/second", "/kubepods", "/parent", "/kubepods.slice")

    def keeps_unit(self, name):
        return name == "kubepods.slice"

    def keeps_interface(self, name):
        # The bridge that CNI makes stays.
        return name == "cni-checks"

    def _remove_all(self, namespace):
        def listed():
            return self.run("ctr", "-n", namespace, "containers", "ls", "-q").out.split()
        for name in listed():
            self.run("ctr", "-n", namespace, "tasks", "delete", "--force", name, status=None)
            self.run("ctr", "-n", namespace, "containers", "delete", name, status=None)
        until(lambda: not listed(), "all containers of namespace %s are removed" % namespace)

    # ctr.

    def __call__(self, *arguments, **options):
        return self.run("ctr", "-n", NAMESPACE, *arguments, **options)

    def name(self):
        return "c%d" % next(self.numbers)

    def command(self, *arguments, namespace=NAMESPACE):
        """The words of ctr run."""
        systemd = ()
        if self.by_systemd and "--cgroup" not in arguments:
            systemd = ("--runc-systemd-cgroup", "--cgroup",
                       "system.slice:%s:%d" % (namespace, self._new_cgroup()))
        return ("ctr", "-n", namespace, "run", "--runc-binary", self.runtime,
                "--runc-root", self.root, *systemd, *arguments)

    def _new_cgroup(self):
        self.latest_cgroup += 1
        return self.latest_cgroup

    def once(self, *command, options=(), image=IMAGE, **more):
        """Runs a container to its end, and returns the Result of ctr run --rm."""
        return self.run(*self.command("--rm", *options, image, self.name(), *command), **more)

    def fails(self, *command, options=(), image=IMAGE):
        """Runs a container that cannot start; returns what ctr said."""
        name = self.name()
        result = self.run(*self.command("--rm", *options, image, name, *command), status=None)
        if result.status == 0:
            raise Failure("it ran: %r" % result.out)
        if name in self("containers", "ls", "-q").out.split():
            raise Failure("the container is still there after %r" % result.err)
        return result.err

    def detached(self, *command, options=(), image=IMAGE):
        """Starts a container, and returns its name; its output goes to output_of()."""
        name = self.name()
        self.run(*self.command("--detach", "--log-uri", "file://" + self.output_of(name),
                               *options, image, name, *command))
        return name

    def sleeping(self, *options):
        return self.detached("sleep", "1000", options=options)

    def output_of(self, name):
        return self.path("output", name)

    def said(self, name, text):
        """Waits until the output of a detached container has a text."""
        return until(lambda: text in read(self.output_of(name)), "%s says %r" % (name, text))

    def tasks(self):
        """Status and pid of each task, by its name."""
        rows = (line.split() for line in self("tasks", "ls").lines[1:])
        return {name: (status, int(pid)) for name, pid, status in rows}

    def status(self, name):
        return self.tasks().get(name, ("none", 0))[0]

    def pid(self, name):
        return self.tasks()[name][1]

    def limit(self, name, file):
        """The value of a limit of a task, by its file of cgroup v1."""
        return limits.value(limits.cgroup(self.pid(name), file.split(".")[0]), file)

    def wait_for(self, name, status):
        until(lambda: self.status(name) == status, "%s is %s" % (name, status))

    def pids(self, name):
        """The processes of a task, as `tasks ps` lists them."""
        return {int(line.split()[0]) for line in self("tasks", "ps", name).lines[1:]}

    def exec(self, name, *command, options=(), **more):
        return self("tasks", "exec", "--exec-id", self.name(), *options, name, *command, **more)

    def exits(self, name):
        """Waits until a task has ended, and returns its exit status."""
        self.wait_for(name, "STOPPED")
        told = self("tasks", "delete", name).err
        match = re.search(r"exit with non-zero exit code (\d+)", told)
        return int(match[1]) if match else 0

    def state(self, name, namespace=NAMESPACE):
        """What the runtime itself says about a container."""
        return json.loads(self.run(self.runtime, "--root", os.path.join(self.root, namespace),
                                   "state", name).out)

    def events(self):
        return self.run.background("ctr", "-n", NAMESPACE, "events")

    # The CRI.

    def api(self):
        """The client of the CRI."""
        self.uses_cri = True
        if not self.cri:
            self.cri = CRI(SOCKET)
            until(self.cri.is_ready, "the CRI is ready")
        return self.cri

    def disconnect(self):
        if self.cri:
            self.cri.close()
        self.cri = None
