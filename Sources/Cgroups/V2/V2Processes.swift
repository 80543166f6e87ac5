internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

extension V2Manager {
  func processes() throws(RuntimeError) -> [CInt] {
    var pids: Set<CInt> = []
    do throws(RuntimeError) {
      try CgroupTree.walk(
        directory(),
        visit: { (directory) throws(RuntimeError) in
          pids.formUnion(try CgroupTree.processes(in: directory))
        }
      )
    } catch {
      // Removed already, or while it was read.
      if !error.isGone { throw error.adding(context: "listing the processes of \(place.hostPath)") }
    }
    return pids.sorted()
  }

  var isFrozen: Bool {
    get throws(RuntimeError) {
      do throws(RuntimeError) {
        return try Kernel.readControl("cgroup.freeze", at: directory()) == "1"
      } catch {
        // Before Linux 5.2.
        if error.errno == .noSuchFileOrDirectory, opened != nil { return false }
        throw error
      }
    }
  }

  func freeze() throws(RuntimeError) {
    let directory = try directory()
    try during("freezing the container") { () throws(RuntimeError) in
      var patience = Patience(microseconds: 2_000_000)
      try Kernel.writeText("1", to: "cgroup.freeze", at: directory)
      repeat {
        let events = ControlFileText.counters(try Kernel.readControl("cgroup.events", at: directory))
        // A cgroup without processes is frozen, too.
        if events["frozen"] == 1 { return }
      } while patience.wait()
      try Kernel.writeText("0", to: "cgroup.freeze", at: directory)
      throw RuntimeError(
        .invalidState,
        "some process could not be frozen, so all were thawed again",
        hint: "a process in uninterruptible sleep cannot be frozen"
      )
    }
  }

  func thaw() throws(RuntimeError) {
    let directory = try directory()
    try during("thawing the container") { () throws(RuntimeError) in
      try Kernel.writeText("0", to: "cgroup.freeze", at: directory)
    }
  }

  /// SIGKILL ends frozen processes, too.
  func thawAll() throws(RuntimeError) { try thaw() }

  func killAll(signal: CInt) throws(RuntimeError) {
    try during("signalling the container's processes") { () throws(RuntimeError) in
      if signal != SIGKILL { return try signalOnce(signal) }
      var patience = Patience(microseconds: 10_000_000)
      repeat {
        try killOnce()
        if try processes().isEmpty { return }
      } while patience.wait()
      throw RuntimeError(.invalidState, "processes survived SIGKILL: \(try processes())")
    }
  }

  /// Also ends processes that are frozen, and those that a process makes meanwhile.
  private func killOnce() throws(RuntimeError) {
    do throws(RuntimeError) {
      try Kernel.writeText("1", to: "cgroup.kill", at: directory())
    } catch {
      if error.isGone, try Kernel.stat(place.hostPath, at: Directory.working) == nil { return }
      // Before Linux 5.14.
      guard error.errno == .noSuchFileOrDirectory else { throw error }
      try signalOnce(SIGKILL)
    }
  }

  /// Frozen processes cannot fork, so that none escapes the list, nor end, so that no pid is reused.
  private func signalOnce(_ signal: CInt) throws(RuntimeError) {
    do throws(RuntimeError) {
      let wasFrozen = try isFrozen
      if !wasFrozen { try freeze() }
      for pid in try processes() { _ = kill(pid, signal) }
      if !wasFrozen { try thaw() }
    } catch {
      if !error.isGone { throw error }
    }
  }
}
