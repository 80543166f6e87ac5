internal import Foundation
public import OCIRuntimeSpec
public import Testing

/// The runtime under test, with a root directory of its own.
///
/// At its end it deletes the containers that are left, and reports a failure of the test if then a
/// cgroup, mount, process, state directory or network interface of theirs remains.
public final class Runtime {
  /// The program: `$SWRUN`, or the release build.
  public static let program =
    ProcessInfo.processInfo.environment["SWRUN"] ?? TestRootfs.package + "/.build/release/swrun"

  /// Part of every name that the test makes: of containers, cgroups and directories.
  public let tag: String
  /// The test's directory.
  public let directory: String
  /// `--root`
  public var root: String
  private var mounted: [String] = []

  nonisolated(unsafe) private static var count = 0
  private static let lock = NSLock()

  /// Removes what test processes that were killed have left.
  private static let sweep: Void = {
    for name in File.names(in: "/tmp") where name.hasPrefix("swrun-test-") {
      let owner = name.split(separator: "-").dropFirst(2).first.flatMap { Int32($0) }
      guard let owner, !isAlive(owner) else { continue }
      Leftovers(tag: name).remove()
      _ = try? Command("rm", ["-rf", "--one-file-system", "/tmp/" + name]).run()
    }
  }()

  /// A runtime that knows no container.
  public init() {
    _ = Runtime.sweep
    let number = Runtime.lock.withLock {
      Runtime.count += 1
      return Runtime.count
    }
    tag = "swrun-test-\(getpid())-\(number)."
    directory = "/tmp/\(tag)"
    root = directory + "/root"
    mkdir(directory, 0o755)
    chmod(directory, 0o755)
    if access(Runtime.program, X_OK) != 0 {
      Issue.record("\(Runtime.program) is missing; `make build` builds it")
    }
  }

  deinit {
    for id in File.names(in: root) where id.hasPrefix(tag) {
      let outcome = try? run("delete", "--force", id, timeout: .seconds(60))
      if outcome?.status != 0 { Issue.record("cleaning up: \(outcome.map(\.description) ?? "no outcome")") }
    }
    for path in mounted.reversed() { umount2(path, Int32(MNT_DETACH)) }
    let leftovers = Leftovers(tag: tag, stateDirectory: root)
    if !leftovers.isEmpty {
      Issue.record("left behind: \(leftovers)")
      leftovers.remove()
    }
    _ = try? Command("rm", ["-rf", "--one-file-system", directory]).run()
  }

  /// A command of the runtime, to be changed before it is started.
  public func command(_ arguments: [String], global: [String] = []) -> Command {
    var command = Command(Runtime.program, ["--root", root] + global + arguments)
    command.directory = directory
    return command
  }

  /// Runs a command of the runtime.
  @discardableResult
  public func run(_ arguments: String..., timeout: Duration = .seconds(60)) throws -> Outcome {
    try command(arguments).run(timeout: timeout)
  }

  /// Prepares a container; nothing runs yet.
  ///
  /// - Parameters:
  ///   - name: Unique in the test.
  ///   - configure: Changes the configuration.
  public func container(
    _ name: String = "c",
    rootfs: TestRootfs = .busybox,
    _ configure: (inout Config) -> Void = { _ in }
  ) throws -> Container {
    let bundle = try TestBundle(at: "\(directory)/bundle-\(name)", rootfs: rootfs)
    bundle.config.changeLinux { $0.cgroupsPath = "/\(tag)\(name)" }
    configure(&bundle.config)
    try bundle.write()
    return Container(id: tag + name, bundle: bundle, runtime: self)
  }

  /// A container that runs `sleep`, unless the configuration is changed.
  public func runningContainer(
    _ name: String = "c",
    rootfs: TestRootfs = .busybox,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ configure: (inout Config) -> Void = { _ in }
  ) throws -> Container {
    let container = try container(name, rootfs: rootfs) { config in
      config.wait()
      configure(&config)
    }
    try container.createAndStart(sourceLocation: sourceLocation)
    return container
  }

  /// The IDs that `list -q` prints.
  public func listedIDs() throws -> [String] { try run("list", "-q").lines }

  /// Mounts a file system for the length of the test.
  public func mountTemporary(
    _ name: String, type: String = "tmpfs", flags: Int = 0, options: String = ""
  ) throws -> String {
    let path = "\(directory)/\(name)"
    try File.makeDirectory(path)
    try checked(mount(type, path, type, UInt(flags), options), "mounting \(path)")
    mounted.append(path)
    return path
  }

  /// Makes a directory for a container to mount.
  ///
  /// - Parameters:
  ///   - files: Contents by path.
  public func volume(_ name: String = "volume", _ files: [String: String] = [:]) throws -> String {
    let path = "\(directory)/\(name)"
    try File.makeDirectory(path)
    for (file, text) in files {
      try File.makeDirectory(((path + "/" + file) as NSString).deletingLastPathComponent)
      try File.write(text, to: "\(path)/\(file)")
    }
    return path
  }
}
