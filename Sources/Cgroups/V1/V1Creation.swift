internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

extension V1Manager {
  /// Nobody is given cgroups of v1: that would not be safe. Spec: config-linux.md#cgroup-ownership
  func create(_ resources: Resources?, owner: UInt32?) throws(RuntimeError) {
    // Before anything is made: nothing can be wrong with the rules later.
    let devices = try DeviceList(DeviceRules(resources?.devices))
    for index in leaves.indices {
      let place = leaves[index].place
      try during("creating the cgroup \(place.hostPath)") { () throws(RuntimeError) in
        leaves[index].directory = try place.make()
      }
    }
    if try isFrozen {
      throw RuntimeError(
        .invalidState,
        "the cgroup \(leaves.first?.place.path ?? "") is frozen, so a container in it would hang",
        hint: "thaw it, or choose another linux.cgroupsPath"
      )
    }
    try initializeCpuset(resources?.cpu)
    if cgroup2Index != nil { try enableControllers(for: resources) }
    if let resources { try apply(resources) }
    try apply(devices)
  }

  /// A new cpuset has no CPUs and no memory nodes, and can be joined only when it has both.
  private func initializeCpuset(_ cpu: CPUResources?) throws(RuntimeError) {
    guard let index = index(of: .cpuset) else { return }
    let depth = leaves[index].place.path.utf8.count { $0 == UInt8(ascii: "/") }
    let directory = try directory(index)
    for (file, configured) in [("cpuset.cpus", cpu?.cpus), ("cpuset.mems", cpu?.mems)] {
      try during("initializing \(leaves[index].place.hostPath)/\(file)") { () throws(RuntimeError) in
        if leaves[index].place.isShared, try !Kernel.readControl(file, at: directory).isEmpty { return }
        let inherited = try inherit(file, directory: directory, depth: depth)
        // The configured value is written with the other limits.
        if configured?.isEmpty ?? true { try Kernel.writeText(inherited, to: file, at: directory) }
      }
    }
  }

  /// Fills `file` in the ancestors of `directory` that have nothing in it yet.
  ///
  /// - Returns: The parent's value.
  private func inherit(_ file: String, directory: CInt, depth: Int) throws(RuntimeError) -> String {
    var empty: [String] = []
    for level in 1...depth {
      let path = String(repeating: "../", count: level) + file
      let value = try Kernel.readControl(path, at: directory)
      if value.isEmpty {
        empty.append(path)
        continue
      }
      for path in empty.reversed() { try Kernel.writeText(value, to: path, at: directory) }
      return value
    }
    throw RuntimeError(.unsupported, "no cgroup up to the mount point has a value in \(file)")
  }

  /// Switches on, from the mount point down to the leaf, the controllers of cgroup2 that limits are for.
  func enableControllers(for resources: Resources?) throws(RuntimeError) {
    guard let index = cgroup2Index else { return }
    var names = Set(
      (resources?.unified ?? [:]).keys.compactMap { $0.split(separator: ".").first.map(String.init) }
    )
    // Files of the hierarchy itself.
    names.remove("cgroup")
    if resources?.hugepageLimits?.isEmpty == false, self.index(of: .hugetlb) == nil {
      names.insert("hugetlb")
    }
    if names.isEmpty { return }
    let place = leaves[index].place
    let available = try Kernel.readControl(place.mountPoint + "/cgroup.controllers").split(separator: " ")
    for name in names.sorted() where !available.contains(Substring(name)) {
      // A file such as cpu.pressure needs no controller; writing it will tell.
      if Controller(rawValue: name) == nil, name != "io" { names.remove(name); continue }
      throw RuntimeError(
        .unsupported,
        "/linux/resources/\(name == "hugetlb" ? "hugepageLimits" : "unified"): the \(name) controller is not "
          + "mounted with cgroup2 at \(place.mountPoint)"
      )
    }
    let request = names.sorted().map { "+\($0)" }.joined(separator: " ")
    var path = place.mountPoint
    for component in place.path.utf8.split(separator: UInt8(ascii: "/")) {
      try during("enabling \(request) in \(path)") { () throws(RuntimeError) in
        do throws(RuntimeError) {
          try Kernel.writeText(request, to: path + "/cgroup.subtree_control")
        } catch {
          throw error.errno == .resourceBusy
            ? error.hinting(
              "a cgroup2 with processes in it cannot limit those below; use an absolute cgroupsPath"
            )
            : error
        }
      }
      path += "/\(Substring(component))"
    }
  }
}
