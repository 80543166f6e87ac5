"""A place with the runtimes that work there, and containers of theirs that run."""

import contextlib
import os
import sys

from measuring import programs, runtimes
from measuring.place import KINDS, Place

sys.path.insert(0, os.path.join(os.path.dirname(programs.HERE), "conformance"))

from runner import cgroup_mounts  # noqa: E402

SEPARATED = "SWRUN_BENCH_SEPARATE"
DEFAULT_RUNTIMES = [os.path.join(os.path.dirname(programs.HERE), ".build", "release", "swrun"), "crun", "runc"]


def need_root():
    if os.geteuid() != 0:
        sys.exit("bench: run it as root")


def separate_cgroups(names):
    """crun refuses cgroup v1 beside a v2 that has controllers: they become v1 in a mount namespace."""
    if not any(os.path.basename(name).startswith("crun") for name in names):
        return
    if os.environ.get(SEPARATED) != "1":
        os.environ[SEPARATED] = "1"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable,
                              os.path.abspath(sys.argv[0]), *sys.argv[1:]])
    cgroup_mounts.prepare()


@contextlib.contextmanager
def opened(names, rootfs):
    """The runtimes that work, ours first, the floor last. All of it ends with the `with` statement."""
    with Place(rootfs) as place:
        found = runtimes.find(names, place)
        place.runtimes = list(found)
        floors = {kind: programs.build_floor(kind, place.floor_config(kind), place.cgroups) for kind in KINDS}
        usable = [r for r in found if _works(r)]
        if not usable or usable[0] is not found[0] or found[0].label != os.path.basename(names[0]):
            raise runtimes.Failure("%s does not work" % names[0])
        usable.append(runtimes.Floor(floors, place))
        for runtime in usable:
            for kind in KINDS:
                runtime.start_sleeping(kind, kind)
        yield usable


def _works(runtime):
    try:
        for kind in KINDS:
            for command in runtime.run(kind, "try-" + kind):
                runtimes.call(command)
    except runtimes.Failure as failure:
        runtime.place.say("%s cannot run the bundles and is left out: %s" % (runtime.label, failure))
        return False
    return True
