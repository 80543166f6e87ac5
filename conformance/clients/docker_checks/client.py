"""A dockerd of our own, and its client."""

import itertools
import json
import os
import shutil
import signal

import archives
from support import images, limits
from support.checks import equal, until
from support.client import Client

IMAGE = "busybox:latest"
# Debian's, which is as old as its dockerd, where there are others.
PROGRAM = "/usr/bin/docker"


class Docker(Client):
    core = ["run: exit status", "limits: --memory, ", "exec: exit status", "lifecycle: pause"]
    needs = (PROGRAM, "dockerd", "containerd", "containerd-shim-runc-v2", "busybox", "ip",
             "iptables")

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.numbers = itertools.count(1)
        self.daemon = None
        self.settings = {
            "data-root": os.path.join(self.work, "docker"), "exec-root": "/run/docker",
            "pidfile": "/run/docker.pid", "hosts": ["unix:///run/docker.sock"],
            "runtimes": {"checked": {"path": self.runtime}}, "default-runtime": "checked",
            "live-restore": True,
            # For checkpoints.
            "experimental": True,
        }

    # The daemon.

    def start(self):
        # BuildKit does not know of default-runtime: it takes the runc that is on dockerd's PATH.
        self.programs = self.path("bin", "")
        os.symlink(self.runtime, os.path.join(self.programs, "runc"))
        self.start_daemon()
        archive = self.path("image.tar")
        rootfs = self.path("rootfs")
        images.busybox(rootfs)
        archives.write_archive(archive, rootfs, IMAGE)
        self("load", "--input", archive)

    def start_daemon(self, **settings):
        file = self.write("daemon.json", json.dumps({**self.settings, **settings}))
        self.daemon = self.run.daemon(
            "dockerd", "--config-file", file,
            output=os.path.join(self.run.log.directory, "dockerd.log"),
            env={"PATH": "%s:%s" % (self.programs.rstrip("/"), self.run.environment["PATH"])})
        self.daemon.wait_until_ready(lambda: self("version", status=None).status == 0)

    def restart_daemon(self, number=signal.SIGKILL, between=lambda: None, **settings):
        """Ends dockerd with a signal, and starts it again, with something done between."""
        self.daemon.stop(number)
        between()
        self.start_daemon(**settings)

    def stop(self):
        self.clean_up()
        self.daemon.stop()
        shutil.rmtree(self.settings["data-root"], ignore_errors=True)

    def clean_up(self):
        names = self("ps", "--all", "--quiet", "--no-trunc").out.split()
        if names:
            self("rm", "--force", "--volumes", *names, status=None)
            equal(self("ps", "--all", "--quiet").out, "", "containers that could not be removed")

    def keeps_cgroup(self, path):
        # Parents, which docker never asks anybody to remove.
        return path in ("/docker", "/docker/buildkit", "/parent")

    def keeps_interface(self, name):
        return name == "docker0"

    def keeps_mount(self, point):
        # dockerd's own, for the network namespace of the host.
        return point in ("/run/docker/netns/default", "/run/docker/netns")

    # The client.

    def __call__(self, *arguments, **options):
        return self.run(PROGRAM, *arguments, **options)

    def name(self):
        return "c%d" % next(self.numbers)

    def once(self, *command, options=(), image=IMAGE, **more):
        """Runs a container to its end, and returns the Result."""
        return self("run", "--rm", *options, image, *command, **more)

    def detached(self, *command, options=(), image=IMAGE):
        """Starts a container, and returns its name."""
        name = self.name()
        self("run", "--detach", "--name", name, *options, image, *command)
        return name

    def sleeping(self, *options):
        # One that ends by SIGTERM, so that stop is quick.
        return self.detached("sh", "-c", "trap exit TERM; while :; do sleep 1000 & wait; done",
                             options=options)

    def inspect(self, name, *keys):
        """What inspect tells, or the part of it that the keys lead to."""
        value = json.loads(self("inspect", name).out)[0]
        for key in keys:
            value = value[key]
        return value

    def state(self, name):
        return self.inspect(name, "State")

    def status(self, name):
        return self.inspect(name, "State", "Status")

    def id(self, name):
        return self.inspect(name, "Id")

    def pid(self, name):
        return self.inspect(name, "State", "Pid")

    def exits(self, name):
        """Waits for its end, and returns the exit status."""
        return int(self("wait", name).word)

    def exec(self, name, *command, options=(), **more):
        return self("exec", *options, name, *command, **more)

    def said(self, name, text):
        """Waits until the log of a container has a text."""
        def has():
            result = self("logs", name)
            return text in result.out + result.err
        until(has, "%s says %r" % (name, text))

    def limit(self, name, file):
        """The value of a limit, by its file of cgroup v1."""
        return limits.value(limits.cgroup(self.pid(name), file.split(".")[0]), file)
