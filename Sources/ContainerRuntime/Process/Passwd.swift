internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// The container's /etc/passwd, which the image wrote.
enum Passwd {
  private static let largest = 1 << 20

  /// The home directory of a user: `/` if the file is missing, odd or silent.
  static func home(of uid: UInt32) -> String {
    guard
      let file = try? Kernel.open("/etc/passwd", flags: O_RDONLY | O_NONBLOCK | O_NOCTTY),
      let status = try? Kernel.stat(file.number), status.st_mode & S_IFMT == S_IFREG,
      status.st_size <= largest,
      let bytes = try? Kernel.readAll(file.number, limit: largest, name: "/etc/passwd")
    else { return "/" }
    return home(of: uid, in: String(decoding: bytes, as: UTF8.self))
  }

  /// The sixth field of the first line whose third is `uid`. passwd(5)
  static func home(of uid: UInt32, in text: String) -> String {
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count > 5, UInt32(fields[2]) == uid else { continue }
      return fields[5].hasPrefix("/") ? String(fields[5]) : "/"
    }
    return "/"
  }
}
