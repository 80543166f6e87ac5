import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

@Suite("containers in another's mount namespace")
struct HostMountTests {
  let runtime = Runtime()

  /// A container without a mount namespace of its own, or in that of `holder`.
  private func container(
    in holder: NamespaceHolder? = nil,
    _ configure: (inout Config) -> Void = { _ in }
  ) throws -> Container {
    try runtime.container {
      $0.removeNamespace(.mount)
      if let holder { $0.setNamespace(.mount, path: holder.path(.mount)) }
      $0.changeLinux {
        $0.maskedPaths = []; $0.readonlyPaths = []
      }
      configure(&$0)
    }
  }

  private var mounts: Int { File.text("/proc/self/mountinfo").components(separatedBy: runtime.tag).count - 1 }

  @Test("without a mount namespace the mounts are the host's, and gone after delete")
  func inherited() throws {
    let container = try container { $0.wait() }
    try container.createAndStart()
    #expect(mounts > 5)
    #expect(File.link("/proc/\(try container.report().pid)/ns/mnt") == File.link("/proc/self/ns/mnt"))
    try container.remove()
    #expect(mounts == 0)
  }

  @Test("run removes the mounts too, and so does a creation that fails")
  func removed() throws {
    let good = try container { $0.run("ls", "/") }
    #expect(try good.run().succeeds().lines.contains("proc"))
    #expect(mounts == 0)
    good.bundle.config.addMount("/m", "tmpfs", "t", "bogus")
    try good.bundle.write()
    try good.run().fails(saying: "bogus")
    #expect(mounts == 0)
  }

  @Test("the process is confined to its root, which can be read-only", arguments: [false, true])
  func confined(readOnly: Bool) throws {
    let container = try container {
      $0.root?.readonly = readOnly
      $0.shell(
        "ls -d /bin /config.json; cd ../../../..; ls -d config.json; touch /x && echo writable; readlink /proc/self/root"
      )
    }
    let lines = try container.run().succeeds().lines
    #expect(lines == ["/bin"] + (readOnly ? ["/"] : ["writable", "/"]))
    try File.write("", to: container.bundle.inside("host-can-write"))
  }

  @Test("--no-pivot covers nothing of the host's")
  func noPivot() throws {
    let container = try container { $0.run("ls", "/") }
    try container.run("--no-pivot").succeeds()
    #expect(File.exists(container.bundle.path) && mounts == 0)
  }

  @Test("a shared host keeps nothing of it")
  func sharedHost() throws {
    let container = try container { $0.run("ls", "/") }
    let files = ["before", "after"].map { "\(runtime.directory)/\($0)" }
    try container.command("run").onSharedHost(
      before: "cat /proc/self/mountinfo > \(files[0])",
      after: "cat /proc/self/mountinfo > \(files[1])"
    ).run().succeeds()
    #expect(!runtime.mounts(inCopy: files[0]).isEmpty)
    #expect(runtime.mounts(inCopy: files[1]) == runtime.mounts(inCopy: files[0]))
  }

  @Test("in a joined mount namespace the mounts come and go there, and its own stay as they were")
  func joined() throws {
    let holder = try NamespaceHolder(.mount)
    let before = runtime.mounts(inCopy: "/proc/\(holder.pid)/mountinfo")
    let container = try container(in: holder) { $0.wait() }
    try container.createAndStart()
    #expect(File.text("/proc/\(holder.pid)/mountinfo").contains(runtime.tag))
    #expect(mounts == 0)
    #expect(File.link("/proc/\(try container.report().pid)/ns/mnt") == holder.identity(.mount))
    try container.remove()
    #expect(runtime.mounts(inCopy: "/proc/\(holder.pid)/mountinfo") == before)
  }

  @Test("a container in a joined mount namespace can be run in it again and again")
  func joinedAgain() throws {
    let holder = try NamespaceHolder(.mount)
    let before = runtime.mounts(inCopy: "/proc/\(holder.pid)/mountinfo")
    let container = try container(in: holder) { $0.run("ls", "/bin/sh") }
    for _ in 0..<3 { try container.run().succeeds() }
    #expect(runtime.mounts(inCopy: "/proc/\(holder.pid)/mountinfo") == before)
  }
}
