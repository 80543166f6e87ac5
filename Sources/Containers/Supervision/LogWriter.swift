internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// A program's output, kept line by line: `TIME stdout F text`, with `P` in place of `F` for a part of a line that
/// goes on in the next one. Kubernetes and podman have the same form.
///
/// The newest of it is kept: a file that has half of the limit becomes the older one, in the place of the one before.
final class LogWriter {
  /// What all of a log may take if nothing else is asked for, in bytes.
  static let usualLimit: Int64 = 64 << 20

  private let directory: CInt
  private let half: Int
  private var file: Descriptor
  private var length = 0

  /// Begins a log.
  ///
  /// - Parameters:
  ///   - directory: The container's, which stays open as long as this object.
  ///   - limit: The most that it may take, in bytes; 0 for no limit.
  init(in directory: CInt, limit: Int64) throws(RuntimeError) {
    self.directory = directory
    half = limit == 0 ? .max : Int(limit / 2)
    file = try LogWriter.open(in: directory)
  }

  private static func open(in directory: CInt) throws(RuntimeError) -> Descriptor {
    try Kernel.open(
      ContainerFile.log, at: directory, flags: O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, mode: 0o600)
  }

  /// Takes what came from a stream, at once: a supervisor that is killed has kept it.
  ///
  /// A full disk must not stop the program: what cannot be kept is lost.
  func append(_ bytes: ArraySlice<UInt8>, from stream: String) {
    let head = "\(TimeOfDay.now.text(hasFraction: true)) \(stream) "
    var text: [UInt8] = []
    var rest = bytes
    while !rest.isEmpty {
      let end = rest.firstIndex(of: UInt8(ascii: "\n"))
      let line = Array("\(head)\(end == nil ? "P" : "F") ".utf8) + rest[..<(end ?? rest.endIndex)]
      if length + text.count + line.count >= half {
        keep(text)
        text = []
        guard (try? beginAnew()) != nil else { return }
      }
      text += line
      text.append(UInt8(ascii: "\n"))
      rest = end.map { rest[($0 + 1)...] } ?? []
    }
    keep(text)
  }

  private func keep(_ text: [UInt8]) {
    guard !text.isEmpty, (try? Kernel.appendWhole(file.number, text, name: "log")) != nil else { return }
    length += text.count
  }

  /// Makes the file the older one. Killed in between, this leaves a log without a newest file.
  private func beginAnew() throws(RuntimeError) {
    do throws(RuntimeError) {
      try Kernel.rename(ContainerFile.log, to: ContainerFile.olderLog, at: directory)
      // Where the new one could not be made the last time.
    } catch let error where error.errno == .noSuchFileOrDirectory {}
    file = try LogWriter.open(in: directory)
    length = 0
  }
}
