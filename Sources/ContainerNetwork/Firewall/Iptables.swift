internal import LinuxKernel
internal import RuntimeErrors

/// iptables-restore(8): chains of our own, and a jump to each from a chain of the kernel's.
struct Iptables: Firewall {
  private let restore: String
  private let save: String

  /// - Parameters:
  ///   - prefix: `iptables` or `iptables-legacy`.
  init(prefix: String) throws(RuntimeError) {
    guard
      let restore = Program.find("\(prefix)-restore"), let save = Program.find("\(prefix)-save")
    else { throw RuntimeError(.unsupported, "the program \(prefix)-restore is not installed") }
    (self.restore, self.save) = (restore, save)
  }

  func holdsRules(of bridge: String) throws(RuntimeError) -> Bool {
    let present = try savedLines()
    return Jump.all(of: bridge).allSatisfy { jump in present.contains(where: jump.matches) }
  }

  func put(_ rules: FirewallRules) throws(RuntimeError) {
    let present = try savedLines()
    var text = ""
    for table in Iptables.tables {
      text += "*\(table)\n"
      let chains = Iptables.chains(rules).filter { $0.table == table }
      for chain in chains { text += ":\(chain.name) - [0:0]\n" }
      for chain in chains { text += chain.rules.map { "-A \(chain.name) \($0)\n" }.joined() }
      for jump in Jump.all(of: rules.bridge) where jump.table == table {
        // In front of the host's own: those may end with refusing everything.
        if !present.contains(where: jump.matches) {
          text += "-I \(jump.chain) 1 \(jump.condition)-j \(jump.target)\n"
        }
      }
      text += "COMMIT\n"
    }
    try run(text)
  }

  func removeRules(of bridge: String) throws(RuntimeError) {
    let present = try savedLines()
    let empty = FirewallRules(bridge: bridge, subnet: IPv4Subnet(), closedDevices: [], leases: [])
    var text = ""
    for table in Iptables.tables {
      text += "*\(table)\n"
      let chains = Iptables.chains(empty).filter { $0.table == table }
      for chain in chains { text += ":\(chain.name) - [0:0]\n" }
      for jump in Jump.all(of: bridge) where jump.table == table {
        for line in present where jump.matches(line) { text += "-D " + line.rule.dropFirst(3) + "\n" }
      }
      // A chain that others jump to cannot be removed before they are.
      for chain in chains.reversed() { text += "-F \(chain.name)\n-X \(chain.name)\n" }
      text += "COMMIT\n"
    }
    try run(text)
  }

  /// A line of iptables-save, with its table.
  private struct SavedLine {
    let table: String
    let rule: String
  }

  private func savedLines() throws(RuntimeError) -> [SavedLine] {
    var lines: [SavedLine] = []
    for table in Iptables.tables {
      let outcome = try FirewallProgram.run(save, ["-t", table])
      guard outcome.status == 0 else {
        throw RuntimeError(.unsupported, "\(save) ended with status \(outcome.status): \(outcome.errors)")
      }
      for line in String(decoding: outcome.output, as: UTF8.self).split(separator: "\n")
      where line.hasPrefix("-A ") {
        lines.append(SavedLine(table: table, rule: String(line)))
      }
    }
    return lines
  }

  private func run(_ text: String) throws(RuntimeError) {
    let outcome = try FirewallProgram.run(restore, ["--noflush", "--wait", "10"], input: text)
    guard outcome.status != 0 else { return }
    throw RuntimeError(.unsupported, "\(restore) ended with status \(outcome.status): \(outcome.errors)")
  }

  private static let tables = ["raw", "nat", "filter"]

  /// Where packets turn from a chain of the kernel's into one of ours.
  private struct Jump {
    let table: String
    let chain: String
    var condition = ""
    let target: String

    static func all(of bridge: String) -> [Jump] {
      let local = "-m addrtype --dst-type LOCAL "
      return [
        Jump(table: "raw", chain: "PREROUTING", target: "\(bridge)-foreign"),
        Jump(table: "nat", chain: "PREROUTING", condition: local, target: "\(bridge)-publish"),
        Jump(table: "nat", chain: "OUTPUT", condition: local, target: "\(bridge)-publish"),
        Jump(table: "nat", chain: "POSTROUTING", target: "\(bridge)-source"),
        Jump(table: "filter", chain: "FORWARD", target: "\(bridge)-forward"),
      ]
    }

    func matches(_ line: SavedLine) -> Bool {
      line.table == table && line.rule.hasPrefix("-A \(chain) ") && line.rule.hasSuffix(" -j \(target)")
    }
  }

  private struct Chain {
    let table: String
    let name: String
    let rules: [String]
  }

  private static func chains(_ rules: FirewallRules) -> [Chain] {
    let bridge = rules.bridge
    let subnet = "\(rules.subnet)"
    let tracked = "-m conntrack --ctstate"
    let closed = rules.closedDevices
    return [
      Chain(
        table: "raw", name: "\(bridge)-foreign",
        rules: ["-i \(bridge) -d 127.0.0.0/8 -j DROP", "-i \(bridge) ! -s \(subnet) -j DROP"]),
      Chain(table: "nat", name: "\(bridge)-publish", rules: rules.leases.flatMap(translations)),
      Chain(
        table: "nat", name: "\(bridge)-source",
        rules: [
          "-s \(subnet) ! -o \(bridge) -j MASQUERADE",
          "-o \(bridge) \(tracked) DNAT -s 127.0.0.0/8 -j MASQUERADE",
          "-o \(bridge) \(tracked) DNAT -s \(subnet) -j MASQUERADE",
        ]),
      Chain(
        table: "filter", name: "\(bridge)-closed", rules: closed.map { "-o \($0) -j DROP" }),
      Chain(
        table: "filter", name: "\(bridge)-forward",
        rules: [
          "-i \(bridge) -j ACCEPT", "-o \(bridge) \(tracked) RELATED,ESTABLISHED -j ACCEPT",
          "-o \(bridge) \(tracked) DNAT -j ACCEPT", "-o \(bridge) -j DROP",
        ] + closed.map { "-i \($0) -j \(bridge)-closed" }),
    ]
  }

  /// What is published on one address comes before what is on all.
  private static func translations(_ lease: Lease) -> [String] {
    let ports = lease.ports.filter { $0.address != nil } + lease.ports.filter { $0.address == nil }
    return ports.flatMap { port in
      port.pairs.map { pair in
        let name = port.portProtocol.rawValue
        let address = port.address.map { "-d \($0) " } ?? ""
        return "\(address)-p \(name) -m \(name) --dport \(pair.host) -j DNAT "
          + "--to-destination \(lease.address):\(pair.container)"
      }
    }
  }
}
