"""docker run: mounts, volumes, the root file system."""

import os
import subprocess

from support.checks import Checks, contains, equal, expect
from support.host import read, shared_mount

CHECKS = Checks()
check = CHECKS.check


@check("mounts: --read-only, with a tmpfs to write to")
def _(docker):
    result = docker.once("touch", "/file", options=("--read-only",), status=1)
    contains(result.err, "Read-only file system")
    docker.once("touch", "/scratch/file", "/dev/shm/file",
                options=("--read-only", "--tmpfs", "/scratch"))


@check("mounts: --tmpfs with options")
def _(docker):
    out = docker.once("grep", " /scratch ", "/proc/self/mounts", options=(
        "--tmpfs", "/scratch:size=1m,mode=700,noexec")).out
    contains(out, "tmpfs /scratch tmpfs ", "size=1024k", "mode=700", "noexec", "nosuid", "nodev")


@check("mounts: --shm-size")
def _(docker):
    contains(docker.once("df", "-k", "/dev/shm", options=("--shm-size", "2m")).out, " 2048 ")


@check("mounts: a host's directory, writable and read-only")
def _(docker):
    host = docker.path("host", "")
    docker.once("sh", "-c", "echo written >/host/file", options=("--volume", host + ":/host"))
    equal(read(os.path.join(host, "file")), "written\n")
    result = docker.once("sh", "-c", "cat /host/file; echo more >/host/file", status=1,
                         options=("--volume", host + ":/host:ro"))
    equal(result.out, "written\n")
    contains(result.err, "Read-only file system")


@check("mounts: a host's file over one of the image's")
def _(docker):
    file = docker.write("a-file", "contents\n")
    equal(docker.once("cat", "/etc/group", options=("--volume", file + ":/etc/group:ro")).out,
          "contents\n")


@check("mounts: a source that does not exist")
def _(docker):
    result = docker.once("true", status=125, options=(
        "--mount", "type=bind,source=/no/such/source,target=/host"))
    contains(result.err, "/no/such/source")


@check("mounts: propagation to and from the host")
def _(docker):
    with shared_mount(docker) as host:
        option = "type=bind,source=%s,target=/%s,bind-propagation=r%s"
        name = docker.sleeping(*(word for kind in ("private", "slave", "shared") for word in (
            "--mount", option % (host, kind, kind))))
        os.mkdir(os.path.join(host, "new"))
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", os.path.join(host, "new")], check=True)
        mounts = docker.exec(name, "cat", "/proc/self/mounts").out
        contains(mounts, " /slave/new ", " /shared/new ")
        expect(" /private/new " not in mounts, "the private mount got it, too")
        docker("rm", "--force", name)


@check("mounts: a volume keeps what was written, and begins with the image's files")
def _(docker):
    docker("volume", "create", "some-volume")
    try:
        option = ("--volume", "some-volume:/etc")
        contains(docker.once("ls", "/etc", options=option).out.split(), "passwd")
        docker.once("sh", "-c", "echo text >/etc/new", options=option)
        equal(docker.once("cat", "/etc/new", options=option).word, "text")
    finally:
        docker("volume", "rm", "some-volume")


@check("mounts: a volume below a directory, as a user")
def _(docker):
    docker("volume", "create", "other-volume")
    try:
        docker.once("chmod", "777", "/data/sub", options=("--volume", "other-volume:/data/sub"))
        docker.once("touch", "/data/sub/file", options=(
            "--volume", "other-volume:/data/sub", "--user", "1000"))
    finally:
        docker("volume", "rm", "other-volume")


@check("mounts: --volumes-from")
def _(docker):
    host = docker.path("from", "")
    name = docker.sleeping("--volume", host + ":/data")
    docker.once("touch", "/data/file", options=("--volumes-from", name))
    equal(os.listdir(host), ["file"])


@check("mounts: a mount over a symbolic link of the image stays inside")
def _(docker):
    # In /var/run -> /outside the link's target is the container's.
    docker("build", "--quiet", "--tag", "linked", "-", input=(
        "FROM busybox:latest\nRUN ln -s /outside /var/run\n"), env={"DOCKER_BUILDKIT": "0"})
    host = docker.path("linked", "")
    docker.once("sh", "-c", "echo text >/outside/file", image="linked",
                options=("--volume", host + ":/var/run"))
    equal(read(os.path.join(host, "file")), "text\n")
    expect(not os.path.exists("/outside"), "the host has a new directory")
