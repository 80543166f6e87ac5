"""The command line of the scripts, and a run over all runtimes."""

import argparse
import contextlib
import glob
import json
import os
import re
import shutil
import signal
import sys
import tempfile

from support import leftovers, report, sandbox
from support.cgroups import PREFIX, UNIFIED
from support.checks import PATIENCE, Check, outcome
from support.commands import Commands, Log

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CONFORMANCE = os.path.dirname(HERE)
SWRUN = os.path.join(os.path.dirname(CONFORMANCE), ".build", "release", "swrun")
CACHE = os.environ.get("CONFORMANCE_CACHE", os.path.join(CONFORMANCE, ".cache"))
LOGS = os.environ.get("CONFORMANCE_LOGS", os.path.join(CACHE, "logs"))
SYSTEMD = "/run/systemd/system"
SEARCH_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin:/sbin:/bin"


def main(name, client_class, checks):
    """Runs the client's checks; returns the exit status.

    name: of the script; client_class: see client.py; checks: a Checks.
    """
    given = sandbox.settings()
    if given:
        return _inside(given, client_class, checks)
    arguments = _arguments(name, client_class)
    if arguments.core:
        arguments.only += client_class.core
    chosen = checks.chosen(arguments.only, arguments.has)
    if not chosen:
        sys.exit("%s: no check here matches %s" % (name, ", ".join(arguments.only)))
    if arguments.list:
        print("\n".join(check.name for check in chosen))
        return 0
    missing = [program for program in client_class.needs if not _find(program)]
    if missing:
        sys.exit("%s: not installed: %s (scripts/deps clients)" % (name, ", ".join(missing)))
    os.environ[PATIENCE] = str(arguments.patience)
    _enter_own_place(arguments.machine)
    return _run_all(name, _runtimes(name, arguments.runtime), arguments)


def _run_all(name, runtimes, arguments):
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    results = {}
    clean = True
    try:
        for label, runtime in runtimes.items():
            print("# %s with %s (%s)" % (arguments.part, label, runtime), flush=True)
            outcomes = []
            problems = _run_one(name, label, runtime, arguments, outcomes)
            print("%s: %s\n" % (label, report.totals(outcomes)), flush=True)
            for problem in problems:
                print("left behind by %s: %s" % (label, problem), flush=True)
            clean = clean and not problems
            results[label] = outcomes
    except KeyboardInterrupt:
        print("%s: interrupted" % name, file=sys.stderr)
        return 130
    if len(results) > 1:
        print(report.table(results))
        for label, outcomes in results.items():
            print("%s: %s" % (label, report.totals(outcomes)))
    print("logs: %s" % os.path.relpath(os.path.join(LOGS, arguments.part)))
    first = next(iter(results.values()))
    print(report.totals(first))
    return 0 if clean and first and all(one.status != "fail" for one in first) else 1


def _run_one(name, label, runtime, arguments, outcomes):
    """Appends an outcome a check; returns what is left on the machine."""
    logs = os.path.join(LOGS, arguments.part, label)
    shutil.rmtree(logs, ignore_errors=True)
    os.makedirs(logs)

    def note(one):
        outcomes.append(one)
        print(report.line(one), flush=True)
        if arguments.times:
            print("# %.1f s" % one.seconds, flush=True)

    # What is on a disk can be seen by systemd's services too, and is no tmpfs without devices.
    with _work_directory("/var/tmp" if arguments.machine else None) as work:
        return sandbox.run(os.path.join(HERE, name), work, {
            "runtime": runtime, "label": label, "only": arguments.only,
            "timeout": arguments.timeout, "logs": logs, "has": arguments.has,
            "machine": arguments.machine, "manager": arguments.cgroups}, note)


def _inside(given, client_class, checks):
    """The run in the sandbox: sends an Outcome for each check."""
    signal.signal(signal.SIGTERM, _interrupt)
    sandbox.prepare(given)
    # Some programs leave files where they are started: conmon does.
    os.chdir(given["work"])
    log = Log(given["logs"])
    client = client_class(given["runtime"], given["label"], given["work"],
                          Commands(sandbox.environment(given["work"]), log))
    client.on_machine = given["machine"]
    client.cgroup_manager = given["manager"]
    before = leftovers.snapshot(client)

    with open(given["results"], "w", encoding="utf-8") as results:
        os.set_inheritable(given["results"], False)

        def make(check):
            log.begin(check.name)
            one = outcome(check, client, given["timeout"])
            log.write("%s %s\n" % (one.status, one.reason or ""))
            print(json.dumps(one), file=results, flush=True)
            return one

        def step(title, function):
            """Not a check, but it can go wrong like one."""
            log.begin(title)
            one = outcome(Check(title, lambda _: function(), 180, ()), client, 180)
            if one.status != "ok":
                print(json.dumps(one._replace(status="fail")), file=results, flush=True)
            return one.status == "ok"

        try:
            if step("start of the client", client.start):
                for check in checks.chosen(given["only"], given["has"]):
                    make(check)
                    step("cleaning up after %s" % check.name, client.clean_up)
        finally:
            step("stop of the client", client.stop)
        for check in leftovers.checks(before, client):
            make(check)
        log.end()
    return 0


