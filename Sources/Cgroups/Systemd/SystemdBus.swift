internal import DBus
internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// What is asked of systemd. org.freedesktop.systemd1(5)
struct SystemdBus {
  private let connection: BusConnection

  /// For everything that one command asks of systemd, in milliseconds.
  private static let patience = 20_000
  private static let destination = "org.freedesktop.systemd1"
  private static let path = "/org/freedesktop/systemd1"
  private static let manager = "org.freedesktop.systemd1.Manager"

  /// Connects to a bus, and asks to be told of the ends of jobs, which can be asked for once.
  ///
  /// - Parameters:
  ///   - address: Of a user's bus; the system's if nil.
  init(_ address: String?) throws(RuntimeError) {
    let address =
      address ?? getenv("DBUS_SYSTEM_BUS_ADDRESS").map { String(cString: $0) }
      ?? "unix:path=/run/dbus/system_bus_socket"
    connection = try during("asking systemd over D-Bus") { () throws(RuntimeError) in
      let connection = try BusConnection(address: address, milliseconds: SystemdBus.patience)
      let rule = "type='signal',interface='\(SystemdBus.manager)',member='JobRemoved'"
      _ = try connection.call(
        "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", [.string(rule)])
      _ = try connection.call(
        SystemdBus.destination, SystemdBus.path, SystemdBus.manager, "Subscribe", [])
      return connection
    }
  }

  private func call(_ member: String, _ body: BusValue...) throws(RuntimeError) -> [BusValue] {
    try connection.call(SystemdBus.destination, SystemdBus.path, SystemdBus.manager, member, body)
  }

  /// Starts a scope and waits until it is there.
  func start(_ unit: SystemdUnit, _ properties: [UnitProperty]) throws(RuntimeError) {
    let values = BusValue.array(of: "(sv)", properties.map(\.structure))
    try run("starting", unit) { () throws(RuntimeError) in
      try call(
        "StartTransientUnit", .string(unit.name), .string("replace"), values, .array(of: "(sa(sv))", []))
    }
  }

  /// Stops a unit and waits until it is gone. One that is gone already is no error.
  func stop(_ unit: SystemdUnit) throws(RuntimeError) {
    do throws(RuntimeError) {
      try run("stopping", unit) { () throws(RuntimeError) in
        try call("StopUnit", .string(unit.name), .string("replace"))
      }
    } catch {
      if !error.message.contains("NoSuchUnit") { throw error }
    }
  }

  /// The description of a unit; its name if systemd does not know it.
  func description(of unit: SystemdUnit) throws(RuntimeError) -> String? {
    guard case .array(_, let units) = try call("ListUnitsByNames", .strings([unit.name])).first,
      case .structure(let members) = units.first, members.count > 1
    else { return nil }
    return members[1].text
  }

  /// Forgets that a unit failed, which would keep its name from being used again.
  func forgetFailure(of unit: SystemdUnit) {
    _ = try? call("ResetFailedUnit", .string(unit.name))
  }

  /// Changes properties until the unit ends.
  func set(_ properties: [UnitProperty], of unit: SystemdUnit) throws(RuntimeError) {
    _ = try call(
      "SetUnitProperties", .string(unit.name), .boolean(true),
      .array(of: "(sv)", properties.map(\.structure)))
  }

  /// Moves processes into a unit, also where only systemd may take them from where they are.
  func attach(_ pid: Int32, to unit: SystemdUnit) throws(RuntimeError) {
    _ = try during("moving a process into \(unit.name) by systemd") { () throws(RuntimeError) in
      try call(
        "AttachProcessesToUnit", .string(unit.name), .string(""), .array(of: "u", [.uint32(UInt32(pid))]))
    }
  }

  /// The cgroup of systemd itself, which has those of all units; empty for the root.
  func controlGroup() throws(RuntimeError) -> String {
    let values = try connection.call(
      SystemdBus.destination, SystemdBus.path, "org.freedesktop.DBus.Properties", "Get",
      [.string(SystemdBus.manager), .string("ControlGroup")])
    guard case .variant(.string(let path)) = values.first else {
      throw RuntimeError(.systemCall, "systemd did not tell its cgroup")
    }
    return path == "/" ? "" : path
  }

  /// Makes a call that queues a job, and waits for the job's end.
  private func run(
    _ what: String, _ unit: SystemdUnit, _ body: () throws(RuntimeError) -> [BusValue]
  ) throws(RuntimeError) {
    try during("\(what) \(unit.name) by systemd") { () throws(RuntimeError) in
      guard let job = try body().first?.text else {
        throw RuntimeError(.systemCall, "systemd gave no job")
      }
      let end = try connection.awaitSignal("JobRemoved", for: "the end of the job for \(unit.name)") {
        values in
        values.count == 4 && values[1].text == job
      }
      let result = end[3].text ?? ""
      guard result == "done" else {
        throw RuntimeError(
          .systemCall, "the job ended with \"\(result)\"", hint: "`systemctl status \(unit.name)` says why")
      }
    }
  }
}
