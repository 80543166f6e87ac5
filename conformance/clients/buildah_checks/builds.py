"""`buildah build`, `commit`, `config`, `mount`."""

import os
import re

from support.checks import Checks, contains, equal, expect, lacks

from buildah_checks.client import IMAGE

CHECKS = Checks()
check = CHECKS.check

FROM = "FROM %s\n" % IMAGE


@check("build: RUN, in the shell and the exec form")
def _(buildah):
    buildah.build(FROM + 'RUN echo shell >/one\nRUN ["sh", "-c", "echo exec >/two"]\n')
    equal(buildah.in_image("cat /one /two").lines, ["shell", "exec"])


@check("build: COPY and ADD, with owner and mode")
def _(buildah):
    directory = buildah.directory("context")
    buildah.write("context/file", "copied\n")
    buildah.run("tar", "-C", directory, "-cf", directory + "/packed.tar", "file")
    buildah.build(FROM + "COPY --chown=alice --chmod=640 file /copy\nADD packed.tar /unpacked/\n"
                  "RUN test -r /copy\n", directory=directory)
    equal(buildah.in_image("stat -c '%u %a' /copy; cat /unpacked/file").lines, ["1000 640", "copied"])


@check("build: ARG, ENV, WORKDIR and USER")
def _(buildah):
    buildah.build(FROM + "ARG GIVEN=no\nENV KEPT=$GIVEN\nWORKDIR /made/here\nRUN pwd >where\n"
                  "RUN chown alice /made/here\nUSER alice\nRUN id -u >who\n", "--build-arg", "GIVEN=yes")
    equal(buildah.in_image("cat where who; echo $KEPT; id -u").lines, ["/made/here", "1000", "yes", "1000"])


@check("build: two stages")
def _(buildah):
    buildah.build("FROM %s AS first\nRUN echo made >/file; echo left >/other\nFROM %s\n"
                  "COPY --from=first /file /file\nRUN test ! -e /other\n" % (IMAGE, IMAGE))
    equal(buildah.in_image("cat /file").word, "made")


@check("build: --target stops at a stage")
def _(buildah):
    buildah.build("FROM %s AS first\nRUN echo made >/file\nFROM %s AS second\nRUN exit 1\n" % (IMAGE, IMAGE),
                  "--target", "first")
    equal(buildah.in_image("cat /file").word, "made")


@check("build: --layers takes what is cached")
def _(buildah):
    file = FROM + "RUN date +%N >/stamp\nRUN cat /stamp\n"
    buildah.build(file, "--layers")
    second = buildah.build(file, "--layers")
    text = second.out + second.err
    expect(text.count("Using cache") >= 2, "nothing cached: %r" % text)
    third = buildah.build(file, "--layers", "--no-cache")
    buildah("rmi", "--force", "localhost/built")
    buildah("rmi", "--prune")
    lacks(third.out + third.err, "Using cache")


@check("build: RUN --mount of a cache, a bind and a tmpfs")
def _(buildah):
    directory = buildah.directory("context")
    buildah.write("context/file", "bound\n")
    out = buildah.build(FROM + "RUN --mount=type=bind,target=/b cat /b/file\n"
                        "RUN --mount=type=tmpfs,target=/t grep ' /t tmpfs' /proc/self/mounts\n"
                        "RUN --mount=type=cache,target=/c echo cached >/c/file\n"
                        "RUN --mount=type=cache,target=/c cat /c/file\n", directory=directory).out
    contains(out.splitlines(), "bound", "cached")
    equal(buildah.in_image("find /c /t /b -type f 2>/dev/null; true").word, "")


@check("build: RUN --mount of a secret")
def _(buildah):
    secret = buildah.write("secret", "hidden\n")
    out = buildah.build(FROM + "RUN --mount=type=secret,id=s cat /run/secrets/s\n", "--secret",
                        "id=s,src=" + secret).out
    contains(out.splitlines(), "hidden")
    equal(buildah.in_image("ls /run/secrets 2>/dev/null; true").word, "")


