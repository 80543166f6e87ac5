internal import JSON
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// The line between the runtime and the init process: packets with a kind and a payload.
///
/// | from init            | the runtime then                        | and answers |
/// |----------------------|-----------------------------------------|-------------|
/// | `cloned` pid         | (of the process in between, on a line of its own) |   |
/// | `needsCgroups`       | moves it into the container's cgroups   | `proceed`   |
/// | `needsMappings`      | writes uid_map and gid_map              | `proceed`   |
/// | `needsTimeOffsets`   | writes timens_offsets                   | `proceed`   |
/// | `needsNetDevices` ns | moves the network devices               | `proceed`   |
/// | `attaching` mount ID | writes down a mount that outlives init     | `proceed`   |
/// | `mountsMade`         | runs prestart and createRuntime hooks   | `proceed`   |
/// | `console` + terminal | keeps the terminal (only for `run`)     |             |
/// | `warning` text       | logs it                                 |             |
/// | `ready`              | writes down that the container exists   | `proceed`   |
/// | `executing` memory   | takes the end of the line for success; fetches the filter's listener | (in memory) |
/// | `failed` error       | undoes everything                       |             |
/// | end of stream        | init executed its program, or died      |             |
struct Channel: ~Copyable {
  /// What a packet says.
  enum Kind: UInt8 {
    case cloned, needsCgroups, needsMappings, needsTimeOffsets, needsNetDevices, attaching, mountsMade,
      console, warning,
      ready
    case executing, failed, proceed
  }

  /// One packet.
  struct Packet: ~Copyable {
    let kind: Kind
    let payload: [UInt8]
    var descriptor: Descriptor?
  }

  let socket: Descriptor
  private static let mostBytes = 64 * 1024

  /// Sends a packet.
  func send(
    _ kind: Kind, _ payload: [UInt8] = [], descriptors: [CInt] = []
  ) throws(RuntimeError) {
    try Kernel.send(
      [kind.rawValue] + payload.prefix(Channel.mostBytes - 1), descriptors: descriptors, to: socket.number)
  }

  /// Waits for a packet.
  ///
  /// - Returns: nil at the end of the stream.
  func receive() throws(RuntimeError) -> Packet? {
    var message = try Kernel.receive(from: socket.number, limit: Channel.mostBytes)
    guard let first = message.bytes.first else { return nil }
    guard let kind = Kind(rawValue: first) else {
      throw RuntimeError(.initProcessFailed, "the init process sent an unknown message (\(first))")
    }
    let payload = Array(message.bytes.dropFirst())
    let descriptor = message.descriptor.take()
    return Packet(kind: kind, payload: payload, descriptor: descriptor)
  }

  /// The init process waits until the runtime answers; a runtime that died ends it.
  func awaitProceed() throws(RuntimeError) {
    guard let packet = try receive(), packet.kind == .proceed else {
      throw RuntimeError(.initProcessFailed, "the runtime is gone")
    }
  }
}

extension CarriedError {
  /// Unpacks what the init process sent.
  static func decode(_ bytes: [UInt8]) -> RuntimeError {
    CarriedError.error(in: bytes)
      ?? RuntimeError(.initProcessFailed, "the init process failed, and its message is damaged")
  }
}
