internal import LinuxKernel
internal import RuntimeErrors

/// Where `--log` sends messages.
enum LogTarget: Equatable {
  /// `PATH` or `file:PATH`
  case file(String)
  /// `journald:IDENTIFIER`
  case journald(identifier: String)
  /// `syslog:IDENTIFIER`
  case syslog(identifier: String)

  /// Reads the option's value. Only the three known words before a colon are special: every other value is a
  /// path, with colons or without.
  ///
  /// - Parameters:
  ///   - containerID: The identifier when none is given; without a container that is `swrun`.
  /// - Returns: nil for standard error.
  init?(_ value: String?, containerID: String?) {
    guard let value, !value.isEmpty else { return nil }
    let parts = value.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let identifier = parts.last.flatMap { $0.isEmpty ? nil : $0 } ?? containerID ?? "swrun"
    switch (parts.count, parts[0]) {
    case (2, "file"): self = .file(parts[1])
    case (2, "journald"): self = .journald(identifier: identifier)
    case (2, "syslog"): self = .syslog(identifier: identifier)
    default: self = .file(value)
    }
  }

  /// Opens the file, or connects to the service.
  ///
  /// - Parameters:
  ///   - first: The lowest number that the descriptor may have: those below are the container's.
  func open(_ format: LogFormat, above first: CInt) throws(RuntimeError) -> any LogOutput {
    switch self {
    case .file(let path): try LogFile(path, format, above: first)
    case .journald(let identifier): try JournalLog(identifier, above: first)
    case .syslog(let identifier): try SystemLog(identifier, format, above: first)
    }
  }
}

/// What messages are written to, one at a time.
protocol LogOutput: AnyObject {
  /// Its descriptor, which stays open.
  var number: CInt { get }
  /// Writes a message as a whole, or not at all.
  func write(_ entry: LogEntry) throws(RuntimeError)
}

extension Descriptor {
  /// The same open file under a number from `first` on.
  consuming func moved(above first: CInt) throws(RuntimeError) -> Descriptor {
    if number >= first { return self }
    return try Kernel.duplicate(number, above: first)
  }

  /// A connection to a service that takes datagrams, and that may be slow, but not for ever.
  static func service(
    _ name: String, at path: String, above first: CInt
  ) throws(RuntimeError) -> Descriptor {
    do {
      let socket = try Kernel.connect(to: path, .datagrams)
      try Kernel.limitSending(socket.number, seconds: 5)
      return try socket.moved(above: first)
    } catch {
      throw error.adding(context: "\(name) cannot be reached")
    }
  }
}
