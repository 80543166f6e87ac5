internal import Glibc
internal import LinuxKernel
public import RuntimeErrors
internal import SystemPackage

/// The user namespace in which a person without privileges is root: there are the person's own ID, as 0, and those of
/// /etc/subuid and /etc/subgid. In it layers have files of several users, overlays are mounted, and the runtime makes
/// containers as for any other root.
///
/// All processes that a person has at one time are in the same one: from another nobody could enter a container, or
/// signal those of its processes that are not its root's. No process stays only to keep it: it lasts as long as one
/// that works in it, or a container, and the next one is found or made by `enter`.
public enum OwnNamespace {
  /// Brings this process in, which has one thread, if it is not root anyway: into the one where others of the
  /// person's processes are, or into a new one. Its mount namespace is its own from then on.
  public static func enter() throws(RuntimeError) {
    let person = geteuid()
    guard person != 0 else { return }
    let members = try NamespaceMembers.ofCaller()
    var isShared = false
    do throws(RuntimeError) {
      if let shared = try members?.namespace() {
        isShared = true
        try Kernel.join(shared.number, type: CloneFlags.newUser)
      } else {
        let new = try make()
        try Kernel.join(new.number, type: CloneFlags.newUser)
      }
    } catch {
      throw explained(error).adding(context: "becoming root of a user namespace")
    }
    Caller.becameRoot(for: person)
    try MountNamespace.enterOwn()
    do throws(RuntimeError) {
      try members?.add(getpid())
    } catch let error where isShared && [.noSpace, .diskQuotaExceeded].contains(error.errno) {
      // Others hold the namespace: who only looks, or ends something, need not be found.
    }
  }

  /// Stands before the words of this program where a process in the namespace executes it, with who called.
  private static let word = "within"

  /// Words for this program, executed anew in the same namespace.
  public static func words(_ words: [String]) -> [String] {
    (Caller.person.map { [word, "\($0)"] } ?? []) + words
  }

  /// Whether this process is in the namespace from its beginning. The words say it, and the kernel has to confirm it.
  ///
  /// - Returns: The other words.
  public static func adopt(_ words: [String]) -> [String] {
    guard words.count > 1, words[0] == word, let person = UInt32(words[1]), Caller.isRoot(for: person) else {
      return words
    }
    Caller.becameRoot(for: person)
    return Array(words.dropFirst(2))
  }

  /// Lets others find the namespace as long as a process runs.
  static func keep(with pid: Int32) throws(RuntimeError) {
    guard Caller.person != nil else { return }
    try NamespaceMembers.ofCaller()?.add(pid)
  }

  /// Forgets it, if no other process is in it.
  static func forget() throws(RuntimeError) {
    guard Caller.person != nil else { return }
    try NamespaceMembers.ofCaller()?.removeIfAlone(getpid())
  }

  /// A new one, held by a descriptor: the process that it was made with is gone.
  private static func make() throws(RuntimeError) -> Descriptor {
    let parent = getpid()
    switch try Kernel.clone(CloneFlags.newUser) {
    case .child:
      if (try? Kernel.dieWithParent(parent)) == nil { _exit(1) }
      while true { pause() }
    case .parent(let pid, let process):
      defer {
        try? Kernel.signal(process.number, SIGKILL)
        _ = try? Kernel.wait(for: pid)
      }
      try SubordinateIDs.map(pid)
      return try Kernel.open("/proc/\(pid)/ns/user", flags: O_RDONLY)
    }
  }

  private static func explained(_ error: RuntimeError) -> RuntimeError {
    switch error.errno {
    case .notPermitted, .permissionDenied, .noSpace, .resourceTemporarilyUnavailable:
      error.hinting(
        "`sysctl kernel.unprivileged_userns_clone kernel.apparmor_restrict_unprivileged_userns "
          + "user.max_user_namespaces` tells whether users may have user namespaces")
    default: error
    }
  }
}

/// What asks for more than a person without root has.
enum BeyondPerson {
  /// Looks at what a container is to be like.
  static func check(_ options: RunOptions) throws(RuntimeError) {
    guard Caller.person != nil, options.userns != nil else { return }
    throw RuntimeError(
      .unsupported,
      "--userns: only root can map the owners of files; without root a container's user namespace is "
        + "the caller's own")
  }

  /// Looks at a user and groups that a program is to have.
  ///
  /// - Throws: `unsupported` if the own user namespace lacks them.
  static func check(_ account: Account, option: String) throws(RuntimeError) {
    guard Caller.person != nil, !Caller.has(user: account.uid) || !Caller.has(group: account.gid) else {
      return
    }
    throw RuntimeError(
      .unsupported,
      "\(option): there is no user \(account.uid) with group \(account.gid): \(SubordinateIDs.lack)",
      hint: SubordinateIDs.advice)
  }
}
