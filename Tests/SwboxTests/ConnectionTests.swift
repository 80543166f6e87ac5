import Foundation
import TestSupport
import Testing

@Suite("ways to a registry")
struct ConnectionTests {
  let box: Box

  init() throws {
    box = try Box()
    try box.allowAll()
    try box.shell("mkdir tree; head -c 300000 /dev/urandom >tree/x; tar -C tree -c . | $SWBOX import - one")
  }

  private func run(_ words: [String], _ environment: [String: String]) throws -> Outcome {
    var command = box.command(words)
    for (name, value) in environment { command.environment[name] = value }
    return try command.run(timeout: .seconds(120))
  }

  @Test(
    "the proxy that the environment names is gone through, with TLS and without, but not to what no_proxy names"
  )
  func proxy() throws {
    let proxy = try RegistryHost.proxy(in: box)
    let plain = try RegistryHost.docker(in: box)
    let protected = try RegistryHost.docker(in: box, isProtected: true)
    let by = "http://%61lice:secr%65t@\(proxy.address)"
    let toPlain = ["push", "--tls-verify=false", "one", "\(plain.address)/one:1"]
    let toProtected = [
      "push", "--cert-dir", "ca", "--creds", "alice:secret", "one", "\(protected.address)/one:1",
    ]
    try run(toPlain, ["http_proxy": by]).succeeds()
    #expect(proxy.requests.contains(["CONNECT", plain.address, "200"]))
    try run(toProtected, ["HTTPS_PROXY": by]).succeeds()
    #expect(proxy.requests.contains(["CONNECT", protected.address, "200"]))
    let count = proxy.requests.count
    try run(toProtected, ["https_proxy": by, "no_proxy": "a.example, 127.0.0.1"]).succeeds()
    // A web server's client can set this one.
    try run(toPlain, ["HTTP_PROXY": by]).succeeds()
    for exceptions in ["127.0.0.0/8", ".example,[::1] 127.0.0.1/32", "*"] {
      try run(toProtected, ["ALL_PROXY": by, "NO_PROXY": exceptions]).succeeds()
    }
    #expect(proxy.requests.count == count)
    for (words, variable) in [(toPlain, "all_proxy"), (toProtected, "ALL_PROXY")] {
      let count = proxy.requests.count
      try run(words, [variable: by, "no_proxy": "127.0.0.2,127.0.1.0/24,7.0.0.1,.0.0.1"]).succeeds()
      #expect(proxy.requests.count > count, "\(variable)")
    }
    try run(toPlain, ["ALL_PROXY": "socks5://127.0.0.1:1"]).refuses(saying: "the variable ALL_PROXY")
    let unknown = "http://\(proxy.address)"
    for (name, words) in [("https_proxy", toProtected), ("http_proxy", toPlain)] {
      let outcome = try run(words, [name: unknown])
      outcome.refuses(saying: "by way of the proxy \(proxy.address), which the environment names")
      #expect(!outcome.errors.contains("secret"))
    }
    try run(toProtected, ["https_proxy": "http://127.0.0.1:1"])
      .refuses(saying: "ECONNREFUSED", "by way of the proxy 127.0.0.1:1")
    try run(toProtected, ["https_proxy": "socks5://127.0.0.1:1"]).refuses(saying: "the variable https_proxy")
  }

  @Test("a registry that wants a client's certificate gets the one of its directory, and no other key")
  func clientCertificate() throws {
    let host = try RegistryHost.docker(in: box, isProtected: true, knowsClients: true)
    let push = ["push", "--creds", "alice:secret", "one", "\(host.address)/one:1"]
    try run(push + ["--cert-dir", "ca"], [:]).refuses(saying: host.address, "it wants a client's certificate")
    try box.shell(
      "folder=.config/containers/certs.d/\(host.address); mkdir -p $folder; cp tls/ca.crt tls/client.* $folder"
    )
    try run(push, [:]).succeeds()
    let folder = "\(box.directory)/.config/containers/certs.d/\(host.address)"
    try box.shell("cp tls/server.key \(folder)/client.key")
    try run(push, [:]).refuses(saying: "\(folder)/client.key is not the key of \(folder)/client.cert")
    try box.shell("rm \(folder)/client.key")
    try run(push, [:]).refuses(saying: "\(folder)/client.cert has no key")
    try box.shell("echo no >\(folder)/client.key")
    try run(push, [:]).refuses(saying: "client.key is no private key in PEM form")
  }

