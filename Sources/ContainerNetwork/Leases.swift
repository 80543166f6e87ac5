internal import Glibc
internal import JSON
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// An address that a container has, and the ports that lead to it.
///
/// It holds as long as its device exists. The kernel removes that with the container's network namespace.
struct Lease: JSONObject, Equatable {
  /// Whose container it is: several programs' containers may have one name.
  var owner = ""
  var container = ""
  var address = IPv4Address()
  var ports: [PublishedPort] = []

  /// The device outside: a name for each address, so that a lease can be told from what has none.
  var device: String { Lease.devicePrefix + Lease.hexadecimal(address) }

  static let devicePrefix = "sw"

  private static func hexadecimal(_ address: IPv4Address) -> String {
    let digits = String(address.number, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  mutating func members(_ json: inout JSONExchange) {
    json.member("owner", &owner)
    json.member("container", &container)
    json.member("address", &address)
    json.member("ports", &ports)
  }
}

/// What is written down of one bridge.
struct NetworkState: JSONObject, Equatable {
  /// The bridge's, once it was decided.
  var subnet: IPv4Subnet?
  /// Whether the bridge was made here, so that it is to be removed.
  var madeBridge = false
  /// Where the host was no router before: the devices between which it is none now, either.
  var closedDevices: [String]?
  /// What the packet filters were made with.
  var firewall: FirewallKind?
  /// Whether the filters may be older than what stands here.
  var hasOutdatedRules = false
  var leases: [Lease] = []

  mutating func members(_ json: inout JSONExchange) {
    json.member("subnet", &subnet)
    json.member("madeBridge", &madeBridge)
    json.member("closedDevices", &closedDevices)
    json.member("firewall", &firewall)
    json.member("hasOutdatedRules", &hasOutdatedRules)
    json.member("leases", &leases)
  }
}

/// The file of one bridge, locked while this value lives: nobody else changes that bridge.
///
/// The file's name has the network namespace in it, as do the names of bridges only mean one in one. The directory is
/// to be on a tmpfs, which forgets what a reboot ends.
final class StateFile {
  private let directory: Descriptor
  private let lock: Descriptor
  private let name: String
  private let path: String

  /// Opens the directory, and makes it if it is missing; waits for the lock.
  init(_ bridge: String, in path: String) throws(RuntimeError) {
    self.path = path
    try Kernel.makeDirectories(path, mode: 0o700)
    directory = try Kernel.open(path, flags: O_RDONLY | O_DIRECTORY)
    let namespace = try Kernel.open("/proc/self/ns/net", flags: O_RDONLY)
    name = "\(bridge)-\(try Kernel.stat(namespace.number).st_ino).json"
    // Not the file itself, which is replaced.
    lock = try Kernel.open(".", at: directory.number, flags: O_RDONLY | O_DIRECTORY)
    try Kernel.lock(lock.number, LOCK_EX)
  }

  private static let largest = 64 << 20

  /// - Returns: nothing decided if nothing is written down.
  func read() throws(RuntimeError) -> NetworkState {
    let bytes: [UInt8]
    do throws(RuntimeError) {
      let file = try Kernel.open(name, at: directory.number, flags: O_RDONLY | O_NOFOLLOW)
      bytes = try Kernel.readAll(file.number, limit: StateFile.largest, name: name)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return NetworkState()
    }
    do {
      return try JSONReader.decode(NetworkState.self, from: bytes)
    } catch {
      throw RuntimeError(
        .damagedState, "\(path)/\(name): \(error)",
        hint: "once no container uses the bridge, remove the file")
    }
  }

  /// Replaces the file as a whole, and waits until it is on the disk.
  func write(_ state: NetworkState) throws(RuntimeError) {
    let temporary = name + ".new"
    let file = try Kernel.open(
      temporary, at: directory.number, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
    try Kernel.writeAll(file.number, JSONWriter(style: .twoSpaces).encode(state), name: temporary)
    try Kernel.synchronize(file.number)
    try Kernel.rename(temporary, to: name, at: directory.number)
    try Kernel.synchronize(directory.number)
  }

  /// Nothing is left of the bridge.
  func remove() throws(RuntimeError) {
    for name in [name, name + ".new"] {
      do throws(RuntimeError) {
        try Kernel.remove(name, at: directory.number)
      } catch let error where error.errno == .noSuchFileOrDirectory {}
    }
  }
}
