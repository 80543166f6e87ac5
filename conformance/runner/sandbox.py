"""Runs one test in namespaces of its own.

Mounts, processes, the hostname and sysctls end with the namespaces, whatever
the runtime or the test forgets. /run and /dev/null are private as well, since
one runtime hands the host's /dev/null to the container's user.
"""

import os
import shlex
import subprocess

# The shell stays as process 1, to reap what the runtime leaves to it.
ENTER = r"""
set -e
mount -t tmpfs tmpfs /run
mknod -m 666 "$1/null" c 1 3
mount --bind "$1/null" /dev/null
"$2" </dev/null
"""


class Result:
    def __init__(self, returncode, stdout, stderr, calls):
        self.returncode = returncode
        self.stdout = stdout
        self.stderr = stderr
        self.calls = calls


class TimedOut(Exception):
    def __init__(self, seconds, result):
        super().__init__("no end after %d s" % seconds)
        self.result = result


def run(test, runtime, bundle, work, timeout, host_network=False):
    """Runs the program `test` in the empty directory `work`."""
    scratch = os.path.join(work, "tmp")
    os.mkdir(scratch)
    environment = dict(os.environ, RUNTIME=_wrapper(runtime, work), TMPDIR=scratch)
    command = ["setpriv", "--pdeathsig", "KILL",
               "unshare", "--mount", "--propagation", "private", "--ipc", "--uts",
               "--pid", "--fork", "--kill-child=KILL", "--mount-proc"]
    if not host_network:
        command.append("--net")
    command += ["sh", "-c", ENTER, "sh", work, test]
    with open(os.path.join(work, "stdout"), "wb") as out, \
            open(os.path.join(work, "stderr"), "wb") as err:
        process = subprocess.Popen(command, cwd=bundle, env=environment, stdout=out, stderr=err,
                                   stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimedOut(timeout, _result(-9, work)) from None
        finally:
            # Process 1 of the namespace dies with it, and all others with that.
            process.kill()
            process.wait()
    return _result(process.returncode, work)


def state_root(work):
    return os.path.join(work, "state")


def _wrapper(runtime, work):
    """A program that gives the runtime its own --root, and notes each call.

    The suite can be told a program, but no arguments for it.
    """
    path = os.path.join(work, "runtime")
    with open(path, "w", encoding="utf-8") as script:
        script.write("#!/bin/sh\necho \"$*\" >>%s\nexec %s --root %s \"$@\"\n" % tuple(
            shlex.quote(word) for word in (os.path.join(work, "calls"), runtime, state_root(work))))
    os.chmod(path, 0o755)
    return path


def _result(returncode, work):
    return Result(returncode, *(_read(os.path.join(work, name))
                                for name in ("stdout", "stderr", "calls")))


def _read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""
