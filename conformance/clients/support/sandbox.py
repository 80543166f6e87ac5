"""Runs this program's checks for one runtime in namespaces of their own.

The runner (outside) starts itself again (inside) and gets an Outcome a check over a pipe.
"""

import json
import os
import subprocess
import sys

from support.cgroups import PREFIX, Cgroups
from support.checks import Outcome

SETTINGS = "OCI_CLIENTS_SANDBOX"
# The shell stays as process 1, to reap orphans.
STAY = '"$@"; exit $?'


def run(script, work, settings, report):
    """Starts the sandbox, calls report(outcome) for each check; returns what it left behind.

    work: an empty directory, on which the sandbox mounts a tmpfs.
    """
    outside = os.path.join(work, "outside")
    inside = os.path.join(work, "inside")
    os.mkdir(outside)
    os.mkdir(inside)
    null = _null_device()
    cgroups = Cgroups(outside, "%s%d-%s" % (PREFIX, os.getpid(), settings["label"]))
    reader, writer = os.pipe()
    settings = dict(settings, work=inside, cgroups=cgroups.own(), results=writer)
    command = ["setpriv", "--pdeathsig", "KILL",
               "unshare", "--mount", "--propagation", "private", "--pid", "--fork",
               "--kill-child=KILL", "--mount-proc", "--net", "--ipc", "--uts", "--cgroup",
               "sh", "-c", STAY, "sh", sys.executable, script]
    process = None
    try:
        process = subprocess.Popen(
            command, env=dict(os.environ, **{SETTINGS: json.dumps(settings)}), pass_fds=[writer],
            stdin=subprocess.DEVNULL, preexec_fn=cgroups.join, start_new_session=True)
        os.close(writer)
        with open(reader, encoding="utf-8") as results:
            for line in results:
                report(Outcome(*json.loads(line)))
        process.wait()
        problems = []
        if process.returncode:
            problems.append("the sandbox ended with status %d" % process.returncode)
    finally:
        if process:
            # Process 1 of the namespace dies with it, and all others with that.
            process.kill()
            process.wait()
        stayed = cgroups.remove()
    problems += ["cgroup %s" % path for path in stayed]
    problems += _restore_null_device(null)
    return problems


def settings():
    """What run() was told, inside the sandbox; None outside."""
    text = os.environ.pop(SETTINGS, None)
    return json.loads(text) if text else None


def prepare(given):
    """Makes the sandbox's own mounts. Called inside, before anything else."""
    work = given["work"]
    _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", work)
    _mount_own_null_device(work)
    inherited = _mounts_of_cgroups()
    stage = os.path.join(work, "cgroup")
    os.mkdir(stage)
    _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", stage)
    for name, path in given["cgroups"].items():
        os.mkdir(os.path.join(stage, name))
        _mount("--bind", path, os.path.join(stage, name))
    # The hierarchies are in the list of mounts once, with our cgroups as their roots.
    _unmount("/sys", *inherited)
    # That of our network namespace.
    _mount("-t", "sysfs", "sysfs", "/sys")
    _mount("--move", stage, "/sys/fs/cgroup")
    os.rmdir(stage)
    _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    _mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", "/dev/shm")
    os.makedirs("/run/lock")
    os.makedirs(os.path.join(work, "tmp"), mode=0o1777)
    # As systemd has it; what is mounted from here on stays in this namespace all the same.
    _mount("--make-rshared", "/")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def environment(work):
    """The variables for programs in the sandbox. $CRIU can name a criu to be used for the installed one."""
    home = os.path.join(work, "home")
    programs = os.path.join(work, "bin")
    os.makedirs(home, exist_ok=True)
    os.makedirs(programs, exist_ok=True)
    if os.environ.get("CRIU"):
        os.symlink(os.path.abspath(os.environ["CRIU"]), os.path.join(programs, "criu"))
    return {
        "PATH": programs + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": home, "TMPDIR": os.path.join(work, "tmp"), "LANG": "C.UTF-8", "TERM": "xterm",
    }


def _mount_own_null_device(work):
    """One runtime gives the host's /dev/null to the container's user."""
    path = os.path.join(work, "null")
    os.mknod(path, 0o666 | 0o020000, os.makedev(1, 3))
    os.chmod(path, 0o666)
    _mount("--bind", path, "/dev/null")


def _null_device():
    status = os.stat("/dev/null")
    return status.st_uid, status.st_gid, status.st_mode, status.st_rdev


def _restore_null_device(before):
    if _null_device() == before:
        return []
    os.chown("/dev/null", *before[:2])
    os.chmod("/dev/null", before[2] & 0o7777)
    return ["/dev/null had another owner or mode (put back)"]


def _mounts_of_cgroups():
    """Those outside /sys: ours of controllers that the machine lacks, and whatever others do there."""
    with open("/proc/self/mounts", encoding="utf-8") as table:
        mounts = [line.split(" ")[1:3] for line in table]
    return [point for point, kind in mounts
            if kind in ("cgroup", "cgroup2") and not point.startswith("/sys/")]


def _unmount(*points):
    subprocess.run(["umount", "--recursive", "--lazy", *points], check=True)


def _mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)
