import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Spec: config-linux.md#cgroups-path
@Suite("places of containers in cgroup v1", .enabled(if: CgroupHost.isV1))
struct CgroupPathTests {
  let runtime = Runtime()

  private func container(_ name: String = "c", path: String?, _ line: String = "sleep 1000") throws
    -> Container
  {
    try runtime.container(name) { config in
      config.shell(line)
      config.changeLinux { $0.cgroupsPath = path }
    }
  }

  /// The paths of a process, by hierarchy.
  private func places(of pid: String) -> [String: String] {
    var places: [String: String] = [:]
    for line in File.text("/proc/\(pid)/cgroup").split(separator: "\n") {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      places[String(fields[1])] = String(fields[2])
    }
    return places
  }

  @Test("an absolute path is below the mount points, in every hierarchy of v1")
  func absolute() throws {
    let path = "/\(runtime.tag)a/b/c"
    let container = try container(path: path)
    try container.create().succeeds()
    for (hierarchy, place) in places(of: "\(try container.report().pid)")
    where hierarchy != "" && hierarchy != "hugetlb" {
      #expect(place == path, "\(hierarchy)")
    }
  }

  @Test("a relative path, and none at all, are below the runtime's own cgroup", arguments: [true, false])
  func relative(isGiven: Bool) throws {
    let container = try container(path: isGiven ? "\(runtime.tag)r/leaf" : nil)
    try container.create().succeeds()
    let path = isGiven ? "/\(runtime.tag)r/leaf" : "/" + container.id
    let (own, its) = (places(of: "self"), places(of: "\(try container.report().pid)"))
    for hierarchy in ["memory", "pids", "devices", "name=systemd"] {
      #expect(its[hierarchy] == (own[hierarchy] == "/" ? "" : own[hierarchy] ?? "") + path, "\(hierarchy)")
    }
  }

  @Test("paths that lead elsewhere are refused", arguments: ["/../x", "a/../../b", "..", "/", "//", "/./"])
  func strange(path: String) throws {
    try container(path: path).create().fails(saying: "cgroupsPath")
  }

  @Test("parents that were made go with the last container below them")
  func parents() throws {
    let parent = "/\(runtime.tag)parent/deep"
    let (first, second) = (
      try container("1", path: parent + "/one"), try container("2", path: parent + "/two")
    )
    try first.create().succeeds()
    try second.create().succeeds()
    try first.remove()
    #expect(CgroupHost.directories(of: parent).allSatisfy(File.exists))
    try second.remove()
    #expect(!CgroupHost.directories(of: "/\(runtime.tag)parent").contains(where: File.exists))
  }

  @Test("what was there before stays, parents as well as the container's own cgroup")
  func existing() throws {
    let path = "/\(runtime.tag)there"
    for directory in CgroupHost.directories(of: path) { mkdir(directory, 0o755) }
    defer { for directory in CgroupHost.directories(of: path) { rmdir(directory) } }
    let inside = try container("in", path: path + "/leaf")
    try inside.create().succeeds()
    try inside.remove()
    #expect(CgroupHost.directories(of: path).allSatisfy(File.exists))
    let same = try container("same", path: path)
    try same.createAndStart()
    try same.remove()
    #expect(CgroupHost.directories(of: path).allSatisfy(File.exists))
  }

  @Test("a cgroup with cgroups of others in it is told to be none for a container")
  func crowded() throws {
    let path = "/\(runtime.tag)crowded"
    let places = CgroupHost.directories(of: path + "/child") + CgroupHost.directories(of: path)
    for directory in places.reversed() { mkdir(directory, 0o755) }
    defer { for directory in places { rmdir(directory) } }
    try container(path: path).create()
      .fails(saying: "/linux/resources/devices", "a cgroup with other cgroups in it")
    #expect(places.allSatisfy(File.exists))
  }

  /// A process of nobody's in a cgroup.
  private func process(in path: String) throws -> Running {
    let tasks = CgroupHost.directory("freezer", path) + "/tasks"
    let other = try TestSupport.Command("sh", ["-c", "echo 0 > \(tasks); exec sleep 1000"]).start()
    try #require(eventually { File.text(tasks).contains("\(other.pid)\n") })
    return other
  }

  @Test("a container in a cgroup of others ends without them")
  func shared() throws {
    let path = "/\(runtime.tag)shared"
    for directory in CgroupHost.directories(of: path) { mkdir(directory, 0o755) }
    defer { for directory in CgroupHost.directories(of: path) { rmdir(directory) } }
    let container = try container(path: path)
    container.bundle.config.changeLinux { $0.namespaces?.removeAll { $0.type == .pid } }
    try container.bundle.write()
    try container.createAndStart()
    let other = try process(in: path)
    kill(try container.report().pid, SIGKILL)
    try container.expect("stopped")
    try container.delete("--force").succeeds()
    #expect(!other.hasEnded)
    other.signal(SIGKILL)
    other.wait()
  }

