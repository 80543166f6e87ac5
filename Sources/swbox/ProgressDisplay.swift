internal import Glibc
internal import LinuxKernel
internal import OCIImage
internal import Registry
internal import Synchronization

/// A line for each blob on a terminal, with a bar; nothing elsewhere.
final class ProgressDisplay: TransferProgress {
  /// One blob.
  private struct Line {
    var digest: Digest
    var size: Int64
    var count: Int64
    var state: String?
  }

  private struct Shown {
    var lines: [Line] = []
    /// How many lines the cursor stands below the first.
    var height = 0
    var lastDrawn = 0
    var start = Kernel.monotonicMilliseconds()
    var cameSince: Int64 = 0
    var hasEnded = false
  }

  private let messages: Messages
  private let isShown: Bool
  private let shown = Mutex(Shown())
  /// In milliseconds: often enough for people.
  private static let pause = 100

  /// - Parameters:
  ///   - isQuiet: Whether nothing is shown on a terminal, too.
  init(_ messages: Messages, isQuiet: Bool) {
    self.messages = messages
    isShown = !isQuiet && isatty(2) == 1 && getenv("TERM").map { String(cString: $0) } != "dumb"
  }

  func begin(_ blob: ContentDescriptor, from count: Int64) {
    change(blob) { line in
      line.state = nil
      line.count = count
    }
  }

  func advance(_ blob: ContentDescriptor, by count: Int64) {
    guard isShown else { return }
    shown.withLock { $0.cameSince &+= count }
    change(blob) { $0.count &+= count }
  }

  func restart(_ blob: ContentDescriptor, from count: Int64) {
    change(blob) { $0.count = count }
  }

  func finish(_ blob: ContentDescriptor, _ outcome: BlobOutcome) {
    change(blob) { line in
      line.count = line.size
      line.state =
        switch outcome {
        case .transferred: "done"
        case .present: "is there already"
        case .mounted: "taken from another repository"
        case .unpacked: "unpacked"
        }
    }
  }

  func unpack(_ layer: ContentDescriptor) {
    change(layer) { $0.state = "unpacking" }
  }

  func warn(_ text: String) { messages.warning(text) }

  /// Shows how it ended; nothing is shown afterwards.
  func end() {
    guard isShown else { return }
    shown.withLock { shown in
      guard !shown.hasEnded else { return }
      draw(&shown)
      shown.hasEnded = true
    }
  }

  private func change(_ blob: ContentDescriptor, _ body: (inout Line) -> Void) {
    guard isShown else { return }
    shown.withLock { shown in
      guard !shown.hasEnded else { return }
      if let place = shown.lines.firstIndex(where: { $0.digest == blob.digest }) {
        body(&shown.lines[place])
      } else {
        var line = Line(digest: blob.digest, size: blob.size, count: 0, state: nil)
        body(&line)
        shown.lines.append(line)
      }
      let now = Kernel.monotonicMilliseconds()
      guard now - shown.lastDrawn >= ProgressDisplay.pause else { return }
      shown.lastDrawn = now
      draw(&shown)
    }
  }

  /// Draws all lines over those drawn before: as many as the terminal is high, those at work rather than the others.
  private func draw(_ shown: inout Shown) {
    let size = Terminal.size(of: 2)
    let width = max(20, size?.columns ?? 80)
    let height = max(3, (size?.rows ?? 24) - 2)
    let lines = shown.lines.count <= height ? shown.lines : Array(shown.lines.suffix(height))
    var text = shown.height > 0 ? "\u{1b}[\(shown.height)A" : ""
    for line in lines { text += "\r\u{1b}[K" + ProgressDisplay.text(line, width: width) + "\n" }
    let seconds = Double(max(1, Kernel.monotonicMilliseconds() - shown.start)) / 1000
    let rate = Sizes.text(Int64(Double(shown.cameSince) / seconds))
    text += "\r\u{1b}[K" + Sizes.text(shown.cameSince) + ", \(rate)/s\n\u{1b}[J"
    shown.height = lines.count + 1
    Messages.write(text)
  }

  private static func text(_ line: Line, width: Int) -> String {
    let name = line.digest.short
    if let state = line.state {
      return String("\(name)  \(Sizes.text(line.size))  \(state)".prefix(width - 1))
    }
    let figures = "  \(Sizes.text(line.count)) of \(Sizes.text(line.size))"
    let room = width - name.count - figures.count - 6
    guard room >= 8 else { return String((name + figures).prefix(width - 1)) }
    let share = line.size > 0 ? min(1, max(0, Double(line.count) / Double(line.size))) : 1
    let filled = Int(share * Double(room))
    return name + "  [" + String(repeating: "#", count: filled) + String(repeating: " ", count: room - filled)
      + "]" + figures
  }
}
