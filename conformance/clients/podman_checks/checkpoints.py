"""`podman container checkpoint` and `restore`."""

from support.checks import Checks, contains, equal
from support.criu import require_criu
from support.programs import COUNT, counts, counts_on

CHECKS = Checks(needs=("root",))
check = CHECKS.check


@check("checkpoint and restore")
def _(podman):
    before = counting(podman)
    podman("container", "checkpoint", "--file-locks", "one")
    state = podman.state("one")
    equal((state["Status"], state["Checkpointed"]), ("exited", True))
    podman("container", "restore", "one")
    goes_on(podman, "one", before)


@check("checkpoint: --leave-running and --export, restore --import under another name")
def _(podman):
    before = counting(podman, "--network", "none")
    archive = podman.path("checkpoint.tar")
    podman("container", "checkpoint", "--leave-running", "--compress", "none", "--export", archive, "one")
    goes_on(podman, "one", before)
    podman("container", "restore", "--import", archive, "--name", "other")
    goes_on(podman, "other", before)


@check("checkpoint: the files, a tmpfs, a volume, the address and the limits stay")
def _(podman):
    before = counting(podman, "--tmpfs", "/fast", "-v", "named:/v", "--memory", "64m")
    podman("exec", "one", "sh", "-c", "echo root >/root/file; echo fast >/fast/file; echo volume >/v/file")
    address = podman("exec", "one", "ip", "-4", "addr", "show", "eth0").word.split("inet ")[1].split()[0]
    podman("container", "checkpoint", "one")
    podman("container", "restore", "one")
    goes_on(podman, "one", before)
    out = podman("exec", "one", "cat", "/root/file", "/fast/file", "/v/file")
    equal(out.lines, ["root", "fast", "volume"])
    contains(podman("exec", "one", "ip", "-4", "addr", "show", "eth0").out, "inet " + address)
    equal(podman.limit("one", "memory", "memory.limit_in_bytes"), str(64 << 20))


@check("checkpoint: a restored container can be stopped, with its exit status")
def _(podman):
    require_criu(podman)
    podman.detached(command=("sh", "-c", "trap 'echo bye; exit 7' TERM; echo ready; "
                             "while :; do usleep 10000; done"))
    podman.ready("one")
    podman("container", "checkpoint", "one")
    podman("container", "restore", "one")
    podman("stop", "one")
    equal(podman.state("one")["ExitCode"], 7)


def counting(podman, *options):
    """Starts a container that counts; returns how far it has come."""
    require_criu(podman)
    podman.detached(*options, command=("sh", "-c", COUNT))
    return counts(podman.pid("one"))


def goes_on(podman, name, before):
    """The container runs, its program counts on, and another one can be started."""
    equal(podman.state(name)["Status"], "running")
    counts_on(podman.pid(name), before)
    equal(podman("exec", name, "echo", "here").word, "here")
