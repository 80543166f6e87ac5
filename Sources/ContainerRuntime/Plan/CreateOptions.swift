internal import LinuxKernel
internal import RuntimeErrors

/// Who makes a container's cgroups. `--cgroup-manager`
public enum CgroupManagerChoice: String, Sendable, CaseIterable {
  /// The runtime, by directories.
  case cgroupfs
  /// systemd, on request.
  case systemd
  /// Nobody: the container stays in the caller's cgroups, without limits.
  case disabled
}

/// What the command line adds to a configuration; the same for `create` and `run`.
public struct CreateOptions: Sendable, Equatable {
  /// The command's name, for messages.
  public var command = "create"
  /// In place of the bundle's config.json. `--config`
  public var configFile: String?
  /// AF_UNIX socket that receives the terminal. `--console-socket`
  public var consoleSocket: String?
  /// AF_UNIX socket that receives a pidfd of the init process. `--pidfd-socket`
  public var pidfdSocket: String?
  /// File to write the init process's pid to. `--pid-file`
  public var pidFile: String?
  /// How many descriptors from 3 on the program inherits: those of socket activation, then `--preserve-fds`.
  public var preservedDescriptors = 0
  /// What a service manager hands to the program.
  public var activation: SocketActivation?
  /// `$NOTIFY_SOCKET`: where a service manager waits for the program's readiness.
  public var notifySocket: String?
  /// Cover the root instead of pivot_root(2). `--no-pivot`
  public var noPivot = false
  /// Keep the caller's session keyring. `--no-new-keyring`
  public var noNewKeyring = false
  /// Who makes the cgroups. `--cgroup-manager`
  public var cgroupManager = CgroupManagerChoice.cgroupfs
  /// Whether what only the host's root may do can be left out. `--rootless`
  public var rootless = RootlessMode.auto
  /// Whether another command will start the container.
  public var waitsForStartCommand = true
  /// Whether the calling process itself becomes the program. `--in-place`
  public var isInPlace = false
  /// Whether the command returns while the container lives.
  public var isDetached = true

  /// The defaults of `create`.
  public init() {}

  /// Each descriptor that the program is to inherit must be there.
  ///
  /// - Parameters:
  ///   - activated: How many of them a service manager hands over; they come first.
  static func requireDescriptors(_ count: Int, activated: Int = 0) throws(RuntimeError) {
    for number in 0..<count {
      guard (try? Kernel.stat(CInt(3 + number))) != nil else {
        let reason = number < activated ? "LISTEN_FDS=\(activated)" : "--preserve-fds \(count - activated)"
        throw RuntimeError(.invalidArgument, "\(reason): descriptor \(3 + number) is not open")
      }
    }
  }
}
