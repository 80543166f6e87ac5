internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// Finds out whether ports of the host are free: of other containers, and of sockets.
///
/// Nobody holds a published port, as no process stays for that: a program of the host that takes it later
/// gets no connections while the container has it.
///
/// - Throws: `invalidArgument` with the first port that cannot be had.
func checkPorts(_ ports: [PublishedPort], among leases: [Lease]) throws(RuntimeError) {
  for (index, port) in ports.enumerated() {
    func refusal(_ number: UInt16, _ reason: String) -> RuntimeError {
      let address = port.address.map { "\($0):" } ?? ""
      return RuntimeError(
        .invalidArgument,
        "publishing \(port): port \(address)\(number)/\(port.portProtocol.rawValue) of the host \(reason)")
    }
    for other in ports[..<index] {
      if let number = port.collision(with: other) { throw refusal(number, "is published twice") }
    }
    for lease in leases {
      for other in lease.ports {
        guard let number = port.collision(with: other) else { continue }
        throw refusal(number, "leads to container \(lease.container) already")
      }
    }
    for pair in port.pairs {
      do throws(RuntimeError) {
        _ = try Kernel.takePort(pair.host, port.portProtocol, address: port.address?.bytes ?? [0, 0, 0, 0])
      } catch let error where error.errno == .addressInUse {
        throw refusal(pair.host, "is in use by a program of the host")
          .hinting("`ss -lntup` names the program")
      } catch let error where error.errno == .addressNotAvailable {
        throw refusal(pair.host, "cannot be had: the host does not have this address")
      } catch {
        throw error.adding(context: "publishing \(port)")
      }
    }
  }
}
