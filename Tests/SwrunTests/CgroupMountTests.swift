import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

@Suite("the cgroup mount", .enabled(if: CgroupHost.isUsable))
struct CgroupMountTests {
  let runtime = Runtime()

  private func container(hasNamespace: Bool, _ option: String, _ line: String) throws -> Container {
    try runtime.container {
      if !hasNamespace { $0.removeNamespace(.cgroup) }
      $0.addMount("/sys/fs/cgroup", "cgroup", "cgroup", option, "nosuid", "nodev", "noexec", "relatime")
      $0.keepAllCapabilities()
      $0.shell(line)
    }
  }

  private let pids = CgroupHost.inside("pids")

  private var hierarchies: [String] {
    MountLine.lines(of: File.text("/proc/self/mountinfo")).filter { $0.type == "cgroup" }
      .map { URL(filePath: $0.point).lastPathComponent }
  }

  @Test("each hierarchy shows the container's own cgroup as its root", arguments: [true, false])
  func ownCgroup(hasNamespace: Bool) throws {
    if CgroupHost.isV2 {
      let container = try container(hasNamespace: hasNamespace, "ro", "cat /sys/fs/cgroup/cgroup.procs")
      #expect(try container.run().succeeds().lines.contains("1"))
      return
    }
    let container = try container(
      hasNamespace: hasNamespace,
      "ro",
      "cd /sys/fs/cgroup; for h in *; do [ -L $h ] || [ $h = unified ] || echo $h $(cat $h/cgroup.procs | grep -c '^1$'); done"
    )
    let lines = try container.run().succeeds().lines
    #expect(!hierarchies.isEmpty)
    #expect(lines == hierarchies.sorted().map { "\($0) 1" })
  }

  @Test("read-only means that no limit can be changed and no cgroup made", arguments: [true, false])
  func readOnly(hasNamespace: Bool) throws {
    let container = try container(
      hasNamespace: hasNamespace,
      "ro",
      """
      cd /sys/fs/cgroup; mkdir \(pids)/x x || echo no; (echo 9 > \(pids)/pids.max) || echo no
      grep cgroup /proc/self/mountinfo | grep -vc ' ro,'
      """
    )
    #expect(try container.run().ends(with: 1).lines == ["no", "no", "0"])
  }

  @Test("without ro the container makes cgroups below its own", arguments: [true, false])
  func writable(hasNamespace: Bool) throws {
    let container = try container(
      hasNamespace: hasNamespace,
      "rw",
      CgroupHost.isV2
        ? "cd /sys/fs/cgroup && mkdir below && echo 9 > below/cgroup.max.depth && cat below/cgroup.max.depth"
        : "cd /sys/fs/cgroup/pids && mkdir below && echo 9 > below/pids.max && cat below/pids.max"
    )
    #expect(try container.run().succeeds().output == "9\n")
  }

  @Test("a hierarchy's source is named as its type")
  func source() throws {
    let container = try container(
      hasNamespace: true, "ro", "cut -d ' ' -f 1,3 /proc/self/mounts | grep cgroup")
    let lines = try container.run().succeeds().lines
    #expect(!lines.isEmpty)
    #expect(lines.allSatisfy { ["cgroup cgroup", "cgroup2 cgroup2"].contains($0) }, "\(lines)")
  }

  @Test("with a cgroup namespace the paths of the host do not show")
  func paths() throws {
    let container = try container(
      hasNamespace: true,
      "ro",
      "cat /proc/self/cgroup; grep cgroup /proc/self/mountinfo | cut -d ' ' -f 4"
    )
    #expect(!(try container.run().succeeds().output.contains("/\(runtime.tag)")))
  }

  @Test("hierarchies of several controllers have a link for each", .enabled(if: CgroupHost.isV1))
  func links() throws {
    let container = try container(
      hasNamespace: true,
      "ro",
      "cd /sys/fs/cgroup; for c in $(tail -n +2 /proc/cgroups | grep -v '\\b0$' | cut -f1); do [ -e $c ] && echo $c; done; ls -l"
    )
    let outcome = try container.run().succeeds()
    #expect(outcome.lines.contains("memory") && outcome.lines.contains("pids"))
  }
}
