"""What podman and buildah have in common: their storage and their networks."""

import os

from support import images
from support.client import Client
from support.host import read

NETWORK = """
[network]
network_backend = "netavark"
network_config_dir = "{work}/networks"
"""

STORAGE = """
[storage]
driver = "{driver}"
graphroot = "{work}/storage"
rootless_storage_path = "{work}/storage"
runroot = "{run}/containers/storage"

[storage.options]
root-auto-userns-user = "{ids_of}"
"""


def _owner_of_ids():
    """A user who has subordinate ids, for --userns=auto."""
    return read("/etc/subuid").partition(":")[0] or "containers"


class StorageClient(Client):
    @property
    def run_directory(self):
        """Where files are that end with the run."""
        return self.directory("run") if self.on_machine else "/run"

    def configure(self, text):
        """Has programs take this for containers.conf, and keep all in the work directory.

        text: without the network; self.rootfs is a root filesystem to make an image of.
        """
        for name in ("storage", "networks"):
            self.directory(name)
        driver = os.environ.get("STORAGE_DRIVER", "overlay")
        self.run.environment.update(
            CONTAINERS_CONF=self.write("containers.conf", text + NETWORK.format(work=self.work)),
            CONTAINERS_STORAGE_CONF=self.write("storage.conf", STORAGE.format(
                driver=driver, work=self.work, run=self.run_directory, ids_of=_owner_of_ids())))
        self.rootfs = self.path("rootfs")
        images.busybox(self.rootfs)

    def keeps_mount(self, point):
        # Mount points are made of the overlay driver's directory, and of that for networks.
        return point in (os.path.join(self.work, "storage", "overlay"), "/run/netns")
