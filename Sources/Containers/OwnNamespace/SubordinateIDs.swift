internal import Glibc
internal import JSON
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// The IDs that a person may have in a user namespace beside his own: newuidmap(1) and newgidmap(1) map them, which
/// ask /etc/subuid and /etc/subgid. subuid(5)
enum SubordinateIDs {
  /// Users or groups.
  private struct Kind {
    let ranges: String
    let program: String
    let map: String
    let own: UInt32

    static var users: Kind {
      Kind(ranges: "/etc/subuid", program: "newuidmap", map: "uid_map", own: geteuid())
    }
    static var groups: Kind {
      Kind(ranges: "/etc/subgid", program: "newgidmap", map: "gid_map", own: getegid())
    }
  }

  /// Why there may be no more IDs than one.
  static let lack =
    "the user namespace has only what /etc/subuid and /etc/subgid give, or the caller's own ID"
  /// What can be done about it.
  static let advice =
    "install newuidmap and newgidmap, in Debian with the package uidmap, and give the user ranges by "
    + "`usermod --add-subuids FIRST-LAST --add-subgids FIRST-LAST`; once no container runs they count"

  /// Writes the mappings of a process that is in a new user namespace: the caller's ID as 0, from 1 on those of the
  /// ranges. Where either kind has none, the caller's alone.
  static func map(_ pid: Int32) throws(RuntimeError) {
    let kinds = [Kind.users, Kind.groups]
    let programs = kinds.map { Program.find($0.program) }
    let mappings = kinds.map { SubordinateIDs.mappings(of: $0) }
    guard mappings.allSatisfy({ $0.count > 1 }), !programs.contains(nil) else {
      // Groups that take rights away could be left otherwise. user_namespaces(7)
      try Kernel.writeText("deny", to: "/proc/\(pid)/setgroups")
      for kind in kinds { try Kernel.writeText("0 \(kind.own) 1\n", to: "/proc/\(pid)/\(kind.map)") }
      return
    }
    for (place, kind) in kinds.enumerated() {
      let ranges = mappings[place].flatMap { ["\($0.containerID)", "\($0.hostID)", "\($0.size)"] }
      let outcome = try Program(programs[place] ?? "", ["\(pid)"] + ranges).run()
      guard outcome.status == 0 else {
        let words = outcome.errors.split(separator: "\n").map { printable(String($0)) }.joined(
          separator: "; ")
        throw RuntimeError(
          .unsupported, "\(kind.program): \(words.isEmpty ? "status \(outcome.status)" : words)",
          hint:
            "\(kind.ranges) must give user \(geteuid()) these IDs, and the program needs its set-user-ID bit")
      }
    }
  }

  private static func mappings(of kind: Kind) -> [IDMapping] {
    var mappings = [IDMapping(containerID: 0, hostID: kind.own, size: 1)]
    var next: UInt32 = 1
    for (first, count) in ranges((try? Kernel.readText(kind.ranges)) ?? "", owners: owners) {
      // The kernel takes none twice, and at most 340 ranges. user_namespaces(7)
      let isTaken = mappings.contains { first < $0.hostID + $0.size && $0.hostID < first + count }
      guard !next.addingReportingOverflow(count).overflow, !isTaken, mappings.count < 340 else { continue }
      mappings.append(IDMapping(containerID: next, hostID: first, size: count))
      next += count
    }
    return mappings
  }

  /// `OWNER:FIRST:COUNT`, for each of some owners; what is no range is passed over.
  private static func ranges(_ text: String, owners: Set<Substring>) -> [(first: UInt32, count: UInt32)] {
    text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count == 3, owners.contains(fields[0]), let first = UInt32(fields[1]),
        let count = UInt32(fields[2]), count > 0, !first.addingReportingOverflow(count).overflow
      else { return nil }
      return (first, count)
    }
  }

  /// The caller, by name and by number. passwd(5)
  private static var owners: Set<Substring> {
    let own = Substring(String(geteuid()))
    let lines = ((try? Kernel.readText("/etc/passwd", limit: 16 << 20)) ?? "").split(separator: "\n")
    let names = lines.compactMap { line -> Substring? in
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      return fields.count > 2 && fields[2] == own ? fields[0] : nil
    }
    return Set([own] + names.prefix(1))
  }
}
