import Foundation
import TestSupport
import Testing

@Suite("A swbox that is killed")
struct ContainerCrashTests {
  @Test("leaves a container that ps tells the truth of, and that gc removes")
  func supervisor() throws {
    let host = try ContainerBox()
    try host.run("-d", "--name", "c", "bb", "sleep", "1000").succeeds()
    let pid = try #require(try host.list()["c"]?["pid"] as? Int32)
    kill(try #require(try host.supervisor("c")), SIGKILL)
    #expect(try eventually { try host.status("c") == "unsupervised" })
    #expect(try host.list()["c"]?["pid"] as? Int32 == pid)
    try host.swbox("exec", "c", "true").succeeds()
    try host.swbox("gc").succeeds()
    #expect(!File.exists("/proc/\(pid)"))
    #expect(try host.list().isEmpty)
  }

  @Test("leaves a container that can be stopped, and is lost then")
  func stopping() throws {
    let host = try ContainerBox()
    try host.run("-d", "--name", "c", "bb", "sleep", "1000").succeeds()
    kill(try #require(try host.supervisor("c")), SIGKILL)
    #expect(try eventually { try host.status("c") == "unsupervised" })
    try host.swbox("stop", "-t", "0", "c").succeeds()
    #expect(try host.status("c") == "lost")
    #expect(try host.swbox("wait", "c").output == "-1\n")
    try host.swbox("rm", "c").succeeds()
  }

  @Test("at any moment leaves nothing that gc does not remove", arguments: ["attached", "detached"])
  func anyMoment(_ kind: String) throws {
    let host = try ContainerBox()
    let arguments = kind == "attached" ? ["bb", "sleep", "1000"] : ["-d", "bb", "sleep", "1000"]
    for round in 0..<12 {
      let running = try host.runCommand(arguments).start()
      usleep(UInt32(round) * 40_000)
      running.signal(SIGKILL)
      running.wait()
    }
    // Those that were started alone are complete, and stay; their supervisors are killed, too.
    usleep(1_000_000)
    for name in try host.list().keys {
      if let pid = try host.supervisor(name) { kill(pid, SIGKILL) }
    }
    try host.swbox("gc").succeeds()
    #expect(try host.list().isEmpty)
    let left = Leftovers(tag: host.directory)
    #expect(left.isEmpty, "\(left)")
    #expect(host.cgroups.isEmpty && host.volatile == nil)
  }

  @Test("loses nothing that was written down")
  func complete() throws {
    let host = try ContainerBox()
    try host.run("--name", "done", "bb", "sh", "-c", "echo kept; exit 4").ends(with: 4)
    for round in 0..<6 {
      let running = try host.command(["rm", "nosuch"]).start()
      let other = try host.runCommand(["--rm", "bb", "true"]).start()
      usleep(UInt32(round) * 30_000)
      running.signal(SIGKILL)
      other.signal(SIGKILL)
      running.wait()
      other.wait()
      #expect(try host.list()["done"]?["exitCode"] as? Int == 4)
      #expect(try host.swbox("logs", "done").output == "kept\n")
    }
  }
}
