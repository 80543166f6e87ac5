"""Tools for people: the same words to both, each with a store of its own."""

import contextlib
import glob
import json
import os
import resource
import shutil
import subprocess


class Tool:
    def __init__(self, label, program, source):
        self.label = label
        self.program = program
        self.directory = os.path.join(source.directory, label)
        self.source = source

    def version(self):
        lines = subprocess.run([self.program, "--version"], check=True, capture_output=True, text=True).stdout
        return lines.splitlines()[0]


class Swbox(Tool):
    def __init__(self, program, source):
        super().__init__("swbox", program, source)
        self.base = [program, "--root", self.directory]

    def pull(self, name):
        return [*self.base, "pull", "--quiet", "--tls-verify=false", "--insecure-policy", name]

    def load(self, archive):
        return [*self.base, "load", "--input", archive]

    def run(self, name):
        return [*self.base, "run", "--rm", "--pull", "never", "--network", "none", name, "--", "/bin/true"]

    def clear(self):
        """Makes the store empty."""
        if os.path.isdir(self.directory):
            subprocess.run([*self.base, "gc"], check=True, stdout=subprocess.DEVNULL)
        shutil.rmtree(self.directory, ignore_errors=True)


class Podman(Tool):
    def __init__(self, source):
        super().__init__("podman", shutil.which("podman") or "podman", source)
        # Not every root may raise limits to podman's own, and podman lowers itself to 32768 processes.
        limits = ["%s=%d:%d" % (name, most, most) for name, most in (
            ("nofile", resource.getrlimit(resource.RLIMIT_NOFILE)[1]), ("nproc", 1 << 12))]
        settings = os.path.join(source.directory, "containers.conf")
        with open(settings, "w", encoding="utf-8") as file:
            file.write("[containers]\ndefault_ulimits = %s\n" % json.dumps(limits))
        os.environ["CONTAINERS_CONF"] = settings
        # Not every machine that builds has systemd.
        self.base = [self.program, "--root", self.directory, "--runroot", self.directory + "-run",
                     "--cgroup-manager", "cgroupfs", "--events-backend", "file", "--storage-driver", "overlay"]

    def pull(self, name):
        return [*self.base, "pull", "--quiet", "--tls-verify=false", name]

    def load(self, archive):
        return [*self.base, "load", "--quiet", "--input", archive]

    def run(self, name):
        return [*self.base, "run", "--rm", "--pull", "never", "--network", "none", name, "/bin/true"]

    def clear(self):
        """Makes the store empty."""
        if not os.path.isdir(self.directory):
            return
        # Without this its mounts and locks would stay.
        subprocess.run([*self.base, "system", "reset", "--force"], check=False, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        for directory in (self.directory, self.directory + "-run"):
            shutil.rmtree(directory, ignore_errors=True)
        # Above the cgroups of its containers; not removed if somebody else's are there.
        for parent in glob.glob("/sys/fs/cgroup/*/libpod_parent"):
            for directory, _, _ in os.walk(parent, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(directory)
