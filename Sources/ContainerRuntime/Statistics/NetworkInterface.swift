internal import LinuxKernel
internal import RuntimeErrors

/// Traffic of one network interface, as the container sees it. The names are runc's.
public struct NetworkInterface: Encodable, Sendable, Equatable {
  let Name: String
  let RxBytes, RxPackets, RxErrors, RxDropped: UInt64
  let TxBytes, TxPackets, TxErrors, TxDropped: UInt64
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
