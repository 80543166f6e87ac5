internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// A container's cgroups in the hierarchies of cgroup v1, and on a hybrid layout's cgroup2 if needed.
final class V1Manager: CgroupManager {
  /// The container's cgroup in one hierarchy.
  struct Leaf {
    let identity: Hierarchy.Identity
    let place: CgroupRecord.Directory
    /// Opened when first needed.
    var directory: OpenDirectory?
  }

  let record: CgroupRecord
  var leaves: [Leaf]

  init(record: CgroupRecord) throws(RuntimeError) {
    self.record = record
    leaves = []
    for place in record.directories {
      guard let identity = Hierarchy.Identity(text: place.hierarchy), place.path.utf8.count > 1 else {
        throw RuntimeError(
          .damagedState,
          "the record of cgroups has a directory \(place.path) in \(place.hierarchy)"
        )
      }
      leaves.append(Leaf(identity: identity, place: place))
    }
  }

  var mounts: [CgroupMount] {
    leaves.map { CgroupMount($0.identity, hostDirectory: $0.place.hostPath) }
  }

  /// The leaf's descriptor, which lives as long as the manager.
  func directory(_ index: Int) throws(RuntimeError) -> CInt {
    if let open = leaves[index].directory { return open.descriptor.number }
    let open = try OpenDirectory(leaves[index].place.hostPath)
    leaves[index].directory = open
    return open.descriptor.number
  }

  /// Which leaf `controller` is in.
  func index(of controller: Controller) -> Int? {
    leaves.firstIndex { $0.identity.has(controller) }
  }

  /// Which leaf is on cgroup2.
  var cgroup2Index: Int? { leaves.firstIndex { $0.identity == .cgroup2 } }

  func openMembership(
    nested: [NestedCgroup], beside pid: CInt?
  ) throws(RuntimeError) -> CgroupMembership {
    try requireHierarchies(of: nested)
    var tasks: [(file: CInt, path: String)] = []
    var cloneTarget: CInt = -1
    do {
      for (index, leaf) in leaves.enumerated() {
        if leaf.identity == .cgroup2 {
          cloneTarget = try openCgroup2(nested, in: index).release()
        } else {
          tasks.append((try openTasks(nested, in: index).release(), leaf.place.hostPath))
        }
      }
    } catch {
      _ = CgroupMembership(tasks: tasks, cloneTarget: cloneTarget)
      throw error.adding(context: "opening the container's cgroups")
    }
    return CgroupMembership(tasks: tasks, cloneTarget: cloneTarget)
  }

  private func requireHierarchies(of nested: [NestedCgroup]) throws(RuntimeError) {
    for controller in nested.compactMap(\.controller) where index(of: controller) == nil {
      throw RuntimeError(.unsupported, "--cgroup: the \(controller.rawValue) controller is not mounted")
    }
  }

  private func openCgroup2(_ nested: [NestedCgroup], in index: Int) throws(RuntimeError) -> Descriptor {
    if let below = try open(nested, in: index) { return below }
    return try Kernel.duplicate(try directory(index))
  }

  /// By path, if the leaf is not open: one open(2) for each hierarchy instead of two.
  private func openTasks(_ nested: [NestedCgroup], in index: Int) throws(RuntimeError) -> Descriptor {
    if let below = try open(nested, in: index) {
      return try Kernel.open("tasks", at: below.number, flags: O_WRONLY)
    }
    if let leaf = leaves[index].directory {
      return try Kernel.open("tasks", at: leaf.descriptor.number, flags: O_WRONLY)
    }
    return try Kernel.open(leaves[index].place.hostPath + "/tasks", flags: O_WRONLY)
  }

  /// The cgroup below the leaf that the last fitting entry names; nil if it is the leaf itself. The container makes and names
  /// those, so the way is not left.
  private func open(_ nested: [NestedCgroup], in index: Int) throws(RuntimeError) -> Descriptor? {
    let identity = leaves[index].identity
    guard let entry = nested.last(where: { entry in entry.controller.map(identity.has) ?? true })
    else { return nil }
    let leaf = try directory(index)
    return try during("--cgroup \(entry.path) in \(leaves[index].place.hostPath)") {
      () throws(RuntimeError) in
      try Kernel.open(
        entry.path, at: leaf, flags: O_RDONLY | O_DIRECTORY,
        resolve: ResolveFlags.beneath | ResolveFlags.noSymlinks)
    }
  }
}
