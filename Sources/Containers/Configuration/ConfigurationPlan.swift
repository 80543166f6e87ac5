internal import Glibc
internal import JSON
internal import LinuxKernel
internal import OCIImage
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// From a container's record to its config.json.
///
/// Spec (runtime): config.md
struct ConfigurationPlan {
  let record: ContainerRecord
  /// Names the store in cgroups.
  let key: String
  /// The files that are shown in the container: absolute path there, path for the bundle.
  let files: [(destination: String, source: String)]

  private var options: RunOptions { record.options }

  /// Makes the configuration.
  ///
  /// - Parameters:
  ///   - root: The container's, where users and groups are looked up.
  ///   - path: The root's path for the runtime.
  func make(_ root: borrowing ContainerRoot, path: String) throws(RuntimeError) -> Config {
    // What is used is in it, and runtimes of all ages take it.
    var config = Config(ociVersion: "1.0.2")
    let capabilities = try CapabilityChoice(options)
    let account = try Account(
      options.user ?? record.origin.defaults?.user ?? "", group: options.group, in: root, option: "--user")
    try BeyondPerson.check(account, option: "--user")
    config.process = try process(account, capabilities)
    config.root = Root(path: path, readonly: options.readOnly ? true : nil)
    config.hostname = record.hostname
    config.mounts = try MountChoice(options: options, files: files, volumes: record.volumes).mounts()
    // The person's own alone: runtimes take orders from annotations, and an image's labels are a stranger's.
    config.annotations = options.labels.isEmpty ? nil : options.labels
    config.linux = try linux(capabilities)
    return config
  }
}

/// The program.
extension ConfigurationPlan {
  private func process(
    _ account: Account, _ capabilities: CapabilityChoice
  ) throws(RuntimeError) -> Process {
    let command = record.command
    guard !command.isEmpty else {
      throw RuntimeError(
        .invalidArgument, "the image names no command", hint: "words after the image are the command")
    }
    let directory = options.workdir ?? record.origin.defaults?.workingDir ?? "/"
    var process = Process(args: command, cwd: directory.hasPrefix("/") ? directory : "/" + directory)
    process.terminal = options.terminal ? true : nil
    process.env =
      Environment(record, account: account, hostname: record.hostname, terminal: options.terminal).variables
    process.user = User(uid: account.uid, gid: account.gid)
    process.user?.umask = 0o022
    process.user?.additionalGids = account.groups.isEmpty ? nil : account.groups
    process.capabilities = capabilities.sets(isRoot: account.uid == 0)
    process.noNewPrivileges = options.noNewPrivileges ? true : nil
    process.rlimits = try LimitChoice.rlimits(options.ulimits)
    return process
  }
}

/// What is the kernel's.
extension ConfigurationPlan {
  private func linux(_ capabilities: CapabilityChoice) throws(RuntimeError) -> LinuxConfig {
    var linux = LinuxConfig()
    var kinds: [NamespaceType] = [.ipc, .uts, .mount, .cgroup]
    if !options.inPlace { kinds.insert(.pid, at: 0) }
    if options.network != .host { kinds.append(.network) }
    linux.namespaces = kinds.map { Namespace(type: $0) }
    if let mappings = try UserMapping(options) {
      linux.namespaces?.append(Namespace(type: .user))
      linux.uidMappings = mappings.users
      linux.gidMappings = mappings.groups
    }
    linux.resources = LimitChoice.resources(options)
    // Cgroups of root alone: a user's own are the runtime's affair.
    if !Caller.isPersons { linux.cgroupsPath = "/swbox/\(key)/\(record.id)" }
    linux.sysctl = try sysctl()
    linux.seccomp = try filter(capabilities)
    if !options.privileged {
      linux.maskedPaths = HiddenFiles.masked
      linux.readonlyPaths = HiddenFiles.readOnly
    }
    return linux
  }

  private func sysctl() throws(RuntimeError) -> [String: String]? {
    // Lets everybody ping. With the host's network it is the host's affair.
    var all = options.network == .host ? [:] : ["net.ipv4.ping_group_range": "0 0"]
    for text in options.sysctl {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else {
        throw RuntimeError(.invalidArgument, "--sysctl: found \(quoted(text)), expected NAME=VALUE")
      }
      all[parts[0]] = parts[1]
    }
    return all.isEmpty ? nil : all
  }

  private func filter(_ capabilities: CapabilityChoice) throws(RuntimeError) -> Seccomp? {
    if options.privileged && options.seccomp == nil || options.seccomp == "unconfined" { return nil }
    guard let path = options.seccomp else { return DefaultFilter.make(for: capabilities.bounding) }
    return try during("--seccomp \(path)") { () throws(RuntimeError) in
      let text = try Kernel.readText(path, limit: 16 << 20)
      let document: JSONDocument
      do {
        document = try JSONDocument(parsing: Array(text.utf8))
      } catch {
        throw RuntimeError(.invalidArgument, "\(error)")
      }
      let decoded = JSONReader.decode(Seccomp.self, from: document)
      if let fault = decoded.faults.first {
        throw RuntimeError(.invalidArgument, "\(fault.pointer): \(fault.problem)")
      }
      return decoded.value
    }
  }
}

/// Files of procfs and sysfs that tell of the host, or change it.
enum HiddenFiles {
  /// Spec (runtime): config-linux.md#masked-paths
  static let masked = [
    "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
    "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/proc/interrupts", "/sys/firmware",
    "/sys/fs/selinux", "/sys/dev/block", "/sys/devices/virtual/powercap",
  ]
  /// Spec (runtime): config-linux.md#readonly-paths
  static let readOnly = [
    "/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
  ]
}
