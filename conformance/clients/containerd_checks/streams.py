"""Exec, attach and port forwarding of the CRI, as kubectl uses them."""

from containerd_checks.kubelet import POD, Pod
from cri.stream import ERROR, STDERR, STDIN, STDOUT, Stream
from support.checks import Checks, contains, equal, expect, until

CHECKS = Checks()
check = CHECKS.check


def exec_in(container, *command, tty=False, stdin=False):
    answer = container.call("Exec", {
        "container_id": container.id, "cmd": list(command), "tty": tty, "stdin": stdin,
        "stdout": True, "stderr": not tty})
    return Stream(answer["url"])


def attach_to(container, tty=False):
    answer = container.call("Attach", {
        "container_id": container.id, "tty": tty, "stdin": True, "stdout": True,
        "stderr": not tty})
    return Stream(answer["url"])


@check("exec -it: exit status, stdout and stderr")
def _(ctr):
    with exec_in(Pod(ctr).sleeping(), "sh", "-c", "echo one; echo two >&2; exit 9") as stream:
        equal(stream.exit_status(), 9)
        equal((stream.output(), stream.output(STDERR)), ("one\n", "two\n"))


@check("exec -it: stdin")
def _(ctr):
    with exec_in(Pod(ctr).sleeping(), "sh", "-c", "read x; echo got $x", stdin=True) as stream:
        stream.send(STDIN, b"hello\n")
        equal(stream.exit_status(), 0)
        equal(stream.output(), "got hello\n")


@check("exec -it: a terminal, and its size")
def _(ctr):
    script = "trap 'stty size' WINCH; tty; echo ready; while :; do sleep 0.05; done"
    with exec_in(Pod(ctr).sleeping(), "sh", "-c", script, tty=True, stdin=True) as stream:
        expect(stream.read_until("ready"), "it ended: %r" % stream.output())
        contains(stream.output(), "/dev/pts/")
        stream.resize(111, 40)
        expect(stream.read_until("40 111"), "it ended: %r" % stream.output())
        stream.send(STDIN, b"\x03")


@check("exec -it: a command that does not exist")
def _(ctr):
    with exec_in(Pod(ctr).sleeping(), "/no/such/program") as stream:
        while stream.read_frame():
            pass
        contains(stream.output(ERROR).lower(), "no such file or directory")


@check("attach: input and output of the first process")
def _(ctr):
    container = Pod(ctr).start("sh", "-c", "while read x; do echo got $x; done", stdin=True)
    with attach_to(container) as stream:
        stream.send(STDIN, b"hello\n")
        expect(stream.read_until("got hello"), "it ended")
    container.said("got hello")


@check("attach: a terminal")
def _(ctr):
    container = Pod(ctr).start("sh", "-c", "read x; tty; echo got $x; exit 5", stdin=True,
                               tty=True)
    with attach_to(container, tty=True) as stream:
        stream.send(STDIN, b"hello\n")
        expect(stream.read_until("got hello"), "it ended: %r" % stream.output())
        contains(stream.output(), "/dev/pts/0")
    equal(container.exit_status(), 5)


@check("port-forward: to a server in the pod")
def _(ctr):
    pod = Pod(ctr, network=POD)
    container = pod.start("sh", "-c", "echo page >/tmp/index.html; exec httpd -f -p 80 -h /tmp")
    until(lambda: ":0050 " in container.says("cat", "/proc/net/tcp", "/proc/net/tcp6"),
          "the server listens")
    url = ctr.api().call("PortForward", {"pod_sandbox_id": pod.id, "port": [80]})["url"]
    with Stream(url + "?port=80") as stream:
        # Channels 0 and 1 are data and errors of the first port; each begins with its number.
        stream.send(0, b"GET / HTTP/1.0\r\n\r\n")
        expect(stream.read_until("page\n", STDIN), "%r %r" % (
            stream.output(STDIN), stream.output(STDOUT)))
