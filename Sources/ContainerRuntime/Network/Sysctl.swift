/// Kernel parameters by name. Spec: config-linux.md#sysctl, sysctl(8)
enum Sysctl {
  /// The path below /proc/sys.
  ///
  /// - Parameters:
  ///   - name: `net.ipv4.ip_forward` or `net/ipv4/ip_forward`; whichever separator comes first separates,
  ///     and the other stands for itself: `net/ipv4/conf/eth0.1/forwarding`.
  static func path(of name: String) -> String {
    guard let first = name.first(where: { $0 == "." || $0 == "/" }), first == "." else { return name }
    return String(name.map { $0 == "." ? "/" : $0 == "/" ? "." : $0 })
  }
}
