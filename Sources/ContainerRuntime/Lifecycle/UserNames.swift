internal import LinuxKernel
internal import RuntimeErrors

/// The host's /etc/passwd, read when a name is asked for: a static program has no NSS.
final class UserNames {
  private lazy var lines: [Substring] = {
    let text = (try? Kernel.readText("/etc/passwd")) ?? ""
    return text.split(separator: "\n")
  }()

  /// A user's name, or `#1000` if there is none.
  func name(of uid: UInt32) -> String {
    if uid == 0 { return "root" }
    for line in lines {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      if fields.count > 2, UInt32(fields[2]) == uid { return String(fields[0]) }
    }
    return "#\(uid)"
  }
}
