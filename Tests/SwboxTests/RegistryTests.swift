import Foundation
import TestSupport
import Testing

@Suite("registries")
struct RegistryTests {
  let box: Box

  init() throws {
    box = try Box()
    try box.allowAll()
  }

  @Test("an image keeps its digest on the way to a registry and back, as skopeo and podman see it, too")
  func thereAndBack() throws {
    try box.makeLayout()
    let host = try RegistryHost.docker(in: box)
    let name = "\(host.address)/team/changed:1"
    try box.shell("$SWBOX load -i layout; $SWBOX tag changed \(name)")
    let digest = try box.image(name, "digest")
    #expect(try box.run("push", "--tls-verify=false", name).succeeds().output == "\(name) \(digest)\n")
    let theirs = try box.shell("skopeo inspect --tls-verify=false --format '{{.Digest}}' docker://\(name)")
    #expect(theirs == digest + "\n")
    let other = box.directory + "/other"
    #expect(
      try box.run("pull", "--tls-verify=false", name, root: other).succeeds().output == "\(name) \(digest)\n")
    #expect(try box.image(name, "digest", root: other) == digest)
    #expect(try box.image(name, "id", root: other) == box.image(name, "id"))
    try box.run("image", "lint", name, root: other).succeeds()
    try box.checkBlobs(root: other)
    #expect(try box.run("gc", root: other).succeeds().output == "freed 0 B\n")
    let podman = "podman --root \(box.directory)/p --runroot \(box.directory)/r --storage-driver vfs"
    let id = try box.shell("\(podman) pull -q --tls-verify=false \(name)")
    #expect("sha256:\(id)" == (try box.image(name, "id")) + "\n")
    // What skopeo pushes is the same here, by tag and by digest.
    try box.shell("skopeo copy -q --dest-tls-verify=false oci:layout:base docker://\(host.address)/base:2")
    let base = try box.shell("skopeo inspect --format '{{.Digest}}' oci:layout:base").dropLast()
    let byDigest = "\(host.address)/base@\(base)"
    try box.run("pull", "--tls-verify=false", byDigest, root: other).succeeds()
    #expect(try box.image(byDigest, "digest", root: other) == base)
    let wrong = "\(host.address)/base@sha256:\(String(repeating: "0", count: 64))"
    try box.run("pull", "--tls-verify=false", wrong).refuses(saying: "HTTP 404", "MANIFEST_UNKNOWN")
    // Docker's own form is kept as it is.
    try box.shell(
      "skopeo copy -q --format v2s2 --dest-tls-verify=false oci:layout:base docker://\(host.address)/docker:2"
    )
    let docker = try box.shell(
      "skopeo inspect --tls-verify=false --format '{{.Digest}}' docker://\(host.address)/docker:2")
    let pulled = try box.json(["pull", "--tls-verify=false", "\(host.address)/docker:2"], root: other)
    #expect(pulled["digest"] as? String == String(docker.dropLast()))
    try box.run(
      "push", "--tls-verify=false", "\(host.address)/docker:2", "\(host.address)/again:3", root: other
    )
    .succeeds()
    #expect(
      docker
        == (try box.shell(
          "skopeo inspect --tls-verify=false --format '{{.Digest}}' docker://\(host.address)/again:3")))
  }

  @Test("an image that was pulled by its digest does not answer for a tag")
  func digestBesideTag() throws {
    let host = try RegistryHost.docker(in: box)
    let name = "\(host.address)/app"
    var digests: [String] = []
    for content in ["one", "two"] {
      try box.shell(
        """
        mkdir -p tree; echo \(content) >tree/file; tar -C tree -c . | $SWBOX import - \(name):latest
        $SWBOX push --tls-verify=false \(name):latest
        """)
      digests.append(try box.image("\(name):latest", "digest"))
    }
    let other = box.directory + "/other"
    for reference in ["latest@\(digests[0])", "nosuch@\(digests[0])", "latest"] {
      try box.run("pull", "--tls-verify=false", "\(name):\(reference)", root: other).succeeds()
    }
    func names() throws -> [String?] { try box.images(root: other).map { $0["name"] as? String } }
    #expect(try names() == ["\(name)@\(digests[0])", "\(name):latest"])
    for (wanted, digest) in [
      (":latest", digests[1]), (":latest@\(digests[0])", digests[0]), ("@\(digests[1])", digests[1]),
    ] {
      let found = try box.json(["image", "inspect", name + wanted], root: other)
      #expect(found["digest"] as? String == digest, "\(wanted)")
    }
    try box.run("image", "inspect", "\(name):nosuch", root: other).refuses(saying: "no image is named")
    try box.run("rmi", "\(name):latest", root: other).succeeds()
    #expect(try names() == ["\(name)@\(digests[0])"])
    try box.run("rmi", "\(name):latest@\(digests[0])", root: other).succeeds()
    #expect(try names().isEmpty)
  }

  @Test("a pull replaces documents that are damaged in the store, and layers once that was found")
  func repairs() throws {
    let host = try RegistryHost.docker(in: box)
    let name = "\(host.address)/app:1"
    try box.shell(
      """
      mkdir tree; head -c 2000000 /dev/urandom >tree/noise; tar -C tree -c . | $SWBOX import - \(name)
      $SWBOX push --tls-verify=false \(name)
      """)
    let inspected = try box.json(["image", "inspect", name])
    let layer = try #require((inspected["layers"] as? [[String: Any]])?.first?["digest"] as? String)
    let documents = [try box.image(name, "digest"), try box.image(name, "id")]
    for digest in documents + [layer] {
      try box.shell(
        """
        rm -rf store/layers/* out
        printf X | dd of=store/blobs/sha256/\(digest.dropFirst(7)) bs=1 seek=\(digest == layer ? 1_000_000 : 5) conv=notrunc 2>/dev/null
        """)
      if digest == layer {
        try box.run("pull", "--tls-verify=false", name).refuses(saying: "\(layer) in the store", "is damaged")
      }
      try box.run("pull", "--tls-verify=false", name).succeeds()
      try box.checkBlobs()
      try box.run("unpack", name, "out").succeeds()
    }
  }

  @Test(
    "blobs that a registry has are not sent again, those of a neighbour are mounted, large ones go in chunks")
  func pushing() throws {
    let host = try RegistryHost.docker(in: box)
    try box.shell(
      "mkdir tree; head -c 3000000 /dev/urandom >tree/noise; tar -C tree -c . | $SWBOX import - \(host.address)/one:1"
    )
    let push = ["push", "--tls-verify=false", "\(host.address)/one:1"]
    let first = try box.json(push)
    #expect(try #require(first["transferred"] as? Int) > 3_000_000)
    #expect(try box.json(push)["transferred"] as? Int == 0)
    #expect(try box.json(push + ["\(host.address)/deep/two:1"])["transferred"] as? Int == 0)
    let fresh = try RegistryHost.docker(in: box)
    let chunked = try box.json(push + ["\(fresh.address)/three:1", "--chunk-size", "700K"])
    #expect(chunked["digest"] as? String == first["digest"] as? String)
    try box.run("pull", "--tls-verify=false", "\(fresh.address)/three:1", root: box.directory + "/other")
      .succeeds()
    try box.checkBlobs(root: box.directory + "/other")
    try box.run("push", "one").refuses(saying: "no image is named")
    try box.shell("$SWBOX tag \(host.address)/one:1 mine")
    try box.run("push", "--tls-verify=false", "mine").refuses(saying: "localhost")
  }

  @Test("of an image for several platforms one is pulled, or all; whole ones are pushed as they are")
  func platforms() throws {
    let host = try RegistryHost.docker(in: box)
    try box.makeManyPlatforms()
    let name = "\(host.address)/many:1"
    try box.shell("skopeo copy -q --all --dest-tls-verify=false oci:many:all docker://\(name)")
    let digest = try box.shell("skopeo inspect --raw --tls-verify=false docker://\(name) | sha256sum").prefix(
      64)
    let pull = ["pull", "--tls-verify=false", "--no-unpack", name]
    #expect(try box.json(pull)["digest"] as? String == "sha256:\(digest)")
    #expect(try box.run("image", "inspect", name).succeeds().output.contains("\"linux/amd64\""))
    let only = try box.json(["push", "--tls-verify=false", name, "\(host.address)/only:1"])
    #expect(only["digest"] as? String != "sha256:\(digest)")
    try box.run("push", "--tls-verify=false", "--all-platforms", name, "\(host.address)/whole:1")
      .refuses(saying: "linux/arm64/v8", "is not here", "--all-platforms")
    let arm = box.directory + "/arm"
    try box.command(pull + ["--platform", "linux/arm64"], root: arm).run().succeeds()
    #expect(try box.run("image", "inspect", name, root: arm).succeeds().output.contains("\"linux/arm64"))
    try box.command(pull + ["--platform", "linux/mips"], root: arm).run()
      .refuses(saying: "no image for linux/mips", "it has linux/amd64, linux/arm64/v8")
    try box.command(pull + ["--platform", "mips"], root: arm).run().refuses(saying: "--platform")
    try box.command(pull + ["--all-platforms"]).run().succeeds()
    let whole = try box.json(
      ["push", "--tls-verify=false", "--all-platforms", name, "\(host.address)/whole:1"])
    #expect(whole["digest"] as? String == "sha256:\(digest)")
    try box.checkBlobs()
  }

  @Test("a registry with TLS and passwords: own CA, login, logout, wrong passwords, programs that keep them")
  func protected() throws {
    let host = try RegistryHost.docker(in: box, isProtected: true)
    try box.shell(
      "mkdir tree; echo x >tree/x; tar -C tree -c . | $SWBOX import - \(host.address)/team/one:1")
    let name = "\(host.address)/team/one:1"
    try box.run("push", name).refuses(saying: "CERTIFICATE_VERIFY_FAILED", "certs.d/\(host.address)/ca.crt")
    try box.run("push", "--cert-dir", "ca", name).refuses(saying: "wants to know who asks", "swbox login")
    let auth = box.directory + "/auth.json"
    try File.write("{\"auths\":{\"other.example\":{\"auth\":\"YTpi\"}},\"extra\":[1,{\"a\":null}]}", to: auth)
    func run(_ words: String..., input: String = "") throws -> Outcome {
      var command = box.command(words)
      command.environment["REGISTRY_AUTH_FILE"] = auth
      command.environment["PATH"] = box.directory + "/bin:/usr/bin:/bin"
      command.input = .text(input)
      return try command.run()
    }
    try run("login", "--cert-dir", "ca", "-u", "alice", "-p", "wrong", host.address)
      .refuses(saying: "does not accept the user or the password", "UNAUTHORIZED")
    try run("login", "--cert-dir", "ca", "-u", "alice", "--password-stdin", host.address, input: "secret\n")
      .succeeds()
    #expect(File.text(auth).contains("\"extra\":[1,{\"a\":null}]"))
    #expect(File.text(auth).contains("\"other.example\":{\"auth\":\"YTpi\"}"))
    #expect(try run("login", "--get-login", host.address).succeeds().output == "alice\n")
    try run("push", "--cert-dir", "ca", name).succeeds()
    try box.shell(
      "REGISTRY_AUTH_FILE=auth.json skopeo inspect --cert-dir ca docker://\(name) | grep -q Digest")
    // The same by a directory of certificates in its usual place.
    try box.shell("mkdir -p .config/containers/certs.d; cp -r ca .config/containers/certs.d/\(host.address)")
    try run("pull", name).succeeds()
    try run("logout", host.address).succeeds()
    try run("logout", host.address).refuses(saying: "nobody is logged in")
    try run("pull", name).refuses(saying: "wants to know who asks")
    try run("pull", "--creds", "alice:secret", name).succeeds()
    // More particular entries count more: the one for the repository is right.
    try box.shell(
      """
      good=$(printf alice:secret | base64); bad=$(printf alice:no | base64)
      echo "{\\"auths\\":{\\"\(host.address)\\":{\\"auth\\":\\"$bad\\"},\\"\(host.address)/team\\":{\\"auth\\":\\"$good\\"}}}" >auth.json
      """)
    try run("pull", name).succeeds()
    try run("pull", "\(host.address)/other:1").refuses(saying: "does not accept the user or the password")
    // A program keeps the password.
    try box.shell(
      """
      mkdir bin; cat >bin/docker-credential-test <<'EOF'
      #!/bin/sh
      case $1 in
        store) cat >kept;;
        get) test -s kept || { echo credentials not found in native keychain; exit 1; }; cat kept;;
        erase) rm kept;;
      esac
      EOF
      chmod +x bin/docker-credential-test; echo '{"credsStore":"test"}' >auth.json
      """)
    try run("pull", name).refuses(saying: "wants to know who asks")
    let login = try run("login", "-u", "alice", "-p", "secret", host.address).succeeds()
    #expect(login.output.contains("docker-credential-test"))
    #expect(!File.text(auth).contains("auths"))
    try run("pull", name).succeeds()
    try run("logout", host.address).succeeds()
    #expect(!File.exists(box.directory + "/kept"))
    try File.write("{\"credsStore\":\"absent\"}", to: auth)
    try run("pull", name).refuses(saying: "docker-credential-absent is not installed")
    try File.write("{\"auths\":{\"\(host.address)\":{\"auth\":\"?\"}}}", to: auth)
    try run("pull", name).refuses(saying: "no user and password in Base 64")
  }

  @Test("registries.conf: short names, aliases, mirrors, other locations, blocked and insecure registries")
  func configuration() throws {
    let host = try RegistryHost.docker(in: box)
    let full = "\(host.address)/team/one:1"
    try box.shell(
      "mkdir tree; echo x >tree/x; tar -C tree -c . | $SWBOX import - \(full); $SWBOX push --tls-verify=false \(full)"
    )
    let path = box.directory + "/registries.conf"
    func pull(_ name: String, _ configuration: String) throws -> Outcome {
      try File.write(configuration, to: path)
      var command = box.command(
        ["pull", "--no-unpack", "--retry", "0", name], root: box.directory + "/other")
      command.environment["CONTAINERS_REGISTRIES_CONF"] = path
      command.environment["CONTAINERS_REGISTRIES_CONF_DIR"] = box.directory + "/none"
      return try command.run()
    }
    let insecure = "[[registry]]\nlocation = \"\(host.address)\"\ninsecure = true\n"
    #expect(try pull(full, insecure).succeeds().output.hasPrefix(full))
    try pull(full, "").refuses(saying: "it does not speak TLS")
    #expect(
      try pull("team/one:1", "unqualified-search-registries = ['\(host.address)']\n" + insecure).succeeds()
        .output.hasPrefix(full))
    try pull("team/one:1", "unqualified-search-registries = []").refuses(saying: "names no registry")
    let two = "unqualified-search-registries = [\"a.example\", \"\(host.address)\"]\nshort-name-mode = "
    try pull("team/one:1", two + "\"enforcing\"\n" + insecure).refuses(
      saying: "may stand for a.example/team/one:1")
    #expect(
      try pull("one:1", insecure + "[aliases]\n\"one\" = \"\(host.address)/team/one\"\n").succeeds().output
        .hasPrefix(full))
    let mirrored = """
      [[registry]]
      prefix = "example.com/a"
      location = "127.0.0.1:1/nothing"
      [[registry.mirror]]
      location = "127.0.0.1:1/first"
      [[registry.mirror]]
      location = "\(host.address)/team"
      insecure = true
      """
    #expect(
      try pull("example.com/a/one:1", mirrored).succeeds().output.hasPrefix("example.com/a/one:1 sha256:"))
    try pull("example.com/a/one:1", mirrored + "\npull-from-mirror = \"digest-only\"")
      .refuses(saying: "127.0.0.1:1", "ECONNREFUSED")
    try pull("example.com/b/one:1", "[[registry]]\nprefix = \"*.com\"\nblocked = true")
      .refuses(saying: "blocked in registries.conf")
    try pull(full, "[[registry]]\nlocation = \"x\"\nfuture = true").refuses(saying: "\"future\" is not known")
    try pull(full, "[registries.search]\nregistries = ['x']").refuses(saying: "version 1")
    try pull(full, "a = 1").refuses(saying: "registries.conf:1: expected a string")
  }
}

