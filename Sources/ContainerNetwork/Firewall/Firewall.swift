internal import LinuxKernel
internal import RuntimeErrors

/// What packets are let through, and where they are sent: all that follows from one bridge's state.
///
/// It is put as a whole, so that what a process that was killed left half done does not matter.
struct FirewallRules: Equatable {
  var bridge: String
  var subnet: IPv4Subnet
  /// Devices between which the host did not forward before it had to do so for containers.
  var closedDevices: [String]
  var leases: [Lease]
}

/// A program that puts rules into the kernel, beside whatever rules the host has.
protocol Firewall {
  /// Whether somebody has removed the rules of a bridge since they were put.
  func holdsRules(of bridge: String) throws(RuntimeError) -> Bool
  /// Replaces the rules of a bridge.
  func put(_ rules: FirewallRules) throws(RuntimeError)
  /// Removes the rules of a bridge, if there are any.
  func removeRules(of bridge: String) throws(RuntimeError)
}

extension FirewallKind {
  /// The program of this kind.
  ///
  /// - Throws: `unsupported` if it is not installed.
  func program() throws(RuntimeError) -> any Firewall {
    switch self {
    case .nftables: try Nftables()
    case .iptables: try Iptables(prefix: "iptables")
    case .iptablesLegacy: try Iptables(prefix: "iptables-legacy")
    }
  }

  /// Puts rules with the first kind that works here.
  ///
  /// - Throws: `unsupported` with what each kind said.
  static func putByAny(_ rules: FirewallRules) throws(RuntimeError) -> FirewallKind {
    var reasons: [String] = []
    for kind in allCases {
      do throws(RuntimeError) {
        try kind.program().put(rules)
        return kind
      } catch {
        reasons.append("\(kind.rawValue): \(error)")
      }
    }
    throw RuntimeError(
      .unsupported, "packets cannot be filtered or translated: " + reasons.joined(separator: "; "),
      hint: "install nftables or iptables; the kernel needs CONFIG_NF_TABLES and CONFIG_NFT_NAT, or "
        + "CONFIG_IP_NF_NAT")
  }
}

/// A program that changes packet filters.
enum FirewallProgram {
  /// Runs it, and waits for its end.
  static func run(
    _ path: String, _ arguments: [String], input: String = ""
  ) throws(RuntimeError) -> Program.Outcome {
    var program = Program(path, arguments)
    program.input = Array(input.utf8)
    program.outputLimit = 16 << 20
    // Its messages are looked at, and shown to people who may read another language than the program knows.
    program.environment = ["LC_ALL": "C"]
    return try program.run()
  }
}
