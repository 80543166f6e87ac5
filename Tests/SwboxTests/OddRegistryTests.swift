import Foundation
import TestSupport
import Testing

@Suite("registries that fail, lie, or mean harm")
struct OddRegistryTests {
  let box: Box
  let host: RegistryHost

  init() throws {
    box = try Box()
    try box.allowAll()
    host = try RegistryHost.odd(in: box)
  }

  private func pull(_ repository: String, _ words: String...) throws -> Outcome {
    try box.command(
      ["pull", "--tls-verify=false", "--retry", "3"] + words + ["\(host.address)/\(repository):1"]
    ).run(timeout: .seconds(120))
  }

  @Test(
    "what fails for a passing reason is tried again, and goes on where it ended",
    arguments: [
      "plain", "busy", "ill", "cuts", "norange", "wrongrange", "chunked", "moved", "bearer", "rotating",
    ])
  func passing(_ repository: String) throws {
    try pull(repository).succeeds()
    try box.checkBlobs()
    #expect(try box.images().count == 1)
    #expect(try box.run("gc", "--dry-run").succeeds().output == "would free 0 B\n")
    let blobs = host.requests.filter { $0[2].contains("/blobs/") }
    if repository == "cuts" {
      let starts = blobs.filter { $0[5] != "-" }.compactMap { Int($0[5].dropFirst(6).dropLast()) }
      #expect(starts.count >= 3 && zip(starts, starts.dropFirst()).allSatisfy { $0 < $1 }, "\(starts)")
    }
    if repository == "bearer" {
      #expect(blobs.filter { $0[0] == "one" }.allSatisfy { $0[4] == "Bearer_good" || $0[3] == "401" })
      let far = host.requests.filter { $0[0] == "two" }
      #expect(!far.isEmpty && far.allSatisfy { $0[4] == "-" }, "a token went to another host: \(far)")
    }
  }

  @Test(
    "what a registry may not do is an error that says so, and nothing of it is kept",
    arguments: [
      ("changed", "sends another content"), ("short", "has 1000 bytes to send, but"),
      ("long", "bytes to send, but"),
      ("endless", "sends more than"), ("loop", "redirects more than 5 times"),
      ("file", "\"file:///etc/passwd\" is neither https nor http"),
      ("link", "an address of this machine's own link"),
      ("deep", "is no JSON"), ("huge", "is larger than 4194304 bytes"), ("both", "or both"),
      ("neither", "neither an image manifest nor an index"), ("schema1", "schema 1"),
      ("othertype", "says of itself that it is"), ("negative", "no size that can be checked"),
      ("enormous", "are free"), ("bigconfig", "its configuration has 1099511627776 bytes"),
      ("upwards", "no digest or no size"), ("faults", "/config"), ("lying", "has the digest"),
      ("patience", "asks to wait for 86400 seconds"), ("down", "UNAVAILABLE: down \\u{1b}[31m"),
      ("denied", "HTTP 403): DENIED: not for you"), ("nohttp", "does not answer in HTTP"),
      ("farrealm", "neither https nor http"),
    ])
  func refused(_ repository: String, _ message: String) throws {
    let outcome = try pull(repository)
    outcome.refuses(saying: message)
    #expect(!outcome.errors.contains("\u{1b}"))
    #expect(try box.images().isEmpty)
    try box.run("gc").succeeds()
    #expect(File.names(in: box.root + "/blobs/sha256").isEmpty)
    #expect(File.names(in: box.root + "/staging").isEmpty)
  }

  @Test("a user and an identity token go to the token service, a wrong password is refused there")
  func tokens() throws {
    try pull("bearer", "--creds", "alice:secret").succeeds()
    let asked = try #require(host.requests.first { $0[2].hasPrefix("/token") })
    #expect(asked[2].contains("account=alice") && asked[4].hasPrefix("Basic_"))
    try pull("rotating", "--creds", "alice:wrong").refuses(
      saying: "does not accept the user", "wrong password")
    try box.shell(
      """
      auth=$(printf '<token>:' | base64)
      echo "{\\"auths\\":{\\"\(host.address)\\":{\\"auth\\":\\"$auth\\",\\"identitytoken\\":\\"identity\\"}}}" >auth.json
      """)
    try pull("rotating", "--authfile", "auth.json").succeeds()
    #expect(host.requests.contains { $0[1] == "POST" && $0[2] == "/token" && $0[3] == "200" })
  }

  /// Pulls with a registries.conf of its own.
  private func pull(_ words: [String], _ configuration: String) throws -> Outcome {
    let path = box.directory + "/registries.conf"
    try File.write(configuration, to: path)
    var command = box.command(["pull", "--retry", "0"] + words)
    command.environment["CONTAINERS_REGISTRIES_CONF"] = path
    command.environment["CONTAINERS_REGISTRIES_CONF_DIR"] = box.directory + "/none"
    return try command.run(timeout: .seconds(120))
  }

  @Test func `a password that is given for an image goes to its registry, and to no mirror of it`() throws {
    let mirrored = """
      [[registry]]
      location = "\(host.address)"
      insecure = true
      [[registry.mirror]]
      location = "\(host.other)"
      insecure = true
      """
    try pull(["--creds", "alice:secret", "\(host.address)/basic:1"], mirrored).succeeds()
    let mirror = host.requests.filter { $0[0] == "two" && $0[2].hasPrefix("/v2/basic/") }
    #expect(!mirror.isEmpty && mirror.allSatisfy { $0[3] == "401" && $0[4] == "-" }, "\(mirror)")
    #expect(host.requests.contains { $0[0] == "one" && $0[3] == "200" && $0[4].hasPrefix("Basic_") })
    let count = host.requests.count
    let searched = "unqualified-search-registries = ['\(host.other)', '\(host.address)']\n" + mirrored
    try pull(["--creds", "alice:secret", "basic:1"], searched)
      .refuses(saying: "\(host.other)/basic:1, \(host.address)/basic:1", "write the whole name")
    #expect(host.requests.count == count)
  }

