internal import Foundation
public import OCIRuntimeSpec

/// A process with new namespaces, which containers join by path. It ends with this value.
public final class NamespaceHolder {
  /// Its pid on the host.
  public let pid: Int32
  private let process: Running

  /// Starts it.
  ///
  /// - Parameters:
  ///   - types: What it gets new ones of.
  ///   - firstID: With a user namespace: the host's ID that is root there.
  public init(_ types: NamespaceType..., firstID: UInt32 = 100_000) throws {
    let options: [NamespaceType: String] = [
      .pid: "--pid", .network: "--net", .ipc: "--ipc", .uts: "--uts", .mount: "--mount", .cgroup: "--cgroup",
      .user: "--user", .time: "--time",
    ]
    // The child is the one that is in the new pid and time namespaces.
    let flags = types.compactMap { options[$0] } + ["--fork", "--kill-child"]
    let shell = Command("unshare", flags + ["sh", "-c", "echo ready; exec sleep 1000"])
    process = try shell.start()
    let starter = process
    eventually { starter.output.contains("ready") || starter.hasEnded }
    let children = File.text("/proc/\(process.pid)/task/\(process.pid)/children")
    guard let child = Int32(children.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw SystemFailure("unshare: \(process.errors)", ECHILD)
    }
    pid = child
    if types.contains(.user) {
      for map in ["uid_map", "gid_map"] { try File.write("0 \(firstID) 65536", to: "/proc/\(pid)/\(map)") }
    }
  }

  deinit {
    process.signal(SIGTERM)
    kill(pid, SIGKILL)
  }

  /// The file to join its namespace by.
  public func path(_ type: NamespaceType) -> String { "/proc/\(pid)/ns/\(type.fileName)" }

  /// The identity of its namespace.
  public func identity(_ type: NamespaceType) -> String { File.link(path(type)) }
}

extension NamespaceType {
  /// The name in /proc/PID/ns.
  public var fileName: String {
    switch self {
    case .network: "net"
    case .mount: "mnt"
    default: rawValue
    }
  }
}
