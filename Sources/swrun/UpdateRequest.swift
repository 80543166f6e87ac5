internal import ContainerRuntime
internal import ContainerStore
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// `update`
struct UpdateRequest: Equatable {
  /// Options that set a limit.
  enum Option: String, CaseIterable {
    case blkioWeight = "blkio-weight"
    case cpuPeriod = "cpu-period"
    case cpuQuota = "cpu-quota"
    case cpuBurst = "cpu-burst"
    case cpuShare = "cpu-share"
    case cpuRealtimePeriod = "cpu-rt-period"
    case cpuRealtimeRuntime = "cpu-rt-runtime"
    case cpus = "cpuset-cpus"
    case mems = "cpuset-mems"
    case cpuIdle = "cpu-idle"
    case memory
    case memoryReservation = "memory-reservation"
    case memorySwap = "memory-swap"
    case kernelMemory = "kernel-memory"
    case kernelMemoryTCP = "kernel-memory-tcp"
    case pidsLimit = "pids-limit"
  }

  var id: String
  /// A file of limits, or `-` for standard input.
  var file: String?
  /// What was given for single limits; an empty text is as good as none.
  var limits: [Option: String] = [:]
  var cacheSchema: String?
  var bandwidthSchema: String?

  /// The limits that are asked for.
  func resources(_ log: EventLog) throws(RuntimeError) -> Resources {
    let given = Option.allCases.filter { limits[$0].map { !$0.isEmpty } ?? false }
    guard let file, !file.isEmpty else {
      var resources = Resources()
      for option in given {
        try option.set(limits[option] ?? "", in: &resources, log)
      }
      return resources
    }
    for option in given { log.warn("--\(option.rawValue) is ignored beside --resources") }
    return try Self.resources(from: file, log)
  }

  /// The same error with the options that were given in place of what they set.
  func naming(_ error: RuntimeError) -> RuntimeError {
    limits.keys.reduce(error) { error, option in
      option.pointer.map { error.renaming($0, to: "--\(option.rawValue)") } ?? error
    }
  }

  private static func resources(from file: String, _ log: EventLog) throws(RuntimeError) -> Resources {
    let name = file == "-" ? "standard input" : file
    let bytes: [UInt8]
    if file == "-" {
      bytes = try Kernel.readAll(0, limit: Config.maximumSize, name: name)
    } else {
      let opened = try Kernel.open(file, flags: 0)
      bytes = try Kernel.readAll(opened.number, limit: Config.maximumSize, name: name)
    }
    return try Resources.load(from: bytes, fileName: name) { log.warn("\($0)") }
  }
}

extension UpdateRequest.Option {
  /// What it sets, as a place in a configuration; nil for what is ignored.
  fileprivate var pointer: String? {
    let place: String? =
      switch self {
      case .blkioWeight: "blockIO/weight"
      case .cpuPeriod: "cpu/period"
      case .cpuQuota: "cpu/quota"
      case .cpuBurst: "cpu/burst"
      case .cpuShare: "cpu/shares"
      case .cpuRealtimePeriod: "cpu/realtimePeriod"
      case .cpuRealtimeRuntime: "cpu/realtimeRuntime"
      case .cpus: "cpu/cpus"
      case .mems: "cpu/mems"
      case .cpuIdle: "cpu/idle"
      case .memory: "memory/limit"
      case .memoryReservation: "memory/reservation"
      case .memorySwap: "memory/swap"
      case .pidsLimit: "pids/limit"
      case .kernelMemory, .kernelMemoryTCP: nil
      }
    return place.map { "/linux/resources/" + $0 }
  }

  /// Reads the option's text and puts its value where it belongs.
  fileprivate func set(
    _ text: String, in resources: inout Resources, _ log: EventLog
  ) throws(RuntimeError) {
    var memory = resources.memory ?? MemoryResources()
    var cpu = resources.cpu ?? CPUResources()
    var blockIO = resources.blockIO ?? BlockIOResources()
    let bytes = "bytes such as 536870912, 512m or 1.5g, or -1 for no limit"
    let microseconds = "microseconds"
    let limitedTime = "microseconds, or -1 for no limit"
    switch self {
    case .memory: memory.limit = try value(text, Size.bytes, bytes)
    case .memoryReservation: memory.reservation = try value(text, Size.bytes, bytes)
    case .memorySwap: memory.swap = try value(text, Size.bytes, bytes)
    case .cpuPeriod: cpu.period = try value(text, { UInt64($0) }, microseconds)
    case .cpuQuota: cpu.quota = try value(text, Self.limit, limitedTime)
    case .cpuBurst: cpu.burst = try value(text, { UInt64($0) }, microseconds)
    case .cpuShare: cpu.shares = try value(text, { UInt64($0) }, "2 to 262144")
    case .cpuRealtimePeriod: cpu.realtimePeriod = try value(text, { UInt64($0) }, microseconds)
    case .cpuRealtimeRuntime: cpu.realtimeRuntime = try value(text, Self.limit, limitedTime)
    case .cpuIdle: cpu.idle = try value(text, { ["0": 0, "1": 1][$0] }, "0 or 1")
    case .cpus: cpu.cpus = text
    case .mems: cpu.mems = text
    case .blkioWeight: blockIO.weight = try value(text, Self.weight, "10 to 1000")
    case .pidsLimit:
      resources.pids = PidsResources(limit: try value(text, Self.limit, "a number, or -1 for no limit"))
    case .kernelMemory, .kernelMemoryTCP:
      log.warn("--\(rawValue) is deprecated and ignored: --memory limits the kernel's memory, too")
    }
    if memory != MemoryResources() { resources.memory = memory }
    if cpu != CPUResources() { resources.cpu = cpu }
    if blockIO != BlockIOResources() { resources.blockIO = blockIO }
  }

  private func value<Value>(
    _ text: String, _ read: (String) -> Value?, _ expected: String
  ) throws(RuntimeError) -> Value {
    if let value = read(text) { return value }
    throw RuntimeError(.invalidArgument, "--\(rawValue): found \"\(text)\", expected \(expected)")
  }

  private static func limit(_ text: String) -> Int64? { Int64(text).flatMap { $0 < -1 ? nil : $0 } }

  /// 0 leaves the weight as it is.
  private static func weight(_ text: String) -> UInt16? {
    UInt16(text).flatMap { $0 == 0 || (10...1000).contains($0) ? $0 : nil }
  }
}

/// Numbers of bytes as people write them: `1024`, `512m`, `1.5 GiB`; a k is 1024.
enum Size {
  /// - Returns: nil if it is no size; -1 is one, for no limit.
  static func bytes(_ text: String) -> Int64? {
    if text == "-1" { return -1 }
    let digits = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
    var unit = text.dropFirst(digits.count).lowercased()
    if unit.hasPrefix(" ") { unit.removeFirst() }
    if unit.hasSuffix("b") { unit.removeLast() }
    if unit.count == 2, unit.hasSuffix("i") { unit.removeLast() }
    guard let power = ["", "k", "m", "g", "t", "p"].firstIndex(of: unit) else { return nil }
    let factor = Int64(1) << (10 * power)
    if let number = Int64(digits) {
      let (size, isTooLarge) = number.multipliedReportingOverflow(by: factor)
      return isTooLarge ? nil : size
    }
    return Double(digits).flatMap { Int64(exactly: ($0 * Double(factor)).rounded(.down)) }
  }
}
