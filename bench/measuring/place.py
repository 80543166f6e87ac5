"""Where a measurement happens: a directory with root filesystem and bundles, cgroups; all goes at its end."""

import copy
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

from measuring import programs
from measuring.cgroups import Cgroups

KINDS = ("spec", "podman")
# Mount points and sources of the podman-like bundle's files.
FILES = {"hosts": "etc/hosts", "hostname": "etc/hostname", "containerenv": "run/.containerenv"}


class Place:
    """Use it in a `with` statement: what was made is removed, also after a failure or a signal."""

    def __init__(self, rootfs):
        self.rootfs = rootfs
        self.name = "swrun-bench-%d" % os.getpid()
        self.runtimes = []

    def __enter__(self):
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _stop)
        self.directory = tempfile.mkdtemp(prefix="swrun-bench-")
        self.cgroups = Cgroups(self.name)
        try:
            # As /run is, where runtimes have their state.
            subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", self.name, self.directory], check=True)
            self._copy_rootfs()
            self.configs = {kind: self._read_config(kind) for kind in KINDS}
            self.configs["light"] = _without_network(self.configs["spec"])
            self.interleave = programs.build_interleave()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        self.cgroups.kill()
        for runtime in self.runtimes:
            runtime.remove_all()
        for directory in self.cgroups.remove():
            self.say("left behind: " + directory)
        self.unmount_below(self.directory)
        shutil.rmtree(self.directory, ignore_errors=True)

    def config(self, kind):
        """A bundle's configuration, to be changed at will."""
        return copy.deepcopy(self.configs[kind])

    @staticmethod
    def unmount_below(directory):
        """Whatever a runtime has mounted among its state."""
        with open("/proc/self/mounts", encoding="utf-8") as table:
            points = [line.split(" ")[1] for line in table]
        for point in reversed(points):
            if point == directory or point.startswith(directory + "/"):
                subprocess.run(["umount", "--lazy", point], check=False)

    @staticmethod
    def say(text):
        print("bench: " + text, file=sys.stderr, flush=True)

    def _copy_rootfs(self):
        copied = os.path.join(self.directory, "rootfs")
        shutil.copytree(self.rootfs, copied, symlinks=True)
        files = os.path.join(self.directory, "files")
        os.makedirs(os.path.join(files, "shm"))
        for name, target in FILES.items():
            for path in (os.path.join(files, name), os.path.join(copied, target)):
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "a", encoding="utf-8"):
                    pass

    def _read_config(self, kind):
        with open(os.path.join(programs.HERE, "bundles", kind + ".json"), encoding="utf-8") as file:
            config = json.load(file)
        config["root"]["path"] = os.path.join(self.directory, "rootfs")
        for mount in config["mounts"]:
            if mount["source"].startswith("files/"):
                mount["source"] = os.path.join(self.directory, mount["source"])
        for limit in config["process"].get("rlimits", []):
            _lower(limit)
        return config

    def floor_config(self, kind):
        """The same with paths below the bundle's directory, as the floor program wants them."""
        config = self.config(kind)
        for mount in config["mounts"]:
            if mount["source"].startswith(self.directory):
                mount["source"] = os.path.relpath(mount["source"], self.directory)
        return config


def _without_network(config):
    """A bundle for containers of which there are many only to be counted."""
    light = copy.deepcopy(config)
    light["linux"]["namespaces"] = [n for n in light["linux"]["namespaces"] if n["type"] != "network"]
    return light


def _lower(limit):
    """Not every root may raise a limit: none is asked for beyond this process's own."""
    _, hard = resource.getrlimit(getattr(resource, limit["type"]))
    if hard != resource.RLIM_INFINITY:
        limit["hard"] = min(limit["hard"], hard)
        limit["soft"] = min(limit["soft"], limit["hard"])


def _stop(number, _):
    sys.exit(128 + number)