  @Test("a layer that the registry does not have comes from one of the addresses that its descriptor names")
  func foreignLayer() throws {
    try box.shell(
      """
      python3 - <<'EOF'
      import hashlib, json, os, subprocess
      os.makedirs("web"); os.makedirs("layout/blobs/sha256")
      archive = subprocess.run(["tar", "-C", "tree", "-c", "."], check=True, capture_output=True).stdout
      open("web/layer", "wb").write(archive)
      def put(kind, content, keep=True):
          name = hashlib.sha256(content).hexdigest()
          open("layout/blobs/sha256/" + name, "wb").write(content)
          return {"mediaType": "application/vnd.oci.image." + kind, "digest": "sha256:" + name, "size": len(content)}
      layer = put("layer.nondistributable.v1.tar", archive)
      layer["urls"] = ["http://127.0.0.1:8000/layer", "http://203.0.113.1:8000/absent", "http://203.0.113.1:8000/layer"]
      config = put("config.v1+json", json.dumps({"architecture": "amd64", "os": "linux",
          "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}}).encode())
      manifest = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
          "config": config, "layers": [layer]}).encode()
      open("manifest", "wb").write(manifest)
      open("config", "wb").write(open("layout/blobs/" + config["digest"].replace(":", "/"), "rb").read())
      EOF
      """)
    // Addresses that are not this machine's own surroundings, but lead nowhere else.
    let outcome = try box.shell(
      """
      cat >serve.py <<'EOF'
      import hashlib, http.server
      class Registry(http.server.SimpleHTTPRequestHandler):
          def do_GET(self):
              config, manifest = open("config", "rb").read(), open("manifest", "rb").read()
              known = {"/v2/": b"{}", "/v2/far/manifests/1": manifest,
                       "/v2/far/blobs/sha256:" + hashlib.sha256(config).hexdigest(): config}
              if self.path == "/layer": known[self.path] = open("web/layer", "rb").read()
              with open("asked", "a") as log:
                  log.write("%s %s %s\\n" % (self.headers["host"], self.path, self.headers.get("authorization")))
              if self.path == "/v2/" and not self.headers.get("authorization"):
                  self.send_response(401); self.send_header("www-authenticate", "Basic realm=r"); body = b""
              elif self.path.startswith("/v2/far/") and not self.headers.get("authorization"):
                  self.send_response(401); self.send_header("www-authenticate", "Basic realm=r"); body = b""
              else:
                  body = known.get(self.path)
                  self.send_response(404 if body is None else 200)
              if self.path.endswith("manifests/1"):
                  self.send_header("content-type", "application/vnd.oci.image.manifest.v1+json")
              self.send_header("content-length", str(len(body or b""))); self.end_headers(); self.wfile.write(body or b"")
          def log_message(self, *words): pass
      http.server.ThreadingHTTPServer(("", 8000), Registry).serve_forever()
      EOF
      unshare --net sh -ec '
        ip link set lo up; ip addr add 203.0.113.1/24 dev lo; ip addr add 203.0.113.2/24 dev lo
        python3 serve.py & server=$!; trap "kill $server" EXIT
        for turn in $(seq 100); do python3 -c "import socket; socket.create_connection((\"127.0.0.1\", 8000))" 2>/dev/null && break; sleep 0.1; done
        $SWBOX pull --tls-verify=false --creds alice:secret 203.0.113.2:8000/far:1'
      """)
    #expect(outcome.hasPrefix("203.0.113.2:8000/far:1 sha256:"))
    let asked = File.text(box.directory + "/asked").split(separator: "\n").map(String.init)
    #expect(!asked.contains { $0.hasPrefix("127.0.0.1:8000 /layer") })
    #expect(asked.contains("203.0.113.1:8000 /absent None"))
    #expect(asked.contains("203.0.113.1:8000 /layer None"), "the password is the registry's alone: \(asked)")
    try box.checkBlobs()
  }
}