def _runtimes(name, named):
    """A label and an absolute path for each runtime, swrun first."""
    if not named:
        if not os.access(SWRUN, os.X_OK):
            sys.exit("%s: %s is missing: build it (make build), or name a runtime with --runtime"
                     % (name, os.path.relpath(SWRUN)))
        named = [SWRUN] + [other for other in ("runc", "crun") if _find(other)]
    runtimes = {}
    for one in named:
        path = _find(one)
        if not path:
            sys.exit("%s: no such program: %s" % (name, one))
        label = re.sub(r"[^A-Za-z0-9_.-]", "_", os.path.basename(path))
        while label in runtimes:
            label += "-2"
        runtimes[label] = os.path.abspath(path)
    return runtimes


def _find(name):
    return shutil.which(name, path=SEARCH_PATH)


def _arguments(name, client_class):
    parser = argparse.ArgumentParser(
        prog=name, description="Checks container runtimes as %s calls them." % name)
    parser.add_argument("--runtime", action="append", metavar="PATH", default=[],
                        help="a runtime to check; may be repeated, and the first decides the exit "
                             "status (default: swrun as built here, and runc and crun if installed)")
    parser.add_argument("--only", action="append", metavar="PATTERN", default=[],
                        help="make the checks with this in their name; may be repeated")
    parser.add_argument("--list", action="store_true", help="print the checks' names")
    parser.add_argument("--times", action="store_true", help="print how long each check takes")
    parser.add_argument("--timeout", type=int, default=60, metavar="SECONDS",
                        help="the longest a check may take (default: %(default)s)")
    parser.add_argument("--patience", type=float, default=1, metavar="FACTOR",
                        help="multiplies all times after which something is given up: more on a slow "
                             "machine (default: %(default)s)")
    parser.add_argument("--core", action="store_true",
                        help="make a few checks only, of each kind of thing")
    if client_class.knows_machine:
        parser.add_argument("--machine", action="store_true",
                            help="run the client on the machine itself, with its systemd, and not in "
                                 "namespaces: for one that is there for tests. An ordinary user always does")
        parser.add_argument("--cgroups", choices=("systemd", "cgroupfs"),
                            help="who makes the containers' cgroups on the machine itself "
                                 "(default: systemd)")
    arguments = parser.parse_args()
    _place(name, client_class, arguments)
    return arguments


def _place(name, client_class, arguments):
    """Adds where the client is run, and what it has there."""
    is_root = os.geteuid() == 0
    arguments.machine = getattr(arguments, "machine", False) or not is_root
    if arguments.machine and not client_class.knows_machine:
        sys.exit("%s: these checks need root" % name)
    if arguments.machine and not (UNIFIED and os.path.isdir(SYSTEMD)):
        sys.exit("%s: without namespaces, these checks need systemd and cgroup v2 alone" % name)
    if not arguments.machine:
        arguments.cgroups = "cgroupfs"
    arguments.cgroups = arguments.cgroups or "systemd"
    arguments.has = ["root"] * is_root + ["user"] * (not is_root) + ["machine"] * arguments.machine
    arguments.part = "-".join(
        [name] + ["user"] * (not is_root) + [arguments.cgroups] * arguments.machine)


@contextlib.contextmanager
def _work_directory(parent):
    _remove_stale_directories(parent)
    directory = tempfile.mkdtemp(prefix="%s%d-" % (PREFIX, os.getpid()), dir=parent)
    # A container's user in a user namespace has to get through.
    os.chmod(directory, 0o755)
    try:
        yield directory
    finally:
        _unmount_below(directory)
        shutil.rmtree(directory, ignore_errors=True)


def _remove_stale_directories(parent):
    """Those of runs that were killed; what was mounted there ended with them."""
    for directory in glob.glob(os.path.join(parent or tempfile.gettempdir(), PREFIX + "*")):
        pid = os.path.basename(directory)[len(PREFIX):].split("-")[0]
        if pid.isdecimal() and not os.path.exists("/proc/" + pid):
            shutil.rmtree(directory, ignore_errors=True)


def _unmount_below(directory):
    """Controllers mounted for the run; in our own mount namespace."""
    with open("/proc/self/mounts", encoding="utf-8") as table:
        points = [line.split(" ")[1] for line in table]
    for point in reversed(points):
        if point.startswith(directory + "/"):
            os.spawnvp(os.P_WAIT, "umount", ["umount", point])


def _interrupt(*_):
    raise KeyboardInterrupt


def _enter_own_place(machine):
    """Starts this program anew in a cgroup that is ours to divide, and a mount namespace of its own."""
    marker = "OCI_CLIENTS_PLACE"
    if os.environ.pop(marker, None) is not None:
        return
    os.environ[marker] = "entered"
    command = []
    if UNIFIED and os.path.isdir(SYSTEMD):
        command += ["systemd-run", "--quiet", "--scope", "--property", "Delegate=yes"]
        command += ["--user"] * (os.geteuid() != 0) + ["--"]
    if not machine:
        command += ["unshare", "--mount", "--propagation", "private"]
    command += [sys.executable, os.path.abspath(sys.argv[0]), *sys.argv[1:]]
    os.execvp(command[0], command)
