internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// A `criu swrk`: a process of the host's CRIU that does what it is asked over a socket, and tells of every
/// step at which somebody may want to do something. criu.org/RPC
///
/// If this process dies or closes the line, CRIU finds nobody at its next step, and undoes what it did.
final class CriuService {
  private var line: Descriptor?
  private let pid: Int32
  private let process: Descriptor
  /// What CRIU, or the child before it was CRIU, printed.
  private let output: Descriptor
  private let restores: Bool
  private let interruption: Interruption
  private let log: EventLog

  private static let mostBytes = 64 * 1024
  /// What is asked of CRIU here is understood from 3.16 on.
  private static let oldest: Int32 = 31600

  /// Starts CRIU.
  ///
  /// - Parameters:
  ///   - program: Path of criu; found along $PATH if nil.
  ///   - restores: Whether it has this process's standard streams, as what it restores will have.
  ///   - inherited: Descriptors that it has, too.
  ///   - cgroup: See `Kernel.clone`.
  ///   - interruption: What may end a wait for it.
  ///   - prepare: Runs in the child.
  init(
    _ program: String?, restores: Bool, inherited: [CInt], cgroup: CInt = -1,
    interruption: Interruption, log: EventLog,
    prepare: () throws(RuntimeError) -> Void = {}
  ) throws(RuntimeError) {
    self.restores = restores
    self.interruption = interruption
    self.log = log
    let path = try CriuService.find(program)
    let environment = CStrings(HostProgram.inheritedEnvironment())
    let output = try Kernel.makeMemoryFile(name: "criu", contents: [])
    let null = try Kernel.open("/dev/null", flags: O_RDWR)
    let introduction = try Kernel.makeSocketPair(.packets)
    switch try Kernel.clone(0, into: cgroup) {
    case .child:
      do throws(RuntimeError) {
        try prepare()
        // CRIU looks for descriptors in the process that made the socket: that is itself.
        let pair = try Kernel.makeSocketPair(.packets)
        try Kernel.send([0], descriptors: [pair.first.number], to: introduction.second.number)
        if !restores {
          try Kernel.duplicate(null.number, as: 0)
          try Kernel.duplicate(output.number, as: 1)
          try Kernel.duplicate(output.number, as: 2)
        }
        for number in inherited + [pair.second.number] { try Kernel.setCloseOnExec(number, false) }
        Signal.resetAll()
        try Kernel.execute(path, CStrings(["criu", "swrk", "\(pair.second.number)"]), environment)
      } catch {
        try? Kernel.writeAll(output.number, Array(error.description.utf8), name: "output")
      }
      _exit(127)
    case .parent(let pid, let process):
      self.pid = pid
      self.process = consume process
      self.output = consume output
      let socket = introduction.takeFirst()
      var message = try Kernel.receive(from: socket.number, limit: 1)
      line = message.descriptor.take()
    }
    log.debug { "criu: \(path), pid \(self.pid)" }
  }

  /// Closes the line; CRIU undoes what it has not finished. What it left of a restored container can be
  /// undone without it; saved processes have its code in them until it is done with them.
  deinit {
    line = nil
    if restores, (try? Kernel.waitForInput([process.number], milliseconds: 10_000)[0]) != true {
      try? Kernel.signal(process.number, SIGKILL)
    }
    _ = try? Kernel.wait(for: pid)
  }

  static func find(_ program: String?) throws(RuntimeError) -> String {
    guard let program else {
      return try during("checkpoint and restore need criu") { () throws(RuntimeError) in
        try HostProgram.find("criu")
      }
    }
    guard Kernel.mayExecute(program) else {
      throw RuntimeError(.unsupported, "--criu \(program): there is no such program")
    }
    return program
  }

  /// Asks for what comes before the work.
  ///
  /// - Throws: `unsupported` if CRIU is too old, or the kernel lacks what is needed.
  func require(memoryTracking: Bool, lazyPages: Bool) throws(RuntimeError) {
    let version = try answer(to: CriuRequest.version.message()).version
    log.debug { "criu: version \(version / 10_000).\(version / 100 % 100).\(version % 100)" }
    guard version >= CriuService.oldest else {
      throw RuntimeError(
        .unsupported, "criu \(version / 10_000).\(version / 100 % 100) is too old: 3.16 is needed")
    }
    guard memoryTracking || lazyPages else { return }
    let features = try answer(to: CriuRequest.features.message())
    if memoryTracking, !features.tracksMemory {
      throw RuntimeError(
        .unsupported, "this kernel cannot track changes of memory, which --pre-dump and --parent-path need")
    }
    if lazyPages, !features.hasLazyPages {
      throw RuntimeError(
        .unsupported, "this kernel or this criu has no lazy pages", hint: "see userfaultfd(2)")
    }
  }

  private func answer(to message: [UInt8]) throws(RuntimeError) -> CriuResponse {
    try send(message)
    return try receive().response
  }

  /// Lets CRIU do its work.
  ///
  /// - Parameters:
  ///   - notice: Called at each step with its name and what came along; CRIU waits meanwhile.
  /// - Throws: What `notice` threw; `criuFailed` without a cause, which is in CRIU's log.
  func perform(
    _ request: CriuRequest, _ options: CriuOptions,
    notice: (CriuResponse, consuming Descriptor?) throws(RuntimeError) -> Void
  ) throws(RuntimeError) {
    try send(request.message(options))
    var failure: RuntimeError?
    while true {
      var packet = try receive()
      guard packet.response.kind == .notify else {
        if let failure { throw failure }
        try check(packet.response)
        return
      }
      log.debug { "criu: \(packet.response.event)" }
      do throws(RuntimeError) {
        try notice(packet.response, packet.descriptor.take())
      } catch {
        failure = failure ?? error
      }
      try send(CriuRequest.notified(success: failure == nil))
    }
  }

  private func check(_ response: CriuResponse) throws(RuntimeError) {
    if response.success { return }
    let cause = response.errno == 0 ? "" : ": \(Errno(rawValue: response.errno).text)"
    throw RuntimeError(.criuFailed, "criu failed\(cause)")
  }

  private func send(_ message: [UInt8]) throws(RuntimeError) {
    guard let line = line?.number else { return }
    do throws(RuntimeError) {
      try Kernel.send(message, to: line)
    } catch let error where error.errno == .brokenPipe {
      throw death()
    }
  }

  private func receive() throws(RuntimeError) -> Packet {
    guard let line = line?.number else { throw death() }
    // A process that CRIU left may keep the line open.
    guard try interruption.wait(forAny: [line, process.number])[0] else { throw death() }
    var message = try Kernel.receive(from: line, limit: CriuService.mostBytes)
    guard !message.bytes.isEmpty else { throw death() }
    let response = try CriuResponse(message.bytes)
    let descriptor = message.descriptor.take()
    return Packet(response: response, descriptor: descriptor)
  }

  private struct Packet: ~Copyable {
    let response: CriuResponse
    var descriptor: Descriptor?
  }

  /// CRIU closed the line without an answer.
  private func death() -> RuntimeError {
    let said = (try? Kernel.readTail(of: output.number, most: 4096)) ?? ""
    return RuntimeError(.criuFailed, said.isEmpty ? "criu ended without an answer" : "criu: \(said)")
  }
}
