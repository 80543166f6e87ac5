/// What the command line asks of `checkpoint` and `restore` alike.
public struct CheckpointSettings: Sendable, Equatable {
  /// Save and bring back connections that are open. `--tcp-established`
  public var tcpEstablished = false
  /// Leave out connections that are being made. `--tcp-skip-in-flight`
  public var tcpSkipInFlight = false
  /// Link files back that were unlinked while they are open. `--link-remap`
  public var linkRemap = false
  /// Allow AF_UNIX sockets whose other end is outside. `--ext-unix-sk`
  public var externalUnixSockets = false
  /// Allow a session leader, or a terminal, outside. `--shell-job`
  public var shellJob = false
  /// Save and bring back locks of files. `--file-locks`
  public var fileLocks = false
  /// Bring memory back, or serve it, only when it is used. `--lazy-pages`
  public var lazyPages = false
  /// Free what memory images have twice. `--auto-dedup`
  public var autoDedup = false
  /// How much of the cgroups is saved and brought back. `--manage-cgroups-mode`
  public var cgroupsMode = CgroupsMode.soft

  /// No option at all.
  public init() {}
}

/// What CRIU does with cgroups and their limits. `--manage-cgroups-mode`
public enum CgroupsMode: String, Sendable, CaseIterable {
  /// Limits are set only in cgroups that restoring has to make.
  case soft
  /// Always.
  case full
  /// Always, and cgroups that are there already are an error.
  case strict
  /// Never: the container's cgroups are those of its configuration.
  case ignore
}

/// Where memory goes instead of into the image directory. `--page-server`
public struct PageServer: Sendable, Equatable {
  /// An IP address or a name.
  public var address: String
  /// TCP.
  public var port: UInt16

  /// Reads `ADDRESS:PORT`; an IPv6 address stands in brackets.
  ///
  /// - Returns: nil for anything else.
  public init?(_ text: String) {
    guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
    var address = String(text[..<colon])
    if address.hasPrefix("["), address.hasSuffix("]") {
      address = String(address.dropFirst().dropLast())
    } else if address.contains(":") {
      return nil
    }
    guard !address.isEmpty, let port = UInt16(text[text.index(after: colon)...]) else { return nil }
    self.address = address
    self.port = port
  }
}

/// What the command line asks of `checkpoint`.
public struct CheckpointOptions: Sendable, Equatable {
  /// What `restore` has, too.
  public var settings = CheckpointSettings()
  /// Where the images go; made if it is missing. `--image-path`
  public var imagePath = "checkpoint"
  /// Where CRIU's log goes; the image directory if absent. `--work-path`
  public var workPath: String?
  /// Images of an earlier `pre-dump`, relative to the image directory. `--parent-path`
  public var parentPath: String?
  /// Whether the container goes on afterwards. `--leave-running`
  public var leavesRunning = false
  /// Save memory only, in advance. `--pre-dump`
  public var isPreDump = false
  /// Descriptor that gets a zero byte when memory can be fetched. `--status-fd`
  public var statusDescriptor: Int32?
  /// Where memory goes, or is served. `--page-server`
  public var pageServer: PageServer?
  /// The criu program; found along $PATH if absent. `--criu`
  public var program: String?

  /// No option at all.
  public init() {}
}

/// What the command line asks of `restore`.
public struct RestoreOptions: Sendable, Equatable {
  /// What `checkpoint` has, too.
  public var settings = CheckpointSettings()
  /// What `create` has, too.
  public var create = CreateOptions()
  /// Where the images are. `--image-path`
  public var imagePath = "checkpoint"
  /// Where CRIU's log goes; the image directory if absent. `--work-path`
  public var workPath: String?
  /// Whether this process becomes the parent of processes that are left behind. `--no-subreaper`
  public var isSubreaper = true
  /// Label of the processes in place of the saved one: `apparmor:NAME`, `selinux:LABEL`. `--lsm-profile`
  public var lsmProfile: String?
  /// SELinux label of mounts in place of the saved one. `--lsm-mount-context`
  public var lsmMountContext: String?
  /// The criu program; found along $PATH if absent. `--criu`
  public var program: String?

  /// No option at all.
  public init() {
    create.command = "restore"
    create.waitsForStartCommand = false
  }
}
