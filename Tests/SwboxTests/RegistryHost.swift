import Foundation
import TestSupport
import Testing

/// A registry on loopback, which ends with this object.
final class RegistryHost {
  /// `127.0.0.1:40123`
  let address: String
  /// The other host that some repositories of the odd registry have.
  let other: String
  /// Lines of the odd registry's requests.
  let log: String
  private let running: Running

  private init(_ running: Running, ports: [String], log: String) {
    self.running = running
    address = "127.0.0.1:\(ports[0])"
    other = "127.0.0.1:\(ports.last ?? "")"
    self.log = log
  }

  deinit {
    running.signal(SIGKILL)
    running.wait()
  }

  /// Debian's docker-registry.
  ///
  /// - Parameters:
  ///   - isProtected: Whether it speaks TLS, with the certificates of `makeCertificates`, and wants alice's password.
  ///   - knowsClients: Whether it then wants clients' certificates of that CA, too.
  static func docker(
    in box: Box, isProtected: Bool = false, knowsClients: Bool = false
  ) throws -> RegistryHost {
    if isProtected { try box.makeCertificates() }
    // `htpasswd -Bbn alice secret`, with few rounds.
    let password = "alice:$2y$05$qQbwWh5jBbr0mYtDTVuHgeDOufDKfpPy1W7RCEHzshRyjE/.OXCay"
    let name = "registry-\(UInt32.random(in: 0 ... .max))"
    let folder = "\(box.directory)/\(name)"
    let clients = knowsClients ? ", clientcas: [\(box.directory)/tls/ca.crt]" : ""
    let tls =
      "tls: {certificate: \(box.directory)/tls/server.crt, key: \(box.directory)/tls/server.key\(clients)}"
    let protection = isProtected ? "auth: {htpasswd: {realm: test, path: \(folder).htpasswd}}" : ""
    try File.write(
      """
      version: 0.1
      storage: {filesystem: {rootdirectory: \(folder)}, delete: {enabled: true}}
      http: {addr: "127.0.0.1:0"\(isProtected ? ", " + tls : "")}
      \(protection)
      """, to: "\(folder).yml")
    try File.write(password + "\n", to: "\(folder).htpasswd")
    let running = try Command("docker-registry", ["serve", "\(folder).yml"]).start()
    let mark = "listening on 127.0.0.1:"
    try wait(for: running) { $0.errors.contains(mark) }
    let text = try #require(running.errors.components(separatedBy: mark).last)
    return RegistryHost(running, ports: [String(text.prefix { $0.isNumber })], log: "")
  }

  /// The project's own, which misbehaves.
  ///
  /// - Parameters:
  ///   - realm: Where one of its repositories sends for tokens.
  static func odd(in box: Box, realm: String = "") throws -> RegistryHost {
    let log = "\(box.directory)/odd-\(UInt32.random(in: 0 ... .max)).log"
    let script = TestRootfs.package + "/Tests/SwboxTests/odd-registry"
    let running = try Command("python3", [script, log, realm]).start()
    try wait(for: running) { $0.output.hasSuffix("\n") }
    return RegistryHost(
      running, ports: running.output.split { $0 == " " || $0 == "\n" }.map(String.init), log: log)
  }

  /// A proxy on loopback that wants the user `alice:secret`.
  static func proxy(in box: Box) throws -> RegistryHost {
    let log = "\(box.directory)/proxy.log"
    let script = TestRootfs.package + "/Tests/SwboxTests/proxy"
    let running = try Command("python3", [script, log]).start()
    try wait(for: running) { $0.output.hasSuffix("\n") }
    return RegistryHost(running, ports: [running.output.trimmingCharacters(in: .newlines)], log: log)
  }

  /// What was asked for: server, method, path, status, authorization, range.
  var requests: [[String]] {
    File.text(log).split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
  }

  private static func wait(for running: Running, until isReady: (Running) -> Bool) throws {
    for _ in 0..<600 {
      if isReady(running) { return }
      try #require(!running.hasEnded, "\(running.errors)")
      usleep(50_000)
    }
    Issue.record("the registry does not start: \(running.errors)")
  }
}

extension Box {
  /// A CA, a certificate for 127.0.0.1 and one of a client in `tls`; the CA alone in `ca`.
  func makeCertificates() throws {
    try shell(
      """
      mkdir -p tls ca; cd tls
      openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 -subj /CN=test-ca 2>/dev/null
      openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=test 2>/dev/null
      echo subjectAltName=DNS:localhost,IP:127.0.0.1 >names
      openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out server.crt -days 2 \
        -extfile names 2>/dev/null
      openssl req -newkey rsa:2048 -nodes -keyout client.key -out client.csr -subj /CN=alice 2>/dev/null
      openssl x509 -req -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out client.cert -days 2 2>/dev/null
      cp ca.crt ../ca/
      """)
  }

  /// What a command prints with `--format json`.
  func json(_ arguments: [String], root: String? = nil) throws -> [String: Any] {
    let outcome = try command(arguments + ["--format", "json"], root: root).run(timeout: .seconds(120))
    outcome.succeeds()
    let value = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    return try #require(value as? [String: Any] ?? (value as? [[String: Any]])?.first)
  }

  /// Expects that each blob of the store has the content that its name says.
  func checkBlobs(root: String? = nil, sourceLocation: SourceLocation = #_sourceLocation) throws {
    try shell(
      """
      cd \(root ?? self.root)/blobs/sha256
      for blob in *; do test "$(sha256sum <"$blob")" = "$blob  -"; done
      """, sourceLocation: sourceLocation)
  }
}
