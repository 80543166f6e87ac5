internal import Cgroups
internal import ContainerStore
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// A container that is being saved: what CRIU is told of it, and what it is answered.
final class Saving {
  static let logFile = "dump.log"

  private let options: CheckpointOptions
  private let record: ContainerRecord
  private let config: Config
  private let namespaces: NamespacePlan
  private let proc: HostProc
  private var criu: CriuOptions

  init(
    _ options: CheckpointOptions, record: ContainerRecord, config: Config, files: borrowing CriuFiles
  ) throws(RuntimeError) {
    self.options = options
    self.record = record
    self.config = config
    proc = try HostProc()
    namespaces = NamespacePlan(config.linux?.namespaces ?? [])
    criu = CriuOptions(
      imageDirectory: files.images.number, workDirectory: files.work.number, logFile: Saving.logFile)
    criu.settings = options.settings
    criu.parentImages = options.parentPath
    criu.tracksMemory = options.isPreDump || options.parentPath != nil
    criu.pageServer = options.pageServer
    criu.leavesRunning = leavesRunning
    criu.configFile = CriuConfiguration.file(config.annotations)
  }

  /// Whether the processes go on afterwards.
  var leavesRunning: Bool { options.leavesRunning || options.isPreDump }

  /// Tells CRIU which processes to save, and what of them is the host's.
  func describe(_ pid: Int32, _ files: borrowing CriuFiles) throws(RuntimeError) {
    criu.pid = pid
    criu.root = record.outline.rootfs
    criu.freezerCgroup = record.cgroup?.freezer
    // In other hierarchies the processes are in cgroups of somebody else.
    criu.savedHierarchies = record.cgroup?.hierarchyNames ?? []
    if criu.savedHierarchies.isEmpty { criu.settings.cgroupsMode = .ignore }
    try describeNamespaces(pid)
    if namespaces.hasUserNamespace { try files.letOthersSearch() }
    if options.isPreDump { return }
    try describeMounts(pid)
    let descriptors = try ExternalDescriptors(of: pid, proc: proc)
    criu.external += descriptors.saved
    try descriptors.write(to: files.images.number)
  }

  private func describeNamespaces(_ pid: Int32) throws(RuntimeError) {
    try namespaces.requireRestorable()
    for external in ExternalNamespace.all where namespaces.joined[external.type] != nil {
      let namespace = try proc.open("\(pid)/ns/\(external.file)", flags: O_RDONLY, isMagicLink: true)
      criu.external.append("\(external.file)[\(try Kernel.stat(namespace.number).st_ino)]:\(external.name)")
    }
  }

  private func describeMounts(_ pid: Int32) throws(RuntimeError) {
    guard namespaces.creates(.mount) else { return }
    let mounts = (config.mounts ?? []).enumerated().map {
      PlannedMount($1, index: $0, bundle: record.outline.bundle)
    }
    let external = try ExternalMounts(
      mounts, linux: config.linux ?? LinuxConfig(), namespaces: namespaces,
      cgroups: try record.cgroup?.makeManager().mounts ?? [])
    let root = try proc.open("\(pid)/root", flags: OpenFlags.path | O_DIRECTORY, isMagicLink: true)
    criu.external += try external.saved(in: Rootfs(root: root))
  }

  /// Lets CRIU save it.
  func run(interruption: Interruption, log: EventLog) throws(RuntimeError) {
    if let status = options.statusDescriptor { try Saving.requireWritable(status) }
    let service = try CriuService(
      options.program, restores: false, inherited: [criu.imageDirectory, criu.workDirectory],
      interruption: interruption, log: log)
    try service.require(memoryTracking: criu.tracksMemory, lazyPages: options.settings.lazyPages)
    try service.perform(options.isPreDump ? .preDump : .dump, criu) {
      (response, _) throws(RuntimeError) in
      guard response.event == "status-ready", let status = options.statusDescriptor else { return }
      try Kernel.writeAll(status, [0], name: "--status-fd")
      _ = Descriptor(owning: status)
    }
  }

  private static func requireWritable(_ descriptor: CInt) throws(RuntimeError) {
    guard (try? Kernel.stat(descriptor)) != nil else {
      throw RuntimeError(.invalidArgument, "--status-fd \(descriptor): it is not open")
    }
  }
}

/// A kind of namespace that CRIU can leave to its owner. Its name in the images is the one that all runtimes use.
struct ExternalNamespace {
  let type: NamespaceType
  /// In /proc/PID/ns.
  let file: String
  let name: String

  static let all = [
    ExternalNamespace(type: .network, file: "net", name: "extRootNetNS"),
    ExternalNamespace(type: .pid, file: "pid", name: "extRootPidNS"),
  ]
}

extension NamespacePlan {
  /// Restored processes would be in new ones instead of these.
  func requireRestorable() throws(RuntimeError) {
    for type in [NamespaceType.user, .mount, .cgroup] where joined[type] != nil {
      throw RuntimeError(
        .unsupported,
        "config.json: /linux/namespaces: criu cannot restore into a \(type.rawValue) namespace by path")
    }
  }
}

extension CgroupRecord {
  /// The container's directory in the hierarchy that can freeze it.
  var freezer: String? {
    // Processes of others must not stand still.
    if isShared { return nil }
    let v1 = directories.first { $0.hierarchy.split(separator: ",").contains("freezer") }
    if let v1 { return v1.hostPath }
    return directories.first { $0.hierarchy == "cgroup2" }?.hostPath
  }

  /// The hierarchies with cgroups of the container's own, as /proc/PID/cgroup names them.
  var hierarchyNames: [String] { directories.map { $0.hierarchy == "cgroup2" ? "" : $0.hierarchy } }

  /// Where CRIU moves restored processes.
  ///
  /// - Parameters:
  ///   - own: The runtime's /proc/self/cgroup. Images of others may have what the container has no cgroup
  ///     in: that stays where it was, and is not taken for a part of the container's cgroup2.
  func criuRoots(own: String) -> [CriuOptions.CgroupRoot] {
    func roots(_ hierarchy: some StringProtocol, _ path: String) -> [CriuOptions.CgroupRoot] {
      hierarchy.split(separator: ",").map { .init(controller: String($0), path: path) }
    }
    let others = own.split(separator: "\n").compactMap { line in
      line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).dropFirst().first
    }.filter { !hierarchyNames.contains(String($0)) && !$0.hasPrefix("name=") }
    return directories.flatMap { place in
      place.hierarchy == "cgroup2"
        ? [CriuOptions.CgroupRoot(controller: nil, path: place.path)] : roots(place.hierarchy, place.path)
    } + others.flatMap { roots($0, "/") }
  }
}
