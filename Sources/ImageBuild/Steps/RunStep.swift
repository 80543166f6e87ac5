internal import Glibc
internal import ImageLayers
internal import ImageStore
internal import JSON
internal import LinuxKernel
internal import OCIImage
public import RuntimeErrors
internal import SystemPackage

/// A command that is to run in a container of an image that is being made.
public struct BuildCommand: Sendable {
  /// Absolute path of the image's files, mounted in this process's own mount namespace.
  public var root: String
  /// Program and arguments.
  public var words: [String]
  /// `NAME=VALUE`
  public var environment: [String]
  /// As in an image's configuration; nil is root.
  public var user: String?
  /// Absolute path in the container.
  public var workingDirectory: String
  /// `host` or `none`; nil is what containers have that ask for nothing.
  public var network: String?
  /// Whether it finds the host's name servers.
  public var hasResolvConf: Bool
  /// Whether it finds the names of the host in /etc/hosts.
  public var hasHosts: Bool
  /// Whether it finds processes.
  public var hasProc: Bool
  /// Whether it finds devices.
  public var hasDev: Bool
  /// Whether it finds the objects of the kernel.
  public var hasSys: Bool
  /// Files of the host that it finds, by the paths that it finds them at.
  public var files: [(source: String, target: String)]
}

/// Runs commands in containers.
public protocol CommandRunner: AnyObject {
  /// Runs a command to its end. Its output is the caller's.
  ///
  /// - Returns: Its exit status; 128 + n for signal n.
  func run(_ command: BuildCommand) throws(RuntimeError) -> Int32
}

/// `run`
extension Build {
  /// Where a script is in the container.
  private static let scriptPath = "/.swbox-build-script"
  /// Asked by Debian's packages before they start a service: invoke-rc.d(8)
  private static let policyPath = "/usr/sbin/policy-rc.d"

  func execute(_ run: RunStep, _ step: BuildStep) throws(RuntimeError) {
    guard image.contents != nil else {
      throw RuntimeError(.invalidBuildFile, "there is nothing yet that a command could run in")
    }
    let script = try run.script.map { (text) throws(RuntimeError) in
      try StepFile([], copying: context.file(text), of: context.tree, mode: 0o755)
    }
    var environment = image.execution.env ?? []
    if !environment.contains(where: { $0.hasPrefix("PATH=") }) {
      environment.append("PATH=" + Program.usualPath.joined(separator: ":"))
    }
    environment += run.environment
    let inputs =
      environment + [script?.digest?.text ?? "", String(decoding: JSONWriter().encode(setup), as: UTF8.self)]
    try layer(step, inputs: inputs) { () throws(RuntimeError) in
      try changed { (new) throws(RuntimeError) in
        try execute(run, script, environment, new)
      }
    }
  }

  private func execute(
    _ run: RunStep, _ script: StepFile?, _ environment: [String], _ new: NewLayer
  ) throws(RuntimeError) {
    var files: [(source: String, target: String)] = []
    if let script {
      var plan = StepFiles()
      plan.files = [script]
      plan.files[0].entry.path = Array("script".utf8)
      try plan.write(to: new.workspaceNumber, time: options.epoch, workspace: new.workspaceNumber)
      files.append((new.workspace + "/script", Build.scriptPath))
    }
    if setup.noServiceStarts {
      let refusal = StepFile(
        [Array("policy-rc.d".utf8)], content: Array("#!/bin/sh\nexit 101\n".utf8), mode: 0o755)
      try StepFiles(files: [refusal]).write(
        to: new.workspaceNumber, time: options.epoch, workspace: new.workspaceNumber)
      files.append((new.workspace + "/policy-rc.d", Build.policyPath))
    }
    let points = try MountPoints(in: new.root.number, files.map(\.target))
    let command = BuildCommand(
      root: new.workspace + "/root",
      words: (script == nil ? [] : [Build.scriptPath]) + run.command, environment: environment,
      user: run.user,
      workingDirectory: run.workingDirectory ?? "/", network: run.network ?? setup.network,
      hasResolvConf: setup.resolvConf, hasHosts: setup.hosts, hasProc: setup.proc, hasDev: setup.dev,
      hasSys: setup.sys, files: files)
    let status = try ChildWork.run { () throws(RuntimeError) in
      try new.attached(at: "root") { () throws(RuntimeError) in try commands.run(command) }
    }
    guard status == 0 else { throw RuntimeError(.stepFailed, "the command ended with \(status)") }
    try points.remove(from: new.root.number)
  }
}

/// Places where a runtime mounts something, and makes an empty file or directory if nothing is there: what it made is
/// no part of the image.
struct MountPoints {
  private var missing: [TreePath] = []

  /// Always mounted, or mostly.
  private static let usual = [
    "/proc", "/dev", "/sys", "/etc/resolv.conf", "/etc/hosts", "/etc/hostname", "/etc/localtime", "/run",
    "/run/secrets", "/dev/console",
  ]

  /// - Parameters:
  ///   - further: Absolute paths.
  init(in root: CInt, _ further: [String]) throws(RuntimeError) {
    let tree = FileTree(try Kernel.duplicate(root))
    for text in MountPoints.usual + further {
      var path = StepFile.components(Array(text.utf8))
      // Directories above it are made, too.
      while !path.isEmpty, try tree.find(absolute(path), followsLast: false) == nil {
        if !missing.contains(path) { missing.append(path) }
        path.removeLast()
      }
    }
    missing.sort { $0.count > $1.count }
  }

  /// Removes what was made and is empty, the deepest first.
  func remove(from root: CInt) throws(RuntimeError) {
    let tree = FileTree(try Kernel.duplicate(root))
    for path in missing {
      guard let name = path.last, let found = try tree.find(absolute(path), followsLast: false),
        found.path == path,
        found.status.st_mode.isDirectory || found.status.st_mode.isRegular && found.status.st_size == 0
      else { continue }
      let parent = try tree.open(Array(path.dropLast()), O_RDONLY | O_DIRECTORY)
      do throws(RuntimeError) {
        if found.status.st_mode.isDirectory {
          try Kernel.removeDirectory(RawName(bytes: name), at: parent.number)
        } else {
          try Kernel.remove(RawName(bytes: name), at: parent.number)
        }
        // The command has put something there.
      } catch let error where error.errno == .directoryNotEmpty {}
    }
  }
}
