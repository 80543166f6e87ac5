internal import Cgroups
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

extension InitProcess {
  /// The container's view of its cgroups: a directory for each hierarchy.
  ///
  /// In a cgroup namespace each hierarchy is mounted anew and shows the container's cgroup as its root;
  /// without one the container's own directory of the host's is bound, so that it looks the same.
  mutating func attachCgroups(_ mount: PlannedMount) throws(RuntimeError) {
    let target = try tree.rootfs.makeDirectory(mount.destination)
    let hierarchies = prepared.cgroupMounts
    if let only = hierarchies.first, hierarchies.count == 1, only.type == "cgroup2" {
      let made = try makeHierarchy(only, mount)
      return try Kernel.attach(made.number, to: target.number)
    }
    let context = try FileSystemContext(type: "tmpfs")
    try context.set("source", "tmpfs")
    try context.set("mode", "755")
    let bits = mount.options.attributes.setting & ~MountFlag.readOnly
    let base = try context.mount(attributes: bits)
    try Kernel.attach(base.number, to: target.number)
    for hierarchy in hierarchies {
      try during(hierarchy.name) { () throws(RuntimeError) in
        try Kernel.makeDirectory(hierarchy.name, at: base.number, mode: 0o755)
        let place = try Kernel.open(
          hierarchy.name, at: base.number, flags: OpenFlags.path | O_DIRECTORY | O_NOFOLLOW)
        let made = try makeHierarchy(hierarchy, mount)
        try Kernel.attach(made.number, to: place.number)
        for link in hierarchy.links {
          try Kernel.makeSymbolicLink(link, at: base.number, target: hierarchy.name)
        }
      }
    }
    if mount.options.attributes.setting & MountFlag.readOnly != 0 {
      try Kernel.change(base.number, MountAttributes(setting: MountFlag.readOnly), recursive: false)
    }
  }

  private func makeHierarchy(
    _ hierarchy: CgroupMount, _ mount: PlannedMount
  ) throws(RuntimeError) -> Descriptor {
    let attributes = mount.options.attributes
    guard plan.namespaces.creates(.cgroup) else {
      let clone = try Kernel.cloneMount(hierarchy.hostDirectory, recursive: false)
      if !attributes.isEmpty { try Kernel.change(clone.number, attributes, recursive: false) }
      return clone
    }
    let context = try FileSystemContext(type: hierarchy.type)
    try context.set("source", hierarchy.type)
    for option in hierarchy.options.split(separator: ",") {
      if let sign = option.firstIndex(of: "=") {
        try context.set(String(option[..<sign]), String(option[option.index(after: sign)...]))
      } else {
        try context.set(String(option))
      }
    }
    return try context.mount(attributes: attributes.setting)
  }
}
