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
/// A `create` that fails later moves them back, as then there was no container. Nothing else does, as the
/// specification wants it: with its namespace a physical device returns to the host and a virtual one ends; in
/// a joined namespace it stays.
///
/// Spec: config-linux.md#network-devices
final class NetDevices {
  /// In the runtime's namespace.
  private let outside: NetlinkSocket
  /// In the container's namespace.
  private let inside: NetlinkSocket
  /// The runtime's namespace.
  private let own: Descriptor
  /// The container's namespace.
  private let namespace: Descriptor
  /// The devices that were moved, with their numbers inside.
  private var moved: [(move: Move, index: Int32)] = []

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
  /// - Throws: With the device's place in config.json; nothing is moved if any device cannot be.
  func move(_ devices: [String: NetDevice]) throws(RuntimeError) {
    var moves: [Move] = []
    for (hostName, device) in devices.sorted(by: { $0.key < $1.key }) {
      moves.append(try plan(hostName, newName: device.name))
    }
    // Otherwise the kernel could complete a template to a name that another device is to get.
    for move in moves where !move.isTemplate { try carryOut(move) }
    for move in moves where move.isTemplate { try carryOut(move) }
  }

  /// Gives all devices back that were moved, as they were. What fails is a warning.
  func moveBack(warn: (String) -> Void) {
    for (move, index) in moved.reversed() {
      do throws(RuntimeError) {
        guard let link = try inside.link(index) else { continue }
        let name = try giveBack(link, as: move)
        guard name != move.link.name else { continue }
        warn("\(move.place): another device has this name now: the device was given back as \"\(name)\"")
      } catch {
        warn("\(move.place): giving the device back: \(error)")
      }
    }
    moved = []
  }

  /// - Returns: The device's name: the former one if it is still free.
  private func giveBack(_ link: NetworkLink, as move: Move) throws(RuntimeError) -> String {
    let former = move.link
    let isTaken = try outside.link(named: former.name) != nil
    let index = try relocate(
      link, from: inside, to: outside, own.number,
      name: isTaken ? "\(former.name.prefix(10))_%d" : former.name,
      preferring: former.index)
    guard let back = try outside.link(index) else {
      throw RuntimeError(.systemCall, "the device is gone after it was moved")
    }
    try add(move.addresses, from: former, to: back, of: outside)
    if former.isUp { try outside.bringUp(index) }
    return back.name
  }

  /// Opens the sockets. A socket stays in the namespace that it was made in.
  ///
  /// - Parameters:
  ///   - namespace: The container's network namespace.
  init(into namespace: consuming Descriptor, proc: HostProc) throws(RuntimeError) {
    let own = try proc.open("self/ns/net", flags: O_RDONLY, isMagicLink: true)
    let (one, other) = (try Kernel.stat(own.number), try Kernel.stat(namespace.number))
    guard one.st_ino != other.st_ino || one.st_dev != other.st_dev else {
      throw RuntimeError(
        .invalidConfig,
        "config.json: /linux/netDevices: the container's network namespace is the runtime's own, where the "
          + "devices are already (config-linux.md#network-devices)"
      )
    }
    outside = try NetlinkSocket()
    try Kernel.join(namespace.number, type: CloneFlags.newNetwork)
    let opened = Result { () throws(RuntimeError) in try NetlinkSocket() }
    // Before anything else can fail: hooks run from here.
    try Kernel.join(own.number, type: CloneFlags.newNetwork)
    inside = try opened.get()
    self.own = own
    self.namespace = namespace
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
      let index = try relocate(
        move.link, from: outside, to: inside, namespace.number, name: move.newName,
        preferring: move.link.index)
      moved.append((move, index))
      guard let link = try inside.link(index), move.isTemplate || link.name == move.newName else {
        throw RuntimeError(.systemCall, "the device is gone after it was moved")
      }
      try add(move.addresses, from: move.link, to: link, of: inside)
      try inside.bringUp(index)
    } catch {
      throw error.adding(context: move.place)
    }
  }

  /// Addresses in the order that makes the kernel list them as before.
  private func add(
    _ addresses: [NetworkAddress], from former: NetworkLink, to link: NetworkLink, of socket: NetlinkSocket
  ) throws(RuntimeError) {
    let older = addresses.filter { !$0.goesBeforeOlder }
    let newer = addresses.filter(\.goesBeforeOlder).reversed()
    for address in older + newer { try socket.add(address.on(link, insteadOf: former)) }
  }

  /// - Returns: The device's number there: `preferred` if it is free, as the kernel would do.
  private func relocate(
    _ link: NetworkLink, from socket: NetlinkSocket, to target: NetlinkSocket, _ namespace: CInt,
    name: String, preferring preferred: Int32
  ) throws(RuntimeError) -> Int32 {
    var index = preferred
    var attempts = 0
    while true {
      let taken = try target.linkIndices()
      if taken.contains(index) { index = (taken.max() ?? 0) + 1 }
      do throws(RuntimeError) {
        try socket.move(link, to: namespace, name: name, newIndex: index)
        return index
      } catch let error where error.errno == .resourceBusy && attempts < NetDevices.mostAttempts {
        // Somebody else there took the number.
        attempts += 1
      }
    }
  }
}
