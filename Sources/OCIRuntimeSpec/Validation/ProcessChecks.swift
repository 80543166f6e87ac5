internal import JSON

extension Process {
  /// Spec: config.md#process
  func check(_ report: inout Report) {
    report.requireAbsolutePath(cwd, "/process/cwd")
    checkProgram(&report)
    checkConsole(&report)
    checkLimits(&report)
    checkCapabilities(&report)
    checkUser(&report)
    if let oomScoreAdj, !(-1000...1000).contains(oomScoreAdj) {
      report.fault("/process/oomScoreAdj", "found \(oomScoreAdj), expected -1000 to 1000")
    }
    scheduler?.check(&report)
    if let ioPriority, !(0...7).contains(ioPriority.priority) {
      report.fault("/process/ioPriority/priority", "found \(ioPriority.priority), expected 0 to 7")
    }
    report.requireIndexList(execCPUAffinity?.initial, "/process/execCPUAffinity/initial")
    report.requireIndexList(execCPUAffinity?.final, "/process/execCPUAffinity/final")
  }

  /// At least the program must be named. Spec: config.md#process
  private func checkProgram(_ report: inout Report) {
    guard let args else { return report.fault("/process/args", "is missing, expected at least the program") }
    if args.isEmpty {
      report.fault("/process/args", "is empty, expected at least the program")
    } else if args[0].isEmpty {
      report.fault("/process/args/0", "is empty, expected the program")
    }
    report.requireArguments(args, environment: env ?? [], "/process")
  }

  /// The size counts only with a terminal; the kernel keeps it in 16 bits. Spec: config.md#process
  private func checkConsole(_ report: inout Report) {
    guard terminal == true, let consoleSize else { return }
    report.requireSide(consoleSize.height, "/process/consoleSize/height")
    report.requireSide(consoleSize.width, "/process/consoleSize/width")
  }

  /// Spec: config.md#posix-process
  private func checkLimits(_ report: inout Report) {
    let limits = rlimits ?? []
    for (index, limit) in limits.enumerated() {
      report.require(
        !limits[..<index].contains { $0.type == limit.type },
        "/process/rlimits/\(index)/type",
        "\(limit.type.rawValue) is limited twice"
      )
      report.require(
        limit.soft <= limit.hard,
        "/process/rlimits/\(index)",
        "the soft limit \(limit.soft) is above the hard limit \(limit.hard)"
      )
    }
  }

  /// A name that no kernel knows is no error. Spec: config.md#linux-process
  private func checkCapabilities(_ report: inout Report) {
    guard let capabilities else { return }
    report.checkCapabilities(capabilities.bounding, "/process/capabilities/bounding")
    report.checkCapabilities(capabilities.effective, "/process/capabilities/effective")
    report.checkCapabilities(capabilities.inheritable, "/process/capabilities/inheritable")
    report.checkCapabilities(capabilities.permitted, "/process/capabilities/permitted")
    report.checkCapabilities(capabilities.ambient, "/process/capabilities/ambient")
  }

  /// Spec: config.md#posix-platform-user
  private func checkUser(_ report: inout Report) {
    guard let user else { return }
    report.requireID(user.uid, "/process/user/uid")
    report.requireID(user.gid, "/process/user/gid")
    for (index, gid) in (user.additionalGids ?? []).enumerated() {
      report.requireID(gid, "/process/user/additionalGids/\(index)")
    }
    if let umask = user.umask, umask > 0o777 {
      report.fault("/process/user/umask", "found \(umask), expected at most 511 (octal 777)")
    }
  }
}

extension Report {
  /// The kernel keeps the sides of a terminal in 16 bits.
  fileprivate mutating func requireSide(_ side: UInt, _ pointer: String) {
    require(side <= UInt16.max, pointer, "found \(side), expected at most \(UInt16.max)")
  }

  /// The highest ID means "no change" to the kernel.
  fileprivate mutating func requireID(_ id: UInt32, _ pointer: @autoclosure () -> String) {
    require(id != UInt32.max, pointer(), "\(id) is not a valid ID")
  }

  fileprivate mutating func checkCapabilities(_ names: [String]?, _ pointer: @autoclosure () -> String) {
    for (index, name) in (names ?? []).enumerated() where !Capabilities.knownNames.contains(name) {
      warning("\(pointer())/\(index)", "\(quoted(name)) is not a capability and is not granted")
    }
  }
}
