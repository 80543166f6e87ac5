internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// Owns a directory's descriptor, as arrays cannot hold one.
final class OpenDirectory {
  let descriptor: Descriptor

  init(_ path: String) throws(RuntimeError) {
    descriptor = try Kernel.open(path, flags: O_RDONLY | O_DIRECTORY)
  }
}

/// On every directory that a runtime had to create above a container's own, so that whichever container
/// is deleted last takes it away.
let ancestorMark = "trusted.swrun"

extension CgroupRecord.Directory {
  /// Makes one directory, with those above it if they are missing.
  ///
  /// Another container's delete may take away an ancestor that is still empty: then all is made again.
  ///
  /// - Throws: `invalidState` if it was there and has processes: of another container, as it seems.
  func make() throws(RuntimeError) -> OpenDirectory {
    var attempts = 0
    while true {
      do throws(RuntimeError) {
        let isNew = try Self.makeDirectory(hostPath)
        let directory = try OpenDirectory(hostPath)
        if !isNew { try requireEmpty(directory) }
        return directory
      } catch {
        attempts += 1
        if error.errno != .noSuchFileOrDirectory || attempts > 100 { throw error }
        try makeAncestors()
      }
    }
  }

  /// Whatever is done to the container would be done to those processes, too.
  private func requireEmpty(_ directory: OpenDirectory) throws(RuntimeError) {
    let pids = try CgroupTree.processes(in: directory.descriptor.number)
    if pids.isEmpty { return }
    throw RuntimeError(
      .invalidState, "it has processes already: \(pids.map { "\($0)" }.joined(separator: " "))",
      hint: "another container may run in it: choose another linux.cgroupsPath")
  }

  /// - Returns: Whether it was not there before.
  private static func makeDirectory(_ path: String) throws(RuntimeError) -> Bool {
    do throws(RuntimeError) {
      try Kernel.makeDirectory(path, at: Directory.working, mode: 0o755)
      return true
    } catch {
      if error.errno == .fileExists { return false }
      throw error
    }
  }

  private func makeAncestors() throws(RuntimeError) {
    var path = mountPoint
    for name in self.path.utf8.split(separator: UInt8(ascii: "/")).dropLast() {
      path += "/\(Substring(name))"
      do throws(RuntimeError) {
        guard try Self.makeDirectory(path) else { continue }
        let directory = try OpenDirectory(path)
        // Without extended attributes the record still says what this container made.
        try? Kernel.setAttribute(ancestorMark, value: "1", of: directory.descriptor.number)
      } catch {
        // Taken away meanwhile; the caller begins again.
        if error.errno == .noSuchFileOrDirectory { return }
        throw error
      }
    }
  }

  /// Removes the cgroup if it was made for the container, with those in it, and ancestors that a runtime
  /// made and nobody uses any more.
  func remove() throws(RuntimeError) {
    if !isShared { try Self.removeTree(hostPath) }
    try removeAncestors()
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
      let pids = try? CgroupTree.processes(in: directory.descriptor.number), !pids.isEmpty
    else { return error }
    return error.hinting("these processes are still in it: \(pids.map { "\($0)" }.joined(separator: " "))")
  }

  /// Removes, upwards, what was made for this container or is marked, until one is in use.
  private func removeAncestors() throws(RuntimeError) {
    var path = self.path
    while let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash != path.startIndex {
      path = String(path[..<slash])
      let hostPath = mountPoint + path
      do throws(RuntimeError) {
        if path.utf8.count <= existing.utf8.count {
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
  var isGone: Bool { errno == .noSuchFileOrDirectory || errno == .operationNotSupportedByDevice }
  /// Whether the cgroup has processes or cgroups in it.
  fileprivate var isInUse: Bool { errno == .resourceBusy || errno == .directoryNotEmpty }
}
