public import OCIRuntimeSpec

/// The configuration that `spec` writes: the same container as runc's.
public enum SpecTemplate {
  /// For root.
  public static var standard: Config {
    var config = Config(ociVersion: SpecVersion.current)
    config.process = process
    config.root = Root(path: "rootfs", readonly: true)
    config.hostname = "swrun"
    config.mounts = mounts
    config.linux = linux
    return config
  }

  /// For a user without privileges, who becomes root of a user namespace.
  public static func rootless(uid: UInt32, gid: UInt32) -> Config {
    var config = standard
    var linux = linux
    linux.namespaces = linux.namespaces?.filter { $0.type != .network }
    linux.namespaces?.append(Namespace(type: .user))
    linux.uidMappings = [IDMapping(containerID: 0, hostID: uid, size: 1)]
    linux.gidMappings = [IDMapping(containerID: 0, hostID: gid, size: 1)]
    linux.resources = nil
    config.linux = linux
    config.mounts = mounts.map { mount in
      var mount = mount
      switch mount.destination {
      case "/sys":
        // A new sysfs needs a network namespace of one's own. What is mounted in it, such as cgroups that are
        // the user's, is not to be written to either.
        mount.type = "none"
        mount.source = "/sys"
        mount.options = ["rbind", "nosuid", "noexec", "nodev", "rro"]
      case "/dev/pts":
        // The group is not mapped.
        mount.options?.removeAll { $0.hasPrefix("gid=") }
      default: break
      }
      return mount
    }
    return config
  }

  private static var process: Process {
    var process = Process(args: ["sh"], cwd: "/")
    process.terminal = true
    process.user = User(uid: 0, gid: 0)
    process.env = [
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm",
    ]
    let kept = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
    var capabilities = Capabilities()
    capabilities.bounding = kept
    capabilities.effective = kept
    capabilities.permitted = kept
    process.capabilities = capabilities
    process.rlimits = [Rlimit(type: .openFiles, soft: 1024, hard: 1024)]
    process.noNewPrivileges = true
    return process
  }

  private static var mounts: [Mount] {
    let closed = ["nosuid", "noexec", "nodev"]
    return [
      Mount(destination: "/proc", type: "proc", source: "proc"),
      Mount(
        destination: "/dev", type: "tmpfs", source: "tmpfs",
        options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
      Mount(
        destination: "/dev/pts", type: "devpts", source: "devpts",
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
      Mount(
        destination: "/dev/shm", type: "tmpfs", source: "shm", options: closed + ["mode=1777", "size=65536k"]),
      Mount(destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: closed),
      Mount(destination: "/sys", type: "sysfs", source: "sysfs", options: closed + ["ro"]),
      Mount(
        destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: closed + ["relatime", "ro"]),
    ]
  }

  private static var linux: LinuxConfig {
    var linux = LinuxConfig()
    var resources = Resources()
    resources.devices = [DeviceRule(allow: false, access: "rwm")]
    linux.resources = resources
    linux.namespaces = [.pid, .network, .ipc, .uts, .mount, .cgroup].map { Namespace(type: $0) }
    linux.maskedPaths = [
      "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
      "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi",
    ]
    linux.readonlyPaths = [
      "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
    ]
    return linux
  }
}
