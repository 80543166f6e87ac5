internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// What is mounted in a container.
///
/// Spec (runtime): config.md#mounts
struct MountChoice {
  let options: RunOptions
  /// Generated files: absolute path there, path for the bundle.
  let files: [(destination: String, source: String)]
  /// Directories with data, as the image has them.
  let volumes: [String]

  /// All of them, in their order. What was asked for comes last, and in place of what has the same destination.
  func mounts() throws(RuntimeError) -> [Mount] {
    var mounts = usual
    mounts += files.map {
      Mount(
        destination: $0.destination, type: "bind", source: $0.source,
        options: ["bind", "rprivate", "ro", "nosuid", "nodev"])
    }
    mounts.removeAll { mount in
      options.omittedMounts.contains { mount.destination == $0 || mount.destination.hasPrefix($0 + "/") }
    }
    // What an image expects to be written to stays so where its root is not.
    if options.readOnly {
      mounts += volumes.map {
        Mount(
          destination: $0, type: "tmpfs", source: "tmpfs",
          options: ["rprivate", "nosuid", "nodev", "tmpcopyup"])
      }
      mounts += ["/run", "/tmp", "/var/tmp"].map {
        Mount(
          destination: $0, type: "tmpfs", source: "tmpfs",
          options: ["rprivate", "nosuid", "nodev", "mode=1777", "tmpcopyup"])
      }
    }
    for option in options.mounts {
      mounts.removeAll { $0.destination == option.destination }
      mounts.append(mount(option))
    }
    return mounts
  }

  /// In the host's pid namespace, processes that the program could not look into anyway are not shown. proc(5)
  private var visibility: [String] { options.inPlace && !options.privileged ? ["hidepid=ptraceable"] : [] }

  private var usual: [Mount] {
    let access = options.privileged ? "rw" : "ro"
    let plain = ["nosuid", "noexec", "nodev"]
    return [
      Mount(destination: "/proc", type: "proc", source: "proc", options: plain + visibility),
      Mount(
        destination: "/dev", type: "tmpfs", source: "tmpfs",
        options: ["nosuid", "noexec", "strictatime", "mode=755", "size=65536k"]),
      sysfs(access),
      Mount(
        destination: "/dev/pts", type: "devpts", source: "devpts",
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"] + terminalGroup),
      Mount(destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: plain),
      Mount(
        destination: "/dev/shm", type: "tmpfs", source: "shm", options: plain + ["mode=1777", "size=65536k"]),
      Mount(
        destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
        options: ["rprivate", "relatime", access] + plain),
    ]
  }

  /// The group of terminals, which a user's own namespace may not have.
  private var terminalGroup: [String] { Caller.person == nil || Caller.has(group: 5) ? ["gid=5"] : [] }

  /// A user namespace that does not own its network namespace may not mount sysfs anew.
  private func sysfs(_ access: String) -> Mount {
    if options.userns != nil || Caller.person != nil, options.network == .host {
      return Mount(
        destination: "/sys", type: "bind", source: "/sys",
        options: ["rbind", "rslave", "nosuid", "noexec", "nodev", "ro"])
    }
    return Mount(
      destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", access])
  }

  private func mount(_ option: VolumeOption) -> Mount {
    let isPropagating = option.options.contains {
      $0.hasSuffix("shared") || $0.hasSuffix("slave") || $0.hasSuffix("private")
    }
    let propagation = isPropagating ? [] : ["rprivate"]
    switch option.kind {
    case .bind where Caller.person != nil:
      // The host's mounts below are locked in a mount namespace of a user's own: they come along, or it is EINVAL.
      return Mount(
        destination: option.destination, type: "bind", source: option.source,
        options: ["rbind"] + propagation + option.options.map { $0 == "ro" ? "rro" : $0 })
    case .bind, .rbind:
      return Mount(
        destination: option.destination, type: "bind", source: option.source,
        options: [option.kind.rawValue] + propagation + option.options)
    case .tmpfs:
      return Mount(
        destination: option.destination, type: "tmpfs", source: "tmpfs",
        options: propagation + ["nosuid", "nodev"] + option.options)
    }
  }
}
