import Foundation
import TestSupport
import Testing

@Suite("App Container Images")
struct AppImageTests {
  let box: Box

  init() throws { box = try Box() }

  /// An archive with one program and more in its manifest.
  private func make(_ name: String, _ further: String = "", _ script: String = ":") throws {
    try box.shell(
      """
      rm -rf aci; mkdir -p aci/rootfs/bin; cd aci; cp /bin/busybox rootfs/bin/; ln -s busybox rootfs/bin/sh
      cat >manifest <<'END'
      {"acKind": "ImageManifest", "acVersion": "0.8.11", "name": "example.com/\(name)",
       "labels": [{"name": "version", "value": "1.0"}, {"name": "os", "value": "linux"},
                  {"name": "arch", "value": "amd64"}]\(further.isEmpty ? "" : ", " + further)}
      END
      \(script)
      tar -cf ../\(name).aci --mtime @1000000000 manifest rootfs
      """)
  }

  private let app = """
    "app": {"exec": ["/bin/sh", "-c", "echo"], "user": "/bin/busybox", "group": "9",
      "workingDirectory": "/bin", "environment": [{"name": "A", "value": "b"}],
      "mountPoints": [{"name": "data", "path": "/data", "readOnly": true}],
      "ports": [{"name": "web", "port": 80, "count": 2, "protocol": "tcp", "socketActivated": true}],
      "isolators": [{"name": "resource/memory", "value": {"limit": "1G"}}],
      "eventHandlers": [{"name": "pre-start", "exec": ["/x"]}], "userLabels": {"org.example.k": "v"}}
    """

