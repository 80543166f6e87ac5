internal import Glibc
public import JSON
internal import LinuxKernel
public import RuntimeErrors
internal import SystemPackage

/// Programs that put packet filters into the kernel.
public enum FirewallKind: String, JSONValue, CaseIterable, Sendable {
  /// `nft`, with a table of its own.
  case nftables
  /// `iptables-restore`, with chains of its own.
  case iptables
  /// `iptables-legacy-restore`, for kernels without nftables.
  case iptablesLegacy = "iptables-legacy"
}

/// What an administrator can choose. Whatever is left out is found out.
public struct NetworkSettings: JSONObject, Sendable, Equatable {
  /// The bridge's name: at most 13 letters, digits and underscores.
  public var bridge = "swbox0"
  /// The addresses of the containers; the first is the bridge's. nil: the first usual one that no route of the
  /// host leads to.
  public var subnet: IPv4Subnet?
  /// The largest packet, in bytes; nil: that of the device with the host's default route.
  public var mtu: UInt32?
  /// Name servers for containers; nil: those of the host that containers can reach.
  public var nameServers: [IPv4Address]?
  /// What filters packets; nil: the first that works.
  public var firewall: FirewallKind?

  /// The usual ones.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    var bridge: String? = self.bridge
    json.member("bridge", &bridge)
    if let bridge { self.bridge = bridge }
    json.member("subnet", &subnet)
    json.member("mtu", &mtu)
    json.member("nameServers", &nameServers)
    json.member("firewall", &firewall)
  }

  /// Where administrators write them.
  public static let usualFile = "/etc/swbox/network.json"

  private static let largestFile = 64 << 10

  /// Reads the administrator's file.
  ///
  /// - Parameters:
  ///   - path: A JSON object, or a missing file, which chooses nothing.
  /// - Throws: `invalidArgument` with all that is wrong in it.
  public static func read(_ path: String) throws(RuntimeError) -> NetworkSettings {
    let bytes: [UInt8]
    do throws(RuntimeError) {
      let file = try Kernel.open(path, flags: O_RDONLY)
      bytes = try Kernel.readAll(file.number, limit: largestFile, name: path)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return NetworkSettings()
    }
    do {
      return try JSONReader.decode(NetworkSettings.self, from: bytes)
    } catch {
      throw RuntimeError(.invalidArgument, "\(path): \(error)")
    }
  }

  /// A resolv.conf(5) for containers: the name servers that were chosen, or those of the host that a container can
  /// reach.
  public var resolverConfiguration: String {
    let host = NameServers.ofHost()
    let search = host.searchDomains.isEmpty ? "" : "search \(host.searchDomains.joined(separator: " "))\n"
    return search + (nameServers ?? host.servers).map { "nameserver \($0)\n" }.joined()
  }

  /// What to tell people whose containers have no name servers; nil if they have some.
  var resolverNotice: String? {
    let host = NameServers.ofHost()
    guard (nameServers ?? host.servers).isEmpty else { return nil }
    return host.hasUnreachable
      ? "none of the host's name servers can be reached from the container: set \"nameServers\" in the "
        + "network settings"
      : "the host has no name servers: the container has none either"
  }

  /// - Throws: `invalidArgument` with the setting's name.
  func validate() throws(RuntimeError) {
    func fault(_ setting: String, _ problem: String) -> RuntimeError {
      RuntimeError(.invalidArgument, "network setting \"\(setting)\": \(problem)")
    }
    let letters = bridge.utf8.allSatisfy {
      (48...57).contains($0) || (97...122).contains($0) || (65...90).contains($0) || $0 == 95
    }
    // It names chains, where some words have a meaning; and 28 bytes are the longest name of one.
    guard letters, (1...13).contains(bridge.utf8.count), bridge.utf8.first.map({ $0 >= 65 }) == true else {
      throw fault("bridge", "\(quoted(bridge)) is not a letter and up to 12 letters, digits and underscores")
    }
    if let subnet {
      guard (8...30).contains(subnet.prefixLength), !subnet.contains(IPv4Address(127 << 24)) else {
        throw fault("subnet", "\(subnet) has no room for containers, or is none of a network's")
      }
    }
    // RFC 791: every network carries packets of 68 bytes.
    if let mtu, !(68...65535).contains(mtu) { throw fault("mtu", "\(mtu) is not from 68 to 65535") }
  }
}
