"""Images to be measured with: in a registry on loopback, and as archives."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time

from measuring.runtimes import Failure

LAYERS = 4
# Where files come from that are like those of images.
TREES = ["/usr/bin", "/usr/sbin", "/usr/share", "/usr/lib"]


class Image:
    """A name in the registry, the archive of it, and what its layers weigh."""

    def __init__(self, name, archive):
        self.name = name
        self.archive = archive
        self.compressed = self.plain = self.layers = 0


class Source:
    def __init__(self, directory, address):
        self.directory = directory
        self.small = Image(address + "/bench/small:1", "")
        self.large = Image(address + "/bench/large:1", os.path.join(directory, "large.tar"))

    @staticmethod
    def about(image):
        return "an image of %.0f MB in %d layers (%.0f MB unpacked)" % (
            image.compressed / 1e6, image.layers, image.plain / 1e6)


@contextlib.contextmanager
def opened(rootfs, megabytes):
    """A Source whose registry runs until the end of the `with` statement."""
    # Not where files are in memory: images are kept on disks.
    directory = tempfile.mkdtemp(prefix="swbox-bench-", dir="/var/tmp")
    registry = None
    try:
        registry, address = _start_registry(directory)
        source = Source(directory, address)
        base = os.path.join(directory, "base.tar")
        _run("tar", "--sort=name", "--numeric-owner", "-C", rootfs, "-cf", base, ".")
        _publish(source.small, directory, [base])
        _publish(source.large, directory, [base, *_large_layers(directory, megabytes)])
        _run("skopeo", "copy", "--quiet", "--src-tls-verify=false", "docker://" + source.large.name,
             "docker-archive:%s:%s" % (source.large.archive, source.large.name))
        yield source
    finally:
        if registry:
            registry.kill()
            registry.wait()
        shutil.rmtree(directory, ignore_errors=True)


def _run(*words):
    outcome = subprocess.run(words, check=False, capture_output=True, text=True)
    if outcome.returncode:
        raise Failure("%s: %s" % (words[0], outcome.stderr.strip() or outcome.returncode))
    return outcome.stdout


def _start_registry(directory):
    settings = os.path.join(directory, "registry.yml")
    log = os.path.join(directory, "registry.log")
    with open(settings, "w", encoding="utf-8") as file:
        file.write("version: 0.1\nstorage: {filesystem: {rootdirectory: %s/registry}}\n"
                   "http: {addr: '127.0.0.1:0'}\n" % directory)
    with open(log, "w", encoding="utf-8") as file:
        registry = subprocess.Popen(["docker-registry", "serve", settings], stdout=file, stderr=file)
    mark = "listening on 127.0.0.1:"
    for _ in range(200):
        with open(log, encoding="utf-8") as file:
            text = file.read()
        if mark in text:
            return registry, "127.0.0.1:" + text.split(mark)[1].split('"')[0].split()[0]
        time.sleep(0.05)
    registry.kill()
    registry.wait()
    raise Failure("docker-registry does not start: " + text[-500:])


def _large_layers(directory, megabytes):
    """Archives of the machine's own programs and documents, of which gzip makes the size wanted in all."""
    files = _files()
    archives = []
    for number in range(LAYERS):
        names = os.path.join(directory, "names-%d" % number)
        # gzip makes about 0.4 of such files; what it really made is told.
        left = megabytes * 1e6 / LAYERS / 0.4
        with open(names, "w", encoding="utf-8", errors="surrogateescape") as file:
            for path, size in files:
                file.write(path[1:] + "\0")
                left -= size
                if left <= 0:
                    break
            else:
                raise Failure("this machine has too few files for a large image")
        archives.append(os.path.join(directory, "layer-%d.tar" % number))
        _run("tar", "-C", "/", "--numeric-owner", "--null", "--no-recursion", "-T", names, "-cf", archives[-1])
    return archives


def _files():
    for tree in TREES:
        for folder, folders, names in os.walk(tree):
            folders.sort()
            for name in sorted(names):
                path = os.path.join(folder, name)
                status = os.lstat(path)
                # One file must not be a whole layer.
                if os.path.isfile(path) and not os.path.islink(path) and status.st_size < 64 << 20:
                    yield path, status.st_size


def _publish(image, directory, archives):
    """Makes an image of archives, and pushes it."""
    layout = os.path.join(directory, "layout")
    shutil.rmtree(layout, ignore_errors=True)
    _run("umoci", "init", "--layout", layout)
    _run("umoci", "new", "--image", layout + ":1")
    for archive in archives:
        _run("umoci", "raw", "add-layer", "--image", layout + ":1", archive)
        image.plain += os.path.getsize(archive)
    blobs = os.path.join(layout, "blobs", "sha256")
    image.compressed = sum(os.path.getsize(os.path.join(blobs, name)) for name in os.listdir(blobs))
    image.layers = len(archives)
    _run("skopeo", "copy", "--quiet", "--dest-tls-verify=false", "oci:%s:1" % layout, "docker://" + image.name)
    shutil.rmtree(layout)
    for archive in archives[1:]:
        os.unlink(archive)
