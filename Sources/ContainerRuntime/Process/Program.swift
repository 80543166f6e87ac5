internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// The program that the container is for. Spec: config.md#process
struct Program {
  let path: String
  let arguments: CStrings
  let environment: CStrings
}

extension ContainerProcess {
  /// Enters `process.cwd`.
  ///
  /// - Returns: Whether that was possible; the program's user may have rights that root lacks (NFS).
  private func enterWorkingDirectory() throws(RuntimeError) -> Bool {
    guard let cwd = plan.process?.cwd else { return true }
    do {
      // No magic link: /proc/self/fd/N would lead out of the container.
      let root = try Kernel.open("/", flags: OpenFlags.path | O_DIRECTORY)
      let directory = try Kernel.open(
        "." + cwd, at: root.number, flags: OpenFlags.path | O_DIRECTORY,
        resolve: ResolveFlags.inRoot | ResolveFlags.noMagicLinks)
      try Kernel.changeDirectory(directory.number)
      return true
    } catch let error where error.errno == .permissionDenied {
      return false
    } catch {
      throw error.adding(context: plan.place("cwd") + ": \"\(cwd)\"")
    }
  }

  /// Looks for the program as execvp(3) does, in the container and as the container's user.
  ///
  /// - Returns: nil if the configuration has no process.
  func findProgram() throws(RuntimeError) -> Program? {
    guard let process = plan.process, let name = process.args?.first else { return nil }
    guard try enterWorkingDirectory() else {
      throw RuntimeError(
        .invalidConfig, plan.place("cwd") + ": \"\(process.cwd)\": permission denied (EACCES)")
    }
    let environment = try environment(of: process)
    let path = try Program.find(name, environment: environment)
    try Program.checkInterpreter(of: path)
    return Program(
      path: path, arguments: CStrings(process.args ?? []), environment: CStrings(environment))
  }

  /// The configured environment, with HOME from the container's /etc/passwd if it is not set.
  private func environment(of process: OCIRuntimeSpec.Process) throws(RuntimeError) -> [String] {
    let added = plan.environment + (plan.activation?.environment(pid: getpid()) ?? [])
    let names = added.map { $0.prefix { $0 != "=" } + "=" }
    let environment = (process.env ?? []).filter { entry in !names.contains { entry.hasPrefix($0) } } + added
    if environment.contains(where: { $0.hasPrefix("HOME=") }) { return environment }
    return environment + ["HOME=\(Passwd.home(of: process.user?.uid ?? 0))"]
  }
}

extension Program {
  /// execvp(3)'s default where PATH is not set.
  private static let defaultPath = "/bin:/usr/bin"

  /// Finds `name` along PATH, unless it has a slash.
  static func find(_ name: String, environment: [String]) throws(RuntimeError) -> String {
    if name.contains("/") {
      try checkExecutable(name)
      return name
    }
    let path = environment.last { $0.hasPrefix("PATH=") }?.dropFirst(5)
    var denied: RuntimeError?
    for directory in (path.map(String.init) ?? defaultPath).split(
      separator: ":", omittingEmptySubsequences: false)
    {
      let candidate = directory.isEmpty ? "./\(name)" : "\(directory)/\(name)"
      do {
        try checkExecutable(candidate)
        return candidate
      } catch let error where error.code == .commandNotExecutable {
        denied = denied ?? error
      } catch {}
    }
    if let denied { throw denied }
    throw RuntimeError(
      .commandNotFound, "exec: \"\(name)\": executable file not found in $PATH",
      hint: "PATH in the container is \(path ?? Substring(defaultPath))")
  }

  private static func checkExecutable(_ path: String) throws(RuntimeError) {
    let file: Descriptor
    do {
      file = try Kernel.open(path, flags: OpenFlags.path)
    } catch {
      let isAbsent = error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory
      throw RuntimeError(
        isAbsent ? .commandNotFound : .commandNotExecutable,
        "exec: \"\(path)\": \(error.errno?.text ?? "cannot be opened")")
    }
    let type = try Kernel.stat(file.number).st_mode & S_IFMT
    guard type == S_IFREG, Kernel.mayExecute(path) else {
      let reason =
        type == S_IFDIR ? "is a directory: permission denied (EACCES)" : "permission denied (EACCES)"
      throw RuntimeError(.commandNotExecutable, "exec: \"\(path)\": \(reason)")
    }
  }

  /// A script whose interpreter is missing fails like a missing script; this says which it is.
  static func checkInterpreter(of path: String) throws(RuntimeError) {
    guard
      let file = try? Kernel.open(path, flags: O_RDONLY | O_NONBLOCK),
      let head = try? Kernel.read(file.number, most: 256),
      head.starts(with: "#!".utf8)
    else { return }
    let line = head.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") }
    let words = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    guard let word = words.first else { return }
    let interpreter = String(decoding: word, as: UTF8.self)
    do {
      _ = try Kernel.open(interpreter, flags: OpenFlags.path)
    } catch let error where error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory {
      throw RuntimeError(
        .commandNotFound,
        "exec: \"\(path)\": bad interpreter \"\(interpreter)\": no such file or directory (ENOENT)")
    } catch {
      // Not allowed to look: execve(2) will tell.
    }
  }

  /// What execve(2)'s answer means.
  ///
  /// - Parameters:
  ///   - isFiltered: Whether a system call filter may have given the answer.
  static func explain(_ errno: Errno?, _ path: String, isFiltered: Bool) -> RuntimeError {
    let message = "exec: \"\(path)\": \(errno?.text ?? "cannot be executed")"
    switch errno {
    case .noSuchFileOrDirectory:
      return RuntimeError(
        .commandNotFound, message,
        hint: "the file is there, so its ELF interpreter (the dynamic loader) must be missing")
    case .execFormatError:
      return RuntimeError(.commandNotExecutable, message)
    default:
      return RuntimeError(
        .commandNotExecutable, message,
        hint: isFiltered ? "perhaps linux.seccomp does not allow execve" : nil)
    }
  }
}
