internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// The caller's terminal, or its pipes, on one side and the container's terminal on the other.
final class TerminalProxy {
  private let terminal: CInt
  private let original: TerminalSettings?
  private var readsInput = true
  private var readsTerminal = true

  /// Takes over the runtime's end of the container's terminal; the caller's goes into raw mode.
  init(terminal: CInt) {
    self.terminal = terminal
    original = LinuxKernel.Terminal.settings(of: 0)
    if let original { LinuxKernel.Terminal.apply(original.raw, to: 0) }
    adoptSize()
  }

  /// What to wait for.
  var inputs: [CInt] {
    (readsTerminal ? [terminal] : []) + (readsInput ? [0] : [])
  }

  /// The caller's window has the size that the container's should have.
  func adoptSize() {
    LinuxKernel.Terminal.copySize(from: 0, to: terminal)
  }

  /// Passes on what is there to be read.
  func serve(_ ready: [CInt]) {
    for descriptor in ready {
      if descriptor == terminal {
        readsTerminal = copy(from: terminal, to: 1)
      } else {
        readsInput = copy(from: 0, to: terminal)
        // A pipe has ended; the program on the terminal learns it as a person would tell it.
        if !readsInput { try? Kernel.writeAll(terminal, [4], name: "terminal") }
      }
    }
  }

  /// Passes on the last words.
  func drain() {
    while readsTerminal, (try? Kernel.waitForInput([terminal], milliseconds: 0)[0]) == true {
      readsTerminal = copy(from: terminal, to: 1)
    }
  }

  /// Gives the caller's terminal its settings back.
  func close() {
    if let original { LinuxKernel.Terminal.apply(original, to: 0) }
    _ = Descriptor(owning: terminal)
  }

  /// What nobody takes any more is thrown away: the container must not hang because its reader left.
  ///
  /// - Returns: Whether there may be more.
  private func copy(from source: CInt, to target: CInt) -> Bool {
    guard let bytes = try? Kernel.read(source, most: 32 * 1024), !bytes.isEmpty else { return false }
    try? Kernel.writeAll(target, bytes, name: "terminal")
    return true
  }
}
