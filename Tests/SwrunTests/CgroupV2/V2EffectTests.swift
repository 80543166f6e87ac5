import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// What limits of cgroup v2 do to a container, and what the kernel counts of it.
@Suite("effects of limits by cgroup v2", .enabled(if: CgroupHost.isV2, "needs a host with cgroup v2 alone"))
struct V2EffectTests {
  let runtime = Runtime()

  private func container(
    _ line: String, name: String = "c", _ change: (inout Resources) -> Void
  ) throws -> Container {
    try runtime.container(name) { config in
      config.shell(line)
      config.limit(change)
    }
  }

  private func counter(_ key: String, in file: String, of container: Container) -> Int {
    let line = CgroupHost.read(file, of: container).split(separator: "\n").first { $0.hasPrefix(key + " ") }
    return line.flatMap { Int($0.dropFirst(key.count + 1)) } ?? -1
  }

  @Test("who takes more memory than the limit is killed, and it is counted")
  func outOfMemory() throws {
    let container = try container("(probe eat 64); echo ended $?; exec sleep 1000") {
      $0.limitMemory(24 << 20, swap: 24 << 20)
    }
    let created = try container.createAndStart()
    try #require(eventually { created.output.contains("ended") })
    #expect(created.output.hasSuffix("ended 137\n"))
    #expect(counter("oom_kill", in: "memory.events", of: container) == 1)
    #expect(CgroupHost.read("memory.swap.max", of: container) == "0")
  }

  @Test("a fork beyond the limit is refused, and it is counted")
  func forks() throws {
    let container = try container("sleep 100 & sleep 100 & sleep 100 & sleep 100 & true; exec sleep 1000") {
      $0.pids = PidsResources(limit: 3)
    }
    let created = try container.createAndStart()
    #expect(eventually { created.errors.contains("can't fork: Resource temporarily unavailable") })
    #expect(counter("max", in: "pids.events", of: container) >= 1)
  }

  @Test("a quota throttles")
  func throttled() throws {
    let container = try container("while :; do :; done") {
      $0.limitCPU(quota: 2000, period: 20_000)
    }
    try container.createAndStart()
    #expect(eventually { counter("nr_throttled", in: "cpu.stat", of: container) > 3 })
    #expect(counter("throttled_usec", in: "cpu.stat", of: container) > 0)
  }

  @Test("the process runs on the configured CPUs alone")
  func cpus() throws {
    try #require(sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1)
    let container = try runtime.container { config in
      config.run("probe")
      config.limit {
        $0.limitCPU(cpus: "1")
      }
    }
    #expect(try container.run().succeeds().facts["Cpus_allowed_list"] == "1")
  }

  @Test("writing to a disk takes as long as its limit says")
  func disk() throws {
    let disk = try #require(Disk.of(runtime.directory))
    func seconds(_ rate: UInt64, name: String) throws -> Duration {
      let container = try container(
        "dd if=/dev/zero of=/file bs=65536 count=48 oflag=direct 2>/dev/null && echo written", name: name
      ) {
        $0.blockIO = BlockIOResources()
        $0.blockIO?.throttleWriteBpsDevice = [
          ThrottleDevice(major: disk.major, minor: disk.minor, rate: rate)
        ]
      }
      let begin = ContinuousClock.now
      #expect(try container.run().succeeds().output == "written\n")
      return .now - begin
    }
    // 3 MiB at 1 MiB a second, against as fast as it goes.
    let limited = try seconds(1 << 20, name: "limited")
    #expect(limited > .milliseconds(2500), "\(limited)")
    let free = try seconds(1 << 30, name: "free")
    #expect(free < limited, "\(free)")
  }

