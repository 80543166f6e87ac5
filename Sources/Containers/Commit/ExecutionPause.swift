internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// A container that stands still for a while.
///
/// A process of its own pauses it, and resumes it when the line to this one ends: also if this one is killed.
final class ExecutionPause {
  private var line: CInt
  private let pid: Int32

  /// Pauses a container that runs.
  init(_ container: Container, _ catalog: ContainerCatalog) throws(RuntimeError) {
    let runtime = catalog.runtime(of: container.record)
    let pair = try Kernel.makePipe()
    let answer = try Kernel.makePipe()
    switch try Kernel.clone(0) {
    case .child:
      close(pair.second.number)
      ExecutionPause.attend(container.id, runtime, line: pair.first.number, answer: answer.second.number)
    case .parent(let pid, _):
      self.pid = pid
      line = try Kernel.duplicate(pair.second.number).release()
    }
    let reader = answer.takeFirst()
    let text = String(
      decoding: try Kernel.readAll(reader.number, limit: 1 << 16, name: "answer"), as: UTF8.self)
    guard text == "paused" else {
      close(line)
      line = -1
      _ = try? Kernel.wait(for: pid)
      throw RuntimeError(
        .invalidState, text.isEmpty ? "the container cannot be paused" : text,
        hint: "--pause=false takes it as it is")
    }
  }

  deinit { end() }

  /// Resumes the container, and waits for that.
  func end() {
    guard line >= 0 else { return }
    close(line)
    line = -1
    _ = try? Kernel.wait(for: pid)
  }

  private static func attend(_ id: String, _ runtime: RuntimeProgram, line: CInt, answer: CInt) -> Never {
    // What interrupts the other process must not leave the container paused.
    _ = setsid()
    for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE] { signal(number, SIG_IGN) }
    do throws(RuntimeError) {
      try runtime.perform(["pause", id])
    } catch {
      try? Kernel.writeAll(answer, Array(error.description.utf8), name: "answer")
      _exit(1)
    }
    try? Kernel.writeAll(answer, Array("paused".utf8), name: "answer")
    close(answer)
    _ = try? Kernel.read(line, most: 1)
    try? runtime.perform(["resume", id])
    _exit(0)
  }
}
