internal import Containers
internal import Glibc
internal import JSON
internal import LinuxKernel
internal import RuntimeErrors

/// From words to what they mean.
extension ContainerOptions {
  /// What was asked for, but for the command.
  func options() throws(RuntimeError) -> RunOptions {
    var options = RunOptions()
    options.name = name
    options.remove = rm
    options.env = try command.variables()
    options.workdir = try command.directory()
    options.user = command.user
    options.group = command.group
    if let hostname {
      guard ContainerOptions.isHostName(hostname) else {
        throw RuntimeError(
          .invalidArgument,
          "--hostname: \(quoted(hostname)) is none: letters, digits, - and ., at most 63 of them")
      }
      options.hostname = hostname
    }
    options.entrypoint = entrypoint.map { $0.isEmpty ? [] : [$0] }
    options.mounts = try mounts()
    for path in cp { options.copies.append(try Paths.absolute(path, option: "--cp")) }
    options.limits = try limits.options()
    options.ulimits = limits.ulimit
    try security.read(into: &options)
    try readNetwork(into: &options)
    options.logSize = try logSize.map { (text) throws(RuntimeError) in try readLogSize(text) }
    for text in label {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      options.labels[parts[0]] = parts.count > 1 ? parts[1] : ""
    }
    if let stopSignal {
      guard Signal.number(stopSignal) ?? 0 > 0 else {
        throw RuntimeError(.invalidArgument, "--stop-signal: unknown signal \(quoted(stopSignal))")
      }
      options.stopSignal = stopSignal
    }
    return options
  }

  /// It stands in /etc/hosts, too. hostname(7), and `_`, which many have
  private static func isHostName(_ text: String) -> Bool {
    (1...63).contains(text.utf8.count) && !text.hasPrefix("-")
      && text.utf8.allSatisfy { byte in
        switch Unicode.Scalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9", "-", ".", "_": true
        default: false
        }
      }
  }

  private func readLogSize(_ text: String) throws(RuntimeError) -> Int64 {
    if ["0", "unlimited"].contains(text) { return 0 }
    let size = Int64(clamping: try Sizes.bytes(text, option: "--log-size"))
    guard size >= RunOptions.smallestLog else {
      throw RuntimeError(.invalidArgument, "--log-size: found \(text), expected 256K or more, or 0 for all")
    }
    return size
  }

  private func readNetwork(into options: inout RunOptions) throws(RuntimeError) {
    options.ports = publish
    let kind = network.flatMap { NetworkKind(rawValue: $0.rawValue) }
    options.network = kind ?? (publish.isEmpty ? .none : .bridge)
    guard publish.isEmpty || options.network == .bridge else {
      throw RuntimeError(
        .invalidArgument, "--publish: with --network \(options.network.rawValue) there is nothing to pass on")
    }
  }

  private func mounts() throws(RuntimeError) -> [VolumeOption] {
    var mounts: [VolumeOption] = []
    for text in bind { mounts.append(try VolumeOption(bind: text, kind: .bind, option: "--bind")) }
    for text in rbind { mounts.append(try VolumeOption(bind: text, kind: .rbind, option: "--rbind")) }
    for text in tmpfs { mounts.append(try VolumeOption(tmpfs: text)) }
    for text in mount { mounts.append(try VolumeOption(mount: text)) }
    return mounts
  }
}

extension LimitOptionGroup {
  /// The limits of the cgroup.
  func options() throws(RuntimeError) -> LimitOptions {
    var limits = LimitOptions()
    if let cpus {
      guard let number = Double(cpus), number >= 0.01, number < 1e6 else {
        throw RuntimeError(.invalidArgument, "--cpus: found \(quoted(cpus)), expected a number such as 1.5")
      }
      limits.milliCPUs = Int64((number * 1000).rounded())
    }
    if let cpuPercent {
      guard cpus == nil, (1...10_000_000).contains(cpuPercent) else {
        throw RuntimeError(.invalidArgument, "--cpu-percent: expected a number above 0, and no --cpus")
      }
      limits.milliCPUs = cpuPercent * 10
    }
    limits.cpuShares = cpuShares
    limits.cpuset = cpusetCPUs
    if let memory { limits.memory = try size(memory, "--memory") }
    if let memorySwap {
      guard memory != nil else {
        throw RuntimeError(
          .invalidArgument, "--memory-swap: it includes the memory: --memory is to be given, too")
      }
      limits.memorySwap = memorySwap == "-1" ? -1 : try size(memorySwap, "--memory-swap")
    }
    if let pids, pids != -1, pids < 1 {
      throw RuntimeError(.invalidArgument, "--pids: found \(pids), expected a number above 0, or -1")
    }
    limits.pids = pids
    for text in deviceReadBps { limits.readBps.append(try rate(text, "--device-read-bps")) }
    for text in deviceWriteBps { limits.writeBps.append(try rate(text, "--device-write-bps")) }
    return limits
  }

