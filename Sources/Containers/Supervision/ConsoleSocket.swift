internal import LinuxKernel
internal import RuntimeErrors

/// Where the runtime sends the terminal that it made.
final class ConsoleSocket {
  let path: String
  private let listener: Descriptor

  init(in directory: String, for id: String) throws(RuntimeError) {
    path = "\(directory)/\(id.prefix(16))"
    try? Kernel.remove(path, at: Directory.working)
    listener = try Kernel.listen(on: path, .stream)
  }

  deinit {
    try? Kernel.remove(path, at: Directory.working)
  }

  /// The runtime has ended: what it sent is there.
  func receive() throws(RuntimeError) -> Descriptor {
    guard try Kernel.waitForInput([listener.number], milliseconds: 0)[0] else {
      throw RuntimeError(.invalidState, "the runtime sent no terminal")
    }
    let line = try Kernel.accept(listener.number)
    var message = try Kernel.receive(from: line.number, limit: 4096)
    guard let terminal = message.descriptor.take() else {
      throw RuntimeError(.invalidState, "the runtime sent no terminal")
    }
    return terminal
  }
}
