import ContainerNetwork
import RuntimeErrors
import Testing

@Suite("forms of addresses and ports")
struct FormTests {
  @Test(arguments: [
    ("8080:80", "8080:80/tcp"), ("8080:80/tcp", "8080:80/tcp"), ("53:53/udp", "53:53/udp"),
    ("127.0.0.1:8080:80", "127.0.0.1:8080:80/tcp"), ("0.0.0.0:1:1", "1:1/tcp"),
    ("8000-8010:9000-9010", "8000-8010:9000-9010/tcp"), ("65535:65535", "65535:65535/tcp"),
    ("1-65535:1-65535/udp", "1-65535:1-65535/udp"), ("7-7:8", "7:8/tcp"),
  ])
  func `a port is read and written`(_ text: String, _ written: String) throws {
    let port = try PublishedPort(text)
    #expect(port.description == written)
    #expect(try PublishedPort(written) == port)
  }

  @Test(arguments: [
    "", "80", ":80", "80:", "0:80", "80:0", "65536:80", "80:65536", "08:80", "+8:80", "80:80/sctp",
    "80:80/tcp/udp",
    "1.2.3:80:80", "1.2.3.4.5:80:80", "01.2.3.4:80:80", "256.1.1.1:80:80", "[::1]:80:80", "a:b:c:d",
    "10-9:10-9",
    "10-12:10-11", "10-:10", "80:80 ", "80-90-95:1-11", "localhost:80:80",
  ])
  func `anything else is refused with what was given`(_ text: String) {
    let error = #expect(throws: RuntimeError.self) { try PublishedPort(text) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.message.hasPrefix("\"\(text)\"") == true, "\(String(describing: error))")
  }

  @Test func `two collide if one connection could mean both`() throws {
    func collision(_ one: String, _ other: String) throws -> UInt16? {
      try PublishedPort(one).collision(with: PublishedPort(other))
    }
    #expect(try collision("80:1", "80:2") == 80)
    #expect(try collision("80:1", "80:2/udp") == nil)
    #expect(try collision("127.0.0.1:80:1", "80:2") == 80)
    #expect(try collision("127.0.0.1:80:1", "127.0.0.2:80:2") == nil)
    #expect(try collision("80-90:80-90", "85-95:85-95") == 85)
    #expect(try collision("80-90:80-90", "91:91") == nil)
  }

  @Test func `subnets know their addresses`() throws {
    let subnet = try #require(IPv4Subnet("10.1.4.0/22"))
    #expect(subnet.gateway.description == "10.1.4.1" && subnet.broadcast.description == "10.1.7.255")
    #expect(subnet.hosts.count == 1021)
    #expect(subnet.overlaps(try #require(IPv4Subnet("10.0.0.0/8"))))
    #expect(!subnet.overlaps(try #require(IPv4Subnet("10.1.8.0/22"))))
    #expect(try #require(IPv4Subnet("0.0.0.0/0")).contains(subnet.base))
    for text in ["10.1.4.1/22", "10.1.4.0", "10.1.4.0/33", "10.1.4.0/", "/8", "10.1.4.0/8/8"] {
      #expect(IPv4Subnet(text) == nil, "\(text)")
    }
  }
}
