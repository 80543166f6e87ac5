internal import ContainerRuntime
internal import ContainerStore
internal import JSON
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// From an invocation to a call of an operation.
extension Invocation {
  /// Opens the log, does what is asked for, and tells of a failure.
  ///
  /// - Returns: The exit status.
  func execute() -> Int32 {
    let subject = command.subject
    let report: Report
    do {
      report = try Report(
        global, containerID: subject.containerID, preserved: command.preservedDescriptors)
    } catch {
      Report.plain(error)
      return 1
    }
    do throws(RuntimeError) {
      return try during([subject.name, subject.containerID].compactMap(\.self).joined(separator: " ")) {
        () throws(RuntimeError) in
        try CommandLine.requireText()
        _ = try global.chosenCgroupManager
        return try perform(report)
      }
    } catch {
      report.failure(command.naming(error))
      return failureStatus
    }
  }

  /// A program that `exec` could not run must not look like one that failed.
  private var failureStatus: Int32 {
    switch command {
    case .exec: 255
    // As if the program itself had been started, by chroot(1).
    case .run(let request) where request.inPlace: RuntimeError.Code.systemCall.statusInPlace
    default: 1
    }
  }

  /// Does it.
  ///
  /// - Returns: The exit status.
  private func perform(_ report: Report) throws(RuntimeError) -> Int32 {
    switch command {
    case .version: try Output.write(Version.text + "\n")
    case .features: try Output.write(JSONWriter(style: .twoSpaces).encode(RuntimeFeatures.current))
    case .spec(let bundle, let file, let rootless):
      try SpecCommand.write(to: bundle, file: file, rootless: rootless)
    default: return try perform(report, try global.store)
    }
    return 0
  }

  /// What has to do with containers that are kept.
  private func perform(_ report: Report, _ store: Store) throws(RuntimeError) -> Int32 {
    let log = report.log
    log.debug { "swrun \(Version.number), containers below \(store.root)" }
    switch command {
    case .create(let request):
      try keepOnly(report.descriptor)
      _ = try Create.container(
        ContainerID(request.id), bundlePath: request.bundle,
        options: try request.options(command: "create", global), store: store, log: log)
    case .run(let request):
      if request.inPlace {
        // What else was inherited ends when the program runs: by a lock among it others see until when the
        // container is being made.
        try StandardStreams.openForProgram()
      } else {
        try keepOnly(report.descriptor)
      }
      return try run(request, store, request.inPlace ? report.log(failing: failed(report)) : log)
    case .start(let id):
      try Start.container(
        ContainerID(id), notifySocket: ServiceManager.notifySocket, store: store, log: log)
    case .exec(let id, var options):
      try keepOnly(report.descriptor)
      options.rootless = global.rootless ?? .auto
      return try Exec.process(in: ContainerID(id), options: options, store: store, log: log)
    case .state(let id):
      let state = try Query.state(of: ContainerID(id), store: store, log: log)
      try Output.write(JSONWriter(style: .twoSpaces).encode(state))
    case .kill(let id, let signal, let all, let isPattern):
      guard let number = Signal.number(signal) else {
        throw RuntimeError(.invalidArgument, "unknown signal \"\(signal)\"")
      }
      return try each(id, isPattern, report) { (id) throws(RuntimeError) in
        try Kill.container(id, signal: number, all: all, store: store, log: log)
      }
    case .pause(let id):
      try Pause.container(ContainerID(id), store: store)
    case .resume(let id):
      try Resume.container(ContainerID(id), store: store)
    case .checkpoint(let id, var options):
      options.program = global.criu
      try Checkpoint.container(ContainerID(id), options: options, store: store, log: log)
    case .restore(let id, let bundle, var options):
      try keepOnly(report.descriptor)
      options.program = global.criu
      options.create.cgroupManager = try global.chosenCgroupManager
      options.create.rootless = global.rootless ?? .auto
      return try Restore.container(
        ContainerID(id), bundlePath: bundle, options: options, store: store, log: log)
    case .ps(let id, .json, _):
      try Output.write(JSONWriter().encode(try ProcessList.pids(of: ContainerID(id), store: store)))
    case .ps(let id, _, let options):
      try Output.write(try ProcessList.table(of: ContainerID(id), options: options, store: store))
    case .events(let id, let interval, let once):
      try events(ContainerID(id), interval, once, store)
    case .update(let request):
      try Update.container(
        ContainerID(request.id), resources: request.resources(log), cacheSchema: request.cacheSchema,
        bandwidthSchema: request.bandwidthSchema, store: store)
    case .delete(let id, let force, let isPattern):
      return try each(id, isPattern, mayBeNone: force, report) { (id) throws(RuntimeError) in
        try Delete.container(id, force: force, store: store, log: log)
      }
    case .mounts(let id, let change, let file):
      try ChangeMounts.of(ContainerID(id), change, file: file, store: store, log: log)
    case .list(let format):
      try list(format, store, log)
    case .version, .features, .spec: break
    }
    return 0
  }

