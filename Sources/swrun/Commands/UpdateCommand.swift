internal import ArgumentParser

/// `update`
struct UpdateCommand: InvokedCommand {
  static let configuration = CommandConfiguration(
    commandName: "update", abstract: "Change the limits of a container.",
    discussion: "What is not named stays as it is.")

  @ParentCommand var parent: Swrun

  @Option(
    name: [.long, .customShort("r")], parsing: .unconditional,
    help: ArgumentHelp(
      "JSON file of limits, - for standard input; other limits are then ignored.", valueName: "file"),
    completion: .file())
  var resources: String?

  @Option(
    name: .customLong("blkio-weight"), parsing: .unconditional,
    help: ArgumentHelp("Weight of block I/O, 10 to 1000.", valueName: "weight"))
  var blkioWeight: String?

  @Option(
    name: .customLong("cpu-period"), parsing: .unconditional,
    help: ArgumentHelp("Length of the quota's period.", valueName: "microseconds"))
  var cpuPeriod: String?

  @Option(
    name: .customLong("cpu-quota"), parsing: .unconditional,
    help: ArgumentHelp("CPU time in each period; -1 for no limit.", valueName: "microseconds"))
  var cpuQuota: String?

  @Option(
    name: .customLong("cpu-burst"), parsing: .unconditional,
    help: ArgumentHelp("Unused quota that a later period may use.", valueName: "microseconds"))
  var cpuBurst: String?

  @Option(
    name: .customLong("cpu-share"), parsing: .unconditional,
    help: ArgumentHelp("Weight of CPU time, 2 to 262144.", valueName: "weight"))
  var cpuShare: String?

  @Option(
    name: .customLong("cpu-rt-period"), parsing: .unconditional,
    help: ArgumentHelp("Period of realtime scheduling.", valueName: "microseconds"))
  var cpuRtPeriod: String?

  @Option(
    name: .customLong("cpu-rt-runtime"), parsing: .unconditional,
    help: ArgumentHelp("Time in realtime scheduling in each period.", valueName: "microseconds"))
  var cpuRtRuntime: String?

  @Option(
    name: .customLong("cpuset-cpus"), parsing: .unconditional,
    help: ArgumentHelp("CPUs to use: 0-3,7.", valueName: "list"))
  var cpus: String?

  @Option(
    name: .customLong("cpuset-mems"), parsing: .unconditional,
    help: ArgumentHelp("Memory nodes to use.", valueName: "list"))
  var mems: String?

  @Option(
    name: .customLong("cpu-idle"), parsing: .unconditional,
    help: ArgumentHelp("1 to run only when nothing else does, 0 for normal scheduling.", valueName: "value"))
  var cpuIdle: String?

  @Option(
    name: .customLong("memory"), parsing: .unconditional,
    help: ArgumentHelp("Memory, such as 512m; -1 for no limit.", valueName: "bytes"))
  var memory: String?

  @Option(
    name: .customLong("memory-reservation"), parsing: .unconditional,
    help: ArgumentHelp("Memory to be kept under pressure.", valueName: "bytes"))
  var memoryReservation: String?

  @Option(
    name: .customLong("memory-swap"), parsing: .unconditional,
    help: ArgumentHelp("Memory and swap together; -1 for no limit.", valueName: "bytes"))
  var memorySwap: String?

  @Option(
    name: .customLong("kernel-memory"), parsing: .unconditional,
    help: ArgumentHelp("Deprecated, and ignored.", visibility: .hidden))
  var kernelMemory: String?

  @Option(
    name: .customLong("kernel-memory-tcp"), parsing: .unconditional,
    help: ArgumentHelp("Deprecated, and ignored.", visibility: .hidden))
  var kernelMemoryTCP: String?

  @Option(
    name: .customLong("pids-limit"), parsing: .unconditional,
    help: ArgumentHelp("Number of tasks; -1 for no limit.", valueName: "number"))
  var pidsLimit: String?

  @Option(
    name: .customLong("l3-cache-schema"), parsing: .unconditional,
    help: ArgumentHelp("Line for resctrl: L3:0=f.", valueName: "schema"))
  var cacheSchema: String?

  @Option(
    name: .customLong("mem-bw-schema"), parsing: .unconditional,
    help: ArgumentHelp("Line for resctrl: MB:0=50.", valueName: "schema"))
  var bandwidthSchema: String?

  @Argument(help: ArgumentHelp("The container's name.", valueName: "container-id"), completion: .containers)
  var id: String

  var requested: Invocation.Command {
    var request = UpdateRequest(id: id, file: resources)
    request.limits = [
      .blkioWeight: blkioWeight,
      .cpuPeriod: cpuPeriod,
      .cpuQuota: cpuQuota,
      .cpuBurst: cpuBurst,
      .cpuShare: cpuShare,
      .cpuRealtimePeriod: cpuRtPeriod,
      .cpuRealtimeRuntime: cpuRtRuntime,
      .cpus: cpus,
      .mems: mems,
      .cpuIdle: cpuIdle,
      .memory: memory,
      .memoryReservation: memoryReservation,
      .memorySwap: memorySwap,
      .kernelMemory: kernelMemory,
      .kernelMemoryTCP: kernelMemoryTCP,
      .pidsLimit: pidsLimit,
    ].compactMapValues { $0 }
    request.cacheSchema = cacheSchema
    request.bandwidthSchema = bandwidthSchema
    return .update(request)
  }
}
