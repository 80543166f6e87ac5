internal import Cgroups
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// The container's mounts that show something of the host's: CRIU saves that they are there, and is told
/// where they come from when it restores them.
///
/// Each has a name in the images: the configured destination, or `/dev/null` for a masked file. That is
/// how runc names them, so that what it saved can be restored, too.
struct ExternalMounts {
  private let mounts: [PlannedMount]
  private let linux: LinuxConfig
  private let namespaces: NamespacePlan
  private let cgroups: [CgroupMount]

  private static let maskName = "/dev/null"

  /// Collects what is needed to know them.
  ///
  /// - Parameters:
  ///   - cgroups: The container's, where it has its own view of them.
  /// - Throws: `unsupported` for a mount whose IDs are mapped: restoring it would not map them.
  init(
    _ mounts: [PlannedMount], linux: LinuxConfig, namespaces: NamespacePlan, cgroups: [CgroupMount]
  ) throws(RuntimeError) {
    if let mapped = mounts.first(where: \.isIDMapped) {
      throw RuntimeError(
        .unsupported, "config.json: /mounts/\(mapped.index): criu would restore it without its ID mappings")
    }
    self.mounts = mounts
    self.linux = linux
    self.namespaces = namespaces
    self.cgroups = cgroups
  }

  /// For saving: `mnt[PLACE]:NAME`.
  ///
  /// - Parameters:
  ///   - root: The running container's root, through which links in the image are followed.
  func saved(in root: borrowing Rootfs) throws(RuntimeError) -> [String] {
    var result: [String] = []
    for mount in all {
      guard let place = try root.openIfPresent(mount.name) else { continue }
      result.append(
        "mnt[\(try Kernel.readLink("/proc/self/fd/\(place.number)", at: Directory.working))]:\(mount.name)")
    }
    for path in linux.maskedPaths ?? [] {
      guard let place = try root.openIfPresent(path) else { continue }
      // Directories have a file system of their own, which is saved.
      guard try Kernel.stat(place.number).st_mode & S_IFMT != S_IFDIR else { continue }
      result.append("mnt[\(path)]:\(ExternalMounts.maskName)")
    }
    return result
  }

  /// For restoring: `mnt[NAME]:SOURCE`.
  var restored: [String] {
    let masks = (linux.maskedPaths ?? []).isEmpty ? [] : ["mnt[\(ExternalMounts.maskName)]:/dev/null"]
    return all.map { "mnt[\($0.name)]:\($0.source)" } + masks
  }

  /// Makes the mount points that the root filesystem lacks: it may be a fresh one.
  func makePlaces(in rootfs: borrowing Rootfs) throws(RuntimeError) {
    for mount in mounts where !isBelowAnother(mount.destination) {
      try during(mount.place) { () throws(RuntimeError) in
        if case .bind(let source, _) = mount.kind, try !ExternalMounts.isDirectory(source) {
          _ = try rootfs.makeFile(mount.destination)
        } else {
          _ = try rootfs.makeDirectory(mount.destination)
        }
      }
    }
  }

  private func isBelowAnother(_ path: String) -> Bool {
    path == "/" || mounts.contains { $0.destination != "/" && path.hasPrefix($0.destination + "/") }
  }

  private static func isDirectory(_ path: String) throws(RuntimeError) -> Bool {
    let file = try Kernel.open(path, flags: OpenFlags.path)
    return try Kernel.stat(file.number).st_mode & S_IFMT == S_IFDIR
  }

  /// All but masks.
  private var all: [(name: String, source: String)] {
    var result: [(name: String, source: String)] = []
    for mount in mounts {
      switch mount.kind {
      case .bind(let source, _): result.append((mount.destination, source))
      case .cgroup where !namespaces.creates(.cgroup):
        let isOne = cgroups.count == 1 && cgroups.first?.type == "cgroup2"
        result += cgroups.map { (mount.destination + (isOne ? "" : "/\($0.name)"), $0.hostDirectory) }
      case .cgroup, .fileSystem, .remount: break
      }
    }
    if namespaces.hasUserNamespace {
      // Device nodes are the host's there.
      result += InitProcess.devices(of: linux).filter { $0.type != .fifo }.map { ($0.path, $0.path) }
    }
    return result
  }
}
