"""`podman container checkpoint` and `restore`."""

from support.checks import Checks, Skip, contains, equal, until

CHECKS = Checks()
check = CHECKS.check

# Counts in a file, as long as it is let.
COUNT = ("sh", "-c", "i=0; echo ready; while :; do i=$((i+1)); echo $i >/tmp/count; usleep 10000; done")


@check("checkpoint and restore")
def _(podman):
    counting(podman)
    checkpoint(podman, "--file-locks", "one")
    state = podman.state("one")
    equal((state["Status"], state["Checkpointed"]), ("exited", True))
    podman("container", "restore", "one")
    goes_on(podman, "one")


@check("checkpoint: --leave-running and --export, restore --import under another name")
def _(podman):
    counting(podman, "--network", "none")
    archive = podman.path("checkpoint.tar")
    checkpoint(podman, "--leave-running", "--compress", "none", "--export", archive, "one")
    goes_on(podman, "one")
    podman("container", "restore", "--import", archive, "--name", "other")
    goes_on(podman, "other")


@check("checkpoint: the files, a tmpfs, a volume, the address and the limits stay")
def _(podman):
    counting(podman, "--tmpfs", "/fast", "-v", "named:/v", "--memory", "64m")
    podman("exec", "one", "sh", "-c", "echo root >/root/file; echo fast >/fast/file; echo volume >/v/file")
    address = podman("exec", "one", "ip", "-4", "addr", "show", "eth0").word.split("inet ")[1].split()[0]
    checkpoint(podman, "one")
    podman("container", "restore", "one")
    goes_on(podman, "one")
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
    checkpoint(podman, "one")
    podman("container", "restore", "one")
    podman("stop", "one")
    equal(podman.state("one")["ExitCode"], 7)


def counting(podman, *options):
    """Starts a container that counts, and returns when it does."""
    require_criu(podman)
    podman.detached(*options, command=COUNT)
    podman.ready("one")


def checkpoint(podman, *arguments):
    result = podman("container", "checkpoint", *arguments, status=None)
    if "runtime does not support checkpoint" in result.err:
        raise Skip("podman: %s" % result.err.strip())
    equal(result.status, 0, result.err.strip())


def goes_on(podman, name):
    """The container runs, and its program counts."""
    equal(podman.state(name)["Status"], "running")

    def count():
        return podman("exec", name, "cat", "/tmp/count").word
    before = count()
    until(lambda: count() not in (before, ""), "the program goes on")


def require_criu(podman):
    """Skips if CRIU cannot dump even a plain process here."""
    if podman.run("sh", "-c", "command -v criu", status=None).status:
        raise Skip("criu is not installed")
    directory = podman.directory("criu")
    result = podman.run(
        "sh", "-c", "setsid sleep 1000 </dev/null >/dev/null 2>&1 & pid=$!; "
        "until [ \"$(cat /proc/$pid/comm)\" = sleep ]; do :; done; "
        "criu dump -t $pid -D $0 -o log && criu restore -D $0 -o restore-log -d; "
        "status=$?; kill -9 $pid; exit $status", directory, status=None)
    if result.status:
        errors = podman.run("sh", "-c", "grep -h Error %s/*log | head -n 1" % directory, status=None)
        raise Skip("CRIU cannot dump a plain process: %s" % (errors.word or result.err.strip()))
