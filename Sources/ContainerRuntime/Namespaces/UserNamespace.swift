internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// Mappings of user namespaces. Spec: config-linux.md#user-namespace-mappings
enum UserNamespace {
  /// Writes the mappings of a process that has just come into a new user namespace.
  ///
  /// - Parameters:
  ///   - place: What has the mappings, for error messages.
  static func map(
    _ pid: Int32, uidMappings: [IDMapping], gidMappings: [IDMapping],
    of place: String = "config.json: /linux",
    proc: HostProc
  ) throws(RuntimeError) {
    try during("\(place)/uidMappings") { () throws(RuntimeError) in
      try map(pid, .user, uidMappings, proc)
    }
    try during("\(place)/gidMappings") { () throws(RuntimeError) in
      try map(pid, .group, gidMappings, proc)
    }
  }

  /// A user may write nothing but the mapping of his own ID. user_namespaces(7)
  private static func map(
    _ pid: Int32, _ kind: IDKind, _ mappings: [IDMapping], _ proc: HostProc
  ) throws(RuntimeError) {
    if Caller.isUnprivileged {
      guard kind.isOwnAlone(mappings) else { return try kind.runHelper(pid, mappings) }
      // Groups that take rights away could be left otherwise.
      if kind == .group { try proc.write("deny", to: "\(pid)/setgroups") }
    }
    try proc.write(text(of: mappings), to: "\(pid)/\(kind.file)")
  }

  /// A user namespace that exists only to hold mappings for mount_setattr(2).
  ///
  /// - Returns: Its descriptor; the process that it was made with is gone.
  static func holding(
    uidMappings: [IDMapping], gidMappings: [IDMapping], of place: String, proc: HostProc
  ) throws(RuntimeError) -> Descriptor {
    switch try Kernel.clone(CloneFlags.newUser) {
    case .child:
      try? Kernel.dieWithParent()
      while true { pause() }
    case .parent(let pid, let process):
      defer {
        try? Kernel.signal(process.number, SIGKILL)
        _ = try? Kernel.wait(for: pid)
      }
      try map(pid, uidMappings: uidMappings, gidMappings: gidMappings, of: place, proc: proc)
      return try proc.open("\(pid)/ns/user", flags: O_RDONLY, isMagicLink: true)
    }
  }

  /// The kernel's form: a line a range. user_namespaces(7)
  private static func text(of mappings: [IDMapping]) -> String {
    mappings.map { "\($0.containerID) \($0.hostID) \($0.size)\n" }.joined()
  }
}
