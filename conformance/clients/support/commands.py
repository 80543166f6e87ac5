"""Runs programs, and writes down what they were told and what they said."""

import errno
import fcntl
import os
import pty
import shlex
import signal
import struct
import subprocess
import termios
import time
import select

from support.checks import Failure, patient, until


class Result:
    def __init__(self, command, status, out, err):
        self.command = command
        self.status = status
        self.out = out
        self.err = err

    @property
    def lines(self):
        return self.out.splitlines()

    @property
    def word(self):
        """All output, without space around it."""
        return self.out.strip()


class Log:
    """The log of the current check."""

    def __init__(self, directory):
        self.directory = directory
        self.file = None

    def begin(self, name):
        self.end()
        path = os.path.join(self.directory, name.replace("/", "_").replace(" ", "-") + ".log")
        self.file = open(path, "w", encoding="utf-8")

    def end(self):
        if self.file:
            self.file.close()
        self.file = None

    def write(self, text):
        if self.file:
            self.file.write(text)
            self.file.flush()


class Commands:
    """Calls programs with an environment and a log."""

    def __init__(self, environment, log):
        self.environment = environment
        self.log = log

    def __call__(self, *command, status=0, input=None, env=None, timeout=60, fds=(), cwd=None):
        """Runs a program to its end, and returns its Result.

        status: what it has to end with, or None for anything; input: text for stdin, else
        /dev/null; env: more variables; fds: descriptors it inherits.
        """
        command = [str(word) for word in command]
        timeout = patient(timeout)
        self.log.write("$ %s\n" % shlex.join(command))
        began = time.monotonic()
        with subprocess.Popen(
                command, env=self._environment(env), cwd=cwd, pass_fds=fds, text=True,
                errors="replace", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                stdin=subprocess.DEVNULL if input is None else subprocess.PIPE) as process:
            try:
                out, err = process.communicate(input, timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                out, err = _rest(process)
                self._note(process.returncode, out, err, began)
                raise Failure("%s: no end after %d s: %s"
                              % (shlex.join(command), timeout, (err or out).strip())) from None
            except BaseException:
                process.kill()
                raise
        self._note(process.returncode, out, err, began)
        result = Result(command, process.returncode, out, err)
        if status is not None and result.status != status:
            raise Failure("%s: status %d, not %d: %s" % (
                shlex.join(command), result.status, status, (err or out).strip()))
        return result

    def terminal(self, *command, env=None):
        return Terminal(command, self._environment(env), self.log)

    def background(self, *command, env=None, fds=(), stdin=subprocess.DEVNULL):
        return Background(command, self._environment(env), self.log, fds, stdin)

    def daemon(self, *command, output, env=None):
        return Daemon(command, self._environment(env), self.log, output)

    def _environment(self, more):
        return dict(self.environment, **(more or {}))

    def _note(self, status, out, err, began):
        self.log.write("%s%s[%d after %.2f s]\n\n" % (
            _ended(out), _ended(err), status, time.monotonic() - began))


class Background:
    """A program that goes on while the check does; its stdout and stderr are pipes."""

    def __init__(self, command, environment, log, fds, stdin):
        self.command = [str(word) for word in command]
        self.log = log
        log.write("$ %s &\n" % shlex.join(self.command))
        self.process = subprocess.Popen(
            self.command, env=environment, pass_fds=fds, stdin=stdin, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.text = ""

    @property
    def pid(self):
        return self.process.pid

    def output(self):
        """All that it has written so far."""
        while True:
            try:
                data = os.read(self.process.stdout.fileno(), 65536)
            except BlockingIOError:
                return self.text
            if not data:
                return self.text
            self.text += data.decode(errors="replace")

    def expect(self, text, seconds=15):
        until(lambda: text in self.output(),
              "%s writes %r: %r so far" % (shlex.join(self.command), text, self.text), seconds)

    def wait(self, seconds=30):
        """Its exit status (negative for a signal), and all it wrote."""
        until(lambda: self.output() is not None and self.process.poll() is not None,
              "%s ends" % shlex.join(self.command), seconds)
        text = self.output()
        self.log.write("%s[%d: %s]\n\n" % (
            _ended(text), self.process.returncode, shlex.join(self.command)))
        self.process.stdout.close()
        return self.process.returncode, text

    def stop(self, number=signal.SIGTERM, seconds=10):
        _stop(self.process, number, seconds)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        if not self.process.stdout.closed:
            self.log.write(_ended(self.output()))
            self.process.stdout.close()


class Terminal:
    """A program on a pseudo-terminal."""

    def __init__(self, command, environment, log, rows=31, columns=97):
        self.command = [str(word) for word in command]
        self.log = log
        log.write("$ %s (on a terminal)\n" % shlex.join(self.command))
        self.text = ""
        self.status = None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.execvpe(self.command[0], self.command, environment)
            finally:
                os._exit(127)
        self.resize(rows, columns)

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def send(self, text):
        os.write(self.fd, text.encode())

    def expect(self, text, seconds=15):
        """Waits for a text, and returns what came up to its end; the rest stays."""
        deadline = time.monotonic() + patient(seconds)
        while text not in self.text:
            if not self._read(deadline):
                raise Failure("%s: no %r on the terminal, only %r"
                              % (shlex.join(self.command), text, self.text))
        before, _, self.text = self.text.partition(text)
        return before + text

    def wait(self, seconds=30):
        """Its exit status, and all it wrote that nobody had expected."""
        deadline = time.monotonic() + patient(seconds)
        while self._read(deadline):
            pass
        until(self.ended, "%s ends" % shlex.join(self.command))
        return self.status, self.text

    def _read(self, deadline):
        """False at the end, or when the time is up."""
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.fd], [], [], left)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return False
        self.text += data.decode(errors="replace")
        self.log.write(data.decode(errors="replace"))
        return bool(data)

    def ended(self):
        """Whether it has ended."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
                self.log.write("\n[%d]\n\n" % self.status)
        return self.status is not None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.ended():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


class Daemon:
    """A service, with its output in a file."""

    def __init__(self, command, environment, log, output):
        self.command = [str(word) for word in command]
        self.output = output
        log.write("$ %s >%s &\n" % (shlex.join(self.command), output))
        with open(output, "ab") as file:
            self.process = subprocess.Popen(
                self.command, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                start_new_session=True)

    @property
    def pid(self):
        return self.process.pid

    def wait_until_ready(self, question, seconds=30):
        """Until the question is answered with something true; fails if the daemon ends."""
        def ready():
            if self.process.poll() is not None:
                raise Failure("%s ended with %d: %s" % (
                    self.command[0], self.process.returncode, self.tail()))
            return question()
        until(ready, "%s is ready: %s" % (self.command[0], self.tail()), seconds)

    def tail(self, size=2000):
        with open(self.output, encoding="utf-8", errors="replace") as file:
            return file.read()[-size:]

    def stop(self, number=signal.SIGTERM, seconds=20):
        _stop(self.process, number, seconds)


def _stop(process, number, seconds):
    """Asks a process to end, and makes it."""
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(patient(seconds))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _rest(process):
    """What is in the pipes; a grandchild may hold them open."""
    try:
        return process.communicate(timeout=1)
    except subprocess.TimeoutExpired as expired:
        return tuple((text or b"").decode(errors="replace") if not isinstance(text, str) else text
                     for text in (expired.stdout, expired.stderr))


def _ended(text):
    return text if not text or text.endswith("\n") else text + "\n"
