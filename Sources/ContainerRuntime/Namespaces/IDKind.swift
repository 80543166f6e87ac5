internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// Users or groups: what differs when a user without privileges maps them. user_namespaces(7)
enum IDKind {
  case user, group

  /// The property of `linux`.
  var property: String { self == .user ? "uidMappings" : "gidMappings" }
  /// Below /proc/PID.
  var file: String { self == .user ? "uid_map" : "gid_map" }
  /// The program that writes the file for users. newuidmap(1)
  private var helper: String { self == .user ? "newuidmap" : "newgidmap" }
  /// The ranges that the program allows. subuid(5)
  private var rangesFile: String { self == .user ? "/etc/subuid" : "/etc/subgid" }
  /// The caller's ID.
  var own: UInt32 { self == .user ? Caller.userID : Caller.groupID }

  /// Whether nothing but the caller's own ID is mapped, which needs no privileges.
  func isOwnAlone(_ mappings: [IDMapping]) -> Bool {
    mappings.count == 1 && mappings[0].size == 1 && mappings[0].hostID == own
  }

  /// Lets the program write the mappings.
  func runHelper(_ pid: Int32, _ mappings: [IDMapping]) throws(RuntimeError) {
    let ranges = mappings.flatMap { ["\($0.containerID)", "\($0.hostID)", "\($0.size)"] }
    do throws(RuntimeError) {
      _ = try HostProgram.output(of: helper, ["\(pid)"] + ranges, alsoUsual: true)
    } catch {
      throw error.coded(.systemCall).hinting(
        error.code == .unsupported
          ? "install it, in Debian with the package uidmap, or map only the ID \(own)"
          : "\(rangesFile) must allow user \(Caller.userID) these IDs; `usermod --add-sub\(suffix)s` adds some"
      )
    }
  }

  private var suffix: String { self == .user ? "uid" : "gid" }

  /// Why the caller can map no IDs but his own; nil if it seems that he can.
  var obstacle: String? {
    do {
      _ = try HostProgram.find(helper, alsoUsual: true)
    } catch {
      return "there is no \(helper)"
    }
    // Where the ranges are somewhere else, the program knows.
    if (try? Kernel.readText("/etc/nsswitch.conf"))?.contains("\nsubid:") == true { return nil }
    let name = UserNames().name(of: Caller.userID)
    if name.hasPrefix("#"), Caller.isInUserNamespace { return nil }
    let lines = ((try? Kernel.readText(rangesFile)) ?? "").split(separator: "\n")
    let hasRange = lines.contains { line in
      line.hasPrefix("\(name):") || line.hasPrefix("\(Caller.userID):")
    }
    return hasRange ? nil : "\(rangesFile) has no range of user \(Caller.userID)"
  }
}
