internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// Which process `exec` is to run: that of a file, or the container's own with other arguments, and with
/// what the command line changes.
struct ExecConfiguration {
  /// What messages call its file.
  let file: String
  private(set) var process: OCIRuntimeSpec.Process

  /// Reads, changes and validates the process.
  ///
  /// - Parameters:
  ///   - configured: The container's own.
  init(
    _ options: ExecOptions, configured: OCIRuntimeSpec.Process?, warn: (String) -> Void
  ) throws(RuntimeError) {
    if let path = options.processFile {
      file = path
      process = try ExecConfiguration.read(path, warn: warn)
    } else {
      guard !options.arguments.isEmpty else {
        throw RuntimeError(
          .invalidArgument, "exec needs a program: arguments after the container's ID, or --process FILE")
      }
      file = "exec"
      process = configured ?? OCIRuntimeSpec.Process(args: [], cwd: "/")
      process.terminal = false
      process.consoleSize = nil
    }
    try apply(options)
    try process.validate(fileName: file)
  }

  private static func read(
    _ path: String, warn: (String) -> Void
  ) throws(RuntimeError) -> OCIRuntimeSpec.Process {
    try during("--process") { () throws(RuntimeError) in
      let file = try Kernel.open(path, flags: O_RDONLY)
      let bytes = try Kernel.readAll(file.number, limit: Config.maximumSize, name: path)
      return try OCIRuntimeSpec.Process.load(from: bytes, fileName: path) { warn($0.description) }
    }
  }

  private mutating func apply(_ options: ExecOptions) throws(RuntimeError) {
    if !options.arguments.isEmpty { process.args = options.arguments }
    if !options.environment.isEmpty { process.env = (process.env ?? []) + options.environment }
    if let path = options.workingDirectory { process.cwd = path }
    if options.terminal { process.terminal = true }
    if let label = options.processLabel { process.selinuxLabel = label }
    if let profile = options.appArmorProfile { process.apparmorProfile = profile }
    if options.noNewPrivileges { process.noNewPrivileges = true }
    if let text = options.user { try setUser(text) }
    if !options.additionalGroups.isEmpty {
      var user = process.user ?? User(uid: 0, gid: 0)
      user.additionalGids = (user.additionalGids ?? []) + options.additionalGroups
      process.user = user
    }
    if !options.capabilities.isEmpty { try grant(options.capabilities) }
  }

  /// Another user has no groups of the first one's.
  private mutating func setUser(_ text: String) throws(RuntimeError) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { UInt32($0) }
    guard (1...2).contains(parts.count), let uid = parts[0], let gid = parts.count == 2 ? parts[1] : 0 else {
      throw RuntimeError(
        .invalidArgument, "--user \"\(text)\": not UID or UID:GID",
        hint: "names are the image's, so IDs are numbers")
    }
    var user = User(uid: uid, gid: gid)
    user.umask = process.user?.umask
    process.user = user
  }

  /// Bounding, permitted and effective, and ambient only where it is inheritable already: a capability
  /// that the program's own children would inherit is more than was asked for.
  private mutating func grant(_ names: [String]) throws(RuntimeError) {
    if let unknown = names.first(where: { !Capabilities.knownNames.contains($0) }) {
      throw RuntimeError(
        .invalidArgument, "--cap \"\(unknown)\": no such capability",
        hint: "names are written as in capabilities(7): CAP_NET_ADMIN")
    }
    var sets = process.capabilities ?? Capabilities()
    sets.bounding = (sets.bounding ?? []) + names
    sets.permitted = (sets.permitted ?? []) + names
    sets.effective = (sets.effective ?? []) + names
    let inheritable = Set(sets.inheritable ?? [])
    sets.ambient = (sets.ambient ?? []) + names.filter(inheritable.contains)
    process.capabilities = sets
  }
}
