import Foundation
import TestSupport
import Testing

@Suite("image lint")
struct LintTests {
  let box: Box

  init() throws { box = try Box() }

  private func faults(_ image: String) throws -> [(rank: String, text: String)] {
    let outcome = try box.run("image", "lint", "--format", "json", image)
    let list = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: String]], "\(outcome)")
    let found = list.map { fault in
      (fault["rank"] ?? "", "\(fault["place"] ?? ""): \(fault["problem"] ?? "") (\(fault["rule"] ?? ""))")
    }
    #expect(outcome.status == (found.contains { $0.0 == "violation" } ? 1 : 0), "\(outcome)")
    return found
  }

  @Test("finds no violation in what umoci, skopeo and swbox make")
  func clean() throws {
    try box.makeLayout()
    try box.shell("tar -C tree -c . | $SWBOX import - own; $SWBOX save -o own.tar own; $SWBOX load -i layout")
    for image in ["./layout", "./own.tar", "own", "changed", box.root] {
      let violations = try faults(image).filter { $0.rank == "violation" }
      #expect(violations.isEmpty, "\(image): \(violations)")
    }
  }

  @Test("tells of all faults at once, each with its place and rule")
  func allAtOnce() throws {
    try box.makeTree()
    try File.write(Self.brokenLayout, to: box.directory + "/make.py")
    try box.shell("mkdir -p broken; cd broken; python3 ../make.py")
    let found = try faults("./broken").map(\.text)
    for expected in Self.expected {
      #expect(
        found.contains { $0.contains(expected) },
        "\(expected) is not among:\n\(found.joined(separator: "\n"))")
    }
  }

  /// What is wrong with the layout, in parts of the messages.
  private static let expected = [
    "/imageLayoutVersion: found \"9\"", "the name is no digest (image-layout.md#blobs)",
    "/manifests/0/annotations/org.opencontainers.image.ref.name: found \"bad name\"",
    "/manifests/1/digest: \"sha256:XYZ\" is no digest (descriptor.md#digests)",
    "/manifests/1/size: found -1", "/manifests/1/mediaType: found \"nonsense\"",
    "/manifests/2: the blob sha256:", "/manifests/3/urls/0: found \"no address\"",
    "/manifests/3/urls/1: found \"ftp://example.com/x\", expected the scheme http or https",
    "/manifests/3/data: is not the content", "/manifests/3/platform/architecture: found \"z80\"",
    "/annotations/org.opencontainers.image.unknown: is reserved",
    "/annotations/short: is not named by a domain",
    "/schemaVersion: found 1, expected 2 (manifest.md",
    "/mediaType: found \"application/vnd.oci.image.index.v1+json\"",
    "/layers/0/size: found 1, the blob has", "/layers/2/mediaType: is deprecated",
    "/annotations/org.opencontainers.image.created: found \"yesterday\"",
    "/created: found \"2015-02-30T00:00:00Z\"", "/os: found \"cpm\"", "/config/Env/0: found \"NOVALUE\"",
    "/config/ExposedPorts/99999~1tcp: is none of", "/config/StopSignal: found \"kill\"",
    "/config/User: found \"a:b:c\"",
    "/rootfs/type: found \"tree\"", "/rootfs/diff_ids: has 2 entries, the manifest 3 layers",
    "/rootfs/diff_ids/0: found sha256:", "/history/0/created: found \"then\"",
    "/history: tells of 2 layers", "is compressed by gzip, its media type is",
    "\"twice\": occurs twice (layer.md#distributable-format)",
    "\"dir/.wh.\": a whiteout without the name of a file (layer.md#whiteouts)",
    "\"dir/.wh.late\": stands behind another entry", "\"dir/.wh..wh..opq\": is an opaque whiteout",
    "\".wh.full\": is a whiteout, but no empty file", "the path \"../out\" has a component \"..\"",
    "\"link\": is a hard link to \"elsewhere\", outside of the layer",
    "\"loop\": is a hard link to the directory \"dir\"",
  ]

  /// Writes a layout in which nearly everything is wrong.
  private static let brokenLayout = #"""
    import base64, gzip, hashlib, io, json, os, tarfile
    os.makedirs("blobs/sha256", exist_ok=True)
    def blob(data):
        name = hashlib.sha256(data).hexdigest()
        open("blobs/sha256/" + name, "wb").write(data)
        return "sha256:" + name, len(data)
    def layer():
        out = io.BytesIO()
        tar = tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT)
        def add(name, data=b"", kind=tarfile.REGTYPE, link=""):
            info = tarfile.TarInfo(name)
            info.size, info.type, info.linkname = len(data), kind, link
            tar.addfile(info, io.BytesIO(data))
        add("twice"); add("twice"); add("dir", kind=tarfile.DIRTYPE); add("dir/file"); add("dir/.wh.")
        add("dir/.wh.late"); add("dir/.wh..wh..opq"); add(".wh.full", b"full"); add("../out")
        add("link", kind=tarfile.LNKTYPE, link="elsewhere"); add("loop", kind=tarfile.LNKTYPE, link="dir")
        tar.close()
        return out.getvalue()
    oci = "application/vnd.oci.image."
    plain, length = blob(layer())
    packed, packed_length = blob(gzip.compress(layer()))
    config, config_length = blob(json.dumps({
        "created": "2015-02-30T00:00:00Z", "architecture": "amd64", "os": "cpm",
        "config": {"Env": ["NOVALUE"], "ExposedPorts": {"99999/tcp": {}}, "StopSignal": "kill", "User": "a:b:c"},
        "rootfs": {"type": "tree", "diff_ids": ["sha256:" + "0" * 64, "sha256:" + "1" * 64]},
        "history": [{"created": "then"}, {}]}).encode())
    manifest, manifest_length = blob(json.dumps({
        "schemaVersion": 1, "mediaType": oci + "index.v1+json",
        "config": {"mediaType": oci + "config.v1+json", "digest": config, "size": config_length},
        "layers": [
            {"mediaType": oci + "layer.v1.tar", "digest": plain, "size": 1},
            {"mediaType": oci + "layer.v1.tar", "digest": packed, "size": packed_length},
            {"mediaType": oci + "layer.nondistributable.v1.tar", "digest": plain, "size": length}],
        "annotations": {"org.opencontainers.image.created": "yesterday"}}).encode())
    reference = oci.replace("application/vnd.oci", "org.opencontainers")
    manifest_type = oci + "manifest.v1+json"
    open("index.json", "w").write(json.dumps({
        "schemaVersion": 2,
        "manifests": [
            {"mediaType": manifest_type, "digest": manifest, "size": manifest_length,
             "annotations": {"org.opencontainers.image.ref.name": "bad name"}},
            {"mediaType": "nonsense", "digest": "sha256:XYZ", "size": -1},
            {"mediaType": manifest_type, "digest": "sha256:" + "2" * 64, "size": 5},
            {"mediaType": manifest_type, "digest": manifest, "size": manifest_length,
             "urls": ["no address", "ftp://example.com/x"], "data": base64.b64encode(b"other").decode(),
             "platform": {"architecture": "z80", "os": "linux"}}],
        "annotations": {"org.opencontainers.image.unknown": "x", "short": "y"}}))
    open("oci-layout", "w").write(json.dumps({"imageLayoutVersion": "9"}))
    open("blobs/sha256/not-a-digest", "w").write("x")
    """#
}
