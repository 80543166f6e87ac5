internal import ArgumentParser
internal import Containers
internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// Options of `run` that say what a container is like.
struct ContainerOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Its name, and that of its host (default: its ID).", valueName: "name"))
  var name: String?

  @Flag(help: "Remove the container when it has ended.")
  var rm = false

  @OptionGroup var command: CommandOptionGroup

  @Option(help: ArgumentHelp("The host's name in the container (default: --name).", valueName: "name"))
  var hostname: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("A program in place of the image's entrypoint.", valueName: "program"))
  var entrypoint: String?

  @Option(
    name: [.customShort("v"), .long, .customLong("volume")],
    help: ArgumentHelp("Show a file or directory of the host.", valueName: "src:dst[:options]"))
  var bind: [String] = []

  @Option(help: ArgumentHelp("The same with the mounts below it.", valueName: "src:dst[:options]"))
  var rbind: [String] = []

  @Option(help: ArgumentHelp("Mount an empty file system in memory.", valueName: "dst[:options]"))
  var tmpfs: [String] = []

  @Option(
    help: ArgumentHelp(
      "Mount something: type=bind or tmpfs, src=, dst=, ro and others, with commas.", valueName: "mount"))
  var mount: [String] = []

  @Option(
    help: ArgumentHelp(
      "Show a file of the host as it is now, read-only: /etc/resolv.conf, /etc/localtime …", valueName: "path"
    ),
    completion: .file())
  var cp: [String] = []

  @OptionGroup var limits: LimitOptionGroup
  @OptionGroup var security: SecurityOptionGroup

  @Option(help: ArgumentHelp("The network: none, host or bridge.", valueName: "kind"))
  var network: NetworkChoice?

  @Option(
    name: [.short, .customLong("publish")],
    help: ArgumentHelp("Pass a port of the host on; implies --network bridge.", valueName: "host:container"))
  var publish: [String] = []

  @Option(
    name: .customLong("log-size"),
    help: ArgumentHelp("What is kept of its output at most; 0 for all (default: 64M).", valueName: "size"))
  var logSize: String?

  @Option(name: [.short, .long], help: ArgumentHelp("A key and value of your own.", valueName: "key=value"))
  var label: [String] = []

  @Option(
    name: .customLong("stop-signal"),
    help: ArgumentHelp("What asks the command to end (default: the image's, or TERM).", valueName: "signal"))
  var stopSignal: String?
}

/// Options that limit what a container uses.
struct LimitOptionGroup: ParsableArguments {
  @Option(help: ArgumentHelp("CPUs, such as 1.5.", valueName: "number"))
  var cpus: String?

  @Option(name: .customLong("cpu-percent"), help: ArgumentHelp("Percent of one CPU.", valueName: "number"))
  var cpuPercent: Int64?

  @Option(name: .customLong("cpu-shares"), help: ArgumentHelp("Share of CPU time.", valueName: "number"))
  var cpuShares: UInt64?

  @Option(name: .customLong("cpuset-cpus"), help: ArgumentHelp("CPUs to run on: 0-3,7.", valueName: "list"))
  var cpusetCPUs: String?

  @Option(
    name: [.short, .long], help: ArgumentHelp("Memory: a number with K, M, G or T.", valueName: "size"))
  var memory: String?

  @Option(
    name: .customLong("memory-swap"), parsing: .unconditional,
    help: ArgumentHelp("Memory and swap; -1 for no limit (default: twice --memory).", valueName: "size"))
  var memorySwap: String?

  @Option(
    name: [.long, .customLong("pids-limit")], parsing: .unconditional,
    help: ArgumentHelp("Processes; -1 for no limit (default: 2048).", valueName: "number"))
  var pids: Int64?

  @Option(
    name: .customLong("device-read-bps"),
    help: ArgumentHelp("Bytes a second read from a block device.", valueName: "path:size"))
  var deviceReadBps: [String] = []

  @Option(
    name: .customLong("device-write-bps"),
    help: ArgumentHelp("Bytes a second written to a block device.", valueName: "path:size"))
  var deviceWriteBps: [String] = []

  @Option(
    help: ArgumentHelp("A limit of processes, such as nofile=1024:2048.", valueName: "name=soft[:hard]"))
  var ulimit: [String] = []
}

/// Options that say what a container may do.
struct SecurityOptionGroup: ParsableArguments {
  @Option(name: .customLong("cap-add"), help: ArgumentHelp("One more capability, or ALL.", valueName: "name"))
  var capAdd: [String] = []

  @Option(
    name: .customLong("cap-drop"), help: ArgumentHelp("One capability less, or ALL.", valueName: "name"))
  var capDrop: [String] = []

  @Option(
    help: ArgumentHelp(
      "Filter of system calls: a profile as in config.json, or unconfined.", valueName: "path"),
    completion: .file())
  var seccomp: String?

  @Flag(name: .customLong("no-new-privileges"), help: "Set-user-ID programs do not raise privileges.")
  var noNewPrivileges = false

  @Flag(name: .customLong("read-only"), help: "The root cannot be written to; /run, /tmp and volumes can.")
  var readOnly = false

  @Flag(help: "Take nothing from root: all capabilities, all devices, no filter, nothing hidden.")
  var privileged = false

  @Option(
    help: ArgumentHelp(
      "A user namespace: the host's IDs that the container's stand for, or auto.", valueName: "host:size"))
  var userns: String?

  @Option(help: ArgumentHelp("A kernel parameter of the namespaces.", valueName: "name=value"))
  var sysctl: [String] = []
}

/// `--network`
enum NetworkChoice: String, ExpressibleByArgument, CaseIterable {
  case none, host, bridge
}
