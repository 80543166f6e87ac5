internal import LinuxKernel
internal import OCIRuntimeSpec
public import RuntimeErrors

/// A container as it is now.
public struct Observation {
  /// The container.
  public let container: Container
  /// What is known of its life.
  public let progress: ContainerProgress
  /// Where it is in its life: by its lock and the runtime, not by what was once written down.
  public let status: ContainerStatus
  /// Its first process, while there is one.
  public let pid: Int32?
}

extension ContainerCatalog {
  /// Looks at containers.
  ///
  /// - Returns: In the same order, without those that are gone meanwhile.
  public func observe(_ containers: [Container]) throws(RuntimeError) -> [Observation] {
    var states: [String: [String: State]] = [:]
    var result: [Observation] = []
    for container in containers {
      // In this order: who is not held has written all that it ever will.
      let isHeld = try container.isHeld()
      let progress = try container.progress()
      if try Kernel.stat(container.id, at: root.number) == nil { continue }
      if progress.finished != nil {
        result.append(Observation(container: container, progress: progress, status: .exited, pid: nil))
        continue
      }
      let runtime = runtime(of: container.record)
      if states[runtime.path] == nil { states[runtime.path] = try runtime.states() }
      let state = states[runtime.path]?[container.id]
      result.append(Observation(container, progress, state, isHeld: isHeld))
    }
    return result
  }

  /// Looks at one container.
  ///
  /// - Throws: `containerNotFound` if it is gone.
  public func observe(_ container: Container) throws(RuntimeError) -> Observation {
    guard let observation = try observe([container]).first else {
      throw RuntimeError(.containerNotFound, "container \(container.record.name) is gone")
    }
    return observation
  }
}

extension Observation {
  /// A container whose end is not written down.
  fileprivate init(_ container: Container, _ progress: ContainerProgress, _ state: State?, isHeld: Bool) {
    self.container = container
    self.progress = progress
    // Where the runtime has lost what it knew, with $XDG_RUNTIME_DIR, the process is there nevertheless. In place it is
    // written down before the runtime knows it.
    let isAboutToRun = container.record.options.inPlace && isHeld
    let isForgotten = state == nil && !isAboutToRun && progress.openProcess() != nil
    let lives = state.map { [.created, .running, .paused].contains($0.status) } ?? isForgotten
    pid = lives ? state?.pid ?? progress.pid : nil
    if container.record.options.inPlace, !isHeld {
      // Nobody cares for it: it is its caller's own process, who learns how it ends.
      status = state?.status == .paused ? .paused : lives ? .running : .exited
      return
    }
    switch (isHeld, state?.status) {
    case (true, .paused): status = .paused
    case (true, .running): status = .running
    case (true, nil) where isForgotten && progress.started != nil: status = .running
    // It has ended, and its supervisor is about to write that down.
    case (true, .stopped) where progress.started != nil: status = .running
    case (true, _): status = .starting
    case (false, _): status = lives ? .unsupervised : .lost
    }
  }
}
