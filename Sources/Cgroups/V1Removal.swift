internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

extension V1Manager {
  func remove() throws(RuntimeError) {
    var first: RuntimeError?
    for index in leaves.indices {
      let place = leaves[index].place
      leaves[index].directory = nil
      do throws(RuntimeError) {
        if !place.isShared { try Self.removeTree(place.hostPath) }
        try Self.removeAncestors(place)
      } catch {
        // The other hierarchies are cleaned nevertheless.
        first = first ?? error.adding(context: "removing the cgroup \(place.hostPath)")
      }
    }
    if let first { throw first }
  }

  /// Removes a cgroup. Nearly always one call does: only a refusal makes it look for nested cgroups.
  private static func removeTree(_ path: String) throws(RuntimeError) {
    var patience = Patience(microseconds: 3_000_000)
    while true {
      do throws(RuntimeError) {
        try Kernel.remove(path, at: Directory.working, isDirectory: true)
        return
      } catch {
        if error.isGone { return }
        guard error.isInUse else { throw error }
        do throws(RuntimeError) {
          let directory = try OpenDirectory(path)
          try CgroupTree.walk(
            directory.descriptor.number,
            leave: { (name, parent) throws(RuntimeError) in
              do throws(RuntimeError) {
                try Kernel.removeDirectory(name, at: parent)
              } catch {
                // Still in use: tried again in the next round.
                if !error.isGone, !error.isInUse { throw error }
              }
            }
          )
        } catch {
          if !error.isGone { throw error }
        }
        // Processes leave their cgroup a moment after they ended.
        if !patience.wait() { throw explain(error, path) }
      }
    }
  }

  private static func explain(_ error: RuntimeError, _ path: String) -> RuntimeError {
    guard let directory = try? OpenDirectory(path),
      let pids = try? processes(in: directory.descriptor.number), !pids.isEmpty
    else { return error }
    return error.hinting("these processes are still in it: \(pids.map { "\($0)" }.joined(separator: " "))")
  }

  /// Removes, upwards, what was made for this container or is marked, until one is in use.
  private static func removeAncestors(_ place: CgroupRecord.Directory) throws(RuntimeError) {
    var path = place.path
    while let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash != path.startIndex {
      path = String(path[..<slash])
      let hostPath = place.mountPoint + path
      do throws(RuntimeError) {
        if path.utf8.count <= place.existing.utf8.count {
          let directory = try OpenDirectory(hostPath)
          if !Kernel.hasAttribute(ancestorMark, of: directory.descriptor.number) { return }
        }
        try Kernel.remove(hostPath, at: Directory.working, isDirectory: true)
      } catch {
        if error.isInUse { return }
        if !error.isGone { throw error }
      }
    }
  }
}

extension RuntimeError {
  /// Whether the cgroup was removed before.
  fileprivate var isGone: Bool { errno == .noSuchFileOrDirectory || errno == .operationNotSupportedByDevice }
  /// Whether the cgroup has processes or cgroups in it.
  fileprivate var isInUse: Bool { errno == .resourceBusy || errno == .directoryNotEmpty }
}
