internal import Glibc
internal import JSON
internal import LinuxKernel
internal import RuntimeErrors

/// Work in a child process: what changes the process itself, its mount namespace and its signals, stays there.
enum ChildWork {
  /// What the child leaves behind.
  private struct Outcome: JSONObject {
    var status: Int32?
    var code: String?
    var message: String?
    var hint: String?

    mutating func members(_ json: inout JSONExchange) {
      json.member("status", &status)
      json.member("code", &code)
      json.member("message", &message)
      json.member("hint", &hint)
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
    switch try Kernel.clone(0) {
    case .child: work(body, answer.number)
    case .parent(let pid, let child):
      try wait(for: child.number, passingOn: signals.number)
      _ = try Kernel.wait(for: pid)
    }
    try Kernel.rewind(answer.number)
    let bytes = try Kernel.readAll(answer.number, limit: 1 << 20, name: "answer")
    guard let document = try? JSONDocument(parsing: bytes) else {
      throw RuntimeError(.stepFailed, "the process that ran the command was killed")
    }
    let outcome = JSONReader.decode(Outcome.self, from: document).value
    if let status = outcome.status { return status }
    let code = outcome.code.flatMap(RuntimeError.Code.init(rawValue:)) ?? .stepFailed
    throw RuntimeError(code, outcome.message ?? "", hint: outcome.hint)
  }

  private static func work(_ body: () throws(RuntimeError) -> Int32, _ answer: CInt) -> Never {
    var outcome = Outcome()
    do throws(RuntimeError) {
      try Kernel.dieWithParent()
      Signal.resetAll()
      signal(SIGPIPE, SIG_IGN)
      outcome.status = try body()
    } catch {
      outcome.code = error.code.rawValue
      outcome.message = error.description
      outcome.hint = error.hint
    }
    try? Kernel.writeAll(answer, JSONWriter().encode(outcome), name: "answer")
    _exit(0)
  }

  private static func wait(for child: CInt, passingOn signals: CInt) throws(RuntimeError) {
    while true {
      let ready = try Kernel.waitForInput([child, signals], milliseconds: -1)
      if ready[0] { return }
      guard ready[1] else { continue }
      // The first member of signalfd_siginfo is the signal's number. signalfd(2)
      let number = CInt(try Kernel.read(signals, most: 128).first ?? 0)
      if number > 0, number != SIGCHLD { try? Kernel.signal(child, number) }
    }
  }
}
