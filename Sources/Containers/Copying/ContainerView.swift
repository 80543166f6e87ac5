internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// A container's root file system as it is now.
final class ContainerView {
  let root: CopyRoot
  /// Between the container's owners and those that are seen here.
  let shift: OwnerShift
  /// Whether its own file systems of the kernel are mounted in it.
  let runs: Bool

  init(_ root: borrowing ContainerRoot, _ shift: OwnerShift, runs: Bool) throws(RuntimeError) {
    self.root = try CopyRoot.container(root)
    self.shift = shift
    self.runs = runs
  }
}

extension FileCopy {
  /// The root of a container: that of its first process, or mounted in a mount namespace of this process alone, which
  /// it stays in.
  func view(of container: Container) throws(RuntimeError) -> ContainerView {
    let shift = OwnerShift(try UserMapping(container.record.options))
    let observation = try catalog.observe(container)
    switch observation.status {
    case .running, .paused, .unsupervised:
      let root = try Execution.root(of: container, catalog, [.running, .paused, .unsupervised])
      return try ContainerView(root, shift, runs: true)
    case .starting:
      throw RuntimeError(.invalidState, "container \(container.record.name) is being started")
    case .exited, .lost: break
    }
    // Its supervisor may still be at work; nobody is to remove or mount it meanwhile.
    try container.waitUntilFree()
    guard try container.hold() else {
      throw RuntimeError(.invalidState, "another process is at work on container \(container.record.name)")
    }
    try MountNamespace.enterOwn()
    let mounted = try RootMount(container: container, store: store).make()
    return try ContainerView(mounted.root, shift, runs: false)
  }
}
