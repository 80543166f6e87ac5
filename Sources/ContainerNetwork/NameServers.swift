internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// Where the host asks for names. resolv.conf(5)
struct NameServers {
  var servers: [IPv4Address] = []
  var searchDomains: [String] = []
  /// Whether there were some that a container cannot reach.
  var hasUnreachable = false

  /// systemd-resolved's own list, behind its service on 127.0.0.53.
  private static let resolvedFile = "/run/systemd/resolve/resolv.conf"

  /// Those of the host that a container can reach: the host's 127.0.0.1 is not the container's.
  static func ofHost(file: String = "/etc/resolv.conf") -> NameServers {
    let own = NameServers(text: (try? Kernel.readText(file)) ?? "")
    guard own.servers.isEmpty, own.hasUnreachable else { return own }
    var behind = NameServers(text: (try? Kernel.readText(resolvedFile)) ?? "")
    if behind.searchDomains.isEmpty { behind.searchDomains = own.searchDomains }
    return behind.servers.isEmpty ? own : behind
  }

  init(text: String) {
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.split(whereSeparator: \.isWhitespace)
      switch words.first {
      case "nameserver":
        // Containers have IPv4 addresses only.
        if words.count > 1, let server = IPv4Address(words[1]), !server.isLoopback, server.number != 0 {
          servers.append(server)
        } else {
          hasUnreachable = true
        }
      case "search", "domain": searchDomains = words.dropFirst().map(String.init)
      default: break
      }
    }
  }
}