  private func size(_ text: String, _ option: String) throws(RuntimeError) -> Int64 {
    let bytes = try Sizes.bytes(text, option: option)
    guard let number = Int64(exactly: bytes) else {
      throw RuntimeError(.invalidArgument, "\(option): \(text) is too large")
    }
    return number
  }

  private func rate(_ text: String, _ option: String) throws(RuntimeError) -> DeviceRate {
    guard let border = text.lastIndex(of: ":"), border != text.startIndex else {
      throw RuntimeError(
        .invalidArgument, "\(option): found \(quoted(text)), expected PATH:SIZE such as /dev/sda:10M")
    }
    var rate = DeviceRate()
    rate.path = String(text[..<border])
    rate.rate = UInt64(try size(String(text[text.index(after: border)...]), option))
    let status = try during(option) { () throws(RuntimeError) in
      let device = try Kernel.open(rate.path, flags: OpenFlags.path)
      return try Kernel.stat(device.number)
    }
    guard status.st_mode & S_IFMT == S_IFBLK else {
      throw RuntimeError(.invalidArgument, "\(option): \(rate.path) is no block device")
    }
    rate.major = Int64(Kernel.major(of: UInt64(status.st_rdev)))
    rate.minor = Int64(Kernel.minor(of: UInt64(status.st_rdev)))
    return rate
  }
}

extension SecurityOptionGroup {
  func read(into options: inout RunOptions) throws(RuntimeError) {
    options.capAdd = capAdd
    options.capDrop = capDrop
    if let seccomp {
      options.seccomp =
        seccomp == "unconfined" ? seccomp : try Paths.absolute(seccomp, option: "--seccomp")
    }
    options.noNewPrivileges = noNewPrivileges
    options.readOnly = readOnly
    options.privileged = privileged
    options.userns = userns
    options.sysctl = sysctl
  }
}

extension VolumeOption {
  /// `SRC:DST[:OPTIONS]`
  init(bind text: String, kind: Kind, option: String) throws(RuntimeError) {
    self.init()
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard (2...3).contains(parts.count), !parts[0].isEmpty else {
      throw RuntimeError(.invalidArgument, "\(option): found \(quoted(text)), expected SRC:DST[:OPTIONS]")
    }
    self.kind = kind
    source = try Paths.existing(parts[0], option: option)
    destination = try Paths.inContainer(parts[1], option: option)
    // z and Z are SELinux's, which has no meaning here.
    options = (parts.count > 2 ? parts[2] : "").split(separator: ",").map(String.init)
      .filter { !["z", "Z"].contains($0) }
    try check(options, known: VolumeOption.bindOptions, option)
  }

  private static let common: Set<String> = [
    "ro", "rw", "suid", "nosuid", "dev", "nodev", "exec", "noexec", "atime", "noatime", "relatime",
    "strictatime",
    "nodiratime", "diratime", "sync", "async", "dirsync", "nosymfollow",
  ]
  private static let propagations: Set<String> = [
    "private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable",
  ]
  private static let bindOptions = common.union(propagations).union(["bind", "rbind", "idmap", "ridmap"])

  /// One that is mistyped must not be one that is missing: `readonly` is no `ro`.
  private func check(_ options: [String], known: Set<String>, _ option: String) throws(RuntimeError) {
    for word in options where !known.contains(word) {
      throw RuntimeError(
        .invalidArgument, "\(option): unknown option \(quoted(word)) of the mount at \(quoted(destination))",
        hint: "it may be " + known.sorted().joined(separator: ", "))
    }
  }

  /// `DST[:OPTIONS]`
  init(tmpfs text: String) throws(RuntimeError) {
    self.init()
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    kind = .tmpfs
    destination = try Paths.inContainer(parts.first ?? "", option: "--tmpfs")
    options = (parts.count > 1 ? parts[1] : "").split(separator: ",").map(String.init)
    options = try options.map { (word) throws(RuntimeError) in try VolumeOption.sized(word, "--tmpfs") }
    let words = options.filter { word in
      !["size=", "mode=", "uid=", "gid=", "nr_inodes=", "nr_blocks=", "huge=", "mpol="].contains {
        word.hasPrefix($0)
      }
    }
    try check(words, known: VolumeOption.common, "--tmpfs")
  }

  /// The kernel knows no fractions. What it takes for a share of the memory, or for no limit, stays as it is.
  private static func sized(_ word: String, _ option: String) throws(RuntimeError) -> String {
    guard word.hasPrefix("size="), word != "size=0", !word.hasSuffix("%") else { return word }
    return "size=\(try Sizes.bytes(String(word.dropFirst(5)), option: option))"
  }