  @Test func `a token service on another host has to prove who it is, whatever the registry may do`() throws {
    let service = try RegistryHost.docker(in: box, isProtected: true)
    let port = try #require(service.address.split(separator: ":").last)
    let host = try RegistryHost.odd(in: box, realm: "https://localhost:\(port)/v2/")
    let name = "\(host.address)/elsewhere:1"
    let insecure = "[[registry]]\nlocation = \"\(host.address)\"\ninsecure = true\n"
    for (words, configuration) in [(["--tls-verify=false"], ""), ([], insecure)] {
      try pull(words + ["--creds", "alice:secret", name], configuration)
        .refuses(saying: "https://localhost:\(port)", "CERTIFICATE_VERIFY_FAILED")
      // One that does is asked.
      try pull(words + ["--cert-dir", "ca", "--creds", "alice:secret", name], configuration)
        .refuses(saying: "the token service https://localhost:\(port) answers without a token")
    }
  }

  @Test("what was brought before a kill is not fetched again; rmi leaves it, and gc removes it")
  func resumed() throws {
    let pull = try box.command(["pull", "--tls-verify=false", "\(host.address)/slow:1"]).start()
    let part = { (File.names(in: self.box.root + "/staging").first { $0.hasSuffix(".part") && !$0.isEmpty }) }
    for _ in 0..<1200 {
      if let name = part(), size(name) > 2_000_000 { break }
      usleep(20_000)
    }
    pull.signal(SIGKILL)
    #expect(pull.wait().status == 128 + SIGKILL)
    let name = try #require(part())
    let kept = size(name)
    #expect(kept > 2_000_000 && kept < 6_000_000)
    try box.shell("mkdir tree; tar -C tree -c . | $SWBOX import - x; $SWBOX rmi x")
    #expect(size(name) == kept)
    let outcome = try box.json(["pull", "--tls-verify=false", "\(host.address)/plain:1"])
    let transferred = try #require(outcome["transferred"] as? Int)
    #expect(transferred < 6_100_000 - kept)
    try box.checkBlobs()
    #expect(File.names(in: box.root + "/staging").isEmpty)
  }

  @Test("a part that was damaged on the disk costs a second fetch, and no more")
  func damagedPart() throws {
    let plain = try box.json(["pull", "--tls-verify=false", "--no-unpack", "\(host.address)/plain:1"])
    let whole = try #require(plain["transferred"] as? Int)
    try box.shell(
      """
      cd store; big=$(ls -S blobs/sha256 | head -n 1); $SWBOX rmi \(host.address)/plain:1; mkdir -p staging
      head -c 100000 /dev/zero >staging/sha256-$big.part
      """)
    let again = try box.json(["pull", "--tls-verify=false", "--no-unpack", "\(host.address)/plain:1"])
    #expect(try #require(again["transferred"] as? Int) > whole)
    try box.checkBlobs()
  }

  @Test("several pulls of one image at once fetch each blob once")
  func atOnce() throws {
    let pulls = try (0..<4).map { _ in
      try box.command(["pull", "--tls-verify=false", "\(host.address)/slow:1"]).start()
    }
    for pull in pulls { pull.wait(timeout: .seconds(120)).succeeds() }
    let blobs = host.requests.filter { $0[2].contains("/blobs/") }.map { $0[2] }
    #expect(blobs.count == Set(blobs).count && blobs.count == 3, "\(blobs)")
    try box.checkBlobs()
    #expect(try box.images().count == 1)
  }

  @Test(
    "a pull that is killed at any of fifty moments and repeated has the right content, and gc leaves no rest")
  func killed() throws {
    let name = "\(host.address)/slow:1"
    let duration = try ContinuousClock().measure { try pull("slow").succeeds() }
    var kills = 0
    var resumed = 0
    for _ in 0..<50 {
      try box.run("rmi", name).succeeds()
      let killed = try box.command(["pull", "--tls-verify=false", name]).start()
      usleep(UInt32((duration / .microseconds(1)) * Double.random(in: 0...1)))
      killed.signal(SIGKILL)
      if killed.wait().status == 128 + SIGKILL { kills += 1 }
      let isStarted = File.names(in: box.root + "/staging").contains { $0.hasSuffix(".part") && size($0) > 0 }
      let before = host.requests.count
      let again = try box.json(["pull", "--tls-verify=false", name])
      #expect(again["name"] as? String == name)
      if isStarted, host.requests.dropFirst(before).contains(where: { $0[5] != "-" }) { resumed += 1 }
      try box.checkBlobs()
      try box.run("gc").succeeds()
      #expect(File.names(in: box.root + "/staging").isEmpty)
      #expect(File.names(in: box.root + "/blobs/sha256").count == 4)
    }
    #expect(kills > 10 && resumed > 5, "\(kills) kills, \(resumed) resumed")
  }

  private func size(_ name: String) -> Int {
    var status = stat()
    return stat(box.root + "/staging/" + name, &status) == 0 ? Int(status.st_size) : 0
  }
}
