"""Images of one layer, with busybox in it, as archives that need no registry."""

import hashlib
import io
import json
import os
import subprocess
import tarfile

BUSYBOX = "/bin/busybox"
DIRECTORIES = ("bin", "dev", "etc", "proc", "root", "sys", "tmp", "var")
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/:/bin/sh\n",
    "etc/group": "root:x:0:\nuser:x:1000:\nextra:x:2000:user\n",
    "etc/plain": "no program\n",
}


def write_archive(path, name, config=None, architecture="amd64"):
    """An archive that is an OCI layout and what `docker load` takes at once.

    name: with a tag, such as docker.io/library/busybox:latest; config: of the image, beside PATH
    and a shell as the command.
    """
    layer = _layer()
    settings = {"Env": ["PATH=/bin"], "Cmd": ["sh"], "WorkingDir": "/"}
    settings.update(config or {})
    image = _json({"architecture": architecture, "os": "linux", "config": settings,
                   "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]}})
    manifest = _json({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": _descriptor("application/vnd.oci.image.config.v1+json", image),
        "layers": [_descriptor("application/vnd.oci.image.layer.v1.tar", layer)]})
    entry = _descriptor("application/vnd.oci.image.manifest.v1+json", manifest)
    entry["annotations"] = {"io.containerd.image.name": name}
    with tarfile.open(path, "w") as archive:
        _add(archive, "oci-layout", _json({"imageLayoutVersion": "1.0.0"}))
        _add(archive, "index.json", _json({"schemaVersion": 2, "manifests": [entry]}))
        _add(archive, "manifest.json", _json([{
            "Config": _blob(image), "RepoTags": [name], "Layers": [_blob(layer)]}]))
        for data in (layer, image, manifest):
            _add(archive, _blob(data), data)


def write_rootfs(directory):
    """The same files as in the images, in a directory."""
    with tarfile.open(fileobj=io.BytesIO(_layer())) as archive:
        archive.extractall(directory)


def _layer():
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as layer:
        for name in DIRECTORIES:
            _add(layer, name, mode=0o1777 if name == "tmp" else 0o755, type=tarfile.DIRTYPE)
        with open(BUSYBOX, "rb") as file:
            _add(layer, "bin/busybox", file.read(), 0o755)
        for name in subprocess.run([BUSYBOX, "--list"], check=True, text=True,
                                   capture_output=True).stdout.split():
            if name != "busybox":
                _add(layer, "bin/" + name, type=tarfile.SYMTYPE, link="busybox")
        for name, text in FILES.items():
            _add(layer, name, text.encode())
    return data.getvalue()


def _add(archive, name, data=b"", mode=0o644, type=tarfile.REGTYPE, link=""):
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.type, entry.linkname = len(data), mode, type, link
    archive.addfile(entry, io.BytesIO(data))


def _json(value):
    return json.dumps(value).encode()


def _digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _blob(data):
    return os.path.join("blobs", *_digest(data).split(":"))


def _descriptor(kind, data):
    return {"mediaType": kind, "digest": _digest(data), "size": len(data)}
