internal import LinuxKernel
internal import RuntimeErrors

/// What the command line asks of `exec`.
public struct ExecOptions: Sendable, Equatable {
  /// A file with the process as JSON; without one it is the container's own with other arguments. `--process`
  public var processFile: String?
  /// The program and its arguments; empty to take those of the file.
  public var arguments: [String] = []
  /// More variables, `NAME=value`. `--env`
  public var environment: [String] = []
  /// Absolute path in the container. `--cwd`
  public var workingDirectory: String?
  /// Whether the process gets a terminal. `--tty`
  public var terminal = false
  /// `UID` or `UID:GID`. `--user`
  public var user: String?
  /// More groups. `--additional-gids`
  public var additionalGroups: [UInt32] = []
  /// SELinux label. `--process-label`
  public var processLabel: String?
  /// `--apparmor`
  public var appArmorProfile: String?
  /// `--no-new-privs`
  public var noNewPrivileges = false
  /// More capabilities, such as `CAP_NET_ADMIN`. `--cap`
  public var capabilities: [String] = []
  /// AF_UNIX socket that receives the terminal. `--console-socket`
  public var consoleSocket: String?
  /// AF_UNIX socket that receives a pidfd of the process. `--pidfd-socket`
  public var pidfdSocket: String?
  /// File to write the pid to. `--pid-file`
  public var pidFile: String?
  /// Whether the command returns when the program runs. `--detach`
  public var isDetached = false
  /// How many descriptors from 3 on the program inherits. `--preserve-fds`
  public var preservedDescriptors = 0
  /// Cgroups below the container's, `[CONTROLLER:]PATH`. `--cgroup`
  public var cgroups: [String] = []
  /// Whether what only the host's root may do can be left out. `--rootless`
  public var rootless = RootlessMode.auto
  /// Whether it may be a paused container, where the process waits until it goes on. `--ignore-paused`
  public var ignoresPause = false

  /// No option at all.
  public init() {}
}
