internal import ContainerStore
internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

extension ContainerRecord {
  /// The processes of a container without cgroups: those in its init process's pid namespace, without
  /// namespaces nested in that.
  ///
  /// - Returns: Pids in the runtime's pid namespace; none if the container is stopped.
  /// - Throws: `unsupported` if it has no such namespace of its own.
  func processesByNamespace() throws(RuntimeError) -> [Int32] {
    guard let pid = outline.initProcess?.pid, try outline.initProcess?.open() != nil else { return [] }
    guard hasPIDNamespace else {
      throw RuntimeError(
        .unsupported, "the container has neither cgroups nor a pid namespace that would tell its processes")
    }
    let proc = try HostProc()
    // Before `start` its user may not look, and there is no other process yet.
    guard let namespace = try? proc.pidNamespace(of: "\(pid)") else { return [pid] }
    return try Kernel.list("/proc").compactMap(Int32.init).filter { other in
      other == pid || (try? proc.pidNamespace(of: "\(other)")) == namespace
    }.sorted()
  }
}

extension HostProc {
  /// `pid:[4026531836]`
  fileprivate func pidNamespace(of process: String) throws(RuntimeError) -> String {
    try readLink("\(process)/ns/pid")
  }
}
