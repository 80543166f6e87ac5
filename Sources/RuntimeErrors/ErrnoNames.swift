public import SystemPackage

extension Errno {
  /// The kernel's words and symbol: `no such file or directory (ENOENT)`.
  ///
  /// Lower case, because docker matches the lower-case phrases in a runtime's message.
  public var text: String {
    "\(description.lowercased()) (\(symbol))"
  }

  /// The symbol, such as `ENOENT`, or `errno 133` where none is known.
  public var symbol: String {
    Errno.symbols[rawValue] ?? "errno \(rawValue)"
  }

  private static let symbols: [CInt: String] = [
    1: "EPERM", 2: "ENOENT", 3: "ESRCH", 4: "EINTR", 5: "EIO", 6: "ENXIO", 7: "E2BIG", 8: "ENOEXEC",
    9: "EBADF", 10: "ECHILD", 11: "EAGAIN", 12: "ENOMEM", 13: "EACCES", 14: "EFAULT", 15: "ENOTBLK",
    16: "EBUSY", 17: "EEXIST", 18: "EXDEV", 19: "ENODEV", 20: "ENOTDIR", 21: "EISDIR", 22: "EINVAL",
    23: "ENFILE", 24: "EMFILE", 25: "ENOTTY", 26: "ETXTBSY", 27: "EFBIG", 28: "ENOSPC", 29: "ESPIPE",
    30: "EROFS", 31: "EMLINK", 32: "EPIPE", 33: "EDOM", 34: "ERANGE", 35: "EDEADLK", 36: "ENAMETOOLONG",
    37: "ENOLCK", 38: "ENOSYS", 39: "ENOTEMPTY", 40: "ELOOP", 61: "ENODATA", 62: "ETIME", 71: "EPROTO",
    75: "EOVERFLOW", 87: "EUSERS", 88: "ENOTSOCK", 90: "EMSGSIZE", 92: "ENOPROTOOPT", 95: "EOPNOTSUPP",
    98: "EADDRINUSE", 104: "ECONNRESET", 107: "ENOTCONN", 110: "ETIMEDOUT", 111: "ECONNREFUSED",
    116: "ESTALE", 117: "EUCLEAN", 122: "EDQUOT", 126: "ENOKEY", 128: "EKEYREVOKED",
  ]
}
