internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// Directories that show files to a user namespace as if they were its own: `mount_setattr(2)`, MOUNT_ATTR_IDMAP.
/// On the disk they keep their owners, so that layers are shared between containers with and without one.
struct MappedMount: ~Copyable {
  private let namespace: Descriptor

  /// - Parameters:
  ///   - mapping: As the container's user namespace will have it.
  init(_ mapping: UserMapping) throws(RuntimeError) {
    namespace = try MappedMount.makeNamespace(mapping)
  }

  /// Attaches a directory anew, in this process's own mount namespace.
  ///
  /// - Parameters:
  ///   - path: What is shown.
  ///   - place: Where.
  func attach(_ path: String, to place: CInt) throws(RuntimeError) {
    let mount = try Kernel.cloneMount(path, recursive: false)
    do throws(RuntimeError) {
      try Kernel.change(mount.number, MountAttributes(), recursive: false, userNamespace: namespace.number)
    } catch {
      throw error.hinting("--userns needs a file system with mapped mounts below \(path)")
    }
    try Kernel.attach(mount.number, to: place)
  }

  /// A user namespace of a process that does nothing but have it for a moment.
  private static func makeNamespace(_ mapping: UserMapping) throws(RuntimeError) -> Descriptor {
    let parent = getpid()
    switch try Kernel.clone(CloneFlags.newUser) {
    case .child:
      // It has copies of all that its parent has open, locks among it.
      if (try? Kernel.dieWithParent(parent)) == nil { _exit(1) }
      while true { pause() }
    case .parent(let pid, let process):
      defer {
        try? Kernel.signal(process.number, SIGKILL)
        _ = try? Kernel.wait(for: pid)
      }
      try Kernel.writeText(text(mapping.users), to: "/proc/\(pid)/uid_map")
      try Kernel.writeText(text(mapping.groups), to: "/proc/\(pid)/gid_map")
      return try Kernel.open("/proc/\(pid)/ns/user", flags: O_RDONLY)
    }
  }

  private static func text(_ mappings: [IDMapping]) -> String {
    mappings.map { "\($0.containerID) \($0.hostID) \($0.size)\n" }.joined()
  }
}
