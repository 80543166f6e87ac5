internal import ContainerStore
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// New schemata for a container that exists, in its group of resctrl or, if it has none, in a new one.
struct ResctrlUpdate {
  private let settings: IntelRdt
  private let containerID: String
  /// Absolute path of resctrl's root.
  private let root: String
  /// What puts the schemata back; nil if the group was made.
  private var former: String?
  /// The container's group, written down by the caller.
  private(set) var record: ResctrlRecord

  /// - Parameters:
  ///   - record: What `create` made.
  /// - Throws: If the container's group is not its own.
  init(
    _ settings: IntelRdt, containerID: String, record: ResctrlRecord?, root: String
  ) throws(RuntimeError) {
    self.settings = settings
    self.containerID = containerID
    self.root = root
    guard let record, record != ResctrlRecord() else {
      self.record = try ResctrlGroup(settings, containerID: containerID, root: root).plan()
      return
    }
    guard let path = record.controlGroup else {
      throw RuntimeError(
        .invalidState, "the container's group of resctrl was there before it, and is not changed",
        hint: record.path.map { "others may use it; its file is \($0)/schemata" })
    }
    self.record = record
    former = Self.lines(like: settings, in: try Kernel.readText("\(path)/schemata"))
  }

  /// Writes the schemata.
  ///
  /// - Parameters:
  ///   - pids: Processes that a new group takes in, with all their threads.
  mutating func perform(_ pids: [Int32]) throws(RuntimeError) {
    let group = ResctrlGroup(settings, containerID: containerID, root: root)
    let lock = try group.lock()
    if former == nil {
      try group.makeControlGroup(&record)
      try group.settle(record)
      for pid in pids { try add(pid, to: group) }
    } else if let path = record.controlGroup {
      for text in settings.schemataWrites { try group.write(text, to: "\(path)/schemata") }
    }
    _ = consume lock
  }

  /// Puts the threads of a process into a group; one that ends meanwhile is passed over.
  private func add(_ pid: Int32, to group: ResctrlGroup) throws(RuntimeError) {
    for thread in (try? Kernel.list("/proc/\(pid)/task")) ?? [] {
      guard let thread = Int32(thread) else { continue }
      do throws(RuntimeError) {
        try group.add(thread)
      } catch let error where error.errno == .noSuchProcess {
      }
    }
  }

  /// Takes `perform` back. The kernel puts the tasks of a group that is removed into the root.
  func undo() {
    guard let path = record.controlGroup else { return }
    if let former {
      for line in former.split(separator: "\n") { try? Kernel.writeText("\(line)\n", to: "\(path)/schemata") }
    } else {
      try? Kernel.remove(path, at: Directory.working, isDirectory: true)
    }
  }

  /// The lines of a schemata file about what is to be changed.
  private static func lines(like settings: IntelRdt, in text: String) -> String {
    let lines = text.split(separator: "\n").map { $0.drop { $0 == " " } }
    return lines.filter {
      settings.l3CacheSchema != nil && $0.hasPrefix("L3") || settings.memBwSchema != nil && $0.hasPrefix("MB")
    }.joined(separator: "\n")
  }
}
