import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Limits on the cgroup2 of a hybrid layout: only processes that are in it are limited.
@Suite(
  "cgroup2 beside cgroup v1",
  .enabled(if: CgroupHost.isV1 && CgroupHost.unified != nil, "no hybrid layout here"))
struct UnifiedCgroupTests {
  let runtime = Runtime()

  private func container(_ configure: (inout Config) -> Void = { _ in }) throws -> Container {
    try runtime.container { config in
      config.wait()
      config.limit { $0.unified = ["cgroup.max.descendants": "11"] }
      configure(&config)
    }
  }

  private func directory(_ container: Container) -> String {
    (CgroupHost.unified ?? "/nowhere") + "/" + container.id
  }

  /// The pids in the container's cgroup2.
  private func members(_ container: Container, _ path: String = "") -> [Int32] {
    File.text(directory(container) + path + "/cgroup.procs").split(separator: "\n").compactMap { Int32($0) }
  }

  /// Expects the first process, its children and those of exec there, and nothing afterwards.
  private func expectMembers(_ container: Container, sourceLocation: SourceLocation = #_sourceLocation) throws
  {
    try container.create().succeeds(sourceLocation: sourceLocation)
    let pid = try container.report().pid
    #expect(members(container) == [pid], sourceLocation: sourceLocation)
    try container.start().succeeds(sourceLocation: sourceLocation)
    #expect(members(container) == [pid], sourceLocation: sourceLocation)

    let file = runtime.directory + "/pid"
    try container.exec("sleep", "1000", options: ["-d", "--pid-file", file]).succeeds(
      sourceLocation: sourceLocation)
    let added = try #require(Int32(File.text(file)))
    #expect(members(container).sorted() == [pid, added].sorted(), sourceLocation: sourceLocation)
    let line = try container.execShell("grep ^0: /proc/self/cgroup").output
    #expect(line == "0::/\n", "the cgroup namespace begins there", sourceLocation: sourceLocation)
    kill(added, SIGKILL)
    try container.remove(sourceLocation: sourceLocation)
    #expect(!File.exists(directory(container)), sourceLocation: sourceLocation)
  }

  @Test("the container's processes are in the cgroup2 that has its limits")
  func members() throws {
    try expectMembers(container())
  }

  @Test("with a user namespace, too")
  func userNamespace() throws {
    try expectMembers(container { $0.useUserNamespace() })
  }

  @Test("and where namespaces are joined beside a new user namespace")
  func joinedNamespaces() throws {
    let holder = try NamespaceHolder(.ipc)
    try expectMembers(
      container { config in
        config.useUserNamespace()
        config.setNamespace(.ipc, path: holder.path(.ipc))
        config.mounts?.removeAll { $0.destination == "/dev/mqueue" }
      })
  }

  @Test("run is no exception")
  func run() throws {
    let container = try container()
    let running = try container.command("run").start()
    try #require(eventually { !members(container).isEmpty })
    try container.expect("running")
    #expect(members(container) == [try container.report().pid])
    try container.kill("KILL").succeeds()
    running.wait().ends(with: 128 + SIGKILL)
    #expect(!File.exists(directory(container)))
  }

  @Test("--cgroup puts a program of exec into a cgroup below it")
  func nested() throws {
    let container = try container()
    try container.createAndStart()
    for directory in CgroupHost.directories(of: "/\(container.id)/in") + [directory(container) + "/in"] {
      try checked(mkdir(directory, 0o755), directory)
    }
    let parent = CgroupHost.directory("cpuset", "/\(container.id)")
    for file in ["cpuset.cpus", "cpuset.mems"] {
      try File.write(File.text("\(parent)/\(file)"), to: "\(parent)/in/\(file)")
    }
    let line = try container.execShell("grep ^0: /proc/self/cgroup", options: ["--cgroup", "in"]).succeeds()
      .output
    #expect(line == "0::/in\n")
  }

  @Test(
    "huge pages are limited for the container's processes",
    .enabled(
      if: CgroupHost.mountPoint("hugetlb") == nil
        && File.text((CgroupHost.unified ?? "") + "/cgroup.controllers").contains("hugetlb")),
    arguments: [true, false])
  func hugePages(hasUser: Bool) throws {
    let container = try runtime.container { config in
      config.wait()
      config.limit { $0.hugepageLimits = [HugepageLimit(pageSize: "2MB", limit: 6 << 20)] }
      if hasUser { config.useUserNamespace() }
    }
    try container.createAndStart()
    #expect(File.text(directory(container) + "/hugetlb.2MB.max") == "\(6 << 20)\n")
    #expect(members(container) == [try container.report().pid])
  }

  @Test("a container without such limits is there, too, and leaves nothing")
  func withoutLimits() throws {
    try expectMembers(runtime.container { $0.wait() })
  }

  @Test(
    "restore makes no cgroups of others, which criu would save with those of the container",
    .enabled(if: Criu.program != nil, "no criu works here"))
  func foreignCgroups() throws {
    let foreign = (CgroupHost.unified ?? "/nowhere") + "/\(runtime.tag)foreign"
    for path in [foreign, foreign + "/child"] { mkdir(path, 0o755) }
    let container = try runtime.runningContainer()
    let images = runtime.directory + "/images"
    func command(_ name: String, _ options: [String]) -> TestSupport.Command {
      runtime.command(
        [name, "--image-path", images] + options + [container.id], global: ["--criu", Criu.program ?? "criu"])
    }
    try command("checkpoint", []).run().succeeds()
    for path in [foreign + "/child", foreign] { rmdir(path) }
    try command("restore", ["-d", "--bundle", container.bundle.path]).run().succeeds()
    #expect(!File.exists(foreign))
    #expect(members(container) == [try container.report().pid])
    try container.remove()
  }

  @Test("where cgroup2 cannot be written to, a container without such limits does without it")
  func readOnly() throws {
    let container = try runtime.container { $0.shell("grep ^0: /proc/self/cgroup") }
    let command = container.command("run")
    let line = "mount -o bind,ro \(CgroupHost.unified ?? "") \(CgroupHost.unified ?? ""); exec \"$@\""
    let outcome = try TestSupport.Command(
      "unshare", ["-m", "sh", "-c", line, "sh", command.program] + command.arguments
    ).run().succeeds()
    #expect(!outcome.output.contains(container.id))
    #expect(!File.exists(directory(container)))
  }
}
