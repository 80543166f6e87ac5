"""Programs for containers, and what they show of whoever runs them.

`run` is a function that runs a command in a container, and returns its Result.
"""

import concurrent.futures
import hashlib

from support.checks import Failure, equal, expect, until
from support.host import ends, read

# Says when it is ready for the signal that it says it got.
TRAPS = "trap 'echo got %s; exit 5' %s; echo ready; while :; do sleep 2 & wait $!; done"
# Counts in a file for as long as it runs. The file's size stays: CRIU restores no program that has a
# file open that is shorter or longer now.
COUNT = "i=0; echo ready; while :; do i=$((i+1)); printf %08d $i 1<>/tmp/count; sleep 0.02; done"
# Ends when it is let: see let_end.
WAIT = "until test -e /tmp/go; do sleep 0.02; done; exit 5"
# For a terminal: see answers and follows_size.
ANSWER = "tty; read line; echo got $line; exit 4"
TELL_SIZE = "trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done"


def counted(pid):
    """What COUNT has come to; 0 if it has not begun."""
    return int(read("/proc/%d/root/tmp/count" % pid) or 0)


def counts(pid):
    """Waits until COUNT has come so far that a new beginning would be seen; returns how far."""
    return until(lambda: counted(pid) > 50 and counted(pid), "it counts")


def counts_on(pid, before):
    """A process that had come to a number counts on, and did not begin anew."""
    def more():
        now = counted(pid)
        expect(now >= before, "it began anew: %d after %d" % (now, before))
        return now > before
    until(more, "it counts on")


def let_end(pid):
    """Has WAIT end."""
    with open("/proc/%d/root/tmp/go" % pid, "w", encoding="ascii"):
        pass
    ends(pid)


def writes_a_megabyte(run):
    """A megabyte of output comes through as it was."""
    out = run("sh", "-c", "yes 0123456789abcde | head -c 1048576").out
    wanted = hashlib.sha256(b"0123456789abcde\n" * 65536).hexdigest()
    equal(hashlib.sha256(out.encode()).hexdigest(), wanted)


def at_once(count, run, **options):
    """So many runs at the same time: each has its own output and exit status."""
    def one(number):
        result = run("sh", "-c", "echo number %d; exit %d" % (number, number), status=None,
                     **options)
        return result.status, result.word
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        results = list(pool.map(one, range(count)))
    equal(results, [(number, "number %d" % number) for number in range(count)])


# With a terminal.

def answers(terminal, device="/dev/pts/"):
    """ANSWER is told a line, and gives its exit status."""
    terminal.expect(device)
    terminal.send("hello\r")
    terminal.expect("got hello")
    equal(terminal.wait()[0], 4)


def follows_size(terminal):
    """Changes the size until TELL_SIZE has told a new one."""
    terminal.expect("ready")
    for rows in range(40, 60):
        # What comes while the client still sets the first size is lost.
        terminal.resize(rows, 111)
        try:
            terminal.expect("%d 111" % rows, 1)
            return
        except Failure:
            continue
    raise Failure("no size was told")


def interrupts(terminal):
    """A shell has job control: ^C interrupts its program alone."""
    terminal.expect("# ")
    # When it says so, it is already in the foreground.
    terminal.send("sh -c 'echo go; exec sleep 1000'\n")
    terminal.expect("go\r\n")
    terminal.send("\x03")
    terminal.expect("# ")
    terminal.send("echo status=$?\n")
    terminal.expect("status=130")
    terminal.send("exit 0\n")
    equal(terminal.wait()[0], 0)
