import Foundation
import ImageStore
import TestSupport
import Testing

@Suite("the store of images")
struct StoreTests {
  let box: Box

  init() throws { box = try Box() }

  /// What no image refers to, as gc tells.
  private func garbage() throws -> String { try box.run("gc", "--dry-run").succeeds().output }

  @Test("a load that is killed at any moment loses nothing, and what it leaves is removed by gc")
  func killedLoad() throws {
    try box.makeLayout()
    try box.shell(
      """
      head -c 6000000 /dev/urandom >tree/var/noise; tar -C tree -c . | $SWBOX --root other import - large
      $SWBOX --root other save -o large.tar large; $SWBOX load -i layout
      """)
    let before = try box.images().count
    let duration = try ContinuousClock().measure { try box.run("load", "-i", "large.tar").succeeds() }
    var kills = 0
    for attempt in 0..<24 {
      try box.run("rmi", "large").succeeds()
      let load = try box.command(["load", "-i", "large.tar"]).start()
      usleep(UInt32((duration / .microseconds(1)) * Double(attempt) / 20))
      load.signal(SIGKILL)
      if load.wait().status == 128 + SIGKILL { kills += 1 }
      #expect(try box.images().count >= before)
      try box.shell(
        "$SWBOX load -i large.tar; rm -rf again; $SWBOX unpack large again; cmp again/var/noise tree/var/noise"
      )
    }
    #expect(kills > 0)
    try box.run("gc").succeeds()
    #expect(try garbage() == "would free 0 B\n")
    #expect(File.names(in: box.root + "/staging").isEmpty)
  }

