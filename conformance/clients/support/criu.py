"""Whether checkpoints can be made here at all."""

import os

from support.checks import Skip

# Dumps a process that just sleeps to the directory $0, and restores it.
TRY = """\
setsid sleep 1000 </dev/null >/dev/null 2>&1 & pid=$!
until [ "$(cat /proc/$pid/comm)" = sleep ]; do :; done
criu dump -t $pid -D $0 -o log && criu restore -D $0 -o restore-log -d
status=$?
kill -9 $pid
exit $status
"""


def require_criu(client):
    """Skips the check if the runtime was built without it, or CRIU does not work.

    That is, if CRIU cannot dump and restore a plain process.
    """
    if client.run(client.runtime, "checkpoint", "--help", status=None).status:
        raise Skip("the runtime has no checkpoint command")
    if client.run("sh", "-c", "command -v criu", status=None).status:
        raise Skip("criu is not installed")
    directory = client.path("criu", "")
    if client.run("sh", "-c", TRY, directory, status=None).status:
        errors = client.run("sh", "-c", "grep -h Error %s | head -n 1"
                            % os.path.join(directory, "*log"), status=None)
        raise Skip("CRIU cannot dump a plain process: %s" % errors.word)
