internal import Glibc

/// Who this process was for the host when it was first asked, before it changed anything.
public enum Caller {
  /// Its user, as its own user namespace names him.
  public static let userID: UInt32 = geteuid()
  /// Its group, as its own user namespace names it.
  public static let groupID: UInt32 = getegid()

  /// Whether it lacks root's rights, also those inside of a user namespace.
  public static var isUnprivileged: Bool { userID != 0 }

  /// Whether its IDs are not the host's: the first user namespace maps each ID to itself.
  ///
  /// user_namespaces(7)
  public static let isInUserNamespace: Bool = {
    guard let map = try? Kernel.readControl("/proc/self/uid_map") else { return false }
    return map.split { $0 == " " || $0 == "\n" } != ["0", "0", "4294967295"]
  }()
}