  /// Does something with one container, or with each whose name fits a pattern; also after one that fails.
  ///
  /// - Parameters:
  ///   - mayBeNone: Whether a pattern may fit no name.
  /// - Returns: 1 if any failed.
  private func each(
    _ text: String, _ isPattern: Bool, mayBeNone: Bool = false, _ report: Report,
    _ body: (ContainerID) throws(RuntimeError) -> Void
  ) throws(RuntimeError) -> Int32 {
    guard isPattern else {
      try body(ContainerID(text))
      return 0
    }
    let pattern = try ContainerPattern(text)
    let fitting = try Query.identifiers(store: try global.store).filter(pattern.matches)
    if fitting.isEmpty, !mayBeNone {
      throw RuntimeError(.containerNotFound, "no container has such a name")
    }
    var status: Int32 = 0
    for id in fitting {
      do {
        try body(id)
      } catch {
        report.failure(error.adding(context: "\(command.subject.name) \(id)"))
        status = 1
      }
    }
    return status
  }

  /// Closes what the caller left open, or a container that waits for `start` would hold it.
  ///
  /// - Parameters:
  ///   - log: The log's descriptor.
  private func keepOnly(_ log: CInt?) throws(RuntimeError) {
    try StandardStreams.openForProgram()
    let first = 3 + CInt(command.preservedDescriptors)
    guard let log else { return try Kernel.closeRange(from: first) }
    try Kernel.closeRange(from: first, to: log - 1)
    try Kernel.closeRange(from: log + 1)
  }

  /// Tells of a failure in a process that has no caller.
  private func failed(_ report: Report) -> (RuntimeError) -> Void {
    let subject = command.subject
    return { error in
      let context = [subject.name, subject.containerID].compactMap(\.self).joined(separator: " ")
      report.failure(command.naming(error.adding(context: context)))
    }
  }

  private func run(
    _ request: RunRequest, _ store: Store, _ log: EventLog
  ) throws(RuntimeError) -> Int32 {
    var options = try request.container.options(command: "run", global)
    try request.check()
    options.isInPlace = request.inPlace
    options.isDetached = request.detach || request.inPlace
    options.waitsForStartCommand = false
    return try Run.container(
      ContainerID(request.container.id), bundlePath: request.container.bundle, options: options,
      keepsContainer: request.keep, isSubreaper: !request.noSubreaper, store: store, log: log)
  }

  private func events(
    _ id: ContainerID, _ interval: String, _ once: Bool, _ store: Store
  ) throws(RuntimeError) {
    guard let milliseconds = Interval.milliseconds(interval) else {
      throw RuntimeError(
        .invalidArgument, "--interval: found \"\(interval)\", expected a time above 0 such as 5s or 250ms")
    }
    let writer = JSONWriter()
    if once { return try Output.write(writer.encode(try Events.statistics(of: id, store: store))) }
    try Events.watch(id, interval: milliseconds, store: store) { (event) throws(RuntimeError) in
      try Output.write(writer.encode(event))
    }
  }

  private func list(_ format: ListFormat, _ store: Store, _ log: EventLog) throws(RuntimeError) {
    switch format {
    case .ids: try Output.write(try Query.identifiers(store: store).map { "\($0)\n" }.joined())
    case .json: try Output.write(JSONWriter().encode(try Query.list(store: store, warn: log.warn)))
    case .table: try Output.write(ListTable.text(try Query.list(store: store, warn: log.warn)))
    }
  }
}
