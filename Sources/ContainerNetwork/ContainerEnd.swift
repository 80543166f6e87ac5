internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// The network namespace of a container, seen from outside.
final class ContainerEnd {
  /// The namespace.
  let namespace: Descriptor
  /// A line that stays in it.
  private let socket: NetlinkSocket

  /// The only device in it beside the loopback device.
  static let interface = "eth0"

  /// Opens the namespace of a process, and a line to its devices.
  ///
  /// - Throws: `notRunning` if the process is gone; `invalidState` if its network is this process's.
  init(of process: Int32) throws(RuntimeError) {
    let own = try Kernel.open("/proc/self/ns/net", flags: O_RDONLY)
    do throws(RuntimeError) {
      namespace = try Kernel.open("/proc/\(process)/ns/net", flags: O_RDONLY)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      throw RuntimeError(.notRunning, "process \(process) is gone")
    }
    let (one, other) = (try Kernel.stat(own.number), try Kernel.stat(namespace.number))
    guard one.st_ino != other.st_ino || one.st_dev != other.st_dev else {
      throw RuntimeError(
        .invalidState, "process \(process) has no network of its own",
        hint: "a bridge needs a network namespace of the container's")
    }
    try Kernel.join(namespace.number, type: CloneFlags.newNetwork)
    let opened = Result { () throws(RuntimeError) in try NetlinkSocket() }
    // Before anything else can fail: all else belongs to the host's network.
    try Kernel.join(own.number, type: CloneFlags.newNetwork)
    socket = try opened.get()
  }

  /// Gives the device its address and the way out, and sets the loopback device up.
  func configure(_ address: IPv4Address, in subnet: IPv4Subnet) throws(RuntimeError) {
    guard let link = try socket.link(named: ContainerEnd.interface),
      let loopback = try socket.link(named: "lo")
    else { throw RuntimeError(.systemCall, "the container's device is gone after it was made") }
    if !loopback.isUp { try socket.bringUp(loopback.index) }
    try socket.bringUp(link.index)
    try socket.add(
      NetworkAddress(
        ipv4: address.bytes, broadcast: subnet.broadcast.bytes, prefixLength: subnet.prefixLength,
        index: link.index))
    try socket.addDefaultRoute(gateway: subnet.gateway.bytes, index: link.index)
  }
}
