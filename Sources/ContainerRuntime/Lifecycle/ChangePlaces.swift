internal import Cgroups
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
public import RuntimeErrors

/// `--in-place`: the process that was called becomes the container's, so that its pid, its parent and its descriptors
/// stay what they are for whoever called it.
///
/// The two sides are those of every container, only the other way round: the called process takes the init
/// process's steps, and a copy of it the runtime's. The copy is nobody's child. It ends when the program runs.
///
/// | the called process                  | its copy                                          |
/// |-------------------------------------|---------------------------------------------------|
/// | reads, checks, makes the cgroups    |                                                   |
/// | clones the copy                     | opens nothing new: it has the lock and the state  |
/// | the steps of `InitProcess`          | answers them, runs the host's hooks               |
/// | waits                               | writes the complete record and the pid file       |
/// | executes the program                | sees the end of the line, runs poststart hooks    |
/// | or: says what failed, waits, exits  | prints it, closes the line, undoes everything     |
extension Construction {
  /// Returns in the copy; the called process goes on as the init process.
  func changePlaces(_ prepared: Preparations) throws(RuntimeError) {
    let caller = getpid()
    let pair = try Kernel.makeSocketPair(.packets)
    let descriptor = try Kernel.openProcess(caller)
    switch try Kernel.clone(0) {
    case .parent(let intermediate, _):
      let status = try Kernel.wait(for: intermediate)
      guard status == 0 else {
        throw RuntimeError(.initProcessFailed, "the copy of this process could not be made")
      }
      // Signals are sent to this process, not to the copy, which would look for them.
      Signal.dieOfTermination()
      becomeInit(pair, prepared)
    case .child:
      // A child that ends would be the program's to bury.
      do throws(RuntimeError) {
        if case .parent = try Kernel.clone(0) { _exit(0) }
      } catch {
        _exit(1)
      }
    }
    hasChangedPlaces = true
    pid = caller
    process = consume descriptor
    channel = Channel(socket: pair.takeFirst())
    // Who looks for the end of a socket must not find it open here.
    try Kernel.closeRange(from: 3, to: 2 + CInt(plan.options.preservedDescriptors))
  }

  /// Says what failed while somebody listens, and waits for the end of the called process.
  func endCaller(after error: RuntimeError) {
    log.fail(error)
    channel = nil
    guard let process = process?.number else { return }
    let patience: CInt = 5000
    if let ended = try? Kernel.waitForInput([process], milliseconds: patience), ended[0] { return }
    try? Kernel.signal(process, SIGKILL)
    _ = try? Kernel.waitForInput([process], milliseconds: patience)
  }
}

extension InitProcess {
  /// The controlling terminal is the caller's: a program could type into it. ioctl_tty(2) TIOCSTI
  ///
  /// Session and process group stay, and with them the signals of the terminal's keys. One that leads the session
  /// has it for itself.
  func leaveTerminal() throws(RuntimeError) {
    if getsid(0) == getpid() { return }
    try LinuxKernel.Terminal.leave()
  }

  /// Waits until the copy has told of the error, and is about to undo what was made.
  ///
  /// - Returns: The exit status.
  func statusInPlace(after error: RuntimeError) -> Int32 {
    _ = try? process.channel.receive()
    return error.code.statusInPlace
  }
}

extension RuntimeError.Code {
  /// How a process ends that could not become a program: 127 if that does not exist, 126 if it cannot be executed,
  /// else 125. chroot(1), env(1)
  public var statusInPlace: Int32 {
    switch self {
    case .commandNotFound: 127
    case .commandNotExecutable: 126
    default: 125
    }
  }
}

extension Plan {
  /// What a process cannot be given once it is there.
  ///
  /// - Throws: `invalidConfig` or `invalidArgument` with the property or option.
  func checkInPlace() throws(RuntimeError) {
    func refuse(_ place: String, _ reason: String, hint: String) -> RuntimeError {
      RuntimeError(.invalidConfig, "config.json: \(place): with --in-place \(reason)", hint: hint)
    }
    if !namespaces.inherits(.pid) {
      throw refuse(
        "/linux/namespaces", "the process keeps its pid, and so its pid namespace",
        hint: "leave the pid namespace out, or run without --in-place")
    }
    if namespaces.needsIntermediate {
      throw refuse(
        "/linux/namespaces", "a user namespace cannot be combined with namespaces to join",
        hint: "make all of them new")
    }
    if namespaces.inherits(.mount) {
      throw refuse(
        "/linux/namespaces", "a mount namespace is needed: nobody would be left to take the mounts down",
        hint: "add one")
    }
    let newProc = mounts.first { mount in
      if case .fileSystem("proc", _) = mount.kind { true } else { false }
    }
    if let newProc, namespaces.creates(.user) {
      throw refuse(
        "/mounts/\(newProc.index)",
        "a user namespace cannot show the pids of a namespace that is not its own",
        hint: "bind the host's /proc, or run without --in-place")
    }
    if process.hasTerminal {
      throw refuse(
        "/process/terminal", "nobody would be left to hold the other end of a terminal",
        hint: "the process has its caller's standard streams")
    }
    if options.cgroupManager == .systemd {
      throw RuntimeError(
        .invalidArgument, "--in-place: systemd would take the process for another unit's",
        hint: "--cgroup-manager=cgroupfs puts it into a cgroup of its own")
    }
  }
}