  /// `type=…,src=…,dst=…,ro`
  init(mount text: String) throws(RuntimeError) {
    self.init()
    var type = "bind"
    var isRecursive = true
    for part in text.split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      let value = pair.count > 1 ? pair[1] : nil
      switch (pair[0], value) {
      case ("type", let value?): type = value
      case ("src", let value?), ("source", let value?):
        source = try Paths.existing(value, option: "--mount")
      case ("dst", let value?), ("destination", let value?), ("target", let value?):
        destination = try Paths.inContainer(value, option: "--mount")
      case ("ro", nil), ("readonly", nil), ("ro", "true"), ("readonly", "true"): options.append("ro")
      case ("ro", "false"), ("readonly", "false"), ("rw", nil): options.append("rw")
      case ("bind-nonrecursive", nil), ("bind-nonrecursive", "true"): isRecursive = false
      case ("bind-propagation", let value?) where VolumeOption.propagations.contains(value):
        options.append(value)
      case ("tmpfs-size", let value?): options.append(try VolumeOption.sized("size=\(value)", "--mount"))
      case ("tmpfs-mode", let value?): options.append("mode=\(value)")
      case ("nosuid", nil), ("nodev", nil), ("noexec", nil): options.append(pair[0])
      default:
        throw RuntimeError(.invalidArgument, "--mount: unknown part \(quoted(String(part)))")
      }
    }
    switch type {
    case "bind": kind = isRecursive ? .rbind : .bind
    case "tmpfs": kind = .tmpfs
    default: throw RuntimeError(.invalidArgument, "--mount: type=\(type): only bind and tmpfs are known")
    }
    guard !destination.isEmpty, (kind == .tmpfs) == (source == nil) else {
      throw RuntimeError(
        .invalidArgument, "--mount: a bind needs src= and dst=, a tmpfs only dst=")
    }
  }
}

/// Variables as people name them.
enum Variables {
  /// `NAME=value` as it is; `NAME` with the caller's value, or nil if the caller has none.
  static func complete(_ text: String, option: String) throws(RuntimeError) -> String? {
    if text.contains("=") { return text }
    guard let value = getenv(text) else { return nil }
    guard let value = String(validatingCString: value) else {
      throw RuntimeError(.invalidArgument, "\(option): the value of \(text) is no UTF-8")
    }
    return "\(text)=\(value)"
  }

  /// The lines of files, but for empty ones and those that begin with `#`.
  static func read(files: [String]) throws(RuntimeError) -> [String] {
    var all: [String] = []
    for path in files {
      let text = try during("--env-file") { () throws(RuntimeError) in try read(path) }
      for line in text.split(separator: "\n") {
        let line = line.drop { $0 == " " || $0 == "\t" }
        if line.isEmpty || line.hasPrefix("#") { continue }
        guard !line.hasPrefix("=") else {
          throw RuntimeError(
            .invalidArgument, "--env-file: \(path): a line has no name: \(quoted(String(line)))")
        }
        if let variable = try complete(String(line), option: "--env-file \(path)") { all.append(variable) }
      }
    }
    return all
  }

  private static func read(_ path: String) throws(RuntimeError) -> String {
    let file = try Kernel.open(path, flags: O_RDONLY)
    let bytes = try Kernel.readAll(file.number, limit: 1 << 20, name: path)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw RuntimeError(.invalidArgument, "\(path) is no UTF-8")
    }
    return text
  }
}

/// Paths as people write them.
enum Paths {
  /// An absolute path from one that may begin at the working directory.
  static func absolute(_ path: String, option: String) throws(RuntimeError) -> String {
    guard !path.isEmpty else { throw RuntimeError(.invalidArgument, "\(option): the path is empty") }
    if path.hasPrefix("/") { return path }
    let directory = try Kernel.readLink("/proc/self/cwd", at: Directory.working)
    return path == "." ? directory : "\(directory)/\(path)"
  }

  /// The same of something that is there.
  static func existing(_ path: String, option: String) throws(RuntimeError) -> String {
    let absolute = try absolute(path, option: option)
    try during(option) { () throws(RuntimeError) in
      try Kernel.open(absolute, flags: OpenFlags.path).close()
    }
    return absolute
  }

  /// An absolute path in a container.
  static func inContainer(
    _ path: String, option: String, mayBeRoot: Bool = false
  ) throws(RuntimeError) -> String {
    guard path.hasPrefix("/"), mayBeRoot || path != "/" else {
      throw RuntimeError(
        .invalidArgument, "\(option): found \(quoted(path)), expected an absolute path in the container")
    }
    return path
  }
}