  @Test("an image is converted, the same each time, and what is lost is told")
  func conversion() throws {
    try make(
      "app", app,
      "ln rootfs/bin/busybox rootfs/again; truncate -s 1M rootfs/hole; chown 7:8 rootfs/bin/busybox")
    try box.shell("gzip -k app.aci; xz -k app.aci; tar -C aci -cSf sparse.aci ./manifest ./rootfs")
    let outcome = try box.run("image", "import", "app.aci").succeeds()
    #expect(outcome.output == "example.com/app:1.0\n")
    for pointer in [
      "/app/mountPoints/0/name", "/app/mountPoints/0/readOnly", "/app/ports/0/socketActivated",
      "/app/isolators/0",
      "/app/eventHandlers/0",
    ] { #expect(outcome.errors.contains("dropped \(pointer): "), "\(outcome)") }
    let digests = try ["app.aci", "app.aci.gz", "app.aci.xz"].map { name in
      let json = try box.run("image", "import", "--format", "json", name).succeeds().output
      let hash = try box.shell("sha512sum <app.aci").prefix(128)
      #expect(json.contains("\"imageID\": \"sha512-\(hash)\""))
      return try box.image("example.com/app:1.0", "digest")
    }
    #expect(Set(digests).count == 1)
    #expect(try box.run("image", "lint", "example.com/app:1.0").succeeds().output.isEmpty)
    let config = try box.run("image", "inspect", "example.com/app:1.0").succeeds().output
    for text in [
      "\"User\": \"7:9\"", "\"81/tcp\": {}", "\"/data\": {}", "\"WorkingDir\": \"/bin\"",
      "\"org.example.k\": \"v\"",
    ] {
      #expect(config.contains(text), "\(text)")
    }
    try box.shell(
      "$SWBOX unpack example.com/app:1.0 tree; cmp tree/again /bin/busybox; test tree/again -ef tree/bin/busybox"
    )
    // The same with holes and another way to write paths.
    try box.run("image", "import", "sparse.aci", "sparse").succeeds()
    try box.run("unpack", "sparse", "other").succeeds()
    #expect(try box.shell("stat -c %s other/hole") == "1048576\n")
    try box.shell("skopeo copy -q oci:store:example.com/app:1.0 oci:copy:app")
  }

  @Test("dependencies come from the store, and a whitelist leaves only what it names")
  func dependencies() throws {
    try make("base", "", "mkdir rootfs/etc; echo base >rootfs/etc/name; echo kept >rootfs/etc/kept")
    let further = """
      "dependencies": [{"imageName": "example.com/base", "labels": [{"name": "version", "value": "1.0"}]}]
      """
    try make("top", further, "rm -r rootfs/bin; mkdir rootfs/etc; echo top >rootfs/etc/name")
    try box.run("image", "import", "top.aci").refuses(saying: "\"example.com/base\" (version=1.0)")
    try box.run("image", "import", "base.aci").succeeds()
    try box.run("image", "import", "top.aci").succeeds()
    try box.shell("$SWBOX unpack example.com/top:1.0 tree")
    #expect(File.text(box.directory + "/tree/etc/name") == "top\n")
    #expect(File.text(box.directory + "/tree/etc/kept") == "kept\n")
    try make(
      "few", further + #", "pathWhitelist": ["/etc/name", "/bin/busybox"]"#,
      "rm -r rootfs/bin; mkdir rootfs/etc; echo few >rootfs/etc/name")
    try box.run("image", "import", "few.aci").succeeds()
    let files = try box.shell("$SWBOX export example.com/few:1.0 | tar t | sort")
    #expect(files == "./\nbin/\nbin/busybox\netc/\netc/name\n")
    try make("other", further.replacing("1.0", with: "2.0"))
    try box.run("image", "import", "other.aci").refuses(saying: "version=2.0")
  }

  @Test("lint tells of all that is wrong with an archive at once")
  func lint() throws {
    try make(
      "bad", #""app": {"user": "", "group": "0", "ports": [{"name": "A", "protocol": "t", "port": 0}]}"#)
    try box.shell("cd aci; touch other; tar -cf ../bad.aci other manifest rootfs rootfs/bin/sh")
    let outcome = try box.run("image", "lint", "./bad.aci")
    #expect(outcome.status == 1)
    for text in [
      "\"other\": is neither", "\"rootfs/bin/sh\": occurs twice", "/app/user: is empty", "/app/ports/0/port",
    ] {
      #expect(outcome.output.contains(text), "\(text): \(outcome)")
    }
    let refusal = try box.run("image", "import", "bad.aci")
    refusal.refuses(saying: "is neither", "occurs twice", "/app/user", "/app/ports/0/name")
    #expect(try box.images().isEmpty)
  }

  @Test("hostile archives are refused, and leave nothing")
  func hostile() throws {
    try make("whole")
    let script = """
      import io, sys, tarfile
      def make(name, entries):
        with tarfile.open(name, "w") as archive:
          for path, kind, link in entries:
            entry = tarfile.TarInfo(path); entry.type = kind; entry.linkname = link
            data = open("aci/manifest", "rb").read() if path == "manifest" and kind == tarfile.REGTYPE else b""
            entry.size = len(data); archive.addfile(entry, io.BytesIO(data))
      F, D, L, S, C = tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE
      good = [("manifest", F, ""), ("rootfs", D, "")]
      make("h-out.aci", good + [("rootfs/../../victim", F, "")])
      make("h-absolute.aci", good + [("/victim", F, "")])
      make("h-link.aci", good + [("rootfs/passwd", L, "/etc/passwd")])
      make("h-manifest.aci", good + [("rootfs/m", L, "manifest")])
      make("h-whiteout.aci", good + [("rootfs/.wh.x", F, "")])
      make("h-device.aci", good + [("rootfs/null", C, "")])
      make("h-none.aci", [("rootfs", D, "")])
      make("h-symlink.aci", [("manifest", S, "/etc/passwd"), ("rootfs", D, "")])
      make("h-root.aci", [("manifest", F, ""), ("rootfs", S, "/")])
      make("h-through.aci", good + [("rootfs/up", S, "/../../.."), ("rootfs/up/victim", F, "")])
      """
    var python = Command("python3", ["-c", script])
    python.directory = box.directory
    try python.run().succeeds()
    try box.shell(
      "head -c 700000 whole.aci >h-cut.aci; head -c 1500 /dev/urandom >h-noise.aci; : >h-empty.aci")
    for name in File.names(in: box.directory).filter({ $0.hasPrefix("h-") }).sorted() {
      let outcome = try box.run("image", "import", name)
      if outcome.status == 0 {
        // Harmless to keep: refused where it is unpacked, or unpacked inside.
        _ = try box.run("unpack", "example.com/whole:1.0", "tree-\(name)")
        #expect(["h-device.aci", "h-through.aci"].contains(name), "\(name): \(outcome)")
        try box.run("rmi", "example.com/whole:1.0").succeeds()
      } else {
        outcome.refuses()
      }
      #expect(!File.exists(box.directory + "/victim") && !File.exists("/victim"))
    }
    try box.run("gc").succeeds()
    #expect(File.names(in: box.root + "/blobs/sha256").isEmpty)
  }
}
