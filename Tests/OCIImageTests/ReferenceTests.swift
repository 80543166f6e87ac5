import OCIImage
import RuntimeErrors
import Testing

@Suite("a reference")
struct ReferenceTests {
  private static let hash = String(repeating: "a", count: 64)

  @Test("is taken apart")
  func parts() throws {
    let full = try Reference("registry.example.com:5000/team/app:1.0@sha256:\(Self.hash)")
    #expect(full.registry == "registry.example.com:5000")
    #expect(full.repository == "team/app")
    #expect(full.tag == "1.0")
    #expect(full.digest?.encoded == Self.hash)
    let short = try Reference("busybox")
    #expect(short.registry == nil && short.tag == nil)
    #expect(
      short.candidates.map(\.description) == ["localhost/busybox:latest", "docker.io/library/busybox:latest"])
    #expect(try Reference("localhost/x").registry == "localhost")
    #expect(try Reference("a/b").registry == nil)
    #expect(try Reference("[::1]:5000/a").registry == "[::1]:5000")
  }

  @Test(
    "is refused if a part breaks the grammar",
    arguments: [
      "", ":tag", "UPPER", "a//b", "-a", "a-", "a..b", "a___b", "a:", "a:-tag", "a@sha256:123", "a b",
      "host.example/", "a:b:c", "x@sha256:\(String(repeating: "A", count: 64))", "ex_ample.com/a", "../a",
    ])
  func refused(_ text: String) {
    let error = #expect(throws: RuntimeError.self) { try Reference(text) }
    #expect(error?.code == .invalidArgument)
  }

  @Test(
    "is taken if all parts follow the grammar",
    arguments: ["a", "a/b.c_d__e-f---g", "a:Tag_1.0-x", "127.0.0.1:5000/a", "Host.example/a"])
  func taken(_ text: String) throws {
    #expect(try Reference(text).description == text)
  }
}

@Suite("a digest")
struct DigestTests {
  @Test("follows its algorithm's form")
  func form() {
    let hash = String(repeating: "0", count: 64)
    #expect(Digest("sha256:\(hash)").isVerifiable)
    #expect(Digest("sha512:\(hash)\(hash)").isVerifiable)
    #expect(Digest("multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8").isWellFormed)
    #expect(!Digest("multihash+base58:Qm").isVerifiable)
    for text in [
      "sha256:", "sha256:\(hash)0", "sha256:\(hash.dropLast())A", "sha256/\(hash)", "+:a", "a+:b", "a:b:c",
      "A:b",
    ] {
      #expect(!Digest(text).isWellFormed, "\(text)")
    }
  }

  @Test("is that of the content")
  func calculation() {
    // sha256sum and sha512sum of "abc".
    let abc = Array("abc".utf8)
    #expect(Digest(of: abc).encoded == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    var long = DigestCalculation(algorithm: "sha512")
    abc.withUnsafeBytes { long.update($0) }
    #expect(long.digest().text.hasPrefix("sha512:ddaf35a193617abacc417349ae204131"))
  }

  @Test("of a chain is that of the specification")
  func chain() throws {
    let one = Digest(of: [1])
    let two = Digest(of: [2])
    #expect(Digest.chain([one]) == one)
    #expect(Digest.chain([one, two]) == Digest(of: Array("\(one) \(two)".utf8)))
    #expect(Digest.chain([]) == nil)
  }
}
