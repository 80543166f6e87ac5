"""Runs this program's checks for one runtime, in namespaces of their own or on the machine itself.

The runner (outside) starts itself again (inside) and gets an Outcome a check over a pipe.
"""

import json
import os
import signal
import subprocess
import sys

from support.cgroups import PREFIX, ROOT, UNIFIED, Cgroups, allow_all
from support.checks import Outcome

SETTINGS = "OCI_CLIENTS_SANDBOX"
APPARMOR = "/sys/kernel/security/apparmor"
# Where a user's own systemd is found.
SESSION = ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")
ENDS_WITH_US = ["setpriv", "--pdeathsig", "KILL"]
# On the machine itself, it has to clean up before.
IS_TOLD_OUR_END = ["setpriv", "--pdeathsig", "TERM"]
# In v2 a process is in a leaf, and its namespace's root is above that.
IN_LEAF = ["unshare", "--cgroup", "sh", "-c",
           'mkdir "$0" && echo 0 >"$0/cgroup.procs" && exec "$@"']
# The shell stays as process 1, to reap orphans.
NAMESPACES = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork",
              "--kill-child=KILL", "--mount-proc", "--net", "--ipc", "--uts",
              "sh", "-c", '"$@"; exit $?', "sh"]


def run(script, work, settings, report):
    """Starts the sandbox, calls report(outcome) for each check; returns what it left behind.

    work: an empty directory. settings: what settings() tells inside; "machine" asks for the machine
    itself, without namespaces.
    """
    inside = os.path.join(work, "inside")
    os.mkdir(inside)
    if settings["machine"]:
        settings = dict(settings, work=inside)
        return _start(IS_TOLD_OUR_END + [sys.executable, script], settings, report)
    outside = os.path.join(work, "outside")
    os.mkdir(outside)
    null = _null_device()
    cgroups = Cgroups(outside, "%s%d-%s" % (PREFIX, os.getpid(), settings["label"]))
    settings = dict(settings, work=inside, cgroups=cgroups.own())
    try:
        problems = _start(ENDS_WITH_US + _namespaces(cgroups) + [sys.executable, script], settings,
                          report, cgroups.join)
    finally:
        stayed = cgroups.remove()
    problems += ["cgroup %s" % path for path in stayed]
    problems += _restore_null_device(null)
    return problems


def _namespaces(cgroups):
    """The words before a command that is to run in namespaces of its own."""
    if UNIFIED:
        return IN_LEAF + [os.path.join(cgroups.own()[""], "checks")] + NAMESPACES
    return ["unshare", "--cgroup"] + NAMESPACES


def _start(command, settings, report, join=None):
    reader, writer = os.pipe()
    process = None
    settings = dict(settings, results=writer)
    try:
        process = subprocess.Popen(
            command, env=dict(os.environ, **{SETTINGS: json.dumps(settings)}), pass_fds=[writer],
            stdin=subprocess.DEVNULL, preexec_fn=join, start_new_session=True)
        os.close(writer)
        with open(reader, encoding="utf-8") as results:
            for line in results:
                report(Outcome(*json.loads(line)))
        process.wait()
        return ["the sandbox ended with status %d" % process.returncode] if process.returncode else []
    finally:
        if process:
            # Process 1 of the namespace dies with it, and all others with that.
            process.send_signal(signal.SIGTERM if settings["machine"] else signal.SIGKILL)
            process.wait()


def settings():
    """What run() was told, inside the sandbox; None outside."""
    text = os.environ.pop(SETTINGS, None)
    return json.loads(text) if text else None


def prepare(given):
    """Makes what the programs in the sandbox need. Called inside, before anything else."""
    if not given["machine"]:
        _make_mounts(given)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    temporary = os.path.join(given["work"], "tmp")
    os.makedirs(temporary)
    os.chmod(temporary, 0o1777)


def _make_mounts(given):
    work = given["work"]
    _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", work)
    _mount_own_null_device(work)
    inherited = _mounts_of_cgroups()
    stage = None if UNIFIED else _stage_cgroups(os.path.join(work, "cgroup"), given["cgroups"])
    has_apparmor = os.path.exists(APPARMOR)
    # The hierarchies are in the list of mounts once, with our cgroups as their roots.
    _unmount("/sys", *inherited)
    # That of our network namespace.
    _mount("-t", "sysfs", "sysfs", "/sys")
    if has_apparmor:
        _mount("-t", "securityfs", "securityfs", os.path.dirname(APPARMOR))
    if UNIFIED:
        _mount("-t", "cgroup2", "cgroup2", ROOT)
        allow_all(ROOT)
    else:
        _mount("--move", stage, ROOT)
        os.rmdir(stage)
    _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    _mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", "/dev/shm")
    os.makedirs("/run/lock")
    # As systemd has it; what is mounted from here on stays in this namespace all the same.
    _mount("--make-rshared", "/")


def _stage_cgroups(stage, own):
    """A directory in which our cgroup in each hierarchy is mounted."""
    os.mkdir(stage)
    _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", stage)
    for name, path in own.items():
        os.mkdir(os.path.join(stage, name))
        _mount("--bind", path, os.path.join(stage, name))
    return stage


def environment(work):
    """The variables for programs in the sandbox. $CRIU can name a criu to be used for the installed one."""
    home = os.path.join(work, "home")
    programs = os.path.join(work, "bin")
    os.makedirs(home, exist_ok=True)
    os.makedirs(programs, exist_ok=True)
    if os.environ.get("CRIU"):
        os.symlink(os.path.abspath(os.environ["CRIU"]), os.path.join(programs, "criu"))
    session = {name: os.environ[name] for name in SESSION if name in os.environ}
    return dict(session, **{
        "PATH": programs + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": home, "TMPDIR": os.path.join(work, "tmp"), "LANG": "C.UTF-8", "TERM": "xterm",
    })


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
