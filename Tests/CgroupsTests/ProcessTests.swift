import Glibc
import LinuxKernel
import RuntimeErrors
import Testing

@testable import Cgroups

extension HostTests {
  @Suite("processes", .serialized)
  struct ProcessTests {
    @Test func `members are listed, nested ones too, frozen, thawed and killed`() throws {
      let sandbox = try Sandbox()
      let manager = try sandbox.create()
      let pids = try [sandbox.sleeper(), sandbox.sleeper()]
      for pid in pids { try sandbox.put(pid, into: manager.record) }
      let nested = sandbox.mountPoint(.freezer) + sandbox.path + "/nested"
      #expect(mkdir(nested, 0o755) == 0)
      try Kernel.writeText("\(pids[1])", to: nested + "/cgroup.procs")
      #expect(Set(try manager.processes()) == Set(pids))

      #expect(try !manager.isFrozen)
      try manager.freeze()
      #expect(try manager.isFrozen)
      #expect(try sandbox.read(.freezer, "freezer.state") == "FROZEN")
      // Also a paused container must die.
      try manager.killAll(signal: SIGKILL)
      #expect(try manager.processes() == [])
      for pid in pids { sandbox.end(pid) }
      try manager.remove()
      #expect(sandbox.remains() == [])
      #expect(try manager.processes() == [])
      try manager.killAll(signal: SIGKILL)
    }

    @Test func `a process joins through the open files`() throws {
      let sandbox = try Sandbox()
      let manager = try sandbox.create()
      let membership = try manager.openMembership()
      // Only this thread of the test moves, and back again at once.
      let back = try sandbox.layout.hierarchies.filter { $0.identity != .cgroup2 }.map { hierarchy in
        let own = try OwnCgroups(Kernel.readControl("/proc/thread-self/cgroup")).path(in: hierarchy)
        return hierarchy.mountPoint + own + "/tasks"
      }
      let thread =
        try Kernel.readLink("/proc/thread-self", at: Directory.working).split(separator: "/").last ?? ""
      try membership.join()
      let joined = try Kernel.readControl("/proc/self/task/\(thread)/cgroup")
      for file in back { try Kernel.writeText("\(thread)", to: file) }
      let count = joined.split(separator: "\n").count { $0.hasSuffix(":" + sandbox.path) }
      // In cgroup2 a process is only ever born.
      #expect(count == manager.record.directories.count { $0.hierarchy != "cgroup2" })
      try manager.remove()
    }
  }
}
