internal import Glibc
internal import LinuxKernel
public import RuntimeErrors
internal import SystemPackage

/// The lock of a container's directory: a flock(2), which goes with the process that holds it.
extension ContainerDirectory {
  /// What came of asking for the lock.
  public enum Locking: Sendable {
    /// It is this process's.
    case held
    /// Another command had it all the time.
    case busy
    /// The container was deleted before the lock was had; another one of its name is not this.
    case gone
  }

  /// How long a command waits for another one, in microseconds. One that takes longer runs hooks.
  public static let usualWait: UInt32 = 2_000_000

  /// Asks for the lock, and waits a while if another command has it.
  ///
  /// - Parameters:
  ///   - microseconds: How long; a hook of that command may never end.
  public func lock(within microseconds: UInt32 = usualWait) throws(RuntimeError) -> Locking {
    var patience = Patience(microseconds: microseconds)
    while try !Kernel.lock(descriptor.number, LOCK_EX | LOCK_NB) {
      guard patience.wait() else { return .busy }
    }
    // Deleting keeps the lock until the directory is gone.
    return try Kernel.stat(descriptor.number).st_nlink > 0 ? .held : .gone
  }

  /// Lets other commands have the container.
  public func unlock() throws(RuntimeError) {
    _ = try Kernel.lock(descriptor.number, LOCK_UN)
  }

  /// Whether another command holds the lock, such as `create` at work.
  public var isLockedByAnother: Bool {
    guard let had = try? Kernel.lock(descriptor.number, LOCK_SH | LOCK_NB) else { return false }
    if had { _ = try? Kernel.lock(descriptor.number, LOCK_UN) }
    return !had
  }

  /// What to say to somebody who waited in vain.
  public func busy() -> RuntimeError {
    let holder = try? Kernel.lockHolder(of: descriptor.number)
    let who = holder.flatMap { $0 }.map { "process \($0)" } ?? "another command"
    return RuntimeError(
      .invalidState, "container \(id) is in use: \(who) has not finished with it",
      hint: "a hook may hang; delete --force interrupts it")
  }

  /// Sends a signal to the process that holds the lock, if it can be seen from here.
  public func signalHolder(_ signal: CInt) throws(RuntimeError) {
    guard let pid = try Kernel.lockHolder(of: descriptor.number) else { return }
    do throws(RuntimeError) {
      let process = try Kernel.openProcess(pid)
      // Only now: the pid may have been another's when it was opened.
      guard try Kernel.lockHolder(of: descriptor.number) == pid else { return }
      try Kernel.signal(process.number, signal)
    } catch let error where error.errno == .noSuchProcess {}
  }
}
