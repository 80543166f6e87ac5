internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// What of CRIU's log explains a failure.
enum CriuLog {
  /// CRIU tells many a cause without calling it an error: `Can't connect to server`.
  private static let signs = ["Error (", "an't ", "annot ", "nable to ", "ailed", "refused", "not supported"]
  /// What CRIU says of other things, also when all goes well; that it failed, which is known; and what its
  /// helper for cgroups says at the end for no reason of its own.
  private static let noise = [
    "cgroupd: recv req error",
    "Warn ", "rlimit:", "tun: Unable", "Unable to detach", "Hugetlb", "external plugin failed", "get $HOME",
    "FAILED",
  ]
  private static let mostLines = 10

  /// The last lines that tell of something that went wrong, or else the last ones.
  static func explanation(in text: String) -> [String] {
    let lines = text.split(separator: "\n")
    let telling = lines.filter { line in
      signs.contains { line.contains($0) } && !noise.contains { line.contains($0) }
    }
    return (telling.isEmpty ? lines.suffix(5) : telling.suffix(mostLines)).map(withoutTime)
  }

  /// `(00.012345) text`
  private static func withoutTime(_ line: Substring) -> String {
    String((line.first == "(" ? line.drop { $0 != ")" }.dropFirst() : line).drop { $0 == " " })
  }
}

extension RuntimeError {
  /// The same error with what CRIU's log says, if CRIU is what failed.
  ///
  /// - Parameters:
  ///   - directory: Where the log is.
  ///   - path: The same, for people.
  func citing(log name: String, in directory: CInt, path: String) -> RuntimeError {
    guard code == .criuFailed, let file = try? Kernel.open(name, at: directory, flags: O_RDONLY),
      let text = try? Kernel.readTail(of: file.number, most: 64 * 1024)
    else { return self }
    var error = self
    let lines = CriuLog.explanation(in: text)
    if !lines.isEmpty { error.message += ":\n" + lines.joined(separator: "\n") }
    return error.hinting("all that criu says is in \(path)/\(name); `criu check` tells whether it works here")
  }
}
