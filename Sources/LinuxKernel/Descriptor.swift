internal import Glibc

/// An open file descriptor that closes itself when it goes out of scope.
///
/// Every function of this module that opens one opens it close-on-exec.
public struct Descriptor: ~Copyable, Sendable {
  /// The number, for calls that borrow the descriptor.
  public let number: CInt

  /// Takes over `number`: nobody else may close it.
  public init(owning number: CInt) {
    self.number = number
  }

  deinit {
    if number >= 0 { _ = Glibc.close(number) }
  }

  /// close(2) now.
  public consuming func close() {}

  /// Gives up ownership.
  ///
  /// - Returns: The number, now the caller's to close.
  public consuming func release() -> CInt {
    let number = number
    discard self
    return number
  }
}

/// Where a relative path starts: a descriptor's number, or the working directory.
public enum Directory {
  /// AT_FDCWD: the working directory. Absolute paths ignore it.
  public static let working: CInt = -100
}
