internal import Foundation

/// A user without privileges who runs the program: no host needs to know him.
///
/// Files that he needs in /etc are there in a mount namespace of his own only.
public final class OrdinaryUser {
  /// Not 0, and nobody's.
  public static let id: UInt32 = 61_234
  /// The first of the subordinate IDs that he may have.
  public static let firstSubordinate: UInt32 = 700_000
  /// How many he may have.
  public static let subordinates: UInt32 = 65_536
  /// Whether the programs that map subordinate IDs are installed.
  public static let canHaveSubordinates =
    File.exists("/usr/bin/newuidmap") && File.exists("/usr/bin/newgidmap")

  /// A user of this host whose own systemd runs, and makes cgroups of cgroup v2; nil if there is none.
  public static let withManager: UInt32? =
    File.exists("/sys/fs/cgroup/cgroup.controllers")
    ? File.names(in: "/run/user").compactMap { UInt32($0) }.first { uid in
      uid != 0 && File.exists("/run/user/\(uid)/bus") && File.exists("/run/user/\(uid)/systemd")
    } : nil

  private let id: UInt32
  /// His `$XDG_RUNTIME_DIR`.
  public let directory: String
  /// A copy of the program that he can reach.
  public let program: String
  private let runtime: Runtime

  /// Makes his directory.
  ///
  /// - Parameters:
  ///   - runtime: Knows his containers from now on.
  ///   - id: Another user than nobody's.
  ///   - hasSubordinates: Whether /etc/subuid and /etc/subgid have ranges of his.
  public init(of runtime: Runtime, id: UInt32 = OrdinaryUser.id, hasSubordinates: Bool = false) throws {
    self.id = id
    self.runtime = runtime
    directory = runtime.directory + "/user"
    program = runtime.directory + "/swrun"
    try File.makeDirectory(directory)
    chmod(directory, 0o700)
    chown(directory, id, id)
    try FileManager.default.copyItem(atPath: Runtime.program, toPath: program)
    chmod(program, 0o755)
    runtime.root = directory + "/swrun"
    let passwd = File.text("/etc/passwd") + "swtest:x:\(OrdinaryUser.id):\(OrdinaryUser.id)::/:/bin/sh\n"
    try File.write(passwd, to: runtime.directory + "/passwd")
    try File.write(
      hasSubordinates ? "swtest:\(OrdinaryUser.firstSubordinate):\(OrdinaryUser.subordinates)\n" : "",
      to: runtime.directory + "/subid")
  }

  /// A command of the runtime in his name.
  public func command(_ arguments: [String], global: [String] = []) -> Command {
    command(program: [program] + global + arguments)
  }

  /// Any program in his name.
  ///
  /// - Parameters:
  ///   - environment: In place of `$XDG_RUNTIME_DIR`.
  public func command(program words: [String], environment: [String: String]? = nil) -> Command {
    let script = """
      mount --bind "$0/passwd" /etc/passwd
      for file in subuid subgid; do [ ! -e /etc/$file ] || mount --bind "$0/subid" /etc/$file; done
      exec setpriv --reuid \(id) --regid \(id) --clear-groups "$@"
      """
    var command = Command(
      "unshare",
      ["--mount", "--propagation", "private", "sh", "-c", script, runtime.directory] + words)
    command.directory = runtime.directory
    command.environment.merge(environment ?? ["XDG_RUNTIME_DIR": directory]) { $1 }
    return command
  }

  /// Root of a user namespace of his, as rootless engines are.
  public func commandAsMappedRoot(_ arguments: [String]) -> Command {
    command(program: ["unshare", "--user", "--map-root-user", "--mount", program] + arguments)
  }

  /// Lets him write to a bundle.
  public func give(_ path: String) { chown(path, id, id) }
}

extension Container {
  /// A command of the user's on this container.
  public func command(
    _ name: String, _ options: [String] = [], by user: OrdinaryUser, global: [String] = []
  ) -> Command {
    let bundleOption = ["create", "run"].contains(name) ? ["--bundle", bundle.path] : []
    return user.command([name] + bundleOption + options + [id], global: global)
  }
}
