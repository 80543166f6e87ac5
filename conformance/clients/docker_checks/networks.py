"""Docker's networks: hooks, namespaces that are joined, interfaces that come late."""

import os
import urllib.request

from support.checks import Checks, contains, equal, expect, until
from support.host import read

CHECKS = Checks()
check = CHECKS.check
SERVER = ("sh", "-c", "mkdir /www; echo page >/www/index.html; httpd -f -p 80 -h /www & "
          "trap exit TERM; wait")


def page(url):
    """What a server answers; None if it does not."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.read().decode()
    except OSError:
        return None


def interfaces(docker, name):
    return sorted(docker.exec(name, "ls", "/sys/class/net").out.split())


@check("network: bridge, with an address of docker's")
def _(docker):
    name = docker.sleeping()
    equal(interfaces(docker, name), ["eth0", "lo"])
    address = docker.inspect(name, "NetworkSettings", "IPAddress")
    contains(docker.exec(name, "ip", "-4", "addr", "show", "dev", "eth0").out, address + "/16")
    contains(docker.exec(name, "ip", "route").out, "default via ")


@check("network: a port published on the loopback interface")
def _(docker):
    name = docker.detached(*SERVER, options=("--publish", "127.0.0.1:8080:80"))
    equal(until(lambda: page("http://127.0.0.1:8080/"), "the server answers"), "page\n")
    docker("stop", name)
    expect(not page("http://127.0.0.1:8080/"), "it answers after the end")
    docker("start", name)
    equal(until(lambda: page("http://127.0.0.1:8080/"), "the server answers again"), "page\n")


@check("network: none")
def _(docker):
    equal(docker.once("ls", "/sys/class/net", options=("--network", "none")).out.split(), ["lo"])


@check("network: host")
def _(docker):
    equal(docker.once("readlink", "/proc/self/ns/net", options=("--network", "host")).word,
          os.readlink("/proc/self/ns/net"))


@check("network: another container's")
def _(docker):
    name = docker.detached(*SERVER)
    other = docker.sleeping("--network", "container:" + name)
    until(lambda: docker.exec(other, "wget", "-q", "-O", "-", "http://127.0.0.1/",
                              status=None).out == "page\n", "the other's server answers")


@check("network: a user's own, with names")
def _(docker):
    docker("network", "create", "first")
    try:
        server = docker.detached(*SERVER, options=("--network", "first",
                                                   "--network-alias", "some-server"))
        client = docker.sleeping("--network", "first")
        for name in (server, "some-server"):
            until(lambda: docker.exec(client, "wget", "-q", "-O", "-", "http://%s/" % name,
                                      status=None).out == "page\n", "%s answers" % name)
    finally:
        docker.clean_up()
        docker("network", "rm", "first")


@check("network: connect and disconnect while it runs")
def _(docker):
    docker("network", "create", "second")
    try:
        name = docker.sleeping()
        docker("network", "connect", "second", name)
        equal(interfaces(docker, name), ["eth0", "eth1", "lo"])
        docker("network", "disconnect", "bridge", name)
        equal(interfaces(docker, name), ["eth1", "lo"])
    finally:
        docker.clean_up()
        docker("network", "rm", "second")


@check("network: its own hostname, and in /etc/hosts")
def _(docker):
    name = docker.sleeping("--hostname", "some-name", "--domainname", "example.org")
    equal(docker.exec(name, "hostname").word, "some-name")
    address = docker.inspect(name, "NetworkSettings", "IPAddress")
    contains(docker.exec(name, "cat", "/etc/hosts").out,
             "%s\tsome-name.example.org some-name" % address)


@check("network: a pair of interfaces for each container, none after it")
def _(docker):
    def pairs():
        return {name for name in os.listdir("/sys/class/net") if name.startswith("veth")}
    before = pairs()
    names = [docker.sleeping() for _ in range(3)]
    equal(len(pairs() - before), 3)
    docker("rm", "--force", *names)
    equal(pairs() - before, set())


@check("network: no namespace is left mounted")
def _(docker):
    docker.once("true")
    left = [line.split()[4] for line in read("/proc/self/mountinfo").splitlines()
            if "/run/docker/netns/" in line]
    equal([point for point in left if not docker.keeps_mount(point)], [])
