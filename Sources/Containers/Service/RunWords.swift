/// From what was asked for back to words of a command line.
extension ContainerRecord {
  /// The words behind `swbox run` that make such a container.
  ///
  /// - Parameters:
  ///   - name: The new container's.
  func runWords(name: String) -> [String] {
    let origin = origin.image ?? self.origin.imageID
    var words = ["--name", name] + options.words
    if runtime != "" { words += ["--runtime", runtime] }
    if let platform = self.origin.platform { words += ["--platform", platform] }
    if let origin {
      words.append(origin)
    } else {
      words += ["--rootfs", self.origin.directory ?? self.origin.archive ?? ""]
    }
    return words + ["--"] + options.command
  }
}

extension RunOptions {
  /// All but name, detach, terminal and command, which are each run's own.
  fileprivate var words: [String] {
    var words: [String] = []
    func add(_ option: String, _ value: String?) { if let value { words += [option, value] } }
    func add(_ option: String, if isSet: Bool) { if isSet { words.append(option) } }
    func add(_ option: String, all values: [String]) { for value in values { words += [option, value] } }
    add("--in-place", if: inPlace)
    if inPlace, preservedDescriptors > 0 { add("--preserve-fds", "\(preservedDescriptors)") }
    add("--entrypoint", entrypoint.map { $0.first ?? "" })
    add("--env", all: env)
    add("--workdir", workdir)
    add("--user", user)
    add("--group", group)
    add("--hostname", hostname)
    words += mountWords
    add("--cp", all: copies)
    words += limits.words
    add("--ulimit", all: ulimits)
    add("--cap-add", all: capAdd)
    add("--cap-drop", all: capDrop)
    add("--seccomp", seccomp)
    add("--no-new-privileges", if: noNewPrivileges)
    add("--read-only", if: readOnly)
    add("--privileged", if: privileged)
    add("--userns", usernsRequest ?? userns)
    add("--network", network.rawValue)
    add("--publish", all: ports)
    add("--sysctl", all: sysctl)
    add("--label", all: labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
    add("--stop-signal", stopSignal)
    add("--log-size", logSize.map(String.init))
    add("--ephemeral", if: ephemeral)
    return words
  }
}

extension RunOptions {
  /// `run` takes --bind, --rbind, --tmpfs and --mount in this order: from the first on that the others cannot have
  /// given all are of --mount.
  fileprivate var mountWords: [String] {
    let kinds = VolumeOption.Kind.allCases
    var place = 0
    var words: [String] = []
    for mount in mounts {
      let own = kinds.firstIndex(of: mount.kind) ?? 0
      let isPlain = own >= place && !(mount.source ?? "").contains(":") && !mount.destination.contains(":")
      place = isPlain ? own : kinds.count
      words += isPlain ? mount.words : mount.mountWords
    }
    return words
  }
}

extension VolumeOption {
  fileprivate var words: [String] {
    let parts = (kind == .tmpfs ? [] : [source ?? ""]) + [destination]
    let shown = options.isEmpty ? parts : parts + [options.joined(separator: ",")]
    return ["--\(kind.rawValue)", shown.joined(separator: ":")]
  }

  /// As `--mount` has it.
  fileprivate var mountWords: [String] {
    var parts = ["type=\(kind == .tmpfs ? "tmpfs" : "bind")"]
    if let source { parts.append("src=\(source)") }
    parts.append("dst=\(destination)")
    if kind == .bind { parts.append("bind-nonrecursive") }
    for option in options {
      switch option {
      case "ro", "rw", "nosuid", "nodev", "noexec": parts.append(option)
      default:
        let isOfTmpfs = option.hasPrefix("size=") || option.hasPrefix("mode=")
        parts.append((isOfTmpfs ? "tmpfs-" : "bind-propagation=") + option)
      }
    }
    return ["--mount", parts.joined(separator: ",")]
  }
}

extension LimitOptions {
  fileprivate var words: [String] {
    var words: [String] = []
    if let pids { words += ["--pids", "\(pids)"] }
    if let milliCPUs { words += ["--cpus", "\(Double(milliCPUs) / 1000)"] }
    if let cpuShares { words += ["--cpu-shares", "\(cpuShares)"] }
    if let cpuset { words += ["--cpuset-cpus", cpuset] }
    if let memory { words += ["--memory", "\(memory)"] }
    if let memorySwap { words += ["--memory-swap", "\(memorySwap)"] }
    for rate in readBps { words += ["--device-read-bps", "\(rate.path):\(rate.rate)"] }
    for rate in writeBps { words += ["--device-write-bps", "\(rate.path):\(rate.rate)"] }
    return words
  }
}
