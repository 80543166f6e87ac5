"""Checks of container runtimes through the programs that call them.

A script beside this package, for one client (podman, buildah, ...), says:

    #!/usr/bin/env python3
    import os, sys
    sys.dont_write_bytecode = True
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from support import run
    from podman_checks import client
    if __name__ == "__main__":
        sys.exit(run.main("podman", client.Podman, client.CHECKS))

run.main reads the options (--runtime, --only, --core, --list, --timeout, --patience, --machine), runs
all checks for each runtime in a sandbox of its own, prints a line a check, totals and, for several
runtimes, a table.

A check is a function of one argument, the client:

    CHECKS = Checks()

    @CHECKS.check("run: exit status of the program")
    def _(podman):
        equal(podman("run", "--rm", "busybox", "sh", "-c", "exit 7", status=None).status, 7)

It passes if it returns. `raise Skip("why")` skips it, any other exception is a failure and its
text the reason; expect, equal, contains and until (checks.py) raise Failure. @CHECKS.check takes
timeout=SECONDS for a slow one, and needs=("root",), ("user",) or ("machine",) for one that can be made
by root alone, by an ordinary user alone, or only on the machine itself, beside its systemd. Several
modules may share one Checks, or one may be made of others: Checks(run.CHECKS, exec.CHECKS).

The client is a class, made inside the sandbox (see client.py for what it has to have):

    class Podman(Client):
        needs = ("podman", "conmon")         # programs; without one nothing can be run
        def start(self): ...                 # configuration, daemons, images
        def clean_up(self): ...              # after each check: containers and such
        def stop(self): ...                  # daemons; what is there afterwards is left behind

`Client` gives self.runtime (absolute path), self.label, self.work (an empty directory on a tmpfs;
path, directory and write make things in it) and self.run (commands.py). self.run("podman", "ps")
returns a Result with status, out, err, and fails the check if the status is not 0; status=None
takes any, status=125 that one. All that is run is written to the check's log,
.cache/logs/CLIENT/RUNTIME/CHECK.log.

images.busybox(directory) makes a root filesystem to build images from. programs.py has programs to
run in containers, and what has to be seen of them; host.py what the host sees of a process; criu.py
whether checkpoints can be made; limits.py what the kernel's cgroup files say, by their names of v1 on
any machine; storage.py what podman and buildah have in common.

commands.py also has Terminal (a program on a pseudo-terminal: expect, send, wait), Background (a
program that goes on running: output, wait, stop) and Daemon (one with a log, a test for readiness,
and a stop by pid).

All waiting is multiplied by --patience: until and the times of commands are by themselves, patient()
does it for any other.

The sandbox (sandbox.py) has mount, pid, network, ipc, uts and cgroup namespaces, an empty /run and
/dev/shm, a TMPDIR and a /dev/null of its own, lo up, / shared as under systemd, and in each cgroup
hierarchy a cgroup of its own that it sees as the root; process 1 reaps orphans. When it ends,
all in it is gone. Before, leftovers.py looks for processes, mounts, cgroups and interfaces that
were not there at the start: each kind counts as a check. A client can excuse what it keeps on
purpose: Client.keeps_mount(point), keeps_process(command), keeps_cgroup(path),
keeps_interface(name), keeps_unit(name).

With --machine, and for an ordinary user, there are no namespaces: the client is run on the machine
itself, in a scope of systemd's that is delegated to it, with storage and configuration of its own
below /var/tmp. Leftovers are looked for as before, and among systemd's units too; what services and
other logins do meanwhile does not count. Client.on_machine and Client.cgroup_manager tell which it is.
"""
