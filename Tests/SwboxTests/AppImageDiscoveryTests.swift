import Foundation
import TestSupport
import Testing

@Suite("App Container Images from the network")
struct AppImageDiscoveryTests {
  let box: Box

  init() throws { box = try Box() }

  /// A web server on the loopback of a network namespace, with an image, its signature, and pages that name them.
  private func prepare() throws {
    try box.shell(
      """
      mkdir -p web/deep aci/rootfs/bin; cp /bin/busybox aci/rootfs/bin/
      for name in app other; do
        printf '{"acKind":"ImageManifest","acVersion":"0.8.11","name":"localhost/deep/%s","labels":%s}' $name \
          '[{"name":"version","value":"1"}]' >aci/manifest; tar -C aci -cf web/$name.aci manifest rootfs
      done
      cp web/other.aci web/wrong.aci; cp web/app.aci web/unsigned.aci
      cat >web/index.html <<'END'
      <html><head><meta name="ac-discovery" content="localhost/deep https://localhost/go/{ext}?{name}">
      END
      openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
        -keyout key.pem -out cert.pem 2>/dev/null; mkdir certs; cp cert.pem certs/ca.crt
      export GNUPGHOME=$PWD/gpg; mkdir -m 700 gpg
      gpg -q --batch --passphrase '' --quick-gen-key signer@example.com rsa2048 sign never 2>/dev/null
      gpg -q --armor --export >signer.asc
      for name in app other wrong; do gpg -q --armor --detach-sign -o web/$name.aci.asc web/$name.aci; done
      gpgconf --kill all
      cat >server.py <<'END'
      import http.server, os, ssl
      class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
          path, _, query = self.path.partition("?")
          if path.startswith("/go/"):
            self.send_response(302)
            self.send_header("location", "/" + query.split("/")[-1] + "." + path[4:])
            self.send_header("content-length", "0"); self.end_headers(); return
          if query == "ac-discovery=1": path = "/index.html" if path in ("/", "") else "/none"
          try: body = open("web" + path, "rb").read(); status = 200
          except OSError: body = b"none"; status = 404
          self.send_response(status); self.send_header("content-length", str(len(body))); self.end_headers()
          self.wfile.write(body)
        def log_message(self, *words): pass
      server = http.server.ThreadingHTTPServer(("127.0.0.1", 443), Handler)
      context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); context.load_cert_chain("cert.pem", "key.pem")
      server.socket = context.wrap_socket(server.socket, server_side=True)
      open("ready", "w").close(); server.serve_forever()
      END
      """)
  }

  /// Runs a script beside the server.
  private func beside(_ script: String) throws -> String {
    try File.write(
      """
      ip link set lo up; rm -f ready; python3 server.py & server=$!
      trap 'kill $server' EXIT
      for wait in $(seq 100); do test -e ready && break; sleep 0.1; done
      \(script)
      """, to: box.directory + "/script")
    return try box.shell("unshare -nm sh -e script 2>&1")
  }

  @Test("an image is found, and taken only if a trusted key has signed it")
  func signed() throws {
    try prepare()
    let said = try beside(
      """
      import="$SWBOX image import --cert-dir certs"
      $import localhost/deep/app:1 || echo "refused $?"
      $SWBOX trust add --prefix localhost/deep signer.asc
      $import localhost/deep/app:1
      $import localhost/deep/app:2 || echo "refused $?"
      $import localhost/deep/unsigned || echo "refused $?"
      $import --no-signature localhost/deep/unsigned || echo "refused $?"
      $import localhost/deep/wrong || echo "refused $?"
      $SWBOX image import localhost/deep/app:1 || echo "refused $?"
      $import localhost/elsewhere/app || echo "refused $?"
      printf x >>web/app.aci; $import localhost/deep/app:1 || echo "refused $?"
      """)
    #expect(said.contains("no key is trusted to sign for localhost/deep/app"), "\(said)")
    #expect(said.contains("localhost/deep/app:1\n"), "\(said)")
    #expect(said.contains("its label version is \"1\""), "\(said)")
    #expect(
      said.contains("there is no signature at https://localhost/go/aci.asc?localhost/deep/unsigned"),
      "\(said)")
    #expect(said.contains("its name is \"localhost/deep/app\""), "\(said)")
    #expect(said.contains("its name is \"localhost/deep/other\""), "\(said)")
    #expect(said.contains("nothing says where localhost/elsewhere/app"), "\(said)")
    #expect(said.split(separator: "refused 125").count == 9, "\(said)")
    #expect(try box.images().compactMap { $0["name"] as? String } == ["localhost/deep/app:1"])
    try box.run("gc").succeeds()
    #expect(File.names(in: box.root + "/staging").isEmpty)
  }

  @Test("a name that no server knows is told of once, by swbox alone")
  func unknownHost() throws {
    let answer = #"query[:2] + b"\x81\x83" + query[4:6] + b"\0" * 6 + query[12:]"#
    try File.write(
      """
      import socket, time
      server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); server.bind(("127.0.0.1", 53))
      open("ready", "w").close()
      for count in range(100):
        query, client = server.recvfrom(512)
        # What the first attempt has begun comes to its end in the second.
        if count == 2: time.sleep(1)
        server.sendto(\(answer), client)
      """, to: box.directory + "/server.py")
    try box.shell("echo nameserver 127.0.0.1 >resolv.conf")
    let said = try beside(
      """
      mount --bind resolv.conf /etc/resolv.conf
      $SWBOX image import nosuch.invalid/app:1 || echo "refused $?"
      """)
    #expect(said.split(separator: "\n").count == 2, "\(said)")
    #expect(said.hasPrefix("swbox: image import: ") && said.hasSuffix("\nrefused 125\n"), "\(said)")
  }

  @Test("a file with its signature is checked in the same way")
  func file() throws {
    try prepare()
    func importing(_ name: String, _ signature: String) throws -> Outcome {
      try box.run("image", "import", "--signature", signature, name)
    }
    try importing("web/app.aci", "web/app.aci.asc").refuses(saying: "no key is trusted")
    try box.run("trust", "add", "--prefix", "localhost/deep", "signer.asc").succeeds()
    try importing("web/app.aci", "web/other.aci.asc").refuses()
    try importing("web/app.aci", "web/app.aci").refuses()
    #expect(try box.images().isEmpty)
    try importing("web/app.aci", "web/app.aci.asc").succeeds()
  }
}
