public import JSON
internal import LinuxKernel
internal import RuntimeErrors

/// Traffic of one network interface, as the container sees it. The names are runc's.
public struct NetworkInterface: JSONObject, Sendable, Equatable {
  var Name: String
  var RxBytes, RxPackets, RxErrors, RxDropped: UInt64
  var TxBytes, TxPackets, TxErrors, TxDropped: UInt64
}

extension NetworkInterface {
  /// See `JSONObject`.
  public init() {
    self.init(
      Name: "", RxBytes: 0, RxPackets: 0, RxErrors: 0, RxDropped: 0, TxBytes: 0, TxPackets: 0, TxErrors: 0,
      TxDropped: 0)
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("Name", &Name)
    json.member("RxBytes", &RxBytes)
    json.member("RxPackets", &RxPackets)
    json.member("RxErrors", &RxErrors)
    json.member("RxDropped", &RxDropped)
    json.member("TxBytes", &TxBytes)
    json.member("TxPackets", &TxPackets)
    json.member("TxErrors", &TxErrors)
    json.member("TxDropped", &TxDropped)
  }
}

extension NetworkInterface {
  /// The interfaces of a process's network namespace but `lo`; none if it is the runtime's own, whose
  /// traffic is not the container's.
  static func all(of pid: Int32, proc: HostProc) throws(RuntimeError) -> [NetworkInterface] {
    let own = try Kernel.readLink("/proc/self/ns/net", at: Directory.working)
    if try Kernel.readLink("/proc/\(pid)/ns/net", at: Directory.working) == own { return [] }
    return table(try proc.read("\(pid)/net/dev"))
  }

  /// Reads the lines of /proc/PID/net/dev. proc_pid_net(5)
  ///
  /// `  eth0: BYTES PACKETS ERRORS DROPPED` and four more received, then eight of those sent.
  static func table(_ text: String) -> [NetworkInterface] {
    text.split(separator: "\n").compactMap { line in
      guard let colon = line.lastIndex(of: ":") else { return nil }
      let name = line[..<colon].drop { $0 == " " }
      let counts = line[line.index(after: colon)...].split(separator: " ").compactMap { UInt64($0) }
      guard counts.count >= 16, name != "lo" else { return nil }
      return NetworkInterface(
        Name: String(name), RxBytes: counts[0], RxPackets: counts[1], RxErrors: counts[2],
        RxDropped: counts[3], TxBytes: counts[8], TxPackets: counts[9], TxErrors: counts[10],
        TxDropped: counts[11])
    }
  }
}
