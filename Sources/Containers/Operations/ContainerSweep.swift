internal import Glibc
internal import ImageLayers
public import ImageStore
internal import LinuxKernel
public import OCIImage
public import RuntimeErrors
internal import SystemPackage

/// Removal of containers that have ended, and of what killed processes left.
///
/// The image store is open for this process alone, so that no container is being made. Containers that somebody holds
/// are passed over. A collection that was killed is ended by the next one.
public struct ContainerSweep: Sendable {
  /// Nothing that ended or was changed in the last so many seconds is removed.
  public var gracePeriod: Int64 = 0
  /// Whether it is only told what would be removed.
  public var isDryRun = false

  /// One that removes all that it may.
  public init() {}

  /// Goes through the containers.
  ///
  /// - Parameters:
  ///   - warn: Gets what cannot be taken back now.
  ///   - failed: Gets why something could not be collected; the rest is.
  /// - Returns: What was removed: of the kinds `container`, `staging`, `runtime`, `cgroup` and `network`.
  public func run(
    in catalog: ContainerCatalog, warn: (String) -> Void, failed: (RuntimeError) -> Void
  ) throws(RuntimeError) -> [Sweep.Removal] {
    var removals: [Sweep.Removal] = []
    func attempt(_ step: () throws(RuntimeError) -> Void) {
      do throws(RuntimeError) {
        try step()
      } catch {
        failed(error)
      }
    }
    // The runtime's first: what begins later has its container's directory before it has a state.
    let states = (try? Kernel.list("\(catalog.volatilePath)/runtime")) ?? []
    let cgroups = OwnCgroups(key: catalog.key)
    let groups = cgroups.names()
    for id in try catalog.identifiers() {
      attempt { () throws(RuntimeError) in try collect(id, catalog, &removals) }
    }
    for (name, size) in try catalog.abandoned() {
      removals.append(Sweep.Removal(kind: "staging", path: "containers/staging/\(name)", size: size))
      if !isDryRun { attempt { () throws(RuntimeError) in try catalog.removeAbandoned(name) } }
    }
    if !isDryRun { try catalog.removeStaleNames() }
    let left = Set(try catalog.identifiers())
    attempt { () throws(RuntimeError) in
      try collectStates(states.filter { !left.contains($0) }, catalog, &removals)
    }
    for name in groups.sorted() where !left.contains(name) && cgroups.isThere(name) {
      removals.append(Sweep.Removal(kind: "cgroup", path: "swbox/\(catalog.key)/\(name)", size: 0))
      if !isDryRun { attempt { () throws(RuntimeError) in try cgroups.remove(name) } }
    }
    attempt { () throws(RuntimeError) in
      let network = try NetworkAttachment.collect(
        keeping: left, owner: catalog.key, isDryRun: isDryRun, warn: warn)
      for name in network { removals.append(Sweep.Removal(kind: "network", path: name, size: 0)) }
    }
    if !isDryRun, left.isEmpty {
      cgroups.removeEmpty()
      removeVolatile(catalog)
      try? OwnNamespace.forget()
    }
    return removals
  }

  private func collect(
    _ id: String, _ catalog: ContainerCatalog, _ removals: inout [Sweep.Removal]
  ) throws(RuntimeError) {
    let container: Container
    do throws(RuntimeError) {
      guard let found = try catalog.container(id) else { return }
      container = found
    } catch let error where error.code == .damagedState {
      guard try Container.isFree(id, at: catalog.root.number) else { throw error }
      removals.append(Sweep.Removal(kind: "container", path: "containers/\(id)", size: 0))
      if !isDryRun { try catalog.removeDamaged(id) }
      return
    }
    guard try container.hold() else {
      if !isDryRun { removeEndedExecutions(of: container) }
      return
    }
    // Somebody else may have removed it before it was held.
    guard let status = try Kernel.stat(id, at: catalog.root.number) else { return }
    // In place nobody holds it while it runs.
    if container.record.options.inPlace, try catalog.observe(container).pid != nil { return }
    let ended = try container.progress().finished.flatMap { TimeOfDay($0)?.seconds }
    let age = TimeOfDay.now.seconds - (ended ?? status.st_ctim.tv_sec)
    guard Int64(age) >= gracePeriod else { return }
    let size = (try? DirectoryTree.size(RawName(bytes: Array(id.utf8)), at: catalog.root.number)) ?? 0
    removals.append(Sweep.Removal(kind: "container", path: "containers/\(id)", size: size))
    if !isDryRun { try catalog.clear(container) }
  }

  /// Files of an `exec` that was killed, in a container that runs on.
  private func removeEndedExecutions(of container: Container) {
    for name in (try? Kernel.list(container.path)) ?? [] where name.hasPrefix("exec-") {
      let pid = name.dropFirst(5).prefix { $0.isNumber }
      guard kill(Int32(pid) ?? 0, 0) < 0, errno == ESRCH else { continue }
      try? Kernel.remove(name, at: container.number)
    }
  }

  /// What a runtime keeps of containers that are gone.
  private func collectStates(
    _ names: [String], _ catalog: ContainerCatalog, _ removals: inout [Sweep.Removal]
  ) throws(RuntimeError) {
    for name in names.sorted() where ContainerCatalog.isID(name) {
      let root = catalog.volatilePath + "/runtime"
      guard try Kernel.stat("\(root)/\(name)", at: Directory.working) != nil else { continue }
      removals.append(Sweep.Removal(kind: "runtime", path: name, size: 0))
      if !isDryRun { try RuntimeProgram(path: RuntimeProgram.find(nil), root: root).delete(name) }
    }
  }

  /// With no container left nothing of this is anybody's.
  private func removeVolatile(_ catalog: ContainerCatalog) {
    for name in (try? Kernel.list(catalog.volatilePath)) ?? [] where name != "runtime" {
      try? Kernel.remove("\(catalog.volatilePath)/\(name)", at: Directory.working)
    }
    for path in ["\(catalog.volatilePath)/runtime", catalog.volatilePath] {
      try? Kernel.remove(path, at: Directory.working, isDirectory: true)
    }
  }
}

extension ContainerCatalog {
  /// What containers need of the image store.
  ///
  /// - Returns: Manifests of their images, and names of their layers.
  /// - Throws: `damagedState` if a container does not tell.
  public func uses() throws(RuntimeError) -> (manifests: [ContentDescriptor], layers: Set<String>) {
    var manifests: [ContentDescriptor] = []
    var layers: Set<String> = []
    for id in try identifiers() {
      guard let record = try container(id)?.record else { continue }
      if let manifest = record.origin.manifest { manifests.append(manifest) }
      layers.formUnion(record.origin.layers ?? [])
    }
    return (manifests, layers)
  }
}
