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
    let sides = [("height", consoleSize.height), ("width", consoleSize.width)]
    for (key, value) in sides where value > UInt16.max {
      report.fault("/process/consoleSize/\(key)", "found \(value), expected at most \(UInt16.max)")
    }
  }

  /// Spec: config.md#posix-process
  private func checkLimits(_ report: inout Report) {
    var seen: Set<RlimitType> = []
    for (index, limit) in (rlimits ?? []).enumerated() {
      report.require(
        seen.insert(limit.type).inserted,
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
    let sets = [
      ("bounding", capabilities.bounding), ("effective", capabilities.effective),
      ("inheritable", capabilities.inheritable), ("permitted", capabilities.permitted),
      ("ambient", capabilities.ambient),
    ]
    for (key, names) in sets {
      for (index, name) in (names ?? []).enumerated() where !Capabilities.knownNames.contains(name) {
        report.warning(
          "/process/capabilities/\(key)/\(index)",
          "\(quoted(name)) is not a capability and is not granted"
        )
      }
    }
  }

  /// The highest ID means "no change" to the kernel. Spec: config.md#posix-platform-user
  private func checkUser(_ report: inout Report) {
    guard let user else { return }
    var ids = [("uid", user.uid), ("gid", user.gid)]
    for (index, gid) in (user.additionalGids ?? []).enumerated() {
      ids.append(("additionalGids/\(index)", gid))
    }
    for (key, id) in ids where id == UInt32.max {
      report.fault("/process/user/\(key)", "\(id) is not a valid ID")
    }
    if let umask = user.umask, umask > 0o777 {
      report.fault("/process/user/umask", "found \(umask), expected at most 511 (octal 777)")
    }
  }
}
