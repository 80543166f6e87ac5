public import JSON
internal import LinuxKernel
public import OCIImage

/// What a container is: written when it is made, and never changed.
public struct ContainerRecord: JSONObject, Sendable, Equatable {
  /// 64 hexadecimal digits.
  public var id = ""
  /// Unique among the containers of a store.
  public var name = ""
  /// When it was made. RFC 3339
  public var created = ""
  /// Where its root file system comes from.
  public var origin = Origin()
  /// What was asked for.
  public var options = RunOptions()
  /// Absolute path of the runtime.
  public var runtime = ""

  /// Where a root file system comes from.
  public struct Origin: JSONObject, Sendable, Equatable {
    /// The image's name as it was given.
    public var image: String?
    /// The image's manifest.
    public var manifest: ContentDescriptor?
    /// The image's ID: the digest of its configuration.
    public var imageID: String?
    /// The image's platform, if that is not this machine's.
    public var platform: String?
    /// The image's defaults of a container.
    public var defaults: ImageConfig.Execution?
    /// Names in the store's `layers`, the base first.
    public var layers: [String]?
    /// Absolute path of a directory that is the root, or the base of it if changes are kept apart.
    public var directory: String?
    /// Absolute path of an archive; its content is in the container's `rootfs`.
    public var archive: String?

    /// From nowhere.
    public init() {}

    /// See `JSONObject`.
    public mutating func members(_ json: inout JSONExchange) {
      json.member("image", &image)
      json.member("manifest", &manifest)
      json.member("imageID", &imageID)
      json.member("platform", &platform)
      json.member("defaults", &defaults)
      json.member("layers", &layers)
      json.member("directory", &directory)
      json.member("archive", &archive)
    }

    /// For people: the image's name, or the path.
    public var text: String { image ?? directory ?? archive ?? "" }
  }

  /// See `JSONValue`.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("id", &id)
    json.member("name", &name)
    json.member("created", &created)
    json.member("origin", &origin)
    json.member("options", &options)
    json.member("runtime", &runtime)
  }

  /// The words of the program and its arguments: the options' before the image's.
  ///
  /// Spec (image): config.md#properties
  public var command: [String] {
    let entrypoint = options.entrypoint ?? origin.defaults?.entrypoint ?? []
    // A changed first word does not go with the image's others.
    let isChanged = !options.command.isEmpty || options.entrypoint != nil
    return entrypoint + (isChanged ? options.command : origin.defaults?.cmd ?? [])
  }

  /// The name of its host, as it sees it.
  public var hostname: String { options.hostname ?? options.name ?? shortID }

  /// Directories with data, as the image has them.
  public var volumes: [String] {
    guard let volumes = origin.defaults?.volumes else { return [] }
    return volumes.keys.sorted()
  }

  /// The signal that asks it to end.
  public var stopSignal: String { options.stopSignal ?? origin.defaults?.stopSignal ?? "TERM" }

  /// The first digits of the ID, as lists show it.
  public var shortID: String { String(id.prefix(12)) }
}

/// How a container's life went: replaced as a whole when something is known.
public struct ContainerProgress: JSONObject, Sendable, Equatable {
  /// The program's process, in the pid namespace of the supervisor.
  public private(set) var pid: Int32?
  /// When that began, in clock ticks since boot.
  private var startTime: UInt64?
  /// Since which boot.
  private var boot: String?
  /// When the program was started. RFC 3339
  public var started: String?
  /// When it ended. RFC 3339
  public var finished: String?
  /// Its exit status, 128 + n for signal n.
  public var exitCode: Int32?
  /// What the network gave it.
  public var addresses: [String]?

  /// Nothing has happened yet.
  public init() {}

  /// Notes down the program's process, which is there.
  mutating func note(_ pid: Int32) {
    self.pid = pid
    startTime = Kernel.status(of: pid)?.startTime
    boot = Kernel.bootID()
  }

  /// The program's process, for signals; what is opened cannot become another.
  ///
  /// - Returns: nil if it has ended.
  func openProcess() -> Descriptor? {
    guard finished == nil, let pid, let startTime, let boot, boot == Kernel.bootID(),
      let process = try? Kernel.openProcess(pid),
      // Only now: a pid that was reused before it was opened shows another start time.
      let status = Kernel.status(of: pid), status.startTime == startTime, !status.isZombie
    else { return nil }
    return process
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("pid", &pid)
    json.member("startTime", &startTime)
    json.member("boot", &boot)
    json.member("started", &started)
    json.member("finished", &finished)
    json.member("exitCode", &exitCode)
    json.member("addresses", &addresses)
  }
}

/// Where a container is in its life.
public enum ContainerStatus: String, JSONValue, Sendable, CaseIterable {
  /// It is being made.
  case starting
  case running
  case paused
  /// Its end is written down.
  case exited
  /// It runs, but its supervisor was killed: its output goes nowhere, and its end will not be written down.
  case unsupervised
  /// It ended without anybody who wrote that down: its supervisor was killed, or the machine.
  case lost
}