extension Box {
  /// A policy that takes all images.
  func allowAll() throws {
    try shell("mkdir -p .config/containers")
    try File.write(
      "{\"default\":[{\"type\":\"insecureAcceptAnything\"}]}",
      to: directory + "/.config/containers/policy.json")
  }

  /// The layout `many` with the image `all` for linux/amd64 and linux/arm64/v8.
  func makeManyPlatforms() throws {
    let script = """
      import hashlib, io, json, os, tarfile
      os.makedirs("many/blobs/sha256")
      def put(kind, content):
          name = hashlib.sha256(content).hexdigest()
          open("many/blobs/sha256/" + name, "wb").write(content)
          return {"mediaType": "application/vnd.oci.image." + kind, "digest": "sha256:" + name, "size": len(content)}
      entries = []
      for architecture, variant in ("amd64", None), ("arm64", "v8"):
          archive = io.BytesIO()
          with tarfile.open(fileobj=archive, mode="w") as tar:
              entry = tarfile.TarInfo("architecture"); entry.size = 5
              tar.addfile(entry, io.BytesIO(architecture.encode()))
          layer = put("layer.v1.tar", archive.getvalue())
          platform = {"architecture": architecture, "os": "linux"}
          if variant: platform["variant"] = variant
          config = put("config.v1+json", json.dumps(dict(
              platform, rootfs={"type": "layers", "diff_ids": [layer["digest"]]})).encode())
          manifest = put("manifest.v1+json", json.dumps({
              "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
              "config": config, "layers": [layer]}).encode())
          entries.append(dict(manifest, platform=platform))
      index = put("index.v1+json", json.dumps({
          "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": entries}).encode())
      index["annotations"] = {"org.opencontainers.image.ref.name": "all"}
      json.dump({"schemaVersion": 2, "manifests": [index]}, open("many/index.json", "w"))
      json.dump({"imageLayoutVersion": "1.0.0"}, open("many/oci-layout", "w"))
      """
    try File.write(script, to: directory + "/many.py")
    try shell("python3 many.py")
  }
}