  @Test("many processes at once leave a whole store")
  func atOnce() throws {
    try box.makeLayout()
    try box.shell(
      """
      mkdir out
      for number in 1 2 3 4 5 6; do
        { $SWBOX load -i layout && $SWBOX tag changed tag-$number && $SWBOX gc && $SWBOX unpack base out/$number &&
          $SWBOX rmi tag-$number && $SWBOX tag base keep-$number; } >log-$number 2>&1 &
        pids="$pids $!"
      done
      for pid in $pids; do wait $pid || { cat log-*; exit 1; }; done
      """)
    let names = try box.images().compactMap { $0["name"] as? String }.sorted()
    #expect(
      names == ["base"].map { "localhost/\($0):latest" } + ["localhost/changed:latest"]
        + (1...6).map { "localhost/keep-\($0):latest" })
    try box.run("gc").succeeds()
    try box.run("unpack", "changed", "whole").succeeds()
    #expect(try box.run("image", "lint", box.root).output.contains("violation") == false)
  }

  @Test("gc removes what no image refers to, after the grace period")
  func collection() throws {
    try box.makeLayout()
    try box.run("load", "-i", "layout").succeeds()
    try box.shell(
      "echo stray >store/blobs/sha256/$(echo stray | sha256sum | cut -c1-64); mkdir -p store/staging/1-x/deep/er"
    )
    #expect(try box.run("gc", "--grace-period", "1h").succeeds().output == "freed 0 B\n")
    let plan = try box.run("gc", "--dry-run", "--format", "json").succeeds()
    let removals = try #require(
      try JSONSerialization.jsonObject(with: Data(plan.output.utf8)) as? [[String: Any]])
    #expect(removals.compactMap { $0["kind"] as? String } == ["blob", "staging"])
    try box.run("gc").succeeds()
    #expect(try garbage() == "would free 0 B\n")
    try box.run("unpack", "changed", "out").succeeds()
    try box.run("rmi", "base", "changed").succeeds()
    #expect(try garbage() == "would free 0 B\n")
    #expect(File.names(in: box.root + "/blobs/sha256").isEmpty)
  }

  @Test("names are found as people write them, and removed one by one")
  func names() throws {
    try box.makeLayout()
    try box.run("load", "-i", "layout").succeeds()
    try box.run("tag", "base", "registry.example:5000/team/base:1.0").succeeds()
    let id = try box.image("localhost/base:latest", "id")
    let digest = try box.image("localhost/base:latest", "digest")
    for name in [
      "base", "base:latest", "localhost/base", id, String(id.dropFirst(7).prefix(12)), digest,
      "registry.example:5000/team/base:1.0", "base@\(digest)", "registry.example:5000/team/base@\(digest)",
    ] {
      let found = try box.run("image", "inspect", name).succeeds().output
      #expect(found.contains(digest), "\(name)")
    }
    try box.run("image", "inspect", "base:2").refuses(saying: "no image is named \"base:2\"")
    try box.run("tag", "base", "UPPER").refuses(saying: "reference \"UPPER\"")
    try box.run("rmi", "base").succeeds()
    try box.run("image", "inspect", "registry.example:5000/team/base:1.0").succeeds()
    try box.run("rmi", id).succeeds()
    #expect(try box.images().count == 1)
  }

  @Test("content that is not what its digest says is refused")
  func damagedContent() throws {
    try box.makeLayout()
    try box.shell(
      """
      cp -a layout broken; blob=$(ls -S broken/blobs/sha256 | head -1)
      printf X | dd of=broken/blobs/sha256/$blob bs=1 seek=100 conv=notrunc 2>/dev/null
      tar -C broken -cf broken.tar .; cp -a layout missing; rm missing/blobs/sha256/$blob
      """)
    try box.run("load", "-i", "broken").refuses(saying: "has another content")
    try box.run("load", "-i", "broken.tar").refuses(saying: "has another content")
    try box.run("load", "-i", "missing").refuses(saying: "is missing")
    try box.run("load", "-i", "tree").refuses(saying: "no image layout and no docker archive", "swbox import")
    #expect(try box.images().isEmpty)
    try box.run("gc").succeeds()
    #expect(try garbage() == "would free 0 B\n")
  }

  /// Damages a blob of the store, which keeps its length.
  private func damage(_ digest: String, at offset: Int = 5) throws {
    let path = "store/blobs/sha256/\(digest.dropFirst(7))"
    try box.shell("printf X | dd of=\(path) bs=1 seek=\(offset) conv=notrunc 2>/dev/null")
  }

  @Test("a load replaces what is damaged in the store", arguments: ["layout", "saved.tar"])
  func repairs(_ source: String) throws {
    try box.makeLayout()
    try box.shell("$SWBOX load -i layout; $SWBOX save -o saved.tar changed")
    let layers = try #require(try box.json(["image", "inspect", "changed"])["layers"] as? [[String: Any]])
    let digests = try [
      box.image("localhost/changed:latest", "digest"), box.image("localhost/changed:latest", "id"),
      #require(layers.first?["digest"] as? String),
    ]
    for digest in digests {
      // The first bytes of a compressed layer say nothing of its content.
      try damage(digest, at: digest == digests[2] ? 100_000 : 5)
      try box.run("unpack", "changed", "out").refuses(saying: "\(digest) in the store", "is damaged")
      #expect(!File.exists(box.directory + "/out/bin"))
      try box.run("load", "-i", source).succeeds()
      try box.checkBlobs()
      try box.run("unpack", "changed", "out").succeeds()
      try box.shell("rm -rf out")
    }
  }

  @Test("a damaged document keeps gc from nothing but what it names, and can be removed")
  func damagedDocument() throws {
    try box.makeLayout()
    try box.run("load", "-i", "layout").succeeds()
    let digest = try box.image("localhost/changed:latest", "digest")
    let blobs = File.names(in: box.root + "/blobs/sha256").sorted()
    try damage(digest)
    let stray = "blobs/sha256/$(echo stray | sha256sum | cut -c1-64)"
    try box.shell("echo stray >store/\(stray); echo stray >store/blobs/stray; mkdir -p store/builds/stray")
    let outcome = try box.run("gc").succeeds()
    #expect(outcome.errors.contains("\(digest) in the store \(box.root) is damaged"), "\(outcome)")
    #expect(outcome.errors.contains("\(box.root)/blobs/stray is no directory"), "\(outcome)")
    // What only that image needs is still there.
    #expect(File.names(in: box.root + "/blobs/sha256").sorted() == blobs)
    try box.shell("rm store/blobs/stray; : >store/blobs/sha256/\(digest.dropFirst(7))")
    try box.run("rmi", "changed").succeeds()
    #expect(!File.exists(box.root + "/blobs/sha256/\(digest.dropFirst(7))"))
    try box.run("unpack", "base", "out").succeeds()
  }

  @Test("an image can be removed when the disk is full")
  func fullDisk() throws {
    try box.shell(
      """
      mkdir store tree; mount -t tmpfs -o size=8m tmpfs store; head -c 2000000 /dev/urandom >tree/noise
      """)
    defer { umount2(box.root, Int32(MNT_DETACH)) }
    try box.shell(
      """
      for name in one two; do tar -C tree -c . | $SWBOX import - $name; echo >>tree/noise; done; $SWBOX gc
      dd if=/dev/zero of=store/containers/fill bs=4k 2>/dev/null || test "$(stat -f -c %f store)" = 0
      """)
    try box.run("tag", "one", "three").refuses(saying: "\(box.root)/staging: no space left on device")
    try box.run("rmi", "one").succeeds()
    // The room for the next time is there again.
    try box.shell(
      "dd if=/dev/zero of=store/containers/more bs=4k 2>/dev/null || test $(stat -f -c %f store) = 0")
    try box.run("rmi", "two").succeeds()
    #expect(try box.images().isEmpty)
    #expect(File.names(in: box.root + "/blobs/sha256").isEmpty)
  }

  @Test("layers in directories of their own make the same tree under overlayfs")
  func layerDirectories() throws {
    try box.makeLayout()
    try box.shell("$SWBOX load -i layout; $SWBOX unpack changed merged")
    let lower: [String] = try {
      let store = try ImageStore.open(box.root)
      let image = try store.contents(of: store.find("changed"))
      let first = try store.layerDirectories(of: image)
      #expect(try store.layerDirectories(of: image) == first)
      return first.reversed()
    }()
    #expect(lower.count == 2)
    try box.shell(
      "mkdir mounted; mount -t overlay overlay -o ro,lowerdir=\(lower.joined(separator: ":")) mounted")
    defer { umount2(box.directory + "/mounted", Int32(MNT_DETACH)) }
    let difference = try box.listing(box.directory + "/mounted").difference(
      from: try box.listing(box.directory + "/merged"))
    #expect(difference.isEmpty, "\(difference)")
    var status = stat()
    #expect(
      lstat(lower[0] + "/bin/sh", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR && status.st_rdev == 0)
    // Still used: gc leaves them until the image goes.
    umount2(box.directory + "/mounted", 0)
    try box.run("gc").succeeds()
    #expect(File.exists(lower[0]))
    try box.run("rmi", "base", "changed").succeeds()
    #expect(File.names(in: box.root + "/layers").isEmpty)
  }
}
