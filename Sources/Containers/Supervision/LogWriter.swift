internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// A program's output, kept line by line: `TIME stdout F text`, with `P` in place of `F` for a part of a line that
/// goes on in the next one. Kubernetes and podman have the same form.
final class LogWriter {
  private let file: Descriptor

  /// Appends to a file.
  init(_ file: consuming Descriptor) {
    self.file = file
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
      text += Array("\(head)\(end == nil ? "P" : "F") ".utf8)
      text += rest[..<(end ?? rest.endIndex)]
      text.append(UInt8(ascii: "\n"))
      rest = end.map { rest[($0 + 1)...] } ?? []
    }
    try? Kernel.appendWhole(file.number, text, name: "log")
  }
}
