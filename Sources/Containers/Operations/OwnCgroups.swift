internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// The cgroups of a store's containers, `swbox/KEY/ID` in each hierarchy: to find what nobody removed.
struct OwnCgroups {
  private let key: String
  /// Where hierarchies are mounted.
  private let mounts: [String]

  init(key: String) {
    self.key = key
    let text = (try? Kernel.readTable("/proc/self/mountinfo")) ?? []
    mounts = String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard let dash = fields.firstIndex(of: "-"), fields.count > dash + 1, fields.count > 4,
        fields[dash + 1] == "cgroup" || fields[dash + 1] == "cgroup2"
      else { return nil }
      return MountTable.unescape(String(fields[4]))
    }
  }

  private func directories(_ name: String) -> [String] { mounts.map { "\($0)/swbox/\(key)/\(name)" } }

  /// The IDs that have a cgroup anywhere.
  func names() -> Set<String> {
    var names: Set<String> = []
    for mount in mounts {
      let found = (try? Kernel.list("\(mount)/swbox/\(key)")) ?? []
      names.formUnion(found.filter(ContainerCatalog.isID))
    }
    return names
  }

  /// Whether there is one of this ID.
  func isThere(_ name: String) -> Bool {
    directories(name).contains(where: OwnCgroups.isDirectory)
  }

  private static func isDirectory(_ path: String) -> Bool {
    let status = (try? Kernel.stat(path, at: Directory.working)).flatMap(\.self)
    return status.map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
  }

  /// Kills what is in it, and removes it.
  func remove(_ name: String) throws(RuntimeError) {
    for path in directories(name) where OwnCgroups.isDirectory(path) {
      var patience = Patience(microseconds: 5_000_000)
      while true {
        do throws(RuntimeError) {
          try OwnCgroups.removeTree(path)
          break
        } catch let error where error.errno == .resourceBusy && patience.wait() {}
      }
    }
  }

  private static func removeTree(_ path: String) throws(RuntimeError) {
    let directory: Descriptor
    do throws(RuntimeError) {
      directory = try Kernel.open(path, flags: O_RDONLY | O_DIRECTORY)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return
    }
    for name in try Kernel.subdirectories(of: directory.number) {
      try removeTree("\(path)/\(String(decoding: name.withoutZero, as: UTF8.self))")
    }
    for pid in (try? Kernel.readText("cgroup.procs", at: directory.number))?.split(separator: "\n") ?? [] {
      if let pid = Int32(pid), pid > 0 { try? Kernel.signal(pid: pid, SIGKILL) }
    }
    try Kernel.remove(path, at: Directory.working, isDirectory: true)
  }

  /// Removes the directories above, if nothing is in them.
  func removeEmpty() {
    for mount in mounts {
      try? Kernel.remove("\(mount)/swbox/\(key)", at: Directory.working, isDirectory: true)
      try? Kernel.remove("\(mount)/swbox", at: Directory.working, isDirectory: true)
    }
  }
}
