internal import ContainerNetwork
internal import LinuxKernel
internal import RuntimeErrors

/// What `--network` gives a container beyond its network namespace: between `create` and `start`, and taken back
/// after its end, or when what is left of it is collected.
struct NetworkAttachment {
  private let container: Container
  private let owner: String

  /// - Parameters:
  ///   - owner: The store's key: containers of several stores are on one bridge.
  init(_ container: Container, owner: String) {
    self.container = container
    self.owner = owner
  }

  private var isOnBridge: Bool { container.record.options.network == .bridge }

  /// Looks at what was asked for, before anything is made.
  ///
  /// - Throws: `invalidArgument` with the option.
  static func check(_ options: RunOptions) throws(RuntimeError) {
    guard options.network == .bridge else { return }
    if Caller.isPersons {
      throw RuntimeError(
        .invalidArgument, "--network bridge: devices and filters of the host are root's",
        hint: "--network host needs no rights")
    }
    _ = try ports(options)
  }

  private static func ports(_ options: RunOptions) throws(RuntimeError) -> [PublishedPort] {
    var ports: [PublishedPort] = []
    for text in options.ports {
      ports.append(try during("--publish") { () throws(RuntimeError) in try PublishedPort(text) })
    }
    return ports
  }

  private static func network(owner: String) throws(RuntimeError) -> BridgeNetwork {
    try BridgeNetwork(NetworkSettings.read(NetworkSettings.usualFile), owner: owner)
  }

  /// Connects the network namespace of a process.
  ///
  /// - Parameters:
  ///   - warn: Gets what was changed on the host.
  /// - Returns: The addresses that the container has now, with their prefixes' lengths.
  func attach(pid: Int32, warn: (String) -> Void) throws(RuntimeError) -> [String]? {
    guard isOnBridge else { return nil }
    let attachment = try NetworkAttachment.network(owner: owner).attach(
      container: container.id, process: pid, ports: NetworkAttachment.ports(container.record.options))
    for notice in attachment.notices { warn(notice) }
    return ["\(attachment.address)/\(attachment.subnet.prefixLength)"]
  }

  /// Takes back whatever `attach` made; also of a container that was killed half-way.
  func detach(_ warn: (String) -> Void) {
    guard isOnBridge else { return }
    do throws(RuntimeError) {
      try NetworkAttachment.network(owner: owner).detach(container: container.id)
    } catch {
      warn("network of container \(container.record.name): \(error); `swbox gc` removes what is left")
    }
  }

  /// Removes what containers have left that are gone, and the bridge when it has none.
  ///
  /// - Parameters:
  ///   - warn: Gets what cannot be taken back now.
  /// - Returns: What was removed, or would be.
  static func collect(
    keeping identifiers: Set<String>, owner: String, isDryRun: Bool, warn: (String) -> Void
  ) throws(RuntimeError) -> [String] {
    if Caller.isPersons { return [] }
    return try network(owner: owner).collect(keeping: identifiers, isDryRun: isDryRun, warn: warn)
  }

  /// The container's resolv.conf: servers on the host's own loopback cannot be reached from it.
  static func resolverConfiguration() throws(RuntimeError) -> String {
    try NetworkSettings.read(NetworkSettings.usualFile).resolverConfiguration
  }
}
