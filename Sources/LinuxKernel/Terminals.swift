internal import CLinux
internal import Glibc
public import RuntimeErrors
internal import SystemPackage

/// Pseudoterminals. pty(7), ioctl_tty(2)
public enum Terminal {
  /// Makes the pair's other end usable and opens it without a path, so that nothing in a hostile
  /// /dev/pts can stand in its place. TIOCSPTLCK, TIOCGPTPEER
  ///
  /// - Parameters:
  ///   - main: An open `ptmx`.
  /// - Returns: The end for the container's process.
  public static func openPeer(of main: CInt) throws(RuntimeError) -> Descriptor {
    var unlock: CInt = 0
    try check(linux_ioctl(main, 0x4004_5431, &unlock), "ioctl", "TIOCSPTLCK")
    let flags = Int(O_RDWR | O_NOCTTY | O_CLOEXEC)
    let number = raw(__NR_ioctl, Int(main), 0x5441, flags)
    return Descriptor(owning: CInt(try check(number, "ioctl", "TIOCGPTPEER")))
  }

  /// The number of the pair, N in /dev/pts/N. TIOCGPTN
  public static func number(of main: CInt) throws(RuntimeError) -> UInt32 {
    var number: UInt32 = 0
    try check(linux_ioctl(main, 0x8004_5430, &number), "ioctl", "TIOCGPTN")
    return number
  }

  /// TIOCSWINSZ
  public static func setSize(_ terminal: CInt, rows: UInt16, columns: UInt16) throws(RuntimeError) {
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    try check(linux_ioctl(terminal, UInt(TIOCSWINSZ), &size), "ioctl", "TIOCSWINSZ")
  }

  /// Gives `terminal` the size of `model`; nothing happens if that is no terminal. TIOCGWINSZ
  public static func copySize(from model: CInt, to terminal: CInt) {
    var size = winsize()
    // A terminal that nobody gave a size says nothing.
    if linux_ioctl(model, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 || size.ws_col > 0 {
      _ = linux_ioctl(terminal, UInt(TIOCSWINSZ), &size)
    }
  }

  /// How many rows and columns a terminal shows; nil if it is none, or does not know. TIOCGWINSZ
  public static func size(of terminal: CInt) -> (rows: Int, columns: Int)? {
    var size = winsize()
    guard linux_ioctl(terminal, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else {
      return nil
    }
    return (Int(size.ws_row), Int(size.ws_col))
  }

  /// Makes `terminal` the controlling terminal of the session. TIOCSCTTY
  public static func takeControl(_ terminal: CInt) throws(RuntimeError) {
    try check(raw(__NR_ioctl, Int(terminal), Int(TIOCSCTTY), 0), "ioctl", "TIOCSCTTY")
  }

  /// Gives up the controlling terminal, if there is one. TIOCNOTTY
  public static func leave() throws(RuntimeError) {
    let terminal: Descriptor
    do throws(RuntimeError) {
      terminal = try Kernel.open("/dev/tty", flags: O_RDWR | O_NOCTTY | O_NONBLOCK)
    } catch let error where [.noSuchAddressOrDevice, .noSuchFileOrDirectory].contains(error.errno) {
      return
    }
    try check(linux_ioctl(terminal.number, UInt(TIOCNOTTY), nil), "ioctl", "TIOCNOTTY")
  }

  /// tcgetattr(3)
  ///
  /// - Returns: The settings, or nil if `descriptor` is no terminal.
  public static func settings(of descriptor: CInt) -> TerminalSettings? {
    var attributes = termios()
    guard tcgetattr(descriptor, &attributes) == 0 else { return nil }
    return TerminalSettings(attributes: attributes)
  }

  /// tcsetattr(3)
  public static func apply(_ settings: TerminalSettings, to descriptor: CInt) {
    var attributes = settings.attributes
    _ = tcsetattr(descriptor, TCSANOW, &attributes)
  }
}

/// What tcgetattr(3) reads.
public struct TerminalSettings {
  var attributes: termios

  /// The same terminal with every byte passed on as it is. cfmakeraw(3)
  public var raw: TerminalSettings {
    var copy = self
    cfmakeraw(&copy.attributes)
    return copy
  }

  /// The same terminal without turning "\n" into "\r\n" on output, as runtimes set up a container's.
  public var withoutNewlineTranslation: TerminalSettings {
    var copy = self
    copy.attributes.c_oflag &= ~tcflag_t(ONLCR)
    return copy
  }
}
