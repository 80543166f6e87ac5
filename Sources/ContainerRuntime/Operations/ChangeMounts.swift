public import ContainerStore
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
public import RuntimeErrors
internal import SystemPackage

/// Adds mounts to a container that exists, and takes mounts away.
public enum ChangeMounts {
  /// What is to be done.
  public enum Change: Sendable, Equatable {
    /// Make the mounts, in order.
    case add
    /// Unmount what is mounted at the destinations.
    case remove
  }

  /// Changes the mounts of a container, all of them or none.
  ///
  /// - Parameters:
  ///   - file: The mounts as JSON, as config.json has them; to remove them, only their destinations count. `-` is
  ///     standard input.
  /// - Throws: `notRunning` if the container is stopped.
  public static func of(
    _ id: ContainerID, _ change: Change, file: String, store: Store, log: EventLog
  ) throws(RuntimeError) {
    let directory = try store.openLocked(id)
    let record = try directory.requireRecord()
    let status = try ContainerStatus.of(directory, record.outline)
    guard let identity = record.outline.initProcess, status != .stopped, status != .creating else {
      throw RuntimeError(.notRunning, "container not running: \(id) is \(status.rawValue)")
    }
    let linux = try directory.readConfig().linux ?? LinuxConfig()
    guard NamespacePlan(linux.namespaces ?? []).creates(.mount) else {
      throw RuntimeError(.unsupported, "container \(id) has no mount namespace of its own")
    }
    let hasUserNamespace = linux.namespaces?.contains { $0.type == .user } == true
    let name = file == "-" ? "standard input" : file
    let (mounts, pointer) = try Mount.load(
      from: try read(file), fileName: name, hasUserNamespace: hasUserNamespace
    ) { log.warn($0.description) }
    let proc = try HostProc()
    let entrance = try Entrance(id, identity: identity, linux: linux, proc: proc)
    let planned = mounts.enumerated().map {
      PlannedMount($1, index: $0, bundle: record.outline.bundle, list: "\(name): \(pointer)")
    }
    let sources = MountSources()
    let label = SecurityModules.mountLabel(linux, warn: log.warn)
    if change == .add {
      for mount in planned {
        try mount.refuseFakeProc()
        try mount.refuseMappings()
        try mount.refuseNewProc()
        try mount.refuseUsersBind()
      }
      let user = try proc.open("\(identity.pid)/ns/user", flags: O_RDONLY, isMagicLink: true)
      let number = user.number
      try sources.make(
        planned, clonesBinds: true, propagation: MountFlag.slave, label: label, proc: proc
      ) { _ throws(RuntimeError) in try Kernel.duplicate(number) }
    }
    try work(in: entrance) { () throws(RuntimeError) in
      let root = Rootfs(root: try Kernel.open("/", flags: OpenFlags.path | O_DIRECTORY))
      var changing = MountChange(MountTree(root, sources: sources, label: label, proc: proc), proc: proc)
      switch change {
      case .add: try changing.add(planned)
      case .remove: try changing.remove(planned)
      }
    }
  }

  private static func read(_ file: String) throws(RuntimeError) -> [UInt8] {
    if file == "-" { return try Kernel.readAll(0, limit: Config.maximumSize, name: "standard input") }
    let opened = try Kernel.open(file, flags: O_RDONLY)
    return try Kernel.readAll(opened.number, limit: Config.maximumSize, name: file)
  }

  /// Does something in a process of its own, inside the container, and waits for it.
  private static func work(
    in entrance: Entrance, _ body: () throws(RuntimeError) -> Void
  ) throws(RuntimeError) {
    let pair = try Kernel.makeSocketPair(.packets)
    switch try Kernel.clone(0) {
    case .child:
      Kernel.forgetCaller()
      let channel = Channel(socket: pair.takeSecond())
      do {
        try Kernel.dieWithParent()
        try entrance.enter()
        Kernel.setFileModeMask(0)
        try body()
        try channel.send(.ready)
      } catch {
        try? channel.send(.failed, CarriedError(error).encoded)
      }
      _exit(0)
    case .parent(let pid, _):
      let channel = Channel(socket: pair.takeFirst())
      let answer = try channel.receive()
      _ = try Kernel.wait(for: pid)
      guard let packet = answer else {
        throw RuntimeError(.initProcessFailed, "the process that changes the mounts was killed")
      }
      if packet.kind == .failed { throw CarriedError.decode(packet.payload) }
    }
  }
}

