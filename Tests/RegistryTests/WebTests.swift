import RuntimeErrors
import Testing

@testable import Registry

@Suite("addresses and challenges")
struct WebTests {
  @Test(
    "addresses are read and written",
    arguments: [
      ("https://a.example", "https://a.example/"),
      ("HTTP://A.example:80/x?y=z#frag", "http://a.example:80/x?y=z"),
      ("https://[::1]:5000/v2/", "https://[::1]:5000/v2/"), ("https://a.example?x", "https://a.example/?x"),
    ])
  func addresses(_ text: String, _ expected: String) throws {
    #expect(try WebAddress(text).description == expected)
  }

  @Test(
    "hosts without a proxy are named by name, address or network",
    arguments: [
      ("a.example", "a.example", true), ("b.a.example", "a.example", true),
      ("b.a.example", ".A.example", true),
      ("ba.example", "a.example", false), ("a.example.", "x, a.example", true), ("a.example", ".", false),
      ("10.1.2.3", "10.0.0.0/8", true), ("11.1.2.3", "10.0.0.0/8", false), ("10.1.2.3", "10.1.2.2/31", true),
      ("10.1.2.4", "10.1.2.2/31", false), ("10.1.2.3", "0.0.0.0/0", true), ("10.1.2.3", "10.1.2.3/33", false),
      ("10.1.2.3", "2.3", false), ("10.1.2.3", "10.1.2.3", true), ("[fd00::1]", "fd00::/8", true),
      ("[fd00:0::1]", "[fd00::1]", true), ("[fe80::1]", "fd00::/8", false), ("[::1]", "0.0.0.0/0", false),
      ("a.example", "10.0.0.0/8", false), ("a.example", "*", true), ("a.example", "", false),
    ])
  func proxyExceptions(_ host: String, _ text: String, _ isExcepted: Bool) {
    #expect(ProxyExceptions(text).contain(host) == isExcepted)
  }

  @Test(
    "what is no plain address of the web is refused",
    arguments: [
      "", "a.example", "file:///etc/passwd", "ftp://a", "https://", "https://user:pw@a.example/",
      "https://a:0/",
      "https://a:99999/", "https://a:/", "https://[::1/", "https://a b/", "https://a/b c", "https://a/\u{1b}",
      "https://ä.example/", "javascript:alert(1)",
    ])
  func refusedAddresses(_ text: String) {
    #expect(throws: RuntimeError.self) { try WebAddress(text) }
  }

  @Test(
    "a location is seen from where it was said",
    arguments: [
      ("https://b.example/x", "https://b.example/x"), ("//b.example/x", "https://b.example/x"),
      ("/x", "https://a.example:1/x"),
      ("x", "https://a.example:1/v2/x"), ("?n=2", "https://a.example:1/v2/list?n=2"), ("x:y", nil),
      ("http://a.example:1/x", nil), ("https://169.254.169.254/", nil), ("https://[fe80::1]/", nil),
      ("https://127.0.0.1/", nil), ("https://localhost/", nil), ("https://[::ffff:127.0.0.1]/", nil),
      ("https://2130706433/", nil), ("https://0x7f.1/", nil), ("https://0/", nil),
      ("https://0177.0.0.1/", nil),
      ("https://2852039166/", nil), ("https://[::]/", nil), ("https://[0:0:0:0:0:0:0:1]/", nil),
      ("https://[0:0:0:0:0:ffff:7f00:1]/", nil), ("https://[::7f00:1]/", nil), ("https://localhost./", nil),
      ("https://a.localhost/", nil), ("https://[64:ff9b::7f00:1]/", nil),
      ("https://[2001:db8::1]/", "https://[2001:db8::1]/"),

      ("https://0.0.0.0/", nil), ("https://10.1.2.3/", "https://10.1.2.3/"),
      ("https://b.1e/", "https://b.1e/"),
      ("https://b.example./", "https://b.example./"),
    ])
  func locations(_ location: String, _ expected: String?) throws {
    let place = try WebAddress("https://a.example:1/v2/list?n=1")
    if let expected {
      #expect(try place.following(location).description == expected)
    } else {
      #expect(throws: RuntimeError.self) { try place.following(location) }
    }
  }

  @Test("origins tell hosts, ports and schemes apart, and know the usual ports")
  func origins() throws {
    #expect(try WebAddress("https://a/x").origin == WebAddress("https://a:443/y").origin)
    #expect(try WebAddress("https://a/x").origin != WebAddress("http://a/x").origin)
    #expect(try WebAddress("https://a/x").origin != WebAddress("https://a:444/x").origin)
  }

  @Test("challenges are read, with quotes, commas and several in one header")
  func challenges() {
    #expect(
      Challenge.all(in: [
        "Bearer realm=\"https://a/t?x=1,2\",service=\"a \\\"b\\\"\", scope=\"r:x:pull,push\""
      ])
        == [
          Challenge(
            scheme: "bearer",
            parameters: ["realm": "https://a/t?x=1,2", "service": "a \"b\"", "scope": "r:x:pull,push"])
        ])
    #expect(
      Challenge.all(in: ["Basic realm=x, BEARER Realm = \"y\"", "Negotiate"]) == [
        Challenge(scheme: "basic", parameters: ["realm": "x"]),
        Challenge(scheme: "bearer", parameters: ["realm": "y"]),
        Challenge(scheme: "negotiate", parameters: [:]),
      ])
    #expect(Challenge.all(in: ["", ",,,", "=\"", "\"\"\""]) == [])
  }

  @Test("text in Base 64 is read as it is written")
  func base64() {
    for text in ["", "a", "ab", "abc", "abcd", "user:pä§word"] {
      #expect(Base64.decode(Base64.encode(text)).map { String(decoding: $0, as: UTF8.self) } == text)
    }
    #expect(Base64.encode("alice:secret") == "YWxpY2U6c2VjcmV0")
    #expect(Base64.decode("YWxpY2U6c2VjcmV0?") == nil)
    #expect(Base64.decode("Y") == nil)
  }
}
