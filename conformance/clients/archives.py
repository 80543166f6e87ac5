"""Images as archives, which containerd and docker load without a registry."""

import hashlib
import io
import json
import os
import tarfile

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def write_archive(path, rootfs, name, config=None, architecture="amd64"):
    """Packs a directory as an image of one layer.

    path: of the archive, which is an OCI layout and what `docker load` takes at once; name: with
    a tag, such as docker.io/library/busybox:latest; config: of the image, beside PATH and a shell
    as the command.
    """
    layer = _layer(rootfs)
    settings = {"Env": ["PATH=" + PATH], "Cmd": ["sh"], "WorkingDir": "/"}
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


def _layer(rootfs):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as layer:
        for name in sorted(os.listdir(rootfs)):
            layer.add(os.path.join(rootfs, name), name)
    return data.getvalue()


def _add(archive, name, data):
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    archive.addfile(entry, io.BytesIO(data))


def _json(value):
    return json.dumps(value).encode()


def _digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _blob(data):
    return os.path.join("blobs", *_digest(data).split(":"))


def _descriptor(kind, data):
    return {"mediaType": kind, "digest": _digest(data), "size": len(data)}
