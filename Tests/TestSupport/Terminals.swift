internal import CLinux
internal import Foundation

/// A terminal's main end, held by a test in a person's place.
public final class TestTerminal {
  /// The main end.
  public let main: CInt
  /// The other end's path, if the test made the terminal.
  public let path: String
  private var unread = ""

  /// A new terminal of 24 rows and 80 columns.
  public init() throws {
    var main: CInt = -1
    var peer: CInt = -1
    var name = [CChar](repeating: 0, count: 128)
    try checked(openpty(&main, &peer, &name, nil, nil), "openpty")
    _ = fcntl(main, F_SETFD, FD_CLOEXEC)
    close(peer)
    self.main = main
    path = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    resize(rows: 24, columns: 80)
  }

  init(main: CInt) {
    self.main = main
    path = ""
  }

  deinit { close(main) }

  /// Types.
  public func type(_ text: String) {
    _ = Array(text.utf8).withUnsafeBytes { write(main, $0.baseAddress, $0.count) }
  }

  /// Reads until `text` has come.
  ///
  /// - Returns: All that was read since the last time.
  public func read(until text: String, within time: Duration = .seconds(20)) -> String {
    readText(from: main, within: time) { $0.contains(text) }
  }

  /// Reads until the other end is closed.
  public func readAll(within time: Duration = .seconds(20)) -> String {
    readText(from: main, within: time) { _ in false }
  }

  /// Changes the window's size.
  public func resize(rows: UInt16, columns: UInt16) {
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    _ = linux_ioctl(main, UInt(TIOCSWINSZ), &size)
  }

  /// The window's rows and columns.
  public var size: [UInt16] {
    var size = winsize()
    _ = linux_ioctl(main, UInt(TIOCGWINSZ), &size)
    return [size.ws_row, size.ws_col]
  }

  /// Whether the terminal echoes what is typed.
  public var echoes: Bool {
    var settings = termios()
    tcgetattr(main, &settings)
    return settings.c_lflag & tcflag_t(ECHO) != 0
  }
}

extension Command {
  /// The same command as a person at a terminal starts it.
  public func at(_ terminal: TestTerminal) -> Command {
    var command = self
    command.leadsSession = true
    command.input = .path(terminal.path)
    command.output = .path(terminal.path)
    command.errors = .path(terminal.path)
    return command
  }
}

/// An AF_UNIX socket that a runtime sends descriptors to: `--console-socket`, `--pidfd-socket`.
public final class DescriptorSocket {
  /// Where it listens.
  public let path: String
  private let listener: CInt

  /// A socket in `directory`, in a place short enough for sockaddr_un.
  public init(in directory: String, named name: String = "console.sock", type: Int32 = 1) throws {
    path = directory + "/" + name
    listener = try checked(CInt(linux_unix_listen(path, type)), "listening on \(path)")
  }

  deinit {
    close(listener)
    unlink(path)
  }

  /// Takes a call and what it brings.
  public func receive(within time: Duration = .seconds(20)) throws -> (text: String, descriptor: CInt) {
    guard canBeRead(listener, within: time) else { throw SystemFailure("nobody called \(path)", ETIMEDOUT) }
    let caller = try checked(accept(listener, nil, nil), "accept")
    defer { close(caller) }
    guard canBeRead(caller, within: time) else { throw SystemFailure("nothing sent to \(path)", ETIMEDOUT) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    var descriptors: [CInt] = [-1]
    var count: CInt = 1
    let length = linux_receive(caller, &bytes, bytes.count, &descriptors, &count)
    guard length >= 0, count == 1 else { throw SystemFailure("receiving from \(path)", EPROTO) }
    return (String(decoding: bytes.prefix(length), as: UTF8.self), descriptors[0])
  }

  /// Takes a terminal.
  public func receiveTerminal() throws -> TestTerminal { TestTerminal(main: try receive().descriptor) }
}
