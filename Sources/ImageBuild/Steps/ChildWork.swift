internal import Glibc
internal import JSON
internal import LinuxKernel
internal import RuntimeErrors

/// Work in a child process: what changes the process itself, its mount namespace and its signals, stays there.
enum ChildWork {
  /// What the child leaves behind, if not an error.
  private struct Outcome: JSONObject {
    var status: Int32?

    mutating func members(_ json: inout JSONExchange) {
      json.member("status", &status)
    }
  }

  /// Does the work, and waits for it. Signals to this process go to the child.
  ///
  /// Safe in Swift because this process has one thread.
  static func run(_ body: () throws(RuntimeError) -> Int32) throws(RuntimeError) -> Int32 {
    let answer = try Kernel.makeMemoryFile(name: "answer", contents: [])
    let signals = try Signal.descriptor()
    defer {
      Signal.resetAll()
      signal(SIGPIPE, SIG_IGN)
    }
    let parent = getpid()
    switch try Kernel.clone(0) {
    case .child: work(body, parent, answer.number)
    case .parent(let pid, let child):
      try wait(for: child.number, passingOn: signals.number)
      _ = try Kernel.wait(for: pid)
    }
    try Kernel.rewind(answer.number)
    let bytes = try Kernel.readAll(answer.number, limit: 1 << 20, name: "answer")
    if let error = CarriedError.error(in: bytes) { throw error }
    guard let document = try? JSONDocument(parsing: bytes),
      let status = JSONReader.decode(Outcome.self, from: document).value.status
    else { throw RuntimeError(.stepFailed, "the process that ran the command was killed") }
    return status
  }

  private static func work(
    _ body: () throws(RuntimeError) -> Int32, _ parent: pid_t, _ answer: CInt
  ) -> Never {
    let bytes: [UInt8]
    do throws(RuntimeError) {
      try Kernel.dieWithParent(parent)
      Signal.resetAll()
      signal(SIGPIPE, SIG_IGN)
      bytes = JSONWriter().encode(Outcome(status: try body()))
    } catch {
      bytes = CarriedError(error).encoded
    }
    try? Kernel.writeAll(answer, bytes, name: "answer")
    _exit(0)
  }

  private static func wait(for child: CInt, passingOn signals: CInt) throws(RuntimeError) {
    while true {
      let ready = try Kernel.waitForInput([child, signals], milliseconds: -1)
      if ready[0] { return }
      guard ready[1] else { continue }
      while let number = Signal.next(signals) {
        if number != SIGCHLD { try? Kernel.signal(child, number) }
      }
    }
  }
}