  @Test("statistics have the members that clients know, with what the kernel counts")
  func statistics() throws {
    let container = try container(
      "dd if=/dev/zero of=/file bs=4096 count=256 conv=fsync 2>/dev/null; echo written; while :; do :; done"
    ) {
      $0.limitMemory(64 << 20, swap: 96 << 20)
      $0.pids = PidsResources(limit: 21)
      $0.limitCPU(quota: 5000, period: 20_000, cpus: "0")
      $0.hugepageLimits = [HugepageLimit(pageSize: "2MB", limit: 6 << 20)]
    }
    let created = try container.createAndStart()
    try #require(eventually { created.output == "written\n" })
    try #require(eventually { counter("nr_throttled", in: "cpu.stat", of: container) > 0 })
    let outcome = try container.command("events", ["--stats"]).run().succeeds()
    let event = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    let data = try #require(event?["data"] as? [String: Any])
    func number(_ path: String) -> Int {
      var value: Any? = data
      for key in path.split(separator: "/") { value = (value as? [String: Any])?[String(key)] }
      return (value as? NSNumber)?.intValue ?? -1
    }
    #expect(number("memory/usage/limit") == 64 << 20)
    #expect(number("memory/swap/limit") == 96 << 20)
    #expect(number("memory/usage/usage") > 0 && number("memory/raw/anon") > 0)
    #expect(number("pids/current") == 1 && number("pids/limit") == 21)
    #expect(number("cpu/usage/total") > 0 && number("cpu/throttling/throttledPeriods") > 0)
    #expect(number("hugetlb/2MB/failcnt") == 0)
    for path in ["cpu/psi/some/total", "memory/psi/full/total", "blkio/psi/some/avg10"] {
      #expect(number(path) >= 0, "\(path)")
    }
    let blkio = data["blkio"] as? [String: Any]
    let bytes = blkio?["ioServiceBytesRecursive"] as? [[String: Any]] ?? []
    let written = bytes.filter { $0["op"] as? String == "Write" }.compactMap { $0["value"] as? Int }
    #expect(written.reduce(0, +) >= 256 * 4096)
  }

  @Test("an update replaces some limits and leaves the others")
  func update() throws {
    let container = try container("exec sleep 1000") {
      $0.limitMemory(64 << 20, swap: 96 << 20)
      $0.pids = PidsResources(limit: 21)
      $0.limitCPU(quota: 5000, period: 20_000)
    }
    try container.createAndStart()
    func values() -> [String] {
      ["memory.max", "memory.swap.max", "pids.max", "cpu.max", "cpu.weight"].map {
        CgroupHost.read($0, of: container)
      }
    }
    #expect(values() == ["\(64 << 20)", "\(32 << 20)", "21", "5000 20000", "100"])
    try container.command("update", ["--memory", "128m", "--memory-swap", "160m"]).run().succeeds()
    #expect(values() == ["\(128 << 20)", "\(32 << 20)", "21", "5000 20000", "100"])
    try container.command("update", ["--pids-limit", "9", "--cpu-quota", "7000"]).run().succeeds()
    #expect(values() == ["\(128 << 20)", "\(32 << 20)", "9", "7000 20000", "100"])
    try container.command("update", ["--cpu-share", "512", "--cpu-period", "50000"]).run().succeeds()
    #expect(values() == ["\(128 << 20)", "\(32 << 20)", "9", "7000 50000", "59"])
    // The last value is refused, and takes the first back with it.
    try container.command("update", ["--memory", "32m", "--cpuset-cpus", "4095"]).run().fails(saying: "cpus")
    #expect(values() == ["\(128 << 20)", "\(32 << 20)", "9", "7000 50000", "59"])
  }

