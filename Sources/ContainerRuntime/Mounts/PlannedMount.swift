internal import OCIRuntimeSpec
internal import RuntimeErrors

/// A mount of the configuration, ready to be made.
struct PlannedMount {
  /// Its place in `/mounts`, for error messages.
  let index: Int
  /// Absolute, as the container sees it.
  let destination: String
  let options: MountOptions
  let kind: Kind
  let uidMappings: [IDMapping]
  let gidMappings: [IDMapping]
  /// The list that has it: a file and a JSON pointer; nil for a mount that no file asks for.
  private var list: String?

  /// What is mounted.
  enum Kind: Equatable {
    /// A host path, absolute.
    case bind(source: String, recursive: Bool)
    /// The container's view of its cgroups.
    case cgroup
    /// A new file system.
    case fileSystem(type: String, source: String)
    /// Other attributes for what is mounted there.
    case remount
  }

  /// Plans one mount.
  ///
  /// - Parameters:
  ///   - mount: As configured.
  ///   - index: Its place in `/mounts`.
  ///   - bundle: Absolute path; relative sources count from here.
  ///   - list: What messages call the list that has it.
  init(_ mount: Mount, index: Int, bundle: String, list: String = "config.json: /mounts") {
    self.list = list
    self.index = index
    destination = "/" + Rootfs.components(mount.destination).joined(separator: "/")
    options = MountOptions(mount.options ?? [])
    uidMappings = mount.uidMappings ?? []
    gidMappings = mount.gidMappings ?? []
    let type = mount.type ?? ""
    let source = mount.source ?? ""
    if options.isRemount {
      kind = .remount
    } else if options.bind != nil || type == "bind" || type == "rbind" {
      let recursive = options.bind == .recursive || (options.bind == nil && type == "rbind")
      kind = .bind(source: source.hasPrefix("/") ? source : bundle + "/" + source, recursive: recursive)
    } else if type == "cgroup" || type == "cgroup2" {
      kind = .cgroup
    } else {
      kind = .fileSystem(type: type, source: source)
    }
  }

  /// `config.json: /mounts/3`
  var pointer: String { (list ?? "") + "/\(index)" }

  /// `config.json: /mounts/3: mounting /proc`
  var place: String { place(of: "mounting") }

  /// What is being done, and where that is asked for.
  func place(of deed: String) -> String { (list == nil ? "" : pointer + ": ") + "\(deed) \(destination)" }

  /// The directory of the socket that the program tells its readiness to, for its service manager.
  ///
  /// - Parameters:
  ///   - source: Absolute path.
  static func notification(source: String, index: Int) -> PlannedMount {
    var mount = Mount(destination: ReadinessProxy.directory)
    mount.source = source
    mount.options = ["bind", "ro", "nosuid", "nodev", "noexec"]
    var planned = PlannedMount(mount, index: index, bundle: "/")
    planned.list = nil
    return planned
  }

  /// Whether the mount's IDs are mapped.
  var isIDMapped: Bool { options.idmap != nil || !uidMappings.isEmpty }

  /// Whether the destination, as it is written, is /proc or lies below it.
  var isNamedInProc: Bool { destination == "/proc" || destination.hasPrefix("/proc/") }

  /// Only bind mounts are made where their IDs can be mapped.
  func refuseMappings() throws(RuntimeError) {
    guard isIDMapped else { return }
    if case .bind = kind { return }
    throw RuntimeError(
      .unsupported,
      "\(pointer): only the IDs of a bind mount can be mapped (config.md#posix-platform-mounts)"
    )
  }

  /// The kernel maps the IDs of a mount only for who has all rights over its file system. mount_setattr(2)
  func refuseUsersMapping() throws(RuntimeError) {
    guard isIDMapped else { return }
    throw RuntimeError(.unsupported, "\(pointer): only root can map the IDs of a mount")
  }

  /// Refuses what would hide the kernel's own /proc from the container or from the runtime.
  ///
  /// A volume over /proc lets an image answer for the kernel: masks and labels would be written to
  /// its files. Only a proc file system may stand there, and below it the single files that tools
  /// such as lxcfs replace.
  func refuseFakeProc() throws(RuntimeError) {
    let replaceable: Set = [
      "/proc/cpuinfo", "/proc/diskstats", "/proc/loadavg", "/proc/meminfo", "/proc/net/dev",
      "/proc/slabinfo", "/proc/stat", "/proc/swaps", "/proc/uptime", "/proc/sys/kernel/ns_last_pid",
      "/proc/sys/crypto/fips_enabled",
    ]
    guard isNamedInProc else { return }
    switch kind {
    case .fileSystem(type: "proc", _) where destination == "/proc", .remount: return
    case .bind where destination == "/proc": return
    case .bind where replaceable.contains(destination): return
    default:
      throw RuntimeError(
        .invalidConfig,
        "\(pointer)/destination: \"\(destination)\" lies in /proc, which only a proc file "
          + "system may fill (config.md#mounts)")
    }
  }
}
