"""What the client under a runtime has to tell."""

import os


class Client:
    # Programs that have to be there.
    needs = ()
    # Whether it can be run on the machine itself, too: as root beside its systemd, and by a user.
    knows_machine = False
    # The names of a few checks, or texts in them, that see something of everything.
    core = []
    # Where it is run: set before start().
    on_machine = False
    cgroup_manager = "cgroupfs"

    def __init__(self, runtime, label, work, run):
        self.runtime = runtime
        self.label = label
        self.work = work
        self.run = run

    def path(self, *names):
        """A path in the work directory; the directory it is in is made."""
        path = os.path.join(self.work, *names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def directory(self, *names):
        """A directory in the work directory, made if it is not there."""
        path = os.path.join(self.work, *names)
        os.makedirs(path, exist_ok=True)
        return path

    def write(self, name, text, mode=0o644):
        """Writes a file in the work directory, and returns its path."""
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def start(self):
        """Prepares configuration, daemons, images."""

    def clean_up(self):
        """Removes what a check made. Called after each one."""

    def stop(self):
        """Ends what start() began."""

    # What may be there after stop().

    def keeps_mount(self, point):
        return False

    def keeps_process(self, command):
        return False

    def keeps_cgroup(self, path):
        """path: below the sandbox's root, /libpod_parent for example."""
        return False

    def keeps_interface(self, name):
        return False

    def keeps_unit(self, name):
        """name: of systemd's, on the machine itself."""
        return False