  @Test("a cgroup with processes is refused: what is done to the container would be done to them")
  func populated() throws {
    let path = "/\(runtime.tag)populated"
    let first = try container("first", path: path)
    try first.createAndStart()
    let pid = try first.report().pid
    let second = try container("second", path: path)
    for command in ["create", "run"] {
      try second.command(command).run()
        .fails(saying: "has processes already: \(pid)", "choose another linux.cgroupsPath")
    }
    #expect(File.names(in: runtime.root) == [first.id])
    #expect(try first.status() == "running")
    try first.remove()
  }

  @Test("processes that a container froze itself do not keep it from being killed and deleted")
  func frozenByItself() throws {
    for command in ["kill", "delete"] {
      let container = try runtime.container { config in
        config.shell(
          """
          cd /sys/fs/cgroup/freezer && mkdir z && { sh -c 'echo $$ > z/cgroup.procs; exec sleep 500' & }
          until grep -q . z/cgroup.procs; do :; done; echo FROZEN > z/freezer.state; echo frozen; exec sleep 1000
          """)
        config.keepAllCapabilities()
        config.mounts?.append(Mount(destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup"))
      }
      let outcome = try container.createAndStart()
      try #require(eventually { outcome.output.contains("frozen") })
      if command == "kill" {
        try container.kill("KILL", "--all").succeeds()
        try container.expect("stopped")
      }
      try container.delete("--force").succeeds()
      #expect(!File.exists(CgroupHost.directory("freezer", "/\(container.id)")))
      try FileManager.default.removeItem(atPath: container.bundle.path)
    }
  }

  @Test("cgroups that the container made in its own are removed with it, however they are named")
  func nested() throws {
    let container = try runtime.container { config in
      config.shell(
        """
        cd /sys/fs/cgroup/pids && mkdir -p a/b/c 'with space' ./-rf && echo 0 > a/b/c/cgroup.procs
        echo $$ > a/b/cgroup.procs && echo made; exec sleep 1000
        """
      )
      config.keepAllCapabilities()
      config.mounts?.append(Mount(destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup"))
    }
    let outcome = try container.createAndStart()
    try #require(eventually { outcome.output == "made\n" })
    let directory = CgroupHost.directory("pids", "/\(container.id)")
    #expect(File.exists(directory + "/a/b/c"))
    try container.kill().succeeds()
    try container.expect("stopped")
    try container.delete().succeeds()
    #expect(!File.exists(directory))
  }

  @Test("a read-only cgroup mount takes no new cgroups")
  func readOnly() throws {
    let container = try runtime.container { config in
      config.shell("mkdir /sys/fs/cgroup/pids/x")
      config.keepAllCapabilities()
      config.mounts?.append(
        Mount(destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro"])
      )
    }
    #expect(try container.run().errors.contains("Read-only file system"))
  }

  @Test("a frozen cgroup is an error, instead of a container that hangs")
  func frozen() throws {
    let path = "/\(runtime.tag)frozen"
    let directory = CgroupHost.directory("freezer", path)
    mkdir(directory, 0o755)
    defer {
      try? File.write("THAWED", to: directory + "/freezer.state")
      rmdir(directory)
    }
    try File.write("FROZEN", to: directory + "/freezer.state")
    try container(path: path + "/leaf").create().fails(saying: "is frozen")
    try container("same", path: path).create().fails(saying: "is frozen")
    #expect(!File.exists(directory + "/leaf"))
  }

  @Test("a container that its own processes outlived is removed with them")
  func survivors() throws {
    let container = try runtime.container { config in
      config.shell("setsid sleep 1000 & setsid sh -c 'trap \"\" TERM HUP; sleep 1001' & exec true")
      config.changeLinux { $0.namespaces?.removeAll { $0.type == .pid } }
    }
    try container.createAndStart()
    try container.expect("stopped")
    let procs = CgroupHost.directory("freezer", "/\(container.id)") + "/cgroup.procs"
    #expect(!File.text(procs).isEmpty)
    try container.delete().succeeds()
    #expect(!File.exists(procs))
  }

  @Test("a paused container is removed by force")
  func paused() throws {
    let container = try container(path: "/\(runtime.tag)paused")
    try container.createAndStart()
    try File.write("FROZEN", to: CgroupHost.directory("freezer", "/\(runtime.tag)paused/freezer.state"))
    try container.expect("paused")
    try container.remove()
  }

  @Test("--systemd-cgroup is refused clearly where cgroup v1 is used")
  func systemd() throws {
    let container = try container(path: nil)
    try container.command("create", global: ["--systemd-cgroup"]).run().fails(
      saying: "cgroups are made by systemd only on hosts with cgroup v2 alone", "leave --systemd-cgroup out")
    #expect(try container.status() == "gone")
  }

  @Test("many containers below one parent, made and removed at once, leave nothing")
  func crowd() throws {
    let parent = "/\(runtime.tag)crowd"
    let containers = try (0..<8).map { try container("n\($0)", path: "\(parent)/n\($0)", "exit \($0)") }
    let running = try containers.map { try $0.command("run").start() }
    for (number, one) in running.enumerated() { one.wait().ends(with: Int32(number)) }
    #expect(!CgroupHost.directories(of: parent).contains(where: File.exists))
  }
}
