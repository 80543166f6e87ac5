internal import LinuxKernel
internal import RuntimeErrors

/// nft(8): one table of the bridge's name, replaced in one transaction.
struct Nftables: Firewall {
  private let path: String

  init() throws(RuntimeError) {
    guard let path = Program.find("nft") else {
      throw RuntimeError(.unsupported, "the program nft is not installed")
    }
    self.path = path
  }

  func holdsRules(of bridge: String) throws(RuntimeError) -> Bool {
    try NetlinkSocket(.netfilter).hasPacketTable(bridge)
  }

  func put(_ rules: FirewallRules) throws(RuntimeError) {
    try run(Nftables.removal(rules.bridge) + Nftables.text(rules))
  }

  func removeRules(of bridge: String) throws(RuntimeError) { try run(Nftables.removal(bridge)) }

  private func run(_ text: String) throws(RuntimeError) {
    let outcome = try FirewallProgram.run(path, ["-f", "-"], input: text)
    guard outcome.status != 0 else { return }
    throw RuntimeError(.unsupported, "nft ended with status \(outcome.status): \(outcome.errors)")
  }

  /// Makes the table first, as a missing one cannot be deleted.
  private static func removal(_ bridge: String) -> String {
    "table ip \(bridge) {}\ndelete table ip \(bridge)\n"
  }

  static func text(_ rules: FirewallRules) -> String {
    let bridge = "\"\(rules.bridge)\""
    let closed = rules.closedDevices.map { "\"\($0)\"" }.joined(separator: ", ")
    let closing = closed.isEmpty ? "" : "iifname { \(closed) } oifname { \(closed) } drop"
    return """
      table ip \(rules.bridge) {
        map everywhere {
          type inet_proto . inet_service : ipv4_addr . inet_service
          \(elements(rules.leases, areBound: false))
        }
        map bound {
          type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service
          \(elements(rules.leases, areBound: true))
        }
        chain publish {
          meta l4proto { tcp, udp } dnat to ip daddr . meta l4proto . th dport map @bound
          meta l4proto { tcp, udp } dnat to meta l4proto . th dport map @everywhere
        }
        chain prerouting {
          type nat hook prerouting priority dstnat; policy accept;
          fib daddr type local jump publish
        }
        chain output {
          type nat hook output priority -100; policy accept;
          fib daddr type local jump publish
        }
        chain postrouting {
          type nat hook postrouting priority srcnat; policy accept;
          ip saddr \(rules.subnet) oifname != \(bridge) masquerade
          oifname \(bridge) ct status dnat ip saddr { 127.0.0.0/8, \(rules.subnet) } masquerade
        }
        chain foreign {
          type filter hook prerouting priority raw; policy accept;
          iifname \(bridge) ip daddr 127.0.0.0/8 drop
          iifname \(bridge) ip saddr != \(rules.subnet) drop
        }
        chain forward {
          type filter hook forward priority filter; policy accept;
          iifname \(bridge) accept
          oifname \(bridge) ct state established,related accept
          oifname \(bridge) ct status dnat accept
          oifname \(bridge) drop
          \(closing)
        }
      }

      """
  }

  private static func elements(_ leases: [Lease], areBound: Bool) -> String {
    var elements: [String] = []
    for lease in leases {
      for port in lease.ports where (port.address != nil) == areBound {
        let address = port.address.map { "\($0) . " } ?? ""
        elements += port.pairs.map { pair in
          "\(address)\(port.portProtocol.rawValue) . \(pair.host) : \(lease.address) . \(pair.container)"
        }
      }
    }
    return elements.isEmpty ? "" : "elements = { \(elements.joined(separator: ", ")) }"
  }
}
