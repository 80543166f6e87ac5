"""docker build, with and without BuildKit, commit, cp, import, export."""

import os
import tarfile

from docker_checks.client import IMAGE
from support import limits
from support.checks import Checks, contains, equal, expect
from support.host import read

CHECKS = Checks()
check = CHECKS.check

BUILDERS = {"classic": {"DOCKER_BUILDKIT": "0"}, "BuildKit": {"DOCKER_BUILDKIT": "1"}}
STAGES = """\
FROM busybox:latest AS first
WORKDIR /first
COPY file .
RUN echo built as $(id -u) >>file && ls -la /proc/self/ns >/dev/null
RUN ["sh", "-c", "mkdir /empty"]

FROM busybox:latest
ENV GREETING="hello there"
COPY --from=first /first/file /result
RUN echo builder:x:1234:1234::/:/bin/sh >>/etc/passwd && chown builder /result
USER builder
RUN echo now as $(id -u) >>/result
HEALTHCHECK --interval=1s CMD true
CMD ["sh", "-c", "cat /result; echo $GREETING; id -u"]
"""


def build(docker, builder, dockerfile, name, **more):
    directory = docker.path("context-" + name, "")
    docker.write("context-%s/Dockerfile" % name, dockerfile)
    docker.write("context-%s/file" % name, "from the context\n")
    return docker("build", "--no-cache", "--tag", name, directory, env=BUILDERS[builder], **more)


def builds_stages(docker, builder):
    build(docker, builder, STAGES, "stages-" + builder.lower())
    equal(docker.once(image="stages-" + builder.lower()).lines,
          ["from the context", "built as 0", "now as 1234", "hello there", "1234"])


def tells_failure(docker, builder):
    result = build(docker, builder, "FROM busybox:latest\nRUN echo before; exit 42\n",
                   "failing-" + builder.lower(), status=None)
    expect(result.status != 0, "it was built")
    contains(result.err, "42")
    contains(result.out + result.err, "before")


@check("build: classic, stages, users and environment")
def _(docker):
    builds_stages(docker, "classic")


@check("build: classic, a command that fails")
def _(docker):
    tells_failure(docker, "classic")


@check("build: classic, a limit for its commands, and none of the network")
def _(docker):
    directory = docker.path("context-limit", "")
    docker.write("context-limit/Dockerfile", (
        "FROM busybox:latest\nRUN cat %s; ls /sys/class/net\n" % limits.file("memory.limit_in_bytes")))
    out = docker("build", "--no-cache", "--memory", "64m", "--network", "none", directory,
                 env=BUILDERS["classic"]).lines
    contains(out, str(64 << 20), "lo")
    expect("eth0" not in out, "the network is there")


@check("build: BuildKit, stages, users and environment")
def _(docker):
    builds_stages(docker, "BuildKit")


@check("build: BuildKit, a command that fails")
def _(docker):
    tells_failure(docker, "BuildKit")


@check("build: BuildKit, from scratch and independent stages at once")
def _(docker):
    build(docker, "BuildKit", (
        "FROM busybox:latest AS one\nRUN echo 1 >/one\n"
        "FROM busybox:latest AS two\nRUN echo 2 >/two\n"
        "FROM scratch\nCOPY --from=one /one /one\nCOPY --from=two /two /two\n"
        "COPY --from=one /bin /bin\nCMD [\"/bin/cat\", \"/one\", \"/two\"]\n"), "scratch")
    equal(docker.once(image="scratch").lines, ["1", "2"])


@check("build: BuildKit, RUN with a cache and a secret")
def _(docker):
    directory = docker.path("context-mounts", "")
    docker.write("context-mounts/Dockerfile", (
        "FROM busybox:latest\n"
        "RUN --mount=type=cache,target=/cache --mount=type=secret,id=word "
        "cat /run/secrets/word >/copy; touch /cache/file; ls /cache >>/copy\n"
        "RUN test ! -e /cache/file; cat /copy\n"))
    secret = docker.write("secret", "some word\n")
    docker("build", "--no-cache", "--secret", "id=word,src=" + secret, "--tag", "mounts", directory,
           env=BUILDERS["BuildKit"])
    equal(docker.once("cat", "/copy", image="mounts").lines, ["some word", "file"])


@check("images: commit")
def _(docker):
    name = docker.sleeping()
    docker.exec(name, "sh", "-c", "echo text >/new")
    docker("commit", "--change", "CMD cat /new", name, "committed")
    equal(docker.once(image="committed").word, "text")
    equal(docker.status(name), "running")


@check("images: cp to and from a container, running and not")
def _(docker):
    source = docker.write("to-copy", "text\n")
    for name in (docker.sleeping(), docker.name()):
        if docker("inspect", name, status=None).status:
            docker("create", "--name", name, IMAGE, "true")
        docker("cp", source, name + ":/root/copied")
        docker("cp", name + ":/root/copied", docker.path("copied-back"))
        equal(read(docker.path("copied-back")), "text\n")


@check("images: cp into a volume of a container")
def _(docker):
    host = docker.path("volume-of-container", "")
    name = docker.sleeping("--volume", host + ":/data")
    docker("cp", docker.write("to-copy", "text\n"), name + ":/data/copied")
    equal(os.listdir(host), ["copied"])


@check("images: export and import")
def _(docker):
    name = docker.sleeping()
    docker.exec(name, "sh", "-c", "echo text >/exported")
    archive = docker.path("exported.tar")
    docker("export", "--output", archive, name)
    with tarfile.open(archive) as file:
        contains(file.getnames(), "exported", "bin/busybox")
    docker("import", "--change", "CMD /bin/cat /exported", archive, "imported")
    equal(docker.once(image="imported").word, "text")


@check("images: an image whose user, directory and volume the runtime makes")
def _(docker):
    docker("build", "--quiet", "--tag", "configured", "-", env=BUILDERS["classic"], input=(
        "FROM busybox:latest\nVOLUME /data\nWORKDIR /made/here\nUSER 1000:2000\n"
        "ENTRYPOINT [\"sh\", \"-c\"]\nCMD [\"pwd; id -g; grep -c ' /data ' /proc/self/mounts\"]\n"))
    equal(docker.once(image="configured").lines,
          ["/made/here", "2000", "1"])
