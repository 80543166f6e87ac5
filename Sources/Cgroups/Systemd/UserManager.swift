internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// The systemd of a user, which makes cgroups in its own for who is not root.
struct UserManager {
  /// Of the bus where it is found.
  let address: String
  /// Its cgroup, below the root of the hierarchy: `/user.slice/user-1000.slice/user@1000.service`.
  let cgroup: String

  /// Looks for it, as the environment says.
  init() throws(RuntimeError) {
    let directory = UserManager.variable("XDG_RUNTIME_DIR")
    let candidates = [
      UserManager.variable("DBUS_SESSION_BUS_ADDRESS"), directory.map { "unix:path=\($0)/bus" },
    ]
    // A session may have a bus of another kind.
    guard let address = candidates.compactMap(\.self).first(where: { $0.contains("unix:path=") }) else {
      throw RuntimeError(
        .unsupported, "neither $DBUS_SESSION_BUS_ADDRESS nor $XDG_RUNTIME_DIR leads to the user's systemd",
        hint: UserManager.hint)
    }
    self.address = address
    do throws(RuntimeError) {
      cgroup = try SystemdBus(address).controlGroup()
    } catch {
      throw error.hinting(UserManager.hint)
    }
  }

  private static let hint =
    "log in as the user, or run `loginctl enable-linger USER`; without systemd, --cgroup-manager=cgroupfs"

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }
}
