"""buildah with a storage and an image of its own."""

import json
import re

from support.storage import StorageClient

CONFIGURATION = """
[containers]
default_ulimits = ["nofile=1024:1024"]
"""

# busybox, with a few users.
IMAGE = "localhost/busybox"


class Buildah(StorageClient):
    core = ["run: output", "run: --network none", "from: --memory", "build: RUN, in",
            "error: a program that is not"]
    needs = ("buildah", "/usr/lib/podman/netavark", "busybox")

    def start(self):
        self.configure(CONFIGURATION)
        self.run.environment["BUILDAH_ISOLATION"] = "oci"
        self("from", "--name", "base", "scratch")
        self("add", "--quiet", "base", self.rootfs, "/")
        self("config", "--cmd", "sh", "--env", "FROM_IMAGE=yes",
             "--env", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "base")
        self("commit", "--quiet", "--rm", "base", IMAGE)

    def __call__(self, command, *arguments, **options):
        """Runs buildah: see Commands."""
        return self.run("buildah", command, *self._runtime(command), *arguments, **options)

    def _runtime(self, command):
        return ("--runtime", self.runtime) if command in ("run", "build") else ()

    def clean_up(self):
        self("rm", "--all")

    def stop(self):
        self.clean_up()

    def keeps_cgroup(self, path):
        # The parent that a check named.
        return re.fullmatch("/parent", path)

    # What checks ask often.

    def container(self, *options):
        """A working container of the image; returns its name."""
        return self("from", "--pull-never", *options, IMAGE).word

    def shell(self, script, *options, container=None, **more):
        """`buildah run` of a script, in a new container if none is given."""
        return self("run", *options, container or self.container(), "--", "sh", "-c", script, **more)

    def build(self, text, *options, tag="localhost/built", directory=None, **more):
        """`buildah build` of a Containerfile; returns the Result."""
        directory = directory or self.directory("context")
        file = self.write("Containerfile", text)
        return self("build", "--file", file, "--tag", tag, "--pull-never", *options, directory, **more)

    def in_image(self, script, image="localhost/built"):
        """What a script says in a container of a built image, which is removed then."""
        name = self("from", "--pull-never", image).word
        try:
            return self("run", name, "--", "sh", "-c", script)
        finally:
            self("rm", name)
            self("rmi", "--force", image)

    def inspect(self, name, kind="container"):
        return json.loads(self("inspect", "--type", kind, name).out)
