internal import Glibc
internal import JSON
internal import LinuxKernel
public import RuntimeErrors
internal import SystemPackage

/// Containers on a bridge of their own: they reach each other, the host and, through it, whatever it reaches.
///
/// What is needed is made with the first container and stays until `collect`. All that is known stands in one file a
/// bridge, written before anything is made by it: whatever a killed process leaves is found again. Devices and filters
/// of the host's own are left alone.
public struct BridgeNetwork: Sendable {
  private let settings: NetworkSettings
  private let owner: String
  private let directory: String

  /// Where bridges are written down: on a tmpfs, as they end with the system.
  public static let usualDirectory = "/run/swbox/network"

  /// A network with the administrator's settings.
  ///
  /// - Parameters:
  ///   - owner: Whose containers the names mean.
  ///   - directory: Where it is written down; the same for all owners.
  /// - Throws: `invalidArgument` with the wrong setting's name.
  public init(
    _ settings: NetworkSettings = NetworkSettings(), owner: String,
    directory: String = BridgeNetwork.usualDirectory
  ) throws(RuntimeError) {
    try settings.validate()
    self.settings = settings
    self.owner = owner
    self.directory = directory
  }

  /// Gives a container its device, address and ports.
  ///
  /// What the container had before is taken away first.
  ///
  /// - Parameters:
  ///   - process: Whose network namespace it is; not the caller's own.
  /// - Throws: `invalidArgument` if a port cannot be had, with its number; `unsupported` with what the kernel lacks.
  public func attach(
    container: String, process: Int32, ports: [PublishedPort] = []
  ) throws(RuntimeError) -> ContainerAddress {
    do throws(RuntimeError) {
      let end = try ContainerEnd(of: process)
      let change = try Change(settings, owner: owner, directory: directory)
      return try change.attach(container, to: end, ports)
    } catch let error where error.errno == .notPermitted {
      throw error.hinting("networks of containers are made by root")
    }
  }

  /// Takes a container's device, address and ports away, as far as it has them. The bridge stays.
  public func detach(container: String) throws(RuntimeError) {
    let change = try Change(settings, owner: owner, directory: directory)
    try change.detach { $0.owner == owner && $0.container == container }
  }

  /// Removes what belongs to no container, and the bridge when it has none.
  ///
  /// - Parameters:
  ///   - containers: The owner's that exist. Those of other owners stay as long as they have a device.
  ///   - warn: Gets what cannot be taken back now.
  /// - Returns: What was removed, or would be: `container web1`, `device sw0ad50002`, `bridge swbox0`.
  @discardableResult
  public func collect(
    keeping containers: Set<String>, isDryRun: Bool = false, warn: (String) -> Void = { _ in }
  ) throws(RuntimeError) -> [String] {
    if try Kernel.stat(directory, at: Directory.working) == nil { return [] }
    let change = try Change(settings, owner: owner, directory: directory)
    return try change.collect(isDryRun: isDryRun, warn: warn) {
      $0.owner == owner && !containers.contains($0.container)
    }
  }
}
