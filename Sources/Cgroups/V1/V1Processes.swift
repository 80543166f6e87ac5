internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

extension V1Manager {
  /// The hierarchy that says who belongs to the container: that which freezes, as it is what no client
  /// moves processes around in.
  private var members: Int? { index(of: .freezer) ?? index(of: .devices) ?? leaves.indices.first }

  func processes() throws(RuntimeError) -> [CInt] {
    guard let members else { return [] }
    var pids: [CInt] = []
    do throws(RuntimeError) {
      try CgroupTree.walk(
        directory(members),
        visit: { (directory) throws(RuntimeError) in pids += try CgroupTree.processes(in: directory) }
      )
    } catch {
      // Removed already, or while it was read.
      if error.errno == .noSuchFileOrDirectory || error.errno == .operationNotSupportedByDevice {
        return pids
      }
      throw error.adding(context: "listing the processes of \(leaves[members].place.hostPath)")
    }
    return pids
  }

  var isFrozen: Bool {
    get throws(RuntimeError) {
      guard let index = index(of: .freezer) else { return false }
      return try Kernel.readControl("freezer.state", at: directory(index)) != "THAWED"
    }
  }

  func freeze() throws(RuntimeError) {
    let directory = try freezer()
    try during("freezing the container") { () throws(RuntimeError) in
      var patience = Patience(microseconds: 2_000_000)
      repeat {
        // Asked again each time: a process that forks meanwhile can leave the cgroup half frozen.
        try Kernel.writeText("FROZEN", to: "freezer.state", at: directory)
        if try Kernel.readControl("freezer.state", at: directory) == "FROZEN" { return }
      } while patience.wait()
      try Kernel.writeText("THAWED", to: "freezer.state", at: directory)
      throw RuntimeError(
        .invalidState,
        "some process could not be frozen, so all were thawed again",
        hint: "a process in uninterruptible sleep cannot be frozen"
      )
    }
  }

  func thaw() throws(RuntimeError) {
    let directory = try freezer()
    try during("thawing the container") { () throws(RuntimeError) in
      try Kernel.writeText("THAWED", to: "freezer.state", at: directory)
    }
  }

  func thawAll() throws(RuntimeError) {
    try CgroupTree.walk(
      freezer(),
      visit: { (directory) throws(RuntimeError) in
        try Kernel.writeText("THAWED", to: "freezer.state", at: directory)
      })
  }

  private func freezer() throws(RuntimeError) -> CInt {
    guard let index = index(of: .freezer) else {
      throw RuntimeError(.unsupported, "the freezer controller is not mounted")
    }
    return try directory(index)
  }

  func killAll(signal: CInt) throws(RuntimeError) {
    try during("signalling the container's processes") { () throws(RuntimeError) in
      var patience = Patience(microseconds: 10_000_000)
      while true {
        let wasFrozen = try signalOnce(signal)
        // Signals other than this leave it to the processes, and to a pause, when they act.
        if signal != SIGKILL { return }
        if wasFrozen { try thaw() }
        if try processes().isEmpty { return }
        if index(of: .freezer) != nil { try thawAll() }
        if !patience.wait() {
          throw RuntimeError(.invalidState, "processes survived SIGKILL: \(try processes())")
        }
      }
    }
  }

  /// Frozen processes cannot fork, so that none escapes the list, nor end, so that no pid is reused.
  ///
  /// - Returns: Whether the container was frozen before, and is still.
  private func signalOnce(_ signal: CInt) throws(RuntimeError) -> Bool {
    do throws(RuntimeError) {
      let hasFreezer = index(of: .freezer) != nil
      let wasFrozen = try isFrozen
      if hasFreezer, !wasFrozen { try freeze() }
      for pid in try processes() { _ = kill(pid, signal) }
      if hasFreezer, !wasFrozen { try thaw() }
      return wasFrozen
    } catch {
      if error.errno == .noSuchFileOrDirectory || error.errno == .operationNotSupportedByDevice {
        return false
      }
      throw error
    }
  }
}
