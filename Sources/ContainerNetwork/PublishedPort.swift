public import JSON
public import LinuxKernel
public import RuntimeErrors

/// Ports of the host that lead to a container's.
public struct PublishedPort: Sendable, Hashable, CustomStringConvertible {
  /// Of the host; nil for all of them.
  public var address: IPv4Address?
  /// The host's first.
  public var hostPort: UInt16
  /// The container's first.
  public var containerPort: UInt16
  /// How many there are from the first on.
  public var count: UInt16
  /// Which kind of ports.
  public var portProtocol: PortProtocol

  /// `[ADDRESS:]HOST[-LAST]:CONTAINER[-LAST][/tcp|/udp]`
  ///
  /// - Throws: `invalidArgument`, whose message begins with what was given.
  public init(_ text: String) throws(RuntimeError) {
    func fault(_ problem: String) -> RuntimeError {
      RuntimeError(
        .invalidArgument, "\(quoted(text)): \(problem)",
        hint: "the form is [ADDRESS:]HOST-PORT:CONTAINER-PORT[/udp]; a port may be a range: 8000-8010")
    }
    let halves = text.split(separator: "/", omittingEmptySubsequences: false)
    switch halves.count {
    case 1: portProtocol = .tcp
    case 2:
      guard let known = PortProtocol(rawValue: String(halves[1])) else {
        throw fault("\(quoted(String(halves[1]))) is neither tcp nor udp")
      }
      portProtocol = known
    default: throw fault("has more than one protocol")
    }
    guard !halves[0].contains("[") else { throw fault("ports are published on IPv4 addresses only") }
    let parts = halves[0].split(separator: ":", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count) else { throw fault("names no port of the host and of the container") }
    if parts.count == 3 {
      guard let given = IPv4Address(parts[0]) else {
        throw fault("\(quoted(String(parts[0]))) is no IPv4 address")
      }
      // 0.0.0.0 means all, as it does for programs that listen.
      address = given.number == 0 ? nil : given
    }
    guard let host = PublishedPort.range(parts[parts.count - 2]) else {
      throw fault("\(quoted(String(parts[parts.count - 2]))) is no port from 1 to 65535")
    }
    guard let inside = PublishedPort.range(parts[parts.count - 1]) else {
      throw fault("\(quoted(String(parts[parts.count - 1]))) is no port from 1 to 65535")
    }
    guard host.count == inside.count else {
      throw fault("\(host.count) ports of the host cannot lead to \(inside.count) of the container")
    }
    hostPort = host.lowerBound
    containerPort = inside.lowerBound
    count = UInt16(host.count)
  }

  private static func range(_ text: Substring) -> ClosedRange<UInt16>? {
    let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = decimal(ends[0], UInt16.self), first > 0 else { return nil }
    guard ends.count == 2 else { return first...first }
    guard let last = decimal(ends[1], UInt16.self), last >= first else { return nil }
    return first...last
  }

  /// The ports of the host.
  public var hostPorts: ClosedRange<UInt16> { hostPort...hostPort + (count - 1) }

  /// A pair of ports for each.
  public var pairs: [(host: UInt16, container: UInt16)] {
    (0..<count).map { (hostPort + $0, containerPort + $0) }
  }

  /// A port of the host that both would take.
  public func collision(with other: PublishedPort) -> UInt16? {
    guard portProtocol == other.portProtocol else { return nil }
    if let address, let otherAddress = other.address, address != otherAddress { return nil }
    guard hostPorts.overlaps(other.hostPorts) else { return nil }
    return max(hostPort, other.hostPort)
  }

  /// As it can be given again: `127.0.0.1:8080:80/tcp`
  public var description: String {
    func text(_ first: UInt16) -> String { count == 1 ? "\(first)" : "\(first)-\(first + (count - 1))" }
    let prefix = address.map { "\($0):" } ?? ""
    return "\(prefix)\(text(hostPort)):\(text(containerPort))/\(portProtocol.rawValue)"
  }
}

extension PublishedPort: JSONValue {
  /// See `JSONValue`.
  public init() {
    (hostPort, containerPort, count, portProtocol) = (1, 1, 1, .tcp)
  }

  /// See `JSONValue`.
  public init(reading json: inout JSONExchange, at node: Int) {
    self =
      json.parsed(at: node, "a published port such as 8080:80/tcp") { try? PublishedPort($0) }
      ?? PublishedPort()
  }

  /// See `JSONValue`.
  public func write(to json: inout JSONExchange) { description.write(to: &json) }
}
