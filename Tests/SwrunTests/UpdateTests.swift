import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

@Suite("update", .enabled(if: CgroupHost.isV1))
struct UpdateTests {
  let runtime = Runtime()

  private func container(_ resources: (inout Resources) -> Void = { _ in }) throws -> Container {
    let container = try runtime.container { config in
      config.wait()
      config.limit(resources)
    }
    try container.createAndStart()
    return container
  }

  /// `update` with options.
  private func update(_ container: Container, _ options: String...) throws -> Outcome {
    try container.command("update", options).run()
  }

  /// `update --resources -`
  private func update(_ container: Container, json: String) throws -> Outcome {
    var command = container.command("update", ["--resources", "-"])
    command.input = .text(json)
    return try command.run()
  }

  private func expect(
    _ files: [String: String], of container: Container, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for (file, value) in files {
      #expect(
        CgroupHost.read(file, of: container) == value, "\(file)", sourceLocation: sourceLocation)
    }
  }

  static let options: [([String], [String: String])] = [
    (["--memory", "64m"], ["memory.limit_in_bytes": "\(64 << 20)"]),
    (["--memory=67108864"], ["memory.limit_in_bytes": "\(64 << 20)"]),
    (["--memory", "0.5g"], ["memory.limit_in_bytes": "\(512 << 20)"]),
    (["--memory", "-1"], ["memory.limit_in_bytes": "9223372036854771712"]),
    (["--memory-reservation", "32M"], ["memory.soft_limit_in_bytes": "\(32 << 20)"]),
    (
      ["--memory", "64m", "--memory-swap", "96MiB"],
      ["memory.limit_in_bytes": "\(64 << 20)", "memory.memsw.limit_in_bytes": "\(96 << 20)"]
    ),
    (["--memory-swap", "-1"], ["memory.memsw.limit_in_bytes": "9223372036854771712"]),
    (["--cpu-share", "512"], ["cpu.shares": "512"]),
    (["--cpu-period", "50000"], ["cpu.cfs_period_us": "50000"]),
    (["--cpu-quota", "30000"], ["cpu.cfs_quota_us": "30000"]),
    (["--cpu-quota", "-1"], ["cpu.cfs_quota_us": "-1"]),
    (
      ["--cpu-quota", "30000", "--cpu-burst", "20000"],
      ["cpu.cfs_quota_us": "30000", "cpu.cfs_burst_us": "20000"]
    ),
    (
      ["--cpu-rt-period", "500000", "--cpu-rt-runtime", "5000"],
      ["cpu.rt_period_us": "500000", "cpu.rt_runtime_us": "5000"]
    ),
    (["--cpuset-cpus", "0"], ["cpuset.cpus": "0"]),
    (["--cpuset-mems", "0"], ["cpuset.mems": "0"]),
    (["--cpu-idle", "1"], ["cpu.idle": "1"]),
    (["--pids-limit", "17"], ["pids.max": "17"]),
    (["--pids-limit", "0"], ["pids.max": "0"]),
    (["--pids-limit", "-1"], ["pids.max": "max"]),
  ]

  @Test("each option sets its file", arguments: options)
  func single(options: [String], files: [String: String]) throws {
    let container = try container()
    let outcome = try container.command("update", options).run().succeeds()
    #expect(outcome.output + outcome.errors == "")
    expect(files, of: container)
  }

  @Test("the weight of block I/O is set where a scheduler has weights")
  func weight() throws {
    let container = try container()
    let directory = CgroupHost.directory("blkio", "/\(container.id)")
    let file = ["blkio.weight", "blkio.bfq.weight"].first { File.exists("\(directory)/\($0)") }
    let outcome = try update(container, "--blkio-weight", "321")
    if let file {
      outcome.succeeds()
      expect([file: "321"], of: container)
    } else {
      outcome.fails(saying: "update \(container.id): --blkio-weight: ")
    }
  }

  @Test("what is not named stays as it is")
  func partial() throws {
    let container = try container {
      $0.memory = MemoryResources()
      $0.memory?.limit = 64 << 20
      $0.memory?.reservation = 32 << 20
      $0.cpu = CPUResources()
      $0.cpu?.shares = 300
      $0.cpu?.quota = 20_000
      $0.cpu?.period = 40_000
      $0.cpu?.cpus = "0"
      $0.pids = PidsResources(limit: 30)
    }
    try update(container, "--pids-limit", "40").succeeds()
    try update(container).succeeds()
    try update(container, json: "{}").succeeds()
    try update(container, json: #"{"cpu": {"quota": 10000}, "memory": {}, "pids": null}"#).succeeds()
    expect(
      [
        "memory.limit_in_bytes": "\(64 << 20)", "memory.soft_limit_in_bytes": "\(32 << 20)",
        "cpu.shares": "300", "cpu.cfs_quota_us": "10000", "cpu.cfs_period_us": "40000", "cpuset.cpus": "0",
        "pids.max": "40",
      ], of: container)
  }

  @Test("memory and memory with swap are raised and lowered together")
  func swap() throws {
    let container = try container()
    for size in [64, 256, 16] {
      try update(container, "--memory", "\(size)m", "--memory-swap", "\(size)m").succeeds()
      let bytes = "\(size << 20)"
      expect(["memory.limit_in_bytes": bytes, "memory.memsw.limit_in_bytes": bytes], of: container)
    }
    try update(container, "--memory", "32m")
      .fails(saying: "update \(container.id): --memory", "above the limit with swap")
    try update(container, json: #"{"memory": {"limit": 33554432}}"#)
      .fails(saying: "/linux/resources/memory/limit", "above the limit with swap")
    try update(container, "--memory", "-1").succeeds()
    let unlimited = "9223372036854771712"
    expect(["memory.limit_in_bytes": unlimited, "memory.memsw.limit_in_bytes": unlimited], of: container)
  }

  @Test(
    "0, which clients send for what is not set, changes nothing",
    arguments: [
      ["--memory", "0", "--cpu-share", "0", "--cpu-quota", "0", "--cpu-period", "0"], ["--memory", ""],
    ])
  func zero(options: [String]) throws {
    let container = try container {
      $0.memory = MemoryResources()
      $0.memory?.limit = 64 << 20
      $0.cpu = CPUResources()
      $0.cpu?.shares = 300
      $0.cpu?.quota = 20_000
    }
    try container.command("update", options).run().succeeds()
    expect(
      ["memory.limit_in_bytes": "\(64 << 20)", "cpu.shares": "300", "cpu.cfs_quota_us": "20000"],
      of: container)
  }

  @Test("limits come from a file, or from standard input, in each spelling")
  func file() throws {
    let container = try container()
    let path = runtime.directory + "/limits.json"
    for (index, options) in [["--resources", path], ["-r", path], ["--resources=\(path)"], ["-r=\(path)"]]
      .enumerated()
    {
      try File.write(#"{"pids": {"limit": \#(index + 5)}}"#, to: path)
      try container.command("update", options).run().succeeds()
      expect(["pids.max": "\(index + 5)"], of: container)
    }
    for (index, options) in [["--resources", "-"], ["-r", "-"], ["--resources=-"]].enumerated() {
      var command = container.command("update", options)
      command.input = .text(#"{"pids": {"limit": \#(index + 50)}}"#)
      try command.run().succeeds()
      expect(["pids.max": "\(index + 50)"], of: container)
    }
    try update(container, "--resources", "/nonexistent").fails(saying: "/nonexistent", "no such file")
  }

  @Test("a file can set what no option sets")
  func everything() throws {
    let container = try container()
    try update(
      container,
      json: """
        {"memory": {"limit": 67108864, "swap": 67108864, "swappiness": 17, "disableOOMKiller": true},
         "cpu": {"shares": 99, "idle": 0}, "unified": {}, "hugepageLimits": [], "network": {"classID": 0}}
        """
    ).succeeds()
    expect(["memory.swappiness": "17", "cpu.shares": "99"], of: container)
    #expect(CgroupHost.read("memory.oom_control", of: container).contains("oom_kill_disable 1"))
  }

  @Test("all faults of a file are told, each with its place, and nothing is changed")
  func faults() throws {
    let container = try container()
    try update(
      container,
      json: #"{"memory": {"limit": "much"}, "pids": {"limit": -9}, "cpu": {"cpus": "x", "shares": 77}}"#
    ).fails(
      saying: #"standard input: /memory/limit: found "much""#, "standard input: /pids/limit: found -9",
      "standard input: /cpu/cpus", "(config-linux.md#cpu)")
    try update(container, json: "{").fails(saying: "standard input:1:2")
    try update(container, json: "").fails(saying: "standard input:1:1")
    try update(container, json: "[]").fails(saying: "object")
    expect(["cpu.shares": "1024"], of: container)
  }

  @Test("single limits beside a file are ignored, and that is told")
  func both() throws {
    let container = try container()
    var command = container.command("update", ["--resources", "-", "--cpu-share", "99"])
    command.input = .text(#"{"pids": {"limit": 5}}"#)
    #expect(try command.run().succeeds().errors.contains("--cpu-share is ignored beside --resources"))
    expect(["pids.max": "5", "cpu.shares": "1024"], of: container)
  }

  @Test(
    "the limits of kernel memory are accepted and ignored", arguments: ["kernel-memory", "kernel-memory-tcp"])
  func kernelMemory(option: String) throws {
    let container = try container()
    let outcome = try update(container, "--\(option)", "64m").succeeds()
    #expect(outcome.errors.contains("--\(option) is deprecated and ignored"))
  }

  static let wrong: [(String, String)] = [
    ("memory", "lots"), ("memory", "-2"), ("memory-swap", "1x"), ("memory-reservation", "-1m"),
    ("cpu-share", "-1"), ("cpu-period", "x"), ("cpu-quota", "1.5"), ("cpu-quota", "-2"), ("cpu-burst", "-1"),
    ("cpu-rt-period", "-1"), ("cpu-rt-runtime", "x"), ("cpu-idle", "2"), ("blkio-weight", "9"),
    ("blkio-weight", "1001"), ("pids-limit", "-2"), ("pids-limit", "many"),
  ]

  @Test("a value that an option does not take is refused by the option's name", arguments: wrong)
  func wrongValue(option: String, value: String) throws {
    let container = try container()
    try update(container, "--\(option)", value).fails(saying: "--\(option): found \"\(value)\", expected")
  }

  @Test("if one of several limits is refused, the others are put back")
  func putBack() throws {
    let container = try container {
      $0.memory = MemoryResources()
      $0.memory?.limit = 64 << 20
      $0.memory?.swap = 64 << 20
      $0.memory?.swappiness = 33
      $0.pids = PidsResources(limit: 30)
      $0.cpu = CPUResources()
      $0.cpu?.quota = 20_000
    }
    let files = [
      "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.soft_limit_in_bytes",
      "memory.swappiness", "memory.oom_control", "pids.max", "cpu.cfs_quota_us", "cpu.shares", "cpuset.cpus",
      "devices.list",
    ]
    func state() -> [String] { files.map { CgroupHost.read($0, of: container) } }
    let before = state()
    let limits =
      #""memory": {"limit": 268435456, "swap": 536870912, "reservation": 1048576, "swappiness": 5, "disableOOMKiller": true}, "pids": {"limit": 3}"#
    try update(container, json: "{\(limits), \"cpu\": {\"quota\": 30000, \"shares\": 77, \"cpus\": \"511\"}}")
      .fails(saying: "/linux/resources/cpu/cpus", "cpuset.cpus '511'")
    #expect(state() == before)
    try update(container, json: "{\(limits), \"blockIO\": {\"leafWeight\": 50}}")
      .fails(saying: "/linux/resources/blockIO/leafWeight")
    #expect(state() == before)
    try update(container, "--memory", "512m", "--memory-swap", "512m", "--cpu-quota", "1")
      .fails(saying: "--cpu-quota: ")
    #expect(state() == before)
  }

  @Test("limits of single disks are put back, too")
  func putBackDisk() throws {
    let disk = try #require(
      File.names(in: "/sys/block").first {
        !$0.hasPrefix("loop") && !$0.hasPrefix("ram") && !$0.hasPrefix("zram")
      })
    let number = File.text("/sys/block/\(disk)/dev").trimmingCharacters(in: .newlines).split(separator: ":")
    let device = "\"major\": \(number[0]), \"minor\": \(number[1])"
    let container = try container()
    func rate(_ rate: Int, _ more: String = "") -> String {
      "{\"blockIO\": {\"throttleReadBpsDevice\": [{\(device), \"rate\": \(rate)}]\(more)}}"
    }
    let file = "blkio.throttle.read_bps_device"
    try update(container, json: rate(2_000_000, ", \"leafWeight\": 50")).fails(saying: "leafWeight")
    expect([file: ""], of: container)
    try update(container, json: rate(1_000_000)).succeeds()
    try update(
      container,
      json: rate(2_000_000, ", \"throttleWriteBpsDevice\": [{\"major\": 4000, \"minor\": 9, \"rate\": 1}]")
    ).fails(saying: "throttleWriteBpsDevice")
    expect([file: "\(number[0]):\(number[1]) 1000000"], of: container)
  }

  @Test("a limit below the usage is refused if that is asked for")
  func checkBeforeUpdate() throws {
    let container = try container()
    try update(container, json: #"{"memory": {"limit": 4096, "checkBeforeUpdate": true}}"#)
      .fails(saying: "/linux/resources/memory/limit", "lower than the present usage")
    expect(["memory.limit_in_bytes": "9223372036854771712"], of: container)
    try update(container, json: #"{"memory": {"limit": 67108864, "checkBeforeUpdate": true}}"#).succeeds()
  }

  @Test("the program meets its new limits")
  func effect() throws {
    let container = try runtime.container {
      $0.shell(
        """
        try() { for i in 1 2 3 4 5 6; do sleep 3 & done; wait; }
        echo ready; while [ ! -e /go ]; do sleep 0.01; done
        (try) 2>/tmp/said; cat /tmp/said; grep Cpus_allowed_list /proc/self/status; echo end; exec sleep 1000
        """)
    }
    let created = try container.createAndStart()
    try #require(eventually { created.output == "ready\n" })
    try update(container, "--pids-limit", "4", "--cpuset-cpus", "0").succeeds()
    try File.write("", to: container.bundle.inside("go"))
    #expect(eventually { created.output.contains("end") })
    #expect(created.output.contains("can't fork"))
    #expect(created.output.contains("Cpus_allowed_list:\t0\n"))
  }

  @Test("created and paused containers are updated, stopped and unknown ones are not")
  func states() throws {
    let container = try runtime.container { $0.wait() }
    try container.create().succeeds()
    try update(container, "--pids-limit", "5").succeeds()
    try container.start().succeeds()
    try container.command("pause").run().succeeds()
    try update(container, "--pids-limit", "6").succeeds()
    expect(["pids.max": "6"], of: container)
    #expect(try container.status() == "paused")
    try container.kill("KILL").succeeds()
    try container.expect("stopped")
    try update(container, "--pids-limit", "7").fails(saying: "container not running")
    try runtime.run("update", "--pids-limit", "7", runtime.tag + "unknown").fails(saying: "does not exist")
    try runtime.run("update", "--pids-limit", "7").fails(saying: "container-id")
  }

  @Test("a limit that came from an option is refused by the option's name")
  func optionNames() throws {
    let container = try container()
    for (option, value, text) in [
      ("--cpu-share", "1", "--cpu-share must be 2 to 262144, is 1"),
      ("--cpuset-cpus", "511", "--cpuset-cpus: "),
      ("--cpu-period", "1", "--cpu-period: "), ("--cpuset-mems", "99", "--cpuset-mems: "),
    ] {
      let outcome = try update(container, option, value)
      outcome.fails(saying: "update \(container.id): \(text)")
      #expect(!outcome.errors.contains("/linux/"), "\(outcome)")
    }
    try update(container, json: #"{"cpu": {"shares": 1}}"#).fails(
      saying: "/linux/resources/cpu/shares must be")
  }

  @Test("limits of cgroup2 can come later, unless it could not be written to when the container was made")
  func cgroup2() throws {
    guard let unified = CgroupHost.unified else { return }
    let container = try container()
    try update(container, json: #"{"unified": {"cgroup.max.depth": "3"}}"#).succeeds()
    #expect(File.text("\(unified)/\(container.id)/cgroup.max.depth") == "3\n")

    let without = try runtime.container("without") { $0.wait() }
    let command = without.command("create")
    let line = "mount -o bind,ro \(unified) \(unified); exec \"$@\""
    try TestSupport.Command("unshare", ["-m", "sh", "-c", line, "sh", command.program] + command.arguments)
      .run().succeeds()
    try update(without, json: #"{"unified": {"cgroup.max.depth": "3"}}"#).fails(
      saying: "/linux/resources/unified: the container was created without a cgroup2", "hint:")
  }

  @Test("schemata are refused where there is no resctrl", arguments: ["l3-cache-schema", "mem-bw-schema"])
  func resctrl(option: String) throws {
    if File.text("/proc/self/mountinfo").contains(" - resctrl ") { return }
    let container = try container()
    try update(container, "--\(option)", "L3:0=f", "--pids-limit", "5")
      .fails(saying: "--\(option): resctrl is not mounted")
    expect(["pids.max": "max"], of: container)
  }
}
