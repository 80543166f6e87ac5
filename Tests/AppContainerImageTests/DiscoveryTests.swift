import RuntimeErrors
import Testing

@testable import AppContainerImage

@Suite("discovery of App Container Images")
struct DiscoveryTests {
  private func discovery(_ text: String) throws -> Discovery { Discovery(try AppImageQuery(text)) }

  private let page = """
    <!DOCTYPE html><html><head><!-- <meta name="ac-discovery" content="example.com https://commented.out/{ext}"> -->
    <META content='example.com/app  https://a.example/{os}/{arch}/{name}-{version}.{ext}?x=1&amp;y=2' NAME="ac-discovery"/>
    <meta name=ac-discovery content="example.community https://no.example/{ext}">
    <meta name="ac-discovery" content="example.com hdfs://b.example/{name}.{ext}">
    <meta name="ac-discovery" content="example.com http://plain.example/{name}.{ext}">
    <meta name="ac-discovery" content="example.com https://c.example/{name}.{ext}">
    <meta name="ac-discovery" content="example.com https://d.example/{name}-{unknown}.{ext}">
    <meta name="ac-discovery" content="example.com https://e.example/{name}">
    <meta name="ac-discovery-pubkeys" content="example.com https://example.com/pubkeys.gpg"><meta name="ac-discovery"
    """

  @Test("the pages of a name are asked before those above it")
  func pages() throws {
    #expect(
      try discovery("example.com/a/b:1").pages == [
        "https://example.com/a/b?ac-discovery=1", "https://example.com/a?ac-discovery=1",
        "https://example.com?ac-discovery=1",
      ])
  }

  @Test("templates of a page that speak of the image, have all labels and use HTTPS are taken")
  func endpoints() throws {
    let found = try discovery("example.com/app:1.0 b,arch=amd64,os=linux").endpoints(in: Array(page.utf8))
    #expect(
      found.map(\.image) == [
        "https://a.example/linux/amd64/example.com/app-1.0%20b.aci?x=1&y=2",
        "https://c.example/example.com/app.aci",
      ])
    #expect(found.map(\.signature).last == "https://c.example/example.com/app.aci.asc")
    let other = try discovery("example.com/other").endpoints(in: Array(page.utf8))
    #expect(other.map(\.image) == ["https://c.example/example.com/other.aci"])
    #expect(
      try discovery("example.community/x").endpoints(in: Array(page.utf8)).map(\.image) == [
        "https://no.example/aci"
      ])
  }

  /// Whatever stands before, a tag behind it is found.
  @Test("pages of any bytes are read to their end")
  func anyBytes() throws {
    var generator = SystemRandomNumberGenerator()
    let words = [
      "<meta ", "name=", "\"", "'", "ac-discovery", ">", "<!--", "-->", "=", " ", "\u{0}", "/", "content",
    ]
    let discovery = try discovery("example.com/app")
    for _ in 0..<2000 {
      let text = (0..<30).map { _ in words.randomElement(using: &generator) ?? "" }.joined()
      // A quote or a comment that was left open would take in what follows.
      let good = "-->\"'><meta name=ac-discovery content='example.com https://a.example/{ext}'>"
      #expect(discovery.endpoints(in: Array((text + good).utf8)).map(\.image).last == "https://a.example/aci")
    }
  }

  @Test("names and labels of a query")
  func queries() throws {
    let query = try AppImageQuery("example.com/app:2,arch=i386,channel=beta")
    #expect(query.label("version") == "2" && query.label("arch") == "i386" && query.label("os") == "linux")
    for text in [
      "app", "Example.com/x", "example.com/app,arch", "example.com/app,arch=a,arch=b", "", "a_b/c",
    ] {
      #expect(throws: RuntimeError.self, "\(text)") { try AppImageQuery(text) }
    }
    var manifest = AppImageManifest()
    manifest.name = "example.com/app"
    manifest.labels = [.init(name: "version", value: "2"), .init(name: "channel", value: "beta")]
    #expect(query.mismatch(with: manifest) == nil)
    manifest.labels?[1].value = "alpha"
    #expect(query.mismatch(with: manifest)?.contains("channel") == true)
    manifest.name = "example.com/other"
    #expect(query.mismatch(with: manifest)?.contains("name") == true)
  }
}
