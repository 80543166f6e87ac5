"""podman with a configuration, a storage and images of its own."""

import glob
import json
import os
import re
import resource

from support import limits
from support.checks import Failure, until
from support.storage import StorageClient

CONFIGURATION = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc={processes}:{processes}"]
pids_limit = 512

[engine]
cgroup_manager = "{manager}"
events_logger = "file"
lock_type = "file"
tmp_dir = "{run}/libpod"
runtime = "{label}"
runtime_supports_json = ["{label}"]

[engine.runtimes]
"{label}" = ["{runtime}"]
"""

# Checks that take an image take this one: busybox, with a few users.
IMAGE = "localhost/busybox"

# Subordinate ids, by the name under which podman looks for root's.
IDS = "containers:1000000:100000\n"

# Options for a container that runs the host's perl.
HOST_PROGRAMS = ("-v", "/usr:/usr:ro", "-v", "/usr/lib:/lib:ro", "-v", "/usr/lib64:/lib64:ro")


class Podman(StorageClient):
    knows_machine = True
    core = [
        "run: exit status", "run: -it is a terminal", "stop: SIGTERM", "exec: output and exit status",
        "limit: --memory, seen", "update: --memory", "userns: --uidmap", "pod: create, run",
        "pod: pause and unpause", "scope: active", "scope: has",
        "effect: too much memory", "effect: --cpus", "effect: a device", "apparmor: podman's",
        "user: --userns=keep-id, with", "user: root inside", "user: --network pasta", "user: limits"]
    is_root = os.geteuid() == 0
    needs = ("podman", "conmon", "/usr/lib/podman/netavark", "busybox")

    def start(self):
        if not self.on_machine:
            # The mounts are the sandbox's own.
            self.run("mount", "--bind", self.write("ids", IDS), "/etc/subuid")
            self.run("mount", "--bind", self.path("ids"), "/etc/subgid")
        self.configure(CONFIGURATION.format(
            label=self.label, runtime=self.runtime, manager=self.cgroup_manager, run=self.run_directory,
            processes=resource.getrlimit(resource.RLIMIT_NPROC)[1]))
        archive = self.path("busybox.tar")
        self.run("tar", "-C", self.rootfs, "-cf", archive, ".")
        self("import", "--change", 'CMD ["sh"]', "--change", "ENV FROM_IMAGE=yes",
             "--change", "ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin",
             archive, IMAGE)
        os.remove(archive)

    def __call__(self, *arguments, **options):
        """Runs podman: see Commands."""
        return self.run("podman", *arguments, **options)

    def clean_up(self):
        # Most checks leave nothing, and to ask podman would take longer than they do.
        containers = self._stored_containers()
        if "podman-pause" in containers:
            self._remove_all("pod", "rm")
        if self._stored_containers() != "[]":
            self._remove_all("rm")
        for kind, kept in (("volume", "storage/volumes/*/_data"), ("network", "networks/*.json")):
            if glob.glob(os.path.join(self.work, kept)):
                self(kind, "prune", "--force")

    def _remove_all(self, *command):
        # Some runtimes fail if a container ends at the same moment.
        until(lambda: self(*command, "--all", "--force", "--time", "0", status=None).status == 0,
              "podman %s --all works" % " ".join(command))

    def _stored_containers(self):
        try:
            with open(self.path("storage/overlay-containers/containers.json"), encoding="utf-8") as file:
                return file.read().strip()
        except FileNotFoundError:
            return "[]"

    def stop(self):
        self._remove_all("pod", "rm")
        self.clean_up()
        left = self("ps", "--all", "--quiet").word
        if left:
            raise Failure("containers are left: %s" % left)
        if not self.on_machine:
            self.run("umount", "/etc/subuid", "/etc/subgid")
        if not self.is_root:
            # What belongs to subordinate ids; and the process that keeps the user namespace.
            self("unshare", "sh", "-c", 'rm -rf "$0"/*/*', self.path("storage"))
            self("system", "migrate")

    def keeps_cgroup(self, path):
        # Podman forgets those of pods in hierarchies without a controller.
        return re.fullmatch("/libpod_parent(/conmon|/[0-9a-f]{64})?|(.*/)?(machine|user).slice", path)

    def keeps_unit(self, name):
        return name in ("machine.slice", "user.slice")

    # What checks ask often.

    def once(self, *arguments, **options):
        """`podman run --rm` to its end; the image and command are among the arguments."""
        return self("run", "--rm", *arguments, **options)

    def shell(self, script, *options, **more):
        """A script in a new container with these options."""
        return self.once(*options, IMAGE, "sh", "-c", script, **more)

    def detached(self, *options, command=("sleep", "1000"), name="one"):
        """A container that goes on running; returns its name."""
        self("run", "--detach", "--name", name, *options, IMAGE, *command)
        return name

    def ready(self, name, text="ready"):
        """Waits until a container has written a line."""
        until(lambda: text in self("logs", name).lines, "%s says %s" % (name, text))

    def inspect(self, name, kind="container"):
        return json.loads(self(kind, "inspect", name).out)[0]

    def state(self, name):
        return self.inspect(name)["State"]

    def wait_for(self, name, status):
        until(lambda: self.state(name)["Status"] == status, "%s is %s" % (name, status))

    def pid(self, name):
        return self.state(name)["Pid"]

    def cgroup(self, name, controller):
        """The directory of a running container's cgroup."""
        return limits.cgroup(self.pid(name), controller)

    def limit(self, name, controller, file):
        """What the kernel says of a container's limit, by its file of cgroup v1."""
        return limits.value(self.cgroup(name, controller), file)
