internal import Glibc
public import JSON
internal import LinuxKernel
public import RuntimeErrors

/// A process of a container, as the host sees it.
public struct ContainerProcess: JSONObject, Sendable {
  /// Of the host.
  public var pid: Int32 = 0
  /// Of the host: who owns it.
  public var uid: UInt32 = 0
  /// R, S, D, Z … proc_pid_stat(5)
  public var state = ""
  /// Percent of one CPU since the last look; nil at the first.
  public var cpuPercent: Double?
  /// CPU time in milliseconds.
  public var cpuTime: UInt64 = 0
  /// Bytes of memory that are its own or shared.
  public var memory: UInt64 = 0
  /// Words of its command line, or its name if it has none.
  public var command: [String] = []

  /// See `JSONValue`.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("pid", &pid)
    json.member("uid", &uid)
    json.member("state", &state)
    json.member("cpuPercent", &cpuPercent)
    json.member("cpuTime", &cpuTime)
    json.member("memory", &memory)
    json.member("command", &command)
  }
}

/// Looks at the processes of one container again and again.
public final class ProcessWatch {
  private let catalog: ContainerCatalog
  private let container: Container
  private var former: [Int32: (time: UInt64, used: UInt64)] = [:]

  /// Nothing was looked at yet.
  public init(_ container: Container, _ catalog: ContainerCatalog) {
    self.container = container
    self.catalog = catalog
  }

  /// Looks once.
  ///
  /// - Throws: `notRunning`.
  public func look() throws(RuntimeError) -> [ContainerProcess] {
    let runtime = catalog.runtime(of: container.record)
    let outcome = try runtime.answer(["ps", "--format", "json", container.id])
    guard outcome.status == 0, let document = try? JSONDocument(parsing: outcome.output) else {
      throw RuntimeError(.notRunning, "container \(container.record.name) does not run")
    }
    var present: [Int32: (time: UInt64, used: UInt64)] = [:]
    var result: [ContainerProcess] = []
    for pid in JSONReader.decode([Int32].self, from: document).value.sorted() {
      guard var process = ContainerProcess(pid) else { continue }
      var now = timespec()
      clock_gettime(CLOCK_MONOTONIC, &now)
      let time = UInt64(now.tv_sec) * 1000 + UInt64(now.tv_nsec) / 1_000_000
      if let before = former[pid], time > before.time, process.cpuTime >= before.used {
        process.cpuPercent = Double(process.cpuTime - before.used) / Double(time - before.time) * 100
      }
      present[pid] = (time, process.cpuTime)
      result.append(process)
    }
    former = present
    return result
  }
}

extension ContainerProcess {
  /// A process that is there; nil if it is gone. proc_pid_stat(5)
  fileprivate init?(_ pid: Int32) {
    guard
      let directory = try? Kernel.open("/proc/\(pid)", flags: O_RDONLY | O_DIRECTORY),
      let status = try? Kernel.stat(directory.number),
      let text = try? Kernel.readControl("stat", at: directory.number),
      let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: close)...].split(separator: " ")
    guard fields.count > 21, let user = UInt64(fields[11]), let system = UInt64(fields[12]),
      let pages = Int64(fields[21])
    else { return nil }
    self.init()
    self.pid = pid
    uid = status.st_uid
    state = String(fields[0])
    cpuTime = (user + system) * 1000 / UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
    memory = UInt64(max(0, pages)) * UInt64(sysconf(Int32(_SC_PAGESIZE)))
    let line = (try? Kernel.readControl("cmdline", at: directory.number)) ?? ""
    command = line.split(separator: "\0").map(String.init)
    if command.isEmpty { command = ["[\(text[text.index(after: open)..<close])]"] }
  }
}
