import OCIImage
import RuntimeErrors
import Testing

@testable import Registry

@Suite("configuration of registries")
struct ConfigurationTests {
  private func read(_ text: String) throws -> RegistriesConf {
    var conf = RegistriesConf()
    try conf.add(Array(text.utf8), name: "registries.conf")
    return conf
  }

  private func sources(_ name: String, _ text: String) throws -> [String] {
    try read(text).sources(of: Reference(name)).map { "\($0)\($0.isInsecure ? " insecure" : "")" }
  }

  @Test("tables, arrays of tables, strings, comments and line ends are read")
  func toml() throws {
    let conf = try read(
      """
      # a comment
      unqualified-search-registries = [ "a.example", # first
        'b.example',
      ]
      short-name-mode="enforcing"\r
      [aliases]
      "x" = "docker.io/library/x"
      y.z = "no"
      """.replacing("y.z = \"no\"", with: ""))
    #expect(conf.searched == ["a.example", "b.example"])
    #expect(conf.isEnforcing)
    #expect(conf.aliases == ["x": "docker.io/library/x"])
  }

  @Test(
    "what is not understood is an error with its line",
    arguments: [
      ("x = 1", ":1:"), ("\n\nx", ":3:"), ("[a", ":1:"), ("a = \"x", ":1:"), ("a = \"\\q\"", ":1:"),
      ("a = [1", ":1:"),
      ("a = \"x\" b", ":1:"), ("a = \"x\"\na = \"y\"", ":2:"),
      ("unknown = \"x\"", "\"unknown\" is not known"),
      ("[[registry]]\nprefix = true", "prefix: expected a string"), ("[[registry]]", "has no prefix"),
      ("[registry]\nlocation = \"x\"", "expected an array"), ("= \"x\"", "expected a key"),
      ("a = tru", "expected a value"),
    ])
  func mistakes(_ text: String, _ message: String) {
    do {
      _ = try read(text)
      Issue.record("\(text) was read")
    } catch {
      #expect("\(error)".contains(message), "\(error)")
    }
  }

  @Test("the longest prefix counts, at the borders of components only")
  func prefixes() throws {
    let text = """
      [[registry]]
      prefix = "example.com/foo"
      location = "in.example/bar"
      [[registry]]
      prefix = "example.com/foo/deep"
      location = "deep.example"
      insecure = true
      [[registry]]
      prefix = "*.example.org"
      location = "all.example/org"
      """
    #expect(try sources("example.com/foo/x:1", text) == ["in.example/bar/x:1"])
    #expect(try sources("example.com/foo:1", text) == ["in.example/bar:1"])
    #expect(try sources("example.com/foot/x:1", text) == ["example.com/foot/x:1"])
    #expect(try sources("example.com/foo/deep/x:1", text) == ["deep.example/x:1 insecure"])
    #expect(try sources("a.b.example.org/x:1", text) == ["all.example/org/x:1"])
    #expect(try sources("example.org/x:1", text) == ["example.org/x:1"])
  }

