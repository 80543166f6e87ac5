internal import LinuxKernel
internal import RuntimeErrors

/// Standard output, with errors: a full disk must not look like success.
enum Output {
  /// Writes text.
  static func write(_ text: String) throws(RuntimeError) {
    try Kernel.writeAll(1, Array(text.utf8), name: "standard output")
  }

  /// Writes JSON and a newline.
  static func write(_ json: [UInt8]) throws(RuntimeError) {
    try Kernel.writeAll(1, json + [UInt8(ascii: "\n")], name: "standard output")
  }
}
