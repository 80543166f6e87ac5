import Foundation
import TestSupport
import Testing

@Suite("images that go from program to program")
struct ExchangeTests {
  let box: Box

  init() throws { box = try Box() }

  @Test("save and load keep every digest, in every form of an image layout")
  func saveAndLoad() throws {
    try box.makeLayout()
    try box.shell("$SWBOX load -i layout >names; $SWBOX tag localhost/changed second")
    #expect(File.text(box.directory + "/names") == "localhost/base:latest\nlocalhost/changed:latest\n")
    let digest = try box.image("localhost/changed:latest", "digest")
    #expect(try box.image("localhost/second:latest", "digest") == digest)
    let other = box.directory + "/other"
    try box.shell("$SWBOX save changed second >one.tar; $SWBOX save changed second | cmp - one.tar")
    try box.shell("gzip -k one.tar; zstd -q one.tar; xz -k one.tar")
    for name in ["one.tar", "one.tar.gz", "one.tar.zst", "one.tar.xz"] {
      try box.run("load", "-i", name, root: other).succeeds()
      #expect(try box.image("localhost/changed:latest", "digest", root: other) == digest)
      #expect(try box.image("localhost/second:latest", "digest", root: other) == digest)
      try box.run("rmi", "changed", "second", root: other).succeeds()
      #expect(try box.images(root: other).isEmpty)
      #expect(File.names(in: other + "/blobs/sha256").isEmpty)
    }
    try box.run("save", "--format", "oci-dir", "-o", "dir", "changed").succeeds()
    try box.run("load", "-i", "dir", root: other).succeeds()
    #expect(try box.image("localhost/changed:latest", "digest", root: other) == digest)
    try box.run("save", "--format", "oci-dir", "-o", "dir", "changed").refuses(saying: "is not empty")
  }

  @Test("skopeo sees the same digests, and copies what swbox saves and keeps")
  func skopeo() throws {
    try box.makeLayout()
    try box.shell("$SWBOX load -i layout; $SWBOX save -o image.tar changed")
    let digest = try box.image("localhost/changed:latest", "digest")
    #expect(try box.shell("skopeo inspect --format '{{.Digest}}' oci:layout:changed") == digest + "\n")
    try box.shell("skopeo copy -q oci-archive:image.tar oci:copy:changed")
    #expect(try box.shell("skopeo inspect --format '{{.Digest}}' oci:copy:changed") == digest + "\n")
    // The store is an image layout itself.
    try box.shell("skopeo copy -q oci:store:localhost/changed:latest oci:straight:x")
    #expect(try box.shell("skopeo inspect --format '{{.Digest}}' oci:straight:x") == digest + "\n")
  }

  @Test("umoci unpacks to the same tree")
  func umoci() throws {
    try box.makeLayout()
    try box.shell(
      """
      $SWBOX load -i layout
      for name in base changed; do
        $SWBOX unpack $name mine-$name; umoci unpack --image layout:$name theirs-$name >/dev/null 2>&1
      done
      """)
    for name in ["base", "changed"] {
      let mine = try box.listing("\(box.directory)/mine-\(name)")
      #expect(mine == (try box.listing("\(box.directory)/theirs-\(name)/rootfs")))
      #expect(mine.count > 10)
    }
    #expect(File.text(box.directory + "/mine-changed/etc/one") == "one\nmore\n")
    #expect(File.names(in: box.directory + "/mine-changed/etc/app") == ["three"])
  }

  @Test("podman loads what swbox saves, and the other way round, with the same IDs")
  func podman() throws {
    try box.makeLayout()
    try box.shell(
      "$SWBOX load -i layout; $SWBOX save -o oci.tar changed; $SWBOX save --format docker-archive -o docker.tar changed"
    )
    let id = try box.image("localhost/changed:latest", "id")
    for name in ["oci", "docker"] {
      let podman =
        "podman --root \(box.directory)/podman-\(name) --runroot \(box.directory)/run-\(name) --storage-driver vfs"
      try box.shell("\(podman) load -q -i \(name).tar")
      let ids = try box.shell("\(podman) images --no-trunc --format '{{.ID}} {{.Repository}}:{{.Tag}}'")
      #expect(ids == "\(id) localhost/changed:latest\n")
      try box.shell("\(podman) save -q --format \(name)-archive -o back-\(name).tar localhost/changed")
      let other = box.directory + "/other-\(name)"
      try box.run("load", "-i", "back-\(name).tar", root: other).succeeds()
      // podman writes the configuration of an OCI archive anew, its layers uncompressed: what counts is the tree.
      if name == "docker" { #expect(try box.image("localhost/changed:latest", "id", root: other) == id) }
      try box.run("unpack", "changed", "tree-\(name)", root: other).succeeds()
    }
    try box.run("unpack", "changed", "mine").succeeds()
    let mine = try box.listing(box.directory + "/mine")
    #expect(mine == (try box.listing(box.directory + "/tree-oci")))
    #expect(mine == (try box.listing(box.directory + "/tree-docker")))
  }

  @Test("import and export through pipes keep the tree, and the same archive gives the same image")
  func importAndExport() throws {
    try box.makeTree()
    try box.shell(
      """
      tar -C tree --xattrs --xattrs-include='*' --format=pax -c . >tree.tar
      $SWBOX import tree.tar one; gzip -k tree.tar; xz -k tree.tar; zstd -q tree.tar
      $SWBOX export one | $SWBOX --root other import - one | grep -q localhost/one:latest
      $SWBOX --root other unpack one unpacked
      """)
    #expect(try box.listing(box.directory + "/tree") == (try box.listing(box.directory + "/unpacked")))
    let digest = try box.image("localhost/one:latest", "digest")
    try box.shell("cat tree.tar.xz | $SWBOX import - two; $SWBOX import tree.tar three")
    #expect(try box.image("localhost/two:latest", "digest") == digest)
    #expect(try box.image("localhost/three:latest", "digest") == digest)
    for form in ["gz", "zst"] {
      try box.shell("$SWBOX import --cmd /bin/sh --cmd -l tree.tar.\(form) as-\(form)")
      #expect(
        try box.shell(
          "$SWBOX image inspect as-\(form) | grep -c \"$(sha256sum tree.tar.\(form) | cut -c1-64)\"") == "2\n"
      )
    }
    try box.shell("head -c 100000 tree.tar >cut.tar")
    try box.run("import", "cut.tar", "cut").refuses(saying: "ends in the middle of an entry")
    try box.shell(
      "head -c $(($(stat -c %s tree.tar) / 10240 * 10240 - 10240)) tree.tar >cut.tar; : >empty.tar")
    try box.run("import", "empty.tar", "cut").refuses(saying: "the archive is empty")
    #expect(try box.images().count == 5)
  }
}
