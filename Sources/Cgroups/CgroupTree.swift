internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// The cgroups below one of the container's, which the container may have made and named.
///
/// At most three descriptors are open at a time, so that a deep tree cannot exhaust them, and names
/// remain the kernel's bytes.
enum CgroupTree {
  /// Visits `root` and everything below, children before their parent.
  ///
  /// - Parameters:
  ///   - visit: Gets each directory, open.
  ///   - leave: Gets each directory but `root` after its children, as a name in its open parent.
  static func walk(
    _ root: CInt,
    visit: (CInt) throws(RuntimeError) -> Void = { (_) throws(RuntimeError) in },
    leave: (RawName, CInt) throws(RuntimeError) -> Void = { (_, _) throws(RuntimeError) in }
  ) throws(RuntimeError) {
    var current = try Kernel.open(".", at: root, flags: O_RDONLY | O_DIRECTORY)
    // For each level the children that are still to be visited, the last of which is being visited.
    var pending = [try Kernel.subdirectories(of: current.number)]
    while true {
      if let child = pending[pending.count - 1].last {
        guard let directory = try openIfThere(child, at: current.number) else {
          pending[pending.count - 1].removeLast()
          continue
        }
        current = directory
        pending.append(try Kernel.subdirectories(of: current.number))
        continue
      }
      try visit(current.number)
      pending.removeLast()
      if pending.isEmpty { return }
      current = try Kernel.open("..", at: current.number, flags: O_RDONLY | O_DIRECTORY)
      let name = pending[pending.count - 1].removeLast()
      try leave(name, current.number)
    }
  }

  private static func openIfThere(_ name: RawName, at directory: CInt) throws(RuntimeError) -> Descriptor? {
    do throws(RuntimeError) {
      return try Kernel.openDirectory(name, at: directory)
    } catch {
      if error.errno == .noSuchFileOrDirectory { return nil }
      throw error
    }
  }

  /// The pids of one cgroup. One in another pid namespace shows as 0 and is left out.
  static func processes(in directory: CInt) throws(RuntimeError) -> [CInt] {
    let table: [UInt8]
    do throws(RuntimeError) {
      table = try Kernel.readTable("cgroup.procs", at: directory)
    } catch let error where error.errno == .notSupportedOnSocket {
      // A threaded cgroup: its processes are listed in that above it.
      return []
    }
    return table.split(separator: UInt8(ascii: "\n"))
      .map { $0.reduce(0) { $0 * 10 + CInt($1 - 48) } }
      .filter { $0 > 0 }
  }
}
