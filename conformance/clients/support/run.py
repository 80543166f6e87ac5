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
from support.cgroups import PREFIX
from support.checks import Check, outcome
from support.commands import Commands, Log

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CONFORMANCE = os.path.dirname(HERE)
SWRUN = os.path.join(os.path.dirname(CONFORMANCE), ".build", "release", "swrun")
CACHE = os.environ.get("CONFORMANCE_CACHE", os.path.join(CONFORMANCE, ".cache"))
SEARCH_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin:/sbin:/bin"


def main(name, client_class, checks):
    """Runs the client's checks; returns the exit status.

    name: of the script; client_class: see client.py; checks: a Checks.
    """
    given = sandbox.settings()
    if given:
        return _inside(given, client_class, checks)
    arguments = _arguments(name)
    chosen = checks.chosen(arguments.only)
    if not chosen:
        sys.exit("%s: no check matches %s" % (name, ", ".join(arguments.only)))
    if arguments.list:
        print("\n".join(check.name for check in chosen))
        return 0
    if os.geteuid() != 0:
        sys.exit("%s: these checks need root" % name)
    missing = [program for program in client_class.needs if not _find(program)]
    if missing:
        sys.exit("%s: not installed: %s (scripts/deps clients)" % (name, ", ".join(missing)))
    _enter_mount_namespace()
    return _run_all(name, _runtimes(name, arguments.runtime), arguments)


def _run_all(name, runtimes, arguments):
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    results = {}
    clean = True
    try:
        for label, runtime in runtimes.items():
            print("# %s with %s (%s)" % (name, label, runtime), flush=True)
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
    print("logs: %s" % os.path.relpath(os.path.join(CACHE, "logs", name)))
    first = next(iter(results.values()))
    print(report.totals(first))
    return 0 if clean and first and all(one.status != "fail" for one in first) else 1


def _run_one(name, label, runtime, arguments, outcomes):
    """Appends an outcome a check; returns what is left on the machine."""
    logs = os.path.join(CACHE, "logs", name, label)
    shutil.rmtree(logs, ignore_errors=True)
    os.makedirs(logs)

    def note(one):
        outcomes.append(one)
        print(report.line(one), flush=True)
        if arguments.times:
            print("# %.1f s" % one.seconds, flush=True)

    with _work_directory() as work:
        return sandbox.run(os.path.join(HERE, name), work, {
            "runtime": runtime, "label": label, "only": arguments.only,
            "timeout": arguments.timeout, "logs": logs}, note)


def _inside(given, client_class, checks):
    """The run in the sandbox: sends an Outcome for each check."""
    sandbox.prepare(given)
    # Some programs leave files where they are started: conmon does.
    os.chdir(given["work"])
    log = Log(given["logs"])
    client = client_class(given["runtime"], given["label"], given["work"],
                          Commands(sandbox.environment(given["work"]), log))
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
            one = outcome(Check(title, lambda _: function(), 180), client, 180)
            if one.status != "ok":
                print(json.dumps(one._replace(status="fail")), file=results, flush=True)
            return one.status == "ok"

        try:
            if step("start of the client", client.start):
                for check in checks.chosen(given["only"]):
                    make(check)
                    step("cleaning up after %s" % check.name, client.clean_up)
        finally:
            step("stop of the client", client.stop)
        for check in leftovers.checks(before):
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


def _arguments(name):
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
    return parser.parse_args()


@contextlib.contextmanager
def _work_directory():
    _remove_stale_directories()
    directory = tempfile.mkdtemp(prefix="%s%d-" % (PREFIX, os.getpid()))
    # A container's user in a user namespace has to get through.
    os.chmod(directory, 0o755)
    try:
        yield directory
    finally:
        _unmount_below(directory)
        shutil.rmtree(directory, ignore_errors=True)


def _remove_stale_directories():
    """Those of runs that were killed; what was mounted there ended with them."""
    for directory in glob.glob(os.path.join(tempfile.gettempdir(), PREFIX + "*")):
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


def _enter_mount_namespace():
    """Starts this program anew in a mount namespace of its own."""
    marker = "OCI_CLIENTS_NAMESPACE"
    if os.environ.pop(marker, None) is None:
        os.environ[marker] = "mount"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private",
                              sys.executable, os.path.abspath(sys.argv[0]), *sys.argv[1:]])