  @Test("mirrors come first, by tag or by digest as they say")
  func mirrors() throws {
    let text = """
      [[registry]]
      location = "example.com"
      [[registry.mirror]]
      location = "m1.example"
      pull-from-mirror = "digest-only"
      [[registry.mirror]]
      location = "m2.example/x"
      insecure = true
      [[registry.mirror]]
      location = "m3.example"
      pull-from-mirror = "tag-only"
      """
    let digest = "sha256:" + String(repeating: "a", count: 64)
    #expect(
      try sources("example.com/a:1", text) == [
        "m2.example/x/a:1 insecure", "m3.example/a:1", "example.com/a:1",
      ])
    #expect(
      try sources("example.com/a@\(digest)", text) == [
        "m1.example/a@\(digest)", "m2.example/x/a@\(digest) insecure", "example.com/a@\(digest)",
      ])
  }

  @Test("short names are what docker makes of them, unless files say otherwise")
  func shortNames() throws {
    func names(_ name: String, _ text: String = "") throws -> [String] {
      try read(text).fullNames(of: Reference(name)).map(\.description)
    }
    #expect(try names("alpine") == ["docker.io/library/alpine:latest"])
    #expect(try names("user/app:2") == ["docker.io/user/app:2"])
    #expect(try names("localhost/app") == ["localhost/app:latest"])
    let text =
      "unqualified-search-registries = [\"a.example\", \"docker.io\"]\n[aliases]\n\"x/y\" = \"q.example/z\""
    #expect(try names("alpine", text) == ["a.example/alpine:latest", "docker.io/library/alpine:latest"])
    #expect(try names("x/y:3", text) == ["q.example/z:3"])
  }

  @Test("entries of auth.json are looked for from the repository up to the registry")
  func authKeys() {
    #expect(
      Array(AuthFile.keys(registry: "a.example:1", repository: "x/y").prefix(3)) == [
        "a.example:1/x/y", "a.example:1/x", "a.example:1",
      ])
    #expect(
      AuthFile.keys(registry: "docker.io", repository: "library/x").contains("https://index.docker.io/v1/"))
  }

  @Test("mappings by indentation are read, and all other forms of YAML refused")
  func nestedMappings() throws {
    let text = """
      # comment
      ---
      default-docker:
        lookaside: file:///x   # here
      docker:
          a.example:5000/team:
              sigstore: "https://b.example/s"
          empty:
      """
    #expect(
      try NestedMapping.read(Array(text.utf8), name: "x") == [
        "default-docker": .mapping(["lookaside": .text("file:///x")]),
        "docker": .mapping([
          "a.example:5000/team": .mapping(["sigstore": .text("https://b.example/s")]), "empty": .mapping([:]),
        ]),
      ])
    for text in [
      "- a", "a", "a: &x 1", "a: {b: c}", "a: [1]", "a: |\n  x", "a: 1\n  b: 2", "a: 1\na: 2", "\ta: 1",
      "a: !!x y",
    ] {
      #expect(throws: RuntimeError.self, "\(text)") { try NestedMapping.read(Array(text.utf8), name: "x") }
    }
  }

  @Test("scopes of policies go from the whole name to the host and its domains")
  func scopes() throws {
    #expect(
      try SignaturePolicy.scopes(of: Reference("a.b.example:5000/x/y:1")) == [
        "a.b.example:5000/x/y:1", "a.b.example:5000/x/y", "a.b.example:5000/x", "a.b.example:5000",
        "*.b.example",
        "*.example", "",
      ])
  }
}

@Suite("the order of transfers")
struct TransferScheduleTests {
  private func blob(_ name: Character) -> ContentDescriptor {
    ContentDescriptor(
      mediaType: .layer, digest: Digest("sha256:" + String(repeating: name, count: 64)), size: 1)
  }

  @Test("so many at a time; layers are unpacked one by one, in their order, as soon as they are there")
  func order() {
    let blobs = "abc".map(blob)
    var schedule = TransferSchedule(blobs: blobs, parallel: 2, unpacked: blobs.map(\.digest))
    #expect(schedule.next() == .transfer(blobs[0]))
    #expect(schedule.next() == .transfer(blobs[1]))
    #expect(schedule.next() == nil)
    #expect(schedule.take(.transferred(blobs[1].digest, 5)) == 5)
    #expect(schedule.next() == .transfer(blobs[2]))
    #expect(schedule.next() == nil)
    _ = schedule.take(.transferred(blobs[0].digest, 5))
    #expect(schedule.next() == .unpack(0))
    #expect(schedule.next() == nil)
    _ = schedule.take(.unpacked)
    #expect(schedule.next() == .unpack(1))
    _ = schedule.take(.transferred(blobs[2].digest, 5))
    #expect(schedule.next() == nil)
    _ = schedule.take(.unpacked)
    #expect(schedule.next() == .unpack(2))
    _ = schedule.take(.unpacked)
    #expect(schedule.next() == nil)
  }
}
