internal import Glibc

/// Who this process was for the host when it was first asked, before it changed anything.
public enum Caller {
  /// Its user, as its own user namespace names him.
  public private(set) nonisolated(unsafe) static var userID: UInt32 = geteuid()
  /// Its group, as its own user namespace names it.
  public private(set) nonisolated(unsafe) static var groupID: UInt32 = getegid()
  /// The user who called, where this process has become root of a user namespace for him; else nil.
  public private(set) nonisolated(unsafe) static var person: UInt32?

  /// Whether it lacks root's rights, also those inside of a user namespace.
  public static var isUnprivileged: Bool { userID != 0 }

  /// Whether somebody called who lacks them, whatever this process is by now.
  public static var isPersons: Bool { person != nil || isUnprivileged }

  /// Whether it acts for a user of the host, whose own are a directory for what runs and a service manager: as
  /// himself, or as root of a user namespace that an engine made for him. Root of a system container has those of
  /// the system; who became root may still have the variable.
  public static var isForUser: Bool {
    if isUnprivileged { return true }
    return isInUserNamespace && getenv("XDG_RUNTIME_DIR") != nil
      && getenv("USER").map { String(cString: $0) } != "root"
  }

  /// Whether its IDs are not the host's: the first user namespace maps each ID to itself.
  ///
  /// user_namespaces(7)
  public private(set) nonisolated(unsafe) static var isInUserNamespace: Bool = {
    guard let map = try? Kernel.readControl("/proc/self/uid_map") else { return false }
    return map.split { $0 == " " || $0 == "\n" } != ["0", "0", "4294967295"]
  }()
}

extension Caller {
  /// Notes that this process has come into a user namespace where it is root, for a user who is not.
  ///
  /// - Parameters:
  ///   - user: Who called, as the namespace around names him.
  public static func becameRoot(for user: UInt32) {
    (userID, groupID) = (geteuid(), getegid())
    person = user
    isInUserNamespace = true
  }

  /// Whether the own user namespace's root is, outside, one user alone.
  public static func isRoot(for user: UInt32) -> Bool {
    let map = (try? Kernel.readControl("/proc/self/uid_map")) ?? ""
    let first = map.split(separator: "\n").first?.split(separator: " ").map(String.init)
    return geteuid() == 0 && user != 0 && first == ["0", "\(user)", "1"]
  }

  /// Whether the own user namespace has a user.
  public static func has(user: UInt32) -> Bool { maps(user, "/proc/self/uid_map") }

  /// Whether the own user namespace has a group.
  public static func has(group: UInt32) -> Bool { maps(group, "/proc/self/gid_map") }

  /// user_namespaces(7)
  private static func maps(_ id: UInt32, _ file: String) -> Bool {
    ((try? Kernel.readControl(file)) ?? "").split(separator: "\n").contains { line in
      let fields = line.split(separator: " ").compactMap { UInt32($0) }
      return fields.count == 3 && id >= fields[0] && id - fields[0] < fields[2]
    }
  }
}
