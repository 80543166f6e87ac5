internal import Foundation
public import OCIRuntimeSpec

extension Config {
  /// What `swrun spec` writes, without a terminal.
  public static var forTests: Config {
    var process = OCIRuntimeSpec.Process(args: ["true"], cwd: "/")
    process.user = User(uid: 0, gid: 0)
    process.env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"]
    var capabilities = OCIRuntimeSpec.Capabilities()
    let kept = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
    capabilities.bounding = kept
    capabilities.effective = kept
    capabilities.permitted = kept
    process.capabilities = capabilities
    process.rlimits = [Rlimit(type: .openFiles, soft: 1024, hard: 1024)]
    process.noNewPrivileges = true

    var linux = LinuxConfig()
    linux.resources = Resources()
    linux.resources?.devices = [DeviceRule(allow: false, access: "rwm")]
    linux.namespaces = [.pid, .network, .ipc, .uts, .mount, .cgroup].map { Namespace(type: $0) }
    linux.maskedPaths = ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"]
    linux.readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]

    var config = Config(ociVersion: "1.3.0")
    config.process = process
    config.root = Root(path: "rootfs")
    config.hostname = "testing"
    config.mounts = standardMounts
    config.linux = linux
    return config
  }

  private static var standardMounts: [Mount] {
    let closed = ["nosuid", "noexec", "nodev"]
    return [
      Mount(destination: "/proc", type: "proc", source: "proc"),
      Mount(
        destination: "/dev",
        type: "tmpfs",
        source: "tmpfs",
        options: ["nosuid", "strictatime", "mode=755", "size=65536k"]
      ),
      Mount(
        destination: "/dev/pts",
        type: "devpts",
        source: "devpts",
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]
      ),
      Mount(
        destination: "/dev/shm",
        type: "tmpfs",
        source: "shm",
        options: closed + ["mode=1777", "size=65536k"]
      ),
      Mount(destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: closed),
      Mount(destination: "/sys", type: "sysfs", source: "sysfs", options: closed + ["ro"]),
    ]
  }

  /// Runs a program.
  public mutating func run(_ arguments: String...) { process?.args = arguments }

  /// Runs a line of shell.
  public mutating func shell(_ line: String) { process?.args = ["sh", "-c", line] }

  /// Runs something that waits to be killed.
  public mutating func wait() { process?.args = ["sleep", "1000"] }

  /// Gives it a terminal.
  public mutating func useTerminal() { process?.terminal = true }

  /// Gives the process all capabilities that root here has.
  public mutating func keepAllCapabilities() {
    process?.capabilities = nil
    var all = OCIRuntimeSpec.Capabilities()
    let names = Config.capabilityNames
    (all.bounding, all.effective, all.permitted, all.inheritable) = (names, names, names, names)
    process?.capabilities = all
    process?.noNewPrivileges = false
  }

  private static let capabilityNames = [
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
    "NET_BIND_SERVICE", "NET_RAW", "NET_ADMIN", "SYS_CHROOT", "SYS_PTRACE", "SYS_ADMIN", "SYS_NICE", "MKNOD",
    "SETFCAP", "IPC_LOCK", "AUDIT_WRITE",
  ].map { "CAP_" + $0 }

  /// Changes `linux`, which tests' configurations always have.
  public mutating func changeLinux(_ change: (inout LinuxConfig) -> Void) {
    var linux = linux ?? LinuxConfig()
    change(&linux)
    self.linux = linux
  }

  /// Changes `process`.
  public mutating func changeProcess(_ change: (inout OCIRuntimeSpec.Process) -> Void) {
    guard var process else { return }
    change(&process)
    self.process = process
  }

  /// Adds a mount after the others.
  public mutating func addMount(
    _ destination: String, _ type: String?, _ source: String?, _ options: String...
  ) {
    mounts = (mounts ?? []) + [Mount(destination: destination, type: type, source: source, options: options)]
  }

  /// Adds a bind mount.
  public mutating func bind(_ source: String, _ destination: String, _ options: String...) {
    let all = ["rbind"] + options
    mounts = (mounts ?? []) + [Mount(destination: destination, type: "bind", source: source, options: all)]
  }

  /// Puts something else in the place of the namespace of `type`, or of none.
  public mutating func setNamespace(_ type: NamespaceType, path: String? = nil) {
    removeNamespace(type)
    changeLinux { $0.namespaces?.append(Namespace(type: type, path: path)) }
  }

  /// The container shares the runtime's namespace of `type`.
  public mutating func removeNamespace(_ type: NamespaceType) {
    changeLinux { $0.namespaces?.removeAll { $0.type == type } }
    if type == .uts { hostname = nil }
  }

  /// A new user namespace, whose root is the host's user `first`.
  public mutating func useUserNamespace(from first: UInt32 = 100_000, size: UInt32 = 65536) {
    setNamespace(.user)
    changeLinux {
      $0.uidMappings = [IDMapping(containerID: 0, hostID: first, size: size)]
      $0.gidMappings = $0.uidMappings
    }
  }
}
