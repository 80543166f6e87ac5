internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// A stream from one descriptor to another. It never waits: one that nobody takes is not read further.
final class Relay {
  /// What a pipe takes at once, if it takes anything. pipe(7), PIPE_BUF
  private static let part = 4096

  private let source: CInt
  private let ownsSource: Bool
  private var target: CInt?
  private let log: ((ArraySlice<UInt8>) -> Void)?
  private var pending: ArraySlice<UInt8> = []
  private let closesTarget: Bool
  private var passing = Passing.on
  /// Whether there may be more.
  private(set) var isOpen = true
  /// Why what was read could not be passed on, if it was no reader that left.
  private(set) var failure: RuntimeError?

  /// What becomes of what is read.
  private enum Passing {
    case on, off
    /// Not yet decided.
    case held([UInt8])
  }

  /// - Parameters:
  ///   - ownsSource: Whether the source is closed when nothing more is read from it.
  ///   - target: nil for nobody but the log.
  ///   - closesTarget: Whether the end of the source is told by closing the target.
  ///   - log: Gets all that was read.
  init(
    from source: CInt, ownsSource: Bool, to target: CInt?, closesTarget: Bool = false,
    log: ((ArraySlice<UInt8>) -> Void)? = nil
  ) {
    self.source = source
    self.ownsSource = ownsSource
    self.target = target
    self.closesTarget = closesTarget
    self.log = log
  }

  /// What it waits for: what it holds goes out before more comes in.
  var awaited: Readiness {
    guard isOpen else { return Readiness(-1) }
    if !pending.isEmpty, let target { return Readiness(target, output: true) }
    return Readiness(source, input: true)
  }

  /// Goes on after a wait.
  func serve(_ readiness: Readiness) {
    if readiness.hasRoom { push() }
    if readiness.hasInput { pull() }
  }

  private func pull() {
    guard let bytes = try? Kernel.read(source, most: 64 << 10), !bytes.isEmpty else { return end() }
    switch passing {
    case .on: take(bytes)
    case .off: break
    case .held(let earlier):
      passing = .held(earlier + bytes)
      // Whoever writes so much is not the runtime with an error.
      if earlier.count > Relay.mostHeld { passOn() }
    }
  }

  private func take(_ bytes: [UInt8]) {
    log?(bytes[...])
    if target != nil { pending = bytes[...] }
  }

  private static let mostHeld = 64 << 10

  /// Keeps what is read, until it is known whose words they are.
  func hold() { passing = .held([]) }

  /// Passes on what was kept, and all that follows.
  func passOn() {
    guard case .held(let bytes) = passing else { return }
    passing = .on
    if !bytes.isEmpty { take(bytes) }
  }

  /// Passes on nothing more, nor what was kept.
  func discard() {
    if case .held = passing { passing = .off }
  }

  private func push() {
    guard let target else { return }
    do throws(RuntimeError) {
      guard let count = try Kernel.writeSome(target, pending.prefix(Relay.part)) else {
        // The reader left, which the writer learns as at the end of any pipe.
        return end()
      }
      pending = pending.dropFirst(count)
    } catch {
      failure = error
      end()
    }
  }

  private func end() {
    guard isOpen else { return }
    isOpen = false
    pending = []
    if ownsSource { close(source) }
    if closesTarget, let target { close(target) }
    target = nil
  }
}
