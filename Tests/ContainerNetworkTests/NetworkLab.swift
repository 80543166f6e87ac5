import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// A network namespace that stands for the host's, one behind it that stands for the outside, and containers'.
///
/// The outside knows no route to containers: what reaches it was translated.
final class NetworkLab {
  let host: NamespaceHolder
  let outside: NamespaceHolder
  let directory: String
  /// The host's address towards the outside, and the outside's.
  static let (hostAddress, outsideAddress) = ("192.168.77.1", "192.168.77.2")

  init(settings: String = "{}") throws {
    (host, outside) = (try NamespaceHolder(.network), try NamespaceHolder(.network))
    directory = "/tmp/swbox-network-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    try File.makeDirectory(directory)
    try File.write(settings, to: directory + "/settings.json")
    try shell(
      host,
      """
      ip link set lo up
      ip link add up0 type veth peer name out0 netns /proc/\(outside.pid)/ns/net
      ip address add \(Self.hostAddress)/24 dev up0; ip link set up0 up
      nsenter --net=/proc/\(outside.pid)/ns/net ip link set lo up
      nsenter --net=/proc/\(outside.pid)/ns/net ip address add \(Self.outsideAddress)/24 dev out0
      nsenter --net=/proc/\(outside.pid)/ns/net ip link set out0 up
      ip route add default via \(Self.outsideAddress)
      echo 0 >/proc/sys/net/ipv4/ip_forward
      """)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  /// A process with a network namespace of its own.
  func container() throws -> NamespaceHolder { try NamespaceHolder(.network) }

  /// A command in the network of a namespace's.
  func command(_ place: NamespaceHolder, _ program: String, _ arguments: [String]) -> Command {
    Command("nsenter", ["--net=" + place.path(.network), program] + arguments)
  }

  /// A script in the network of a namespace's.
  @discardableResult
  func shell(
    _ place: NamespaceHolder, _ script: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let outcome = try command(place, "sh", ["-ec", script]).run()
    outcome.succeeds(sourceLocation: sourceLocation)
    return outcome.output
  }

  /// The program of this package that makes one change.
  static let program: String = {
    let tests = File.link("/proc/self/exe")
    return String(tests[..<(tests.lastIndex(of: "/") ?? tests.endIndex)]) + "/network-tool"
  }()

  /// One change, in the host's network.
  func change(owner: String = "tests", _ arguments: String...) -> Command {
    command(host, Self.program, [directory + "/state", directory + "/settings.json", owner] + arguments)
  }

  /// Attaches a container.
  ///
  /// - Returns: What the program tells of it.
  @discardableResult
  func attach(
    _ name: String, _ process: NamespaceHolder, owner: String = "tests", _ ports: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [String: Any] {
    var command = change(owner: owner, "attach", name, "\(process.pid)")
    command.arguments += ports
    let outcome = try command.run()
    outcome.succeeds(sourceLocation: sourceLocation)
    let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    return try #require(json as? [String: Any])
  }

  /// The address that `attach` told.
  func address(of attachment: [String: Any]) throws -> String {
    try #require(attachment["address"] as? String)
  }

  /// Runs `collect` and gives what it told.
  func collect(keeping names: String..., isDryRun: Bool = false) throws -> [String] {
    var command = change(isDryRun ? "preview" : "collect")
    command.arguments += names
    let outcome = try command.run()
    outcome.succeeds()
    return try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String])
  }

  /// A server that answers everybody with a word and the address that it sees.
  func serve(
    _ place: NamespaceHolder, _ port: Int, word: String, udp: Bool = false, address: String = "0.0.0.0"
  ) throws -> Running {
    let script = """
      import socket, sys
      s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if \(udp ? "True" : "False") else socket.SOCK_STREAM)
      s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
      s.bind(("\(address)", \(port)))
      if not \(udp ? "True" : "False"): s.listen(64)
      print("ready", flush=True)
      while True:
        if \(udp ? "True" : "False"):
          data, peer = s.recvfrom(100); s.sendto(("\(word) " + peer[0]).encode(), peer)
        else:
          c, peer = s.accept(); c.sendall(("\(word) " + peer[0]).encode()); c.close()
      """
    let server = try command(place, "python3", ["-c", script]).start()
    #expect(eventually { server.output.contains("ready") || server.hasEnded })
    #expect(!server.hasEnded, "\(server.errors)")
    return server
  }

  /// What a server answers; an errno's name if it cannot be reached.
  func ask(
    _ place: NamespaceHolder, _ address: String, _ port: Int, udp: Bool = false, wait: Double = 5
  ) throws -> String {
    let script = """
      import errno, socket
      s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if \(udp ? "True" : "False") else socket.SOCK_STREAM)
      s.settimeout(\(wait))
      try:
        s.connect(("\(address)", \(port)))
        if \(udp ? "True" : "False"): s.send(b"?")
        print(s.recv(100).decode())
      except TimeoutError: print("ETIMEDOUT")
      except OSError as e: print(errno.errorcode[e.errno])
      """
    let outcome = try command(place, "python3", ["-c", script]).run()
    outcome.succeeds()
    return outcome.lines.first ?? ""
  }

  /// The host's devices beside its own.
  func devices() throws -> [String] {
    try shell(host, "ip -o link").split(separator: "\n").compactMap { line in
      line.split(separator: " ").dropFirst().first.map { String($0.prefix { $0 != ":" && $0 != "@" }) }
    }.filter { $0 != "lo" && $0 != "up0" }.sorted()
  }

  /// All rules of the host's, of both kinds.
  func rules() throws -> String {
    try shell(host, "nft list ruleset; iptables-legacy-save 2>/dev/null | grep -v '^#' || true")
  }
}
