internal import JSON

/// Kernel parameters. Spec: config-linux.md#sysctl
public enum Sysctl {
  /// The file of a parameter below `/proc/sys`.
  ///
  /// As in sysctl(8), the first separator tells which of `.` and `/` separates; the other one then
  /// belongs to a name: `net.ipv4.conf.eth0/1.forwarding` and `net/ipv4/conf/eth0.1/forwarding` are
  /// the same.
  /// - Parameter key: A key of the configuration's `sysctl`.
  /// - Returns: The relative path, without `.`, `..` and empty steps, or nil if `key` has such.
  public static func path(of key: String) -> String? {
    guard let separator = key.utf8.first(where: isSeparator) else { return nil }
    let path = separator == UInt8(ascii: "/") ? key : swapSeparators(key)
    let steps = path.split(separator: "/", omittingEmptySubsequences: false)
    let isLegal = steps.allSatisfy { step in
      !step.isEmpty && step != "." && step != ".." && step.utf8.count <= KernelLimits.pathComponent
        && step.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }
    return isLegal && path.utf8.count <= KernelLimits.path ? path : nil
  }

  private static func isSeparator(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ".") || byte == UInt8(ascii: "/")
  }

  private static func swapSeparators(_ key: String) -> String {
    String(key.map { $0 == "." ? "/" : $0 == "/" ? "." : $0 })
  }

  /// The namespace that a parameter belongs to; nil for one that all of the machine shares.
  ///
  /// - Parameter path: As `path(of:)` returns it.
  public static func namespace(of path: String) -> NamespaceType? {
    switch path {
    case "kernel/hostname", "kernel/domainname": return .uts
    case _ where path.hasPrefix("kernel/msg"), _ where path.hasPrefix("kernel/sem"),
      _ where path.hasPrefix("kernel/shm"), _ where path.hasPrefix("fs/mqueue/"):
      return .ipc
    case _ where path.hasPrefix("net/"): return .network
    case _ where path.hasPrefix("user/"): return .user
    default: return nil
    }
  }
}

extension LinuxConfig {
  /// A parameter must belong to a namespace of the container, or it would change the host.
  ///
  /// Spec: config-linux.md#sysctl
  func checkSysctls(_ report: inout Report, hostname: String?) {
    for (key, value) in (sysctl ?? [:]).sorted(by: { $0.key < $1.key }) {
      let pointer = "/linux/sysctl" + JSONPointer.step(key)
      guard let path = Sysctl.path(of: key) else {
        report.fault(pointer, "\(quoted(key)) is not the name of a kernel parameter")
        continue
      }
      guard let namespace = Sysctl.namespace(of: path) else {
        report.fault(pointer, "\(quoted(key)) belongs to no namespace and would change the host")
        continue
      }
      report.require(
        has(namespace),
        pointer,
        "\(quoted(key)) needs a namespace of type \(namespace.rawValue) in /linux/namespaces",
        becauseOf: "/linux/namespaces"
      )
      if path == "kernel/hostname", let hostname, !hostname.isEmpty, hostname != value {
        report.fault(pointer, "\(quoted(value)) contradicts /hostname")
      }
    }
  }
}
