internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// Which namespaces the init process gets, and the order in which it comes into them.
///
/// A pure value: `steps` says what happens without a kernel. Spec: config-linux.md#namespaces
struct NamespacePlan: Equatable {
  /// Types that get a new namespace.
  private(set) var created: Set<NamespaceType> = []
  /// Types that join an existing one, with its path.
  private(set) var joined: [NamespaceType: String] = [:]
  /// Whether the runtime may come back into its pid namespace: not from below, where that is the host's.
  private let mayReturn: Bool

  /// Sorts the configured namespaces; an empty path means a new namespace.
  ///
  /// - Parameter mayReturn: Whether the caller has the right to join the pid namespace that it is in.
  init(_ namespaces: [Namespace], mayReturn: Bool = true) {
    self.mayReturn = mayReturn
    for namespace in namespaces {
      if let path = namespace.path, !path.isEmpty {
        joined[namespace.type] = path
      } else {
        created.insert(namespace.type)
      }
    }
  }

  /// Whether the container has a namespace of this type for itself.
  func creates(_ type: NamespaceType) -> Bool { created.contains(type) }

  /// Whether the container shares the runtime's namespace of this type.
  func inherits(_ type: NamespaceType) -> Bool { !created.contains(type) && joined[type] == nil }

  /// Whether the container runs in another user namespace than the runtime.
  var hasUserNamespace: Bool { !inherits(.user) }

  /// Whether the init process is cloned by a process in between.
  ///
  /// A user namespace takes away the right to join namespaces that its outside owns, and must be
  /// entered before the namespaces that it is to own are made. So where a user namespace meets
  /// namespaces to join, a short-lived process joins first and then clones. So it does where the runtime
  /// could not leave a joined pid namespace again.
  var needsIntermediate: Bool {
    joined[.user] != nil || (creates(.user) && !joined.isEmpty) || (joined[.pid] != nil && !mayReturn)
  }

  /// CLONE_NEW* flags for the clone3(2) that makes the init process.
  ///
  /// Without cgroup, which must come after the process joined its cgroup to show it as the root, and
  /// without time, whose offsets must be written before a process enters.
  var cloneFlags: UInt64 {
    created.reduce(0) { flags, type in
      type == .cgroup || type == .time ? flags : flags | type.cloneFlag
    }
  }

  /// Says what may be wrong where a user is refused a user namespace.
  func explain(_ error: RuntimeError) -> RuntimeError {
    guard Caller.isUnprivileged, creates(.user), error.systemCall?.name == "clone3",
      error.errno == .notPermitted || error.errno == .noSpace
    else { return error }
    return error.adding(context: "making a user namespace").hinting(
      "this host may allow users none: see kernel.unprivileged_userns_clone, "
        + "kernel.apparmor_restrict_unprivileged_userns and user.max_user_namespaces in sysctl")
  }

  /// Types to join, in order: the user namespace last, because it takes rights away.
  var joinOrder: [NamespaceType] {
    [.network, .ipc, .uts, .cgroup, .time, .pid, .mount, .user].filter { joined[$0] != nil }
  }
}

extension NamespaceType {
  /// The CLONE_NEW* flag. namespaces(7)
  var cloneFlag: UInt64 {
    switch self {
    case .pid: CloneFlags.newPID
    case .network: CloneFlags.newNetwork
    case .mount: CloneFlags.newMount
    case .ipc: CloneFlags.newIPC
    case .uts: CloneFlags.newUTS
    case .user: CloneFlags.newUser
    case .cgroup: CloneFlags.newCgroup
    case .time: CloneFlags.newTime
    }
  }
}

/// Namespaces to join, opened before anything is made, so that a wrong path is found early.
final class OpenedNamespaces {
  private(set) var numbers: [NamespaceType: CInt] = [:]
  /// Where config.json has them.
  private var places: [NamespaceType: String] = [:]

  /// Opens and checks every path of `plan`.
  ///
  /// - Throws: An error with the JSON pointer if a path is no namespace of its type.
  init(_ plan: NamespacePlan, configured: [Namespace]) throws(RuntimeError) {
    for (index, namespace) in configured.enumerated() {
      guard let path = plan.joined[namespace.type], path == namespace.path else { continue }
      let place = "config.json: /linux/namespaces/\(index)/path"
      let opened = try during(
        place,
        { () throws(RuntimeError) in try Kernel.open(path, flags: O_RDONLY | O_NONBLOCK) })
      let type = Kernel.namespaceType(opened.number)
      guard type == namespace.type.cloneFlag else {
        throw RuntimeError(
          .invalidConfig,
          "\(place): \"\(path)\" is "
            + (type == nil ? "not a namespace" : "a namespace of another type than")
            + (type == nil ? "" : " \(namespace.type.rawValue)")
            + " (config-linux.md#namespaces)")
      }
      numbers[namespace.type] = opened.release()
      places[namespace.type] = place
    }
  }

  /// setns(2) into the namespace of one type.
  func join(_ type: NamespaceType) throws(RuntimeError) {
    guard let number = numbers[type] else { return }
    do {
      try Kernel.join(number, type: type.cloneFlag)
    } catch {
      let located = error.adding(
        context: "\(places[type] ?? "config.json"): joining the \(type.rawValue) namespace")
      guard type == .user, error.errno == .invalidArgument else { throw located }
      throw located.hinting("a process cannot join the user namespace that it is in; leave it out")
    }
  }

  deinit {
    for number in numbers.values { _ = Descriptor(owning: number) }
  }
}
