internal import Glibc
internal import JSON
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// Moves network devices from the runtime's network namespace into the container's.
///
/// All of it is done by the runtime with its own rights, over one socket in each namespace: a container
/// with a user namespace may lack the rights over a network namespace that it joins.
///
/// Nothing brings a device back, neither `delete` nor a `create` that fails later. With its namespace a
/// physical device returns to the host and a virtual one ends; in a joined namespace it stays.
///
/// Spec: config-linux.md#network-devices
struct NetDevices {
  /// In the runtime's namespace.
  private let outside: NetlinkSocket
  /// In the container's namespace.
  private let inside: NetlinkSocket
  /// The container's namespace.
  private let namespace: CInt

  private static let mostAttempts = 16

  /// A device with what is to become of it.
  private struct Move {
    let place: String
    let link: NetworkLink
    /// Permanent and global ones.
    let addresses: [NetworkAddress]
    let newName: String
    /// Whether the kernel completes the name.
    var isTemplate: Bool { newName.contains("%") }
  }

  /// Moves all devices.
  ///
  /// - Parameters:
  ///   - devices: By their names outside.
  ///   - namespace: The container's network namespace.
  /// - Throws: With the device's place in config.json; nothing is moved if any device cannot be.
  static func move(
    _ devices: [String: NetDevice],
    into namespace: CInt,
    proc: HostProc
  ) throws(RuntimeError) {
    let here = try NetDevices(namespace, proc: proc)
    var moves: [Move] = []
    for (hostName, device) in devices.sorted(by: { $0.key < $1.key }) {
      moves.append(try here.plan(hostName, newName: device.name))
    }
    // Otherwise the kernel could complete a template to a name that another device is to get.
    for move in moves where !move.isTemplate { try here.carryOut(move) }
    for move in moves where move.isTemplate { try here.carryOut(move) }
  }

  /// Opens the sockets. A socket stays in the namespace that it was made in.
  private init(_ namespace: CInt, proc: HostProc) throws(RuntimeError) {
    let own = try proc.open("self/ns/net", flags: O_RDONLY, isMagicLink: true)
    let (one, other) = (try Kernel.stat(own.number), try Kernel.stat(namespace))
    guard one.st_ino != other.st_ino || one.st_dev != other.st_dev else {
      throw RuntimeError(
        .invalidConfig,
        "config.json: /linux/netDevices: the container's network namespace is the runtime's own, where the "
          + "devices are already (config-linux.md#network-devices)"
      )
    }
    self.namespace = namespace
    outside = try NetlinkSocket()
    try Kernel.join(namespace, type: CloneFlags.newNetwork)
    let opened = Result { () throws(RuntimeError) in try NetlinkSocket() }
    // Before anything else can fail: hooks run from here.
    try Kernel.join(own.number, type: CloneFlags.newNetwork)
    inside = try opened.get()
  }

  /// Looks whether a device can be moved, and at what must not get lost on the way.
  private func plan(_ hostName: String, newName: String?) throws(RuntimeError) -> Move {
    let place = "config.json: /linux/netDevices" + JSONPointer.step(hostName)
    let newName = newName.flatMap { $0.isEmpty ? nil : $0 } ?? hostName
    func refuse(_ reason: String) -> RuntimeError {
      RuntimeError(.invalidConfig, "\(place): \(reason) (config-linux.md#network-devices)")
    }
    guard let link = try outside.link(named: hostName) else {
      throw refuse("the runtime's network namespace has no such device")
    }
    guard link.name == hostName else {
      throw refuse("this is another name of the device \"\(link.name)\"")
    }
    guard !link.isLoopback else { throw refuse("a loopback device cannot be moved") }
    guard !link.isImmovable else { throw refuse("the kernel does not let this device be moved") }
    let move = Move(
      place: place,
      link: link,
      addresses: try outside.addresses(of: link).filter(\.isPermanentAndGlobal),
      newName: newName
    )
    if !move.isTemplate, try inside.link(named: newName) != nil {
      throw refuse("the container's network namespace has a device \"\(newName)\" already")
        .hinting("set \"name\" to another name, or to a template such as \"eth%d\"")
    }
    return move
  }

  /// Moves one device, gives it its addresses again, and sets it up.
  private func carryOut(_ move: Move) throws(RuntimeError) {
    do throws(RuntimeError) {
      let index = try relocate(move)
      guard let link = try inside.link(index), move.isTemplate || link.name == move.newName else {
        throw RuntimeError(.systemCall, "the device is gone after it was moved")
      }
      let older = move.addresses.filter { !$0.goesBeforeOlder }
      let newer = move.addresses.filter(\.goesBeforeOlder).reversed()
      for address in older + newer { try inside.add(address.on(link, insteadOf: move.link)) }
      try inside.bringUp(index)
    } catch {
      throw error.adding(context: move.place)
    }
  }

  /// - Returns: The device's number inside: the old one if it is free there, as the kernel would do.
  private func relocate(_ move: Move) throws(RuntimeError) -> Int32 {
    var index = move.link.index
    var attempts = 0
    while true {
      let taken = try inside.linkIndices()
      if taken.contains(index) { index = (taken.max() ?? 0) + 1 }
      do throws(RuntimeError) {
        try outside.move(move.link, to: namespace, name: move.newName, newIndex: index)
        return index
      } catch  where error.errno == .resourceBusy && attempts < NetDevices.mostAttempts {
        // Somebody else in a joined namespace took the number.
        attempts += 1
      }
    }
  }
}
