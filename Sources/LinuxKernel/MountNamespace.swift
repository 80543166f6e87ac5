internal import Glibc
public import RuntimeErrors

/// The mount namespace of this process.
public enum MountNamespace {
  private nonisolated(unsafe) static var isOwn = false

  /// Leaves the host's, once. What the host mounts and unmounts later is still seen; nothing that is mounted from now
  /// on is seen outside.
  public static func enterOwn() throws(RuntimeError) {
    guard !isOwn else { return }
    try Kernel.unshare(CloneFlags.newMount)
    try Kernel.change(path: "/", MountAttributes(propagation: UInt64(MS_SLAVE)), recursive: true)
    isOwn = true
  }
}
