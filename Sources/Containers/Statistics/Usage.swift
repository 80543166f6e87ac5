public import JSON
internal import LinuxKernel
public import RuntimeErrors

/// What a container uses.
public struct Usage: JSONObject, Sendable {
  /// The container's.
  public var id = ""
  /// The container's.
  public var name = ""
  /// Percent of one CPU since the last look; nil at the first.
  public var cpuPercent: Double?
  /// All CPU time, in nanoseconds.
  public var cpuTime: UInt64 = 0
  /// Bytes, without what the kernel could give back at once.
  public var memory: UInt64 = 0
  /// Bytes; nil for no limit.
  public var memoryLimit: UInt64?
  /// Processes and threads.
  public var pids: UInt64 = 0
  /// nil for no limit.
  public var pidsLimit: UInt64?
  /// Bytes read from block devices.
  public var read: UInt64 = 0
  /// Bytes written to block devices.
  public var written: UInt64 = 0
  /// Percent of the last ten seconds in which a task waited for a CPU; nil if the kernel does not tell. PSI
  public var cpuPressure: Double?
  /// The same for memory.
  public var memoryPressure: Double?
  /// The same for block devices.
  public var ioPressure: Double?

  /// See `JSONValue`.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("id", &id)
    json.member("name", &name)
    json.member("cpuPercent", &cpuPercent)
    json.member("cpuTime", &cpuTime)
    json.member("memory", &memory)
    json.member("memoryLimit", &memoryLimit)
    json.member("pids", &pids)
    json.member("pidsLimit", &pidsLimit)
    json.member("read", &read)
    json.member("written", &written)
    json.member("cpuPressure", &cpuPressure)
    json.member("memoryPressure", &memoryPressure)
    json.member("ioPressure", &ioPressure)
  }
}

/// Looks at containers again and again.
public final class UsageWatch {
  private let catalog: ContainerCatalog
  private let warn: (String) -> Void
  private var former: [String: Sample] = [:]
  private var uncounted: Set<String> = []

  /// Nothing was looked at yet.
  ///
  /// - Parameters:
  ///   - warn: Gets, once, which containers cannot be counted.
  public init(_ catalog: ContainerCatalog, warn: @escaping (String) -> Void) {
    self.catalog = catalog
    self.warn = warn
  }

  /// Looks once.
  ///
  /// - Parameters:
  ///   - containers: Those that are not running are left out.
  public func look(at containers: [Container]) throws(RuntimeError) -> [Usage] {
    var result: [Usage] = []
    var present: [String: Sample] = [:]
    for item in try catalog.observe(containers) where item.pid != nil {
      let container = item.container
      guard let sample = try catalog.runtime(of: container.record).sample(container.id) else {
        if Caller.person != nil, try catalog.observe([container]).first?.pid != nil,
          uncounted.insert(container.id).inserted
        {
          warn("container \(container.record.name) has no cgroups: nothing is counted of it")
        }
        continue
      }
      present[container.id] = sample
      result.append(usage(container, sample))
    }
    former = present
    return result
  }

  private func usage(_ container: Container, _ sample: Sample) -> Usage {
    var usage = Usage()
    (usage.id, usage.name) = (container.id, container.record.name)
    let data = sample.data
    usage.cpuTime = data?.cpu?.usage?.total ?? 0
    if let before = former[container.id], sample.time > before.time {
      let used = usage.cpuTime &- (before.data?.cpu?.usage?.total ?? usage.cpuTime)
      usage.cpuPercent = Double(used) / Double(sample.time - before.time) * 100
    }
    usage.memory = data?.memory?.usage?.usage ?? 0
    usage.memoryLimit = UsageWatch.limit(data?.memory?.usage?.limit)
    usage.pids = data?.pids?.current ?? 0
    usage.pidsLimit = UsageWatch.limit(data?.pids?.limit)
    usage.read = data?.blkio?.sum("read") ?? 0
    usage.written = data?.blkio?.sum("write") ?? 0
    usage.cpuPressure = data?.cpu?.psi?.some?.avg10
    usage.memoryPressure = data?.memory?.psi?.some?.avg10
    usage.ioPressure = data?.blkio?.psi?.some?.avg10
    return usage
  }

  /// Kernels say "no limit" by a number near the largest.
  private static func limit(_ number: UInt64?) -> UInt64? {
    guard let number, number > 0, number < 1 << 60 else { return nil }
    return number
  }
}
