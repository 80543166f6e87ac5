import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

@Suite("events", .enabled(if: CgroupHost.isUsable))
struct EventsTests {
  let runtime = Runtime()

  /// A JSON object of one line.
  private typealias Object = [String: Any]

  private func object(_ line: String) throws -> Object {
    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? Object, "\(line)")
  }

  /// What `events --stats` says.
  private func data(_ container: Container) throws -> Object {
    let outcome = try container.command("events", ["--stats"]).run().succeeds()
    #expect(outcome.errors == "")
    #expect(outcome.lines.count == 1)
    let event = try object(outcome.output)
    #expect(event["type"] as? String == "stats")
    #expect(event["id"] as? String == container.id)
    return try #require(event["data"] as? Object)
  }

  private func number(_ data: Object, _ path: String) -> Int? {
    var value: Any? = data
    for key in path.split(separator: "/") { value = (value as? Object)?[String(key)] }
    return (value as? NSNumber)?.intValue
  }

  private func limited(_ line: String, name: String = "c") throws -> Container {
    try runtime.container(name) { config in
      config.shell(line)
      config.limit {
        $0.memory = MemoryResources()
        $0.memory?.limit = 64 << 20
        $0.memory?.swap = 64 << 20
        $0.pids = PidsResources(limit: 21)
        $0.cpu = CPUResources()
        $0.cpu?.quota = 5000
        $0.cpu?.period = 20_000
        $0.cpu?.cpus = "0"
      }
    }
  }

  @Test(
    "statistics have the members that clients know, with what the kernel counts",
    .enabled(if: CgroupHost.isV1))
  func statistics() throws {
    let container = try limited("while :; do :; done")
    try container.createAndStart()
    try #require(
      eventually { !CgroupHost.read("cpu.stat", of: container).contains("throttled_time 0") })
    let data = try data(container)
    #expect(
      Set(data.keys) == [
        "cpu", "cpuset", "memory", "pids", "blkio", "hugetlb", "intel_rdt", "network_interfaces",
      ])
    #expect(try #require(number(data, "cpu/usage/total")) > 0)
    #expect(number(data, "cpu/usage/kernel") != nil && number(data, "cpu/usage/user") != nil)
    let usage = try #require((data["cpu"] as? Object)?["usage"] as? Object)
    let processors = sysconf(Int32(_SC_NPROCESSORS_CONF))
    for key in ["percpu", "percpu_kernel", "percpu_user"] {
      #expect((usage[key] as? [Any])?.count == processors, "\(key)")
    }
    for key in ["periods", "throttledPeriods", "throttledTime"] {
      #expect(try #require(number(data, "cpu/throttling/\(key)")) > 0)
    }
    #expect((data["cpuset"] as? Object)?["cpus"] as? [Int] == [0])
    #expect(number(data, "cpuset/sched_relax_domain_level") == -1)
    #expect(number(data, "memory/usage/limit") == 64 << 20)
    #expect(number(data, "memory/swap/limit") == 64 << 20)
    #expect(try #require(number(data, "memory/usage/usage")) > 0)
    #expect(try #require(number(data, "memory/usage/max")) > 0)
    #expect(number(data, "memory/usage/failcnt") == 0)
    #expect(number(data, "memory/kernel/failcnt") == 0 && number(data, "memory/kernelTCP/failcnt") == 0)
    #expect(number(data, "memory/raw/hierarchical_memory_limit") == 64 << 20)
    #expect(number(data, "pids/current") == 1)
    #expect(number(data, "pids/limit") == 21)
  }

  @Test("traffic of a disk is counted", .enabled(if: CgroupHost.isV1))
  func blockIO() throws {
    let container = try runtime.container {
      $0.shell(
        "dd if=/dev/zero of=/file bs=4096 count=256 conv=fsync 2>/dev/null; echo written; exec sleep 1000")
    }
    let created = try container.createAndStart()
    try #require(eventually { created.output == "written\n" })
    let counted = CgroupHost.read("blkio.throttle.io_service_bytes_recursive", of: container)
    try #require(counted.contains("Write"), "the test's directory is not on a disk")
    let blkio = try #require(try data(container)["blkio"] as? Object)
    let bytes = try #require(blkio["ioServiceBytesRecursive"] as? [Object])
    let written = bytes.filter { $0["op"] as? String == "Write" }.compactMap { $0["value"] as? Int }
    #expect(written.reduce(0, +) >= 256 * 4096)
    #expect(bytes.allSatisfy { $0["major"] != nil })
    #expect((blkio["ioServicedRecursive"] as? [Object])?.isEmpty == false)
  }

  @Test("interfaces of the container's network namespace are told, the host's are not")
  func network() throws {
    let container = try runtime.container { $0.wait() }
    try container.createAndStart()
    let namespace = "--net=/proc/\(try container.report().pid)/ns/net"
    let line = "ip link add web0 type veth peer name web1 && ip link set web0 up && ip link set web1 up"
    try TestSupport.Command("nsenter", [namespace, "sh", "-c", line]).run().succeeds()
    let interfaces = try #require(try data(container)["network_interfaces"] as? [Object])
    let pair = try #require(interfaces.first { $0["Name"] as? String == "web0" })
    #expect(
      Set(pair.keys) == [
        "Name", "RxBytes", "RxPackets", "RxErrors", "RxDropped", "TxBytes", "TxPackets", "TxErrors",
        "TxDropped",
      ])
    #expect(!interfaces.contains { $0["Name"] as? String == "lo" })
    let shared = try runtime.container("shared") {
      $0.wait()
      $0.removeNamespace(.network)
    }
    try shared.createAndStart()
    #expect((try data(shared)["network_interfaces"] as? [Any])?.isEmpty == true)
  }

  @Test("created and paused containers have statistics, stopped ones have none")
  func states() throws {
    let container = try runtime.container { $0.wait() }
    try container.create().succeeds()
    #expect(number(try data(container), "pids/current") == 1)
    try container.command("pause").run().succeeds()
    #expect(number(try data(container), "pids/current") == 1)
    try container.kill("KILL").succeeds()
    try container.expect("stopped")
    try container.command("events", ["--stats"]).run().fails(saying: "container not running")
    try container.command("events").run().fails(saying: "container not running")
    try runtime.run("events", runtime.tag + "unknown").fails(saying: "does not exist")
  }

  @Test("statistics come after each interval, until the container ends")
  func intervals() throws {
    let container = try runtime.container { $0.wait() }
    try container.createAndStart()
    let events = try container.command("events", ["--interval", "50ms"]).start()
    #expect(eventually { events.output.split(separator: "\n").count >= 3 })
    for line in events.output.split(separator: "\n").prefix(3) {
      #expect(try object(String(line))["type"] as? String == "stats")
    }
    try container.kill("KILL").succeeds()
    let outcome = events.wait(timeout: .seconds(5)).succeeds()
    #expect(outcome.errors == "")
  }

  @Test("the default interval is not over at once")
  func defaultInterval() throws {
    let container = try runtime.container { $0.wait() }
    try container.createAndStart()
    let events = try container.command("events").start()
    usleep(300_000)
    #expect(!events.hasEnded && events.output == "")
    events.signal(SIGTERM)
    events.wait(timeout: .seconds(5)).ends(with: 128 + SIGTERM)
  }

  @Test("a wrong interval is refused", arguments: ["0", "0s", "5", "-1s", "soon", ""])
  func wrongInterval(interval: String) throws {
    let container = try runtime.container { $0.wait() }
    try container.createAndStart()
    try container.command("events", ["--interval=\(interval)"]).run().fails(saying: "--interval")
  }

  @Test("used up memory is told at once, also when it ends the container")
  func outOfMemory() throws {
    let child = try limited("read line; (probe eat 128); echo survived; exec sleep 1000", name: "child")
    let pipe = try TestPipe()
    var create = child.command("create")
    create.input = .descriptor(pipe.reading)
    let created = try create.run().succeeds()
    try child.start().succeeds()
    let events = try child.command("events", ["--interval", "1h"]).start()
    try #require(watches(events))
    pipe.write("go\n")
    #expect(eventually { created.output.contains("survived") })
    #expect(eventually { events.output.contains("oom") })
    let line = events.output.split(separator: "\n").first.map(String.init) ?? ""
    #expect(line == #"{"type":"oom","id":"\#(child.id)"}"#)
    #expect(!events.hasEnded)
    try child.kill("KILL").succeeds()
    events.wait(timeout: .seconds(5)).succeeds()
  }

  @Test("the process whose memory is used up may be the first")
  func deadlyOutOfMemory() throws {
    let container = try limited("read line; exec probe eat 128")
    let pipe = try TestPipe()
    var create = container.command("create")
    create.input = .descriptor(pipe.reading)
    try create.run().succeeds()
    try container.start().succeeds()
    let events = try container.command("events", ["--interval", "1h"]).start()
    try #require(watches(events))
    pipe.write("go\n")
    let outcome = events.wait(timeout: .seconds(20)).succeeds()
    #expect(outcome.lines == [#"{"type":"oom","id":"\#(container.id)"}"#])
  }

  /// Waits until a process is told of used up memory.
  private func watches(_ events: Running) -> Bool {
    eventually {
      File.names(in: "/proc/\(events.pid)/fd").contains {
        let link = File.link("/proc/\(events.pid)/fd/\($0)")
        return link.contains("eventfd") || link.contains("inotify")
      } && File.text("/proc/\(events.pid)/wchan").contains("poll")
    }
  }

  @Test("it ends when nobody reads any more, also between statistics", arguments: ["20ms", "1h"])
  func noReader(interval: String) throws {
    let container = try runtime.container { $0.wait() }
    try container.createAndStart()
    let pipe = try TestPipe()
    var command = container.command("events", ["--interval", interval])
    command.output = .descriptor(pipe.writing)
    let events = try command.start()
    pipe.closeWriting()
    usleep(100_000)
    #expect(!events.hasEnded)
    pipe.closeReading()
    let outcome = events.wait(timeout: .seconds(5)).succeeds()
    #expect(outcome.errors == "")
    #expect(try container.status() == "running")
  }

  @Test("a full disk is an error")
  func fullDisk() throws {
    let container = try runtime.container { $0.wait() }
    try container.createAndStart()
    var command = container.command("events", ["--stats"])
    command.output = .path("/dev/full")
    try command.run().fails(saying: "no space left on device")
  }

  @Test("pressure is told of a container with a cgroup2")
  func pressure() throws {
    let unified = try #require(CgroupHost.unified)
    let container = try runtime.runningContainer()
    let hasPressure = File.exists("\(unified)/\(container.id)/cpu.pressure")
    let data = try data(container)
    for key in ["cpu", "memory", "blkio"] {
      #expect((number(data, "\(key)/psi/some/total") != nil) == hasPressure)
    }
  }
}
