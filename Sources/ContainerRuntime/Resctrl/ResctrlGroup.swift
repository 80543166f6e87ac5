internal import ContainerStore
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// The group of resctrl, a class of service, that a container runs in.
///
/// What `take` is going to make is known from `plan` and written down before, so that `remove` needs
/// nothing but the record. A directory that is there already belongs to somebody else, also if it has the
/// container's name: it is used as it is, and left.
///
/// Spec: config-linux.md#intelrdt
struct ResctrlGroup {
  private let settings: IntelRdt
  private let containerID: String
  /// Absolute path of resctrl's root.
  private let root: String

  /// The group of a container.
  ///
  /// - Parameters:
  ///   - root: Where resctrl is mounted.
  init(_ settings: IntelRdt, containerID: String, root: String) {
    self.settings = settings
    self.containerID = containerID
    self.root = root
  }

  private var closID: String? { settings.closID.flatMap { $0.isEmpty ? nil : $0 } }
  private var isRoot: Bool { closID == "/" }
  /// Absolute path.
  private var path: String { isRoot ? root : "\(root)/\(closID ?? containerID)" }
  /// Absolute path.
  private var monitoringPath: String { "\(path)/mon_groups/\(containerID)" }

  /// What `take` is going to make.
  ///
  /// - Throws: If closID names a group that must be there and is not.
  func plan() throws(RuntimeError) -> ResctrlRecord {
    var record = ResctrlRecord()
    record.path = path
    record.isShared = closID != nil
    if try Kernel.stat(path, at: Directory.working) == nil {
      if closID != nil, settings.schemataWrites.isEmpty {
        throw RuntimeError(
          .invalidConfig,
          "config.json: /linux/intelRdt/closID: \(path) does not exist, and there is no schema to make it with "
            + "(config-linux.md#intelrdt)"
        )
      }
      record.controlGroup = path
    }
    if settings.enableMonitoring == true {
      if try Kernel.stat(monitoringPath, at: Directory.working) != nil { throw monitoringGroupExists }
      record.monitoringGroup = monitoringPath
    }
    return record
  }

  /// Makes the groups and puts a process into them.
  ///
  /// - Parameters:
  ///   - record: What is to be made; afterwards, also if this throws, what may be removed again.
  func take(_ pid: Int32, _ record: inout ResctrlRecord) throws(RuntimeError) {
    do throws(RuntimeError) {
      let lock = try self.lock()
      try makeControlGroup(&record)
      try settle(record)
      try makeMonitoringGroup(&record)
      try add(pid)
      _ = consume lock
    } catch {
      throw error.adding(context: "config.json: /linux/intelRdt")
    }
  }

  /// Keeps other programs away while this one looks and then writes, as the kernel's manual asks for.
  ///
  /// - Returns: What holds the lock.
  func lock() throws(RuntimeError) -> Descriptor {
    let directory = try Kernel.open(root, flags: O_RDONLY | O_DIRECTORY)
    try Kernel.lock(directory.number, LOCK_EX)
    return directory
  }

  /// Makes the control group, unless it is there.
  func makeControlGroup(_ record: inout ResctrlRecord) throws(RuntimeError) {
    guard let path = record.controlGroup else { return }
    do throws(RuntimeError) {
      try Kernel.makeDirectory(path, at: Directory.working, mode: 0o755)
    } catch let error where error.errno == .fileExists {
      // Somebody was faster, and it is theirs.
      record.controlGroup = nil
    } catch let error where error.errno == .noSpace {
      throw error.hinting("all classes of service of the processor are taken")
    }
  }

  /// Writes the schemata into a group that was made; in one that was there they must hold already.
  func settle(_ record: ResctrlRecord) throws(RuntimeError) {
    let writes = settings.schemataWrites
    guard !writes.isEmpty else { return }
    if record.controlGroup != nil {
      for text in writes { try write(text, to: "\(path)/schemata") }
      return
    }
    let current = Schemata(try Kernel.readText("\(path)/schemata"))
    if let difference = current.difference(to: Schemata(writes.joined())) {
      throw RuntimeError(
        .invalidConfig,
        "\(path)/schemata does not match: \(difference) (config-linux.md#intelrdt)",
        hint: "a group that is there already is not changed; the kernel rounds bandwidths up"
      )
    }
  }

  /// Makes the monitoring group, if one is asked for.
  func makeMonitoringGroup(_ record: inout ResctrlRecord) throws(RuntimeError) {
    guard let path = record.monitoringGroup else { return }
    do throws(RuntimeError) {
      try Kernel.makeDirectory(path, at: Directory.working, mode: 0o755)
    } catch let error where error.errno == .fileExists {
      record.monitoringGroup = nil
      throw monitoringGroupExists
    } catch {
      throw error.adding(context: "making the monitoring group")
    }
  }

  private var monitoringGroupExists: RuntimeError {
    RuntimeError(
      .invalidConfig,
      "config.json: /linux/intelRdt/enableMonitoring: \(monitoringPath) exists already "
        + "(config-linux.md#intelrdt)"
    )
  }

  /// Puts a process into the groups; a monitoring group takes only what its control group has.
  func add(_ pid: Int32) throws(RuntimeError) {
    try write("\(pid)\n", to: "\(path)/tasks")
    if settings.enableMonitoring == true { try write("\(pid)\n", to: "\(monitoringPath)/tasks") }
  }

  /// Writes, and takes the kernel's own words along if it refuses.
  func write(_ text: String, to file: String) throws(RuntimeError) {
    do throws(RuntimeError) {
      try Kernel.writeText(text, to: file)
    } catch {
      var error = error
      if let words = try? Kernel.readControl("\(root)/info/last_cmd_status"), words != "ok" {
        error.message = words
      }
      throw error
    }
  }

  /// Removes what a container does not leave behind. What is gone is passed over.
  ///
  /// - Parameters:
  ///   - containerExisted: Whether `create` came to its end. If not, a group that closID names goes too,
  ///     unless others use it by now.
  static func remove(_ record: ResctrlRecord?, containerExisted: Bool) throws(RuntimeError) {
    guard let record else { return }
    if let path = record.monitoringGroup { try remove(path) }
    guard let path = record.controlGroup else { return }
    if record.isShared {
      guard !containerExisted, (try? Kernel.readControl("\(path)/tasks"))?.isEmpty == true else { return }
    }
    try remove(path)
  }

  private static func remove(_ path: String) throws(RuntimeError) {
    do {
      try Kernel.remove(path, at: Directory.working, isDirectory: true)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      // Not made, or gone with its parent.
    }
  }
}
