"""What is measured: OCI runtimes by their command line, and the floor, which has its own."""

import copy
import json
import os
import shutil
import subprocess
import tempfile

TRUE = ["/bin/true"]
SLEEP = ["/bin/sleep", "86400"]
CALL_SECONDS = 60


class Failure(Exception):
    """A program did not do what the measurement needs."""


class Runtime:
    """A container runtime: its program, its own state directory, its own cgroups, its bundles."""

    is_floor = False

    def __init__(self, program, label, place):
        self.program = program
        self.label = label
        self.place = place
        self._settle(label)

    def _settle(self, name):
        self.root = os.path.join(self.place.directory, "state-" + name)
        self.bundles = os.path.join(self.place.directory, "bundles-" + name)
        self.parent = self.place.cgroups.make_parent(name)

    def sibling(self, name):
        """The same program with no container yet. End it with `remove`."""
        other = copy.copy(self)
        other._settle("%s-%s" % (self.label, name))
        return other

    def remove(self):
        """Ends all containers and forgets them, faster than the runtime's own `delete` of each would."""
        self.place.cgroups.remove_below(self.parent.lstrip("/"))
        self.place.unmount_below(self.root)
        for directory in (self.root, self.bundles):
            shutil.rmtree(directory, ignore_errors=True)

    def version(self):
        outcome = subprocess.run([self.program, "--version"], stdout=subprocess.PIPE, text=True, check=False)
        return outcome.stdout.splitlines()

    def bundle(self, kind, name, arguments, change=None):
        """A bundle's directory, made for one container: it names the container's cgroup."""
        directory = os.path.join(self.bundles, name)
        os.makedirs(directory, exist_ok=True)
        config = self.place.config(kind)
        config["process"]["args"] = arguments
        config["linux"]["cgroupsPath"] = "%s/%s" % (self.parent, name)
        if change:
            change(config)
        with open(os.path.join(directory, "config.json"), "w", encoding="utf-8") as file:
            json.dump(config, file)
        return directory

    def command(self, *words):
        return [self.program, "--root", self.root, *words]

    def run(self, kind, name):
        """Steps of a sample: a list of commands, None where the container's end is waited for."""
        return [self.command("run", "--bundle", self.bundle(kind, name, TRUE), name)]

    def create_start_delete(self, kind, name):
        return [self.command("create", "--bundle", self.bundle(kind, name, TRUE), name),
                self.command("start", name), None, self.command("delete", name)]

    def detach(self, kind, name):
        """The command that starts a container which stays."""
        return self.command("run", "--detach", "--bundle", self.bundle(kind, name, SLEEP), name)

    def detach_many(self, _):
        """The same for a container c%, whose bundle is there; a number takes the place of `%`."""
        return self.command("run", "--detach", "--bundle", os.path.join(self.bundles, "c%"), "c%")

    def start_sleeping(self, kind, name):
        call(self.detach(kind, name))

    def exec(self, _, name):
        return [self.command("exec", name, *TRUE)]

    def state(self, name):
        return [self.command("state", name)]

    def list(self):
        return [self.command("list")]

    def program_start(self):
        return [[self.program, "--version"]]

    def remove_container(self, name):
        subprocess.run(self.command("delete", "--force", name), stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=CALL_SECONDS, check=False)

    def remove_all(self):
        for name in os.listdir(self.root) if os.path.isdir(self.root) else []:
            self.remove_container(name)


class Floor(Runtime):
    """The floor program: the kernel's share. It knows no state and no list."""

    is_floor = True

    def __init__(self, programs, place):
        super().__init__(next(iter(programs.values())), "floor", place)
        self.programs = programs
        self.pids = {}

    def version(self):
        return []

    def cgroup(self, name):
        return "%s/%s" % (self.parent.lstrip("/"), name)

    def run(self, kind, name):
        return [[self.programs[kind], "run", self.place.directory, self.cgroup(name), *TRUE]]

    def create_start_delete(self, kind, name):
        fifo = os.path.join(self.place.directory, "fifo-" + name)
        program = self.programs[kind]
        return [[program, "create", self.place.directory, self.cgroup(name), fifo, *TRUE],
                [program, "start", fifo], None, [program, "delete", self.cgroup(name), fifo]]

    def detach(self, kind, name):
        return [self.programs[kind], "detach", self.place.directory, self.cgroup(name), *SLEEP]

    def detach_many(self, kind):
        return self.detach(kind, "c%")

    def start_sleeping(self, kind, name):
        self.pids[name] = call(self.detach(kind, name)).strip()

    def exec(self, kind, name):
        return [[self.programs[kind], "exec", self.pids[name], self.cgroup(name), *TRUE]]

    def program_start(self):
        return [[self.program, "empty"]]

    def remove_container(self, name):
        self.place.cgroups.remove_below(self.cgroup(name))

    def remove_all(self):
        self.pids.clear()


def call(command):
    """Runs a command that has to succeed; its output. A file takes it: a container would keep a pipe open."""
    with tempfile.TemporaryFile(mode="w+") as output:
        outcome = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                 timeout=CALL_SECONDS, check=False)
        output.seek(0)
        text = output.read()
    if outcome.returncode != 0:
        raise Failure("%s: status %d: %s" % (" ".join(command), outcome.returncode, text.strip()))
    return text


def find(names, place):
    """Runtimes by name or path; those that do not exist are left out, with a word."""
    found = []
    for name in names:
        program = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin:/sbin:/bin")
        if program is None:
            place.say("no such program: %s" % name)
            continue
        label = os.path.basename(program)
        while label in [r.label for r in found] + ["floor"]:
            label += "-2"
        found.append(Runtime(os.path.abspath(program), label, place))
    return found
