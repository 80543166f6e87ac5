"""Bridges, names and published ports."""

import urllib.error
import urllib.request

from support.checks import Checks, contains, equal, expect, until

CHECKS = Checks(needs=("root",))
check = CHECKS.check

SERVE = ("sh", "-c", "echo hello >/tmp/index.html; exec httpd -f -p 80 -h /tmp")


def fetch(port):
    try:
        with urllib.request.urlopen("http://127.0.0.1:%d/" % port, timeout=3) as answer:
            return answer.read().decode()
    except (urllib.error.URLError, OSError):
        return ""


@check("bridge: an address and a route, and inspect knows them")
def _(podman):
    podman.detached()
    address = podman.inspect("one")["NetworkSettings"]["IPAddress"]
    contains(podman("exec", "one", "ip", "-4", "addr", "show", "eth0").out, "inet %s/" % address)
    contains(podman("exec", "one", "ip", "route").out, "default via")


@check("bridge: one container reaches another")
def _(podman):
    podman.detached(command=SERVE)
    address = podman.inspect("one")["NetworkSettings"]["IPAddress"]
    until(lambda: podman.shell("wget -q -O- http://%s/ || true" % address).word == "hello", "it answers")
    podman.shell("ping -c1 -W5 %s >/dev/null" % address)


@check("bridge: --publish on loopback, and free again after rm")
def _(podman):
    podman.detached("--publish", "127.0.0.1:18080:80", command=SERVE)
    until(lambda: fetch(18080) == "hello\n", "the published port answers")
    equal(podman("port", "one").word, "80/tcp -> 127.0.0.1:18080")
    podman("rm", "--force", "--time", "0", "one")
    equal(fetch(18080), "")
    podman.detached("--publish", "127.0.0.1:18080:80", command=SERVE)
    until(lambda: fetch(18080) == "hello\n", "the port answers again")


@check("network: containers find each other by name")
def _(podman):
    podman("network", "create", "names")
    podman.detached("--network", "names", "--network-alias", "other-name", name="server")
    address = podman.inspect("server")["NetworkSettings"]["Networks"]["names"]["IPAddress"]
    for name in ("server", "other-name"):
        # Not wget: a static program's resolver is not to be trusted.
        until(lambda: address in podman.shell("nslookup %s || true" % name, "--network", "names").out,
              "%s has the address" % name)


@check("network: --ip and --mac-address")
def _(podman):
    podman("network", "create", "--subnet", "10.77.0.0/24", "fixed")
    out = podman.shell("ip addr show eth0", "--network", "fixed", "--ip", "10.77.0.42", "--mac-address",
                       "92:d0:c6:0a:29:33").out
    contains(out, "inet 10.77.0.42/24", "92:d0:c6:0a:29:33")


@check("network: connect and disconnect a running container")
def _(podman):
    podman("network", "create", "second")
    podman.detached()
    podman("network", "connect", "second", "one")
    contains(podman("exec", "one", "ls", "/sys/class/net").lines, "eth0", "eth1")
    podman("network", "disconnect", "second", "one")
    expect("eth1" not in podman("exec", "one", "ls", "/sys/class/net").lines, "eth1 is still there")


@check("network: the interfaces of the host go with the containers")
def _(podman):
    podman("network", "create", "passing")
    podman.detached("--network", "passing")
    bridge = podman.inspect("passing", "network")["network_interface"]
    contains(podman.run("ls", "/sys/class/net").lines, bridge)
    podman("rm", "--force", "--time", "0", "one")
    until(lambda: bridge not in podman.run("ls", "/sys/class/net").lines, "the bridge is gone")