/// A change of mounts, seen from inside the container.
struct MountChange: ~Copyable {
  private var tree: MountTree
  private let proc: HostProc

  init(_ tree: consuming MountTree, proc: HostProc) {
    self.tree = tree
    self.proc = proc
  }

  /// Makes all mounts, or none.
  mutating func add(_ mounts: [PlannedMount]) throws(RuntimeError) {
    let places = MadePlaces()
    tree.rootfs.madePlaces = places
    var made: [CInt] = []
    do throws(RuntimeError) {
      for mount in mounts {
        try during(mount.place) { () throws(RuntimeError) in
          if mount.kind != .remount { try refuseRoot(mount, "replaced") }
          try tree.make(mount)
          if mount.kind != .remount { made.append(try tree.rootfs.open(mount.destination).release()) }
        }
      }
      try tree.finishReadOnly()
    } catch {
      for number in made.reversed() { try? detach(number) }
      places.remove()
      throw error
    }
  }

  /// Unmounts what is at the destinations, after a look whether there is something at each.
  func remove(_ mounts: [PlannedMount]) throws(RuntimeError) {
    var found: [Found] = []
    for mount in mounts {
      try during(mount.place(of: "unmounting")) { () throws(RuntimeError) in
        try refuseRoot(mount, "removed")
        let target = try tree.rootfs.open(mount.destination)
        guard try Kernel.isMountRoot(target.number) else {
          throw RuntimeError(.invalidArgument, "nothing is mounted there")
        }
        let id = try Kernel.mountID(target.number)
        if let other = found.first(where: { $0.id == id }) {
          throw RuntimeError(.invalidArgument, "\(other.mount.pointer) is the same mount")
        }
        let path = try proc.readLink("self/fd/\(target.number)")
        found.append(
          Found(mount: mount, number: target.release(), id: id, depth: Rootfs.components(path).count))
      }
    }
    // The deepest first: a mount takes along what is mounted below it.
    for place in found.sorted(by: { $0.depth > $1.depth }) {
      try during(place.mount.place(of: "unmounting")) { () throws(RuntimeError) in
        try detach(place.number)
      }
    }
  }

  /// A mount to remove.
  private struct Found {
    let mount: PlannedMount
    let number: CInt
    let id: UInt64
    /// How many names its path has, without links.
    let depth: Int
  }

  /// Under another root, however a link of the image's leads there, the container would lose all its mounts.
  private func refuseRoot(_ mount: PlannedMount, _ deed: String) throws(RuntimeError) {
    guard let target = try tree.rootfs.openIfPresent(mount.destination),
      try Kernel.isMountRoot(target.number),
      try Kernel.mountID(target.number) == Kernel.mountID(tree.rootfs.root.number)
    else { return }
    throw RuntimeError(.invalidArgument, "the root filesystem cannot be \(deed)")
  }

  /// umount2(2) of what a descriptor means, whatever its path leads to by now.
  private func detach(_ mount: CInt) throws(RuntimeError) {
    try proc.enter()
    try Kernel.detachMount("self/fd/\(mount)")
  }
}

extension PlannedMount {
  /// What is on the host can be cloned only with rights over its mounts, which a user has only in the container.
  fileprivate func refuseUsersBind() throws(RuntimeError) {
    guard Caller.isUnprivileged, case .bind = kind else { return }
    throw RuntimeError(
      .unsupported, "\(place): without root, bind mounts are made when the container is made")
  }

  /// The process that makes the mounts is not in the container's pid namespace, where it could be traced.
  fileprivate func refuseNewProc() throws(RuntimeError) {
    guard case .fileSystem("proc", _) = kind else { return }
    throw RuntimeError(.unsupported, "\(place): a proc file system is mounted when the container is made")
  }
}