  @Test("a limit below the usage is refused if that is asked for")
  func checkBeforeUpdate() throws {
    let container = try container("head -c 33554432 /dev/zero > /dev/shm/filled; echo ready; exec sleep 1000")
    {
      $0.limitMemory(128 << 20)
    }
    let created = try container.createAndStart()
    try #require(eventually { created.output == "ready\n" })
    var command = container.command("update", ["--resources", "-"])
    let pipe = try TestPipe()
    pipe.write(#"{"memory": {"limit": 8388608, "checkBeforeUpdate": true}}"#)
    pipe.closeWriting()
    command.input = .descriptor(pipe.reading)
    try command.run().fails(saying: "memory/limit", "is lower than the present usage")
    #expect(CgroupHost.read("memory.max", of: container) == "\(128 << 20)")
  }

  @Test("device rules are replaced by an update with no moment without any, and detached with the container")
  func devices() throws {
    let container = try runtime.container { config in
      config.shell("while :; do probe open /dev/fuse 0 > /answer.new; mv /answer.new /answer; done")
      config.keepAllCapabilities()
      config.changeLinux {
        $0.devices = [Device(type: .character, path: "/dev/fuse", major: 10, minor: 229)]
      }
    }
    try container.createAndStart()
    func answers(_ errno: Int) -> Bool {
      eventually { File.text(container.bundle.inside("answer")).contains("errno=\(errno)\n") }
    }
    try #require(answers(1))
    let resources = runtime.directory + "/resources.json"
    for (rule, errno) in [
      (#"{"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rwm"}"#, 0),
      (#"{"allow": false, "type": "c", "major": 10, "minor": 229, "access": "r"}"#, 1),
    ] {
      try File.write(#"{"devices": [\#(rule)]}"#, to: resources)
      try container.command("update", ["--resources", resources]).run().succeeds()
      #expect(answers(errno), "after \(rule)")
    }
  }

  @Test("nothing of a kill of all stays behind, processes in cgroups of the container's own included")
  func killAll() throws {
    let container = try runtime.container { config in
      config.shell(
        """
        mkdir -p /sys/fs/cgroup/a/b; n=0
        while [ $n -lt 20 ]; do n=$((n+1)); sh -c 'echo 0 > /sys/fs/cgroup/a/b/cgroup.procs; exec sleep 1000' & done
        echo ready; wait
        """)
      config.removeNamespace(.pid)
      config.keepAllCapabilities()
      config.addMount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev")
    }
    let created = try container.createAndStart()
    try #require(eventually { created.output == "ready\n" })
    let inner = "/sys/fs/cgroup/\(container.id)/a/b/cgroup.procs"
    try #require(eventually { File.text(inner).split(separator: "\n").count == 20 })
    try container.kill("KILL", "--all").succeeds()
    try container.expect("stopped")
    #expect(eventually { File.text(inner).isEmpty })
    try container.delete().succeeds()
  }

  @Test("threads in a threaded cgroup of the container's own are listed, paused and ended with the others")
  func threaded() throws {
    let container = try runtime.container { config in
      config.shell(
        """
        cd /sys/fs/cgroup && mkdir t && echo threaded > t/cgroup.type
        (echo 0 > t/cgroup.threads && n=0; while :; do n=$((n+1)); echo $n > /count; sleep 0.01; done) & wait
        """)
      config.keepAllCapabilities()
      config.addMount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev")
    }
    try container.createAndStart()
    func count() -> String { File.text(container.bundle.inside("count")) }
    try #require(eventually { !count().isEmpty })
    let threads = "/sys/fs/cgroup/\(container.id)/t/cgroup.threads"
    let inside = File.text(threads).split(separator: "\n").compactMap { Int32($0) }
    #expect(!inside.isEmpty)
    let listed = try runtime.run("ps", "--format", "json", container.id).succeeds().output
    for pid in inside where kill(pid, 0) == 0 { #expect(listed.contains("\(pid)")) }
    try container.command("pause").run().succeeds()
    let before = count()
    usleep(200_000)
    #expect(count() == before)
    try container.command("resume").run().succeeds()
    #expect(eventually { count() != before })
    try container.delete("--force").succeeds()
    #expect(!File.exists("/sys/fs/cgroup/\(container.id)"))
  }
}

extension Disk {
  /// The disk that a file is on.
  static func of(_ path: String) -> Disk? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    // makedev(3)
    let number = Int64(bitPattern: UInt64(status.st_dev))
    let (major, minor) = (number >> 8 & 0xfff, number & 0xff | number >> 12 & 0xfff00)
    return major == 0 ? nil : Disk(major: major, minor: minor)
  }
}
