internal import Glibc

/// Who this process was for the host when it was first asked, before it changed anything.
public enum Caller {
  /// Its user, as its own user namespace names him.
  public static let userID: UInt32 = geteuid()
  /// Its group, as its own user namespace names it.
  public static let groupID: UInt32 = getegid()

  /// Whether it lacks root's rights, also those inside of a user namespace.
  public static var isUnprivileged: Bool { userID != 0 }

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
  public static let isInUserNamespace: Bool = {
    guard let map = try? Kernel.readControl("/proc/self/uid_map") else { return false }
    return map.split { $0 == " " || $0 == "\n" } != ["0", "0", "4294967295"]
  }()
}