@check("build: --network none")
def _(buildah):
    out = buildah.build(FROM + "RUN echo net $(ls /sys/class/net)\n", "--network", "none").out
    buildah("rmi", "localhost/built")
    contains(out.splitlines(), "net lo")


@check("build: --volume, --cap-drop and --isolation")
def _(buildah):
    directory = buildah.directory("volume")
    buildah.write("volume/file", "of the host\n")
    out = buildah.build(FROM + "RUN cat /v/file; grep CapEff /proc/self/status\n", "--isolation", "oci",
                        "--volume", directory + ":/v:ro", "--cap-drop", "all").out
    buildah("rmi", "localhost/built")
    contains(out.splitlines(), "of the host", "CapEff:\t" + "0" * 16)


@check("build: a RUN that fails ends the build with its status")
def _(buildah):
    result = buildah.build(FROM + "RUN echo said; exit 42\n", status=None)
    equal(result.status, 42)
    contains(result.out, "said")
    contains(result.err, "exit status 42")
    buildah("inspect", "--type", "image", "localhost/built", status=125)


@check("build: a RUN of a program that is not there")
def _(buildah):
    result = buildah.build(FROM + 'RUN ["not-there"]\n', status=None)
    expect(result.status != 0, "status 0")
    expect(re.search("not found|no such file", result.err, re.I), "the error does not say so: %r" % result.err)


@check("build: in a user namespace")
def _(buildah):
    buildah.build(FROM + "RUN cat /proc/self/uid_map >/map\n", "--userns-uid-map",
                  "0:100000:65536", "--userns-gid-map", "0:100000:65536")
    equal(buildah.in_image("cat /map").word.split(), ["0", "100000", "65536"])


@check("build: mount points that the runtime makes are not in the image")
def _(buildah):
    directory = buildah.directory("volume")
    buildah.build("FROM scratch\nCOPY busybox /busybox\nRUN [\"/busybox\", \"true\"]\n", "--volume",
                  directory + ":/made/point", directory=_with_busybox(buildah))
    name = buildah("from", "--pull-never", "localhost/built").word
    point = buildah("mount", name).word
    found = set(os.listdir(point))
    buildah("umount", name)
    buildah("rm", name)
    buildah("rmi", "localhost/built")
    # Buildah leaves the empty directories of what it mounts itself.
    expect(found <= {"busybox", "proc", "sys", "dev", "etc", "run", "made"}, "found %s" % sorted(found))


@check("commit: an image of what was run and configured")
def _(buildah):
    name = buildah.container()
    buildah.shell("echo kept >/root/file", container=name)
    buildah("config", "--env", "A=1", "--entrypoint", '["cat"]', "--label", "l=v", name)
    buildah("commit", "--quiet", name, "localhost/built")
    config = buildah.inspect("localhost/built", "image")["OCIv1"]["config"]
    equal((config["Entrypoint"], config["Labels"]["l"]), (["cat"], "v"))
    contains(config["Env"], "A=1")
    equal(buildah.in_image("cat /root/file").word, "kept")


@check("mount: the files of a container, before and after a run")
def _(buildah):
    name = buildah.container()
    point = buildah("mount", name).word
    with open(os.path.join(point, "root/put"), "w", encoding="ascii") as file:
        file.write("put\n")
    equal(buildah.shell("cat /root/put; echo back >/root/back", container=name).word, "put")
    with open(os.path.join(point, "root/back"), encoding="ascii") as file:
        equal(file.read(), "back\n")
    buildah("umount", name)


@check("copy: into a container, and run what was copied")
def _(buildah):
    name = buildah.container()
    script = buildah.write("script", "#!/bin/sh\necho ran $1\n")
    buildah("copy", "--quiet", "--chmod", "755", name, script, "/bin/script")
    equal(buildah("run", name, "script", "it").word, "ran it")


def _with_busybox(buildah):
    directory = buildah.directory("with-busybox")
    buildah.run("cp", os.path.join(buildah.work, "rootfs/bin/busybox"), directory)
    return directory
