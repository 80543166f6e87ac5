internal import CLinux
internal import Glibc
public import RuntimeErrors

/// Text in the form of execve(2)'s `argv` and `envp`, made before it is needed: nothing may be
/// allocated between the last limits and the program.
public final class CStrings {
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  /// Copies `strings`.
  public init(_ strings: [String]) {
    count = strings.count
    pointers = .allocate(capacity: count + 1)
    for (index, string) in strings.enumerated() { pointers[index] = strdup(string) }
    pointers[count] = nil
  }

  deinit {
    for index in 0..<count { free(pointers[index]) }
    pointers.deallocate()
  }
}

extension Kernel {
  /// Overwrites what /proc shows of the command line and environment that this process was given.
  ///
  /// For a process that comes near a container: with CAP_SYS_PTRACE that could read the variables of the
  /// runtime's caller.
  public static func forgetCaller() { linux_forget_caller() }

  /// execve(2); returns only by throwing.
  public static func execute(
    _ path: String, _ arguments: CStrings, _ environment: CStrings
  ) throws(RuntimeError) {
    let status = path.withCString {
      raw(__NR_execve, address($0), address(arguments.pointers), address(environment.pointers))
    }
    try check(status, "execve", path)
  }

  /// faccessat2(2): whether the effective user may execute the file.
  public static func mayExecute(_ path: String) -> Bool { mayAccess(path, X_OK) }

  /// faccessat2(2): whether the effective user may write, and the file system is not read-only.
  public static func mayWrite(_ path: String) -> Bool { mayAccess(path, W_OK) }

  private static func mayAccess(_ path: String, _ mode: CInt) -> Bool {
    path.withCString { raw(439, Int(Directory.working), address($0), Int(mode), Int(AT_EACCESS)) } == 0
  }

  /// memfd_create(2): a close-on-exec file in memory, to be read from its beginning.
  public static func makeMemoryFile(name: String, contents: [UInt8]) throws(RuntimeError) -> Descriptor {
    let number = name.withCString { raw(__NR_memfd_create, address($0), 1) }
    let file = Descriptor(owning: CInt(try check(number, "memfd_create", name)))
    if !contents.isEmpty {
      try writeAll(file.number, contents, name: name)
      try rewind(file.number)
    }
    return file
  }

  /// lseek(2) to the beginning.
  public static func rewind(_ file: CInt) throws(RuntimeError) {
    try check(raw(__NR_lseek, Int(file), 0, 0), "lseek")
  }

  /// The end of a file as text, without white space around it.
  ///
  /// - Parameters:
  ///   - most: How many bytes at most.
  public static func readTail(of file: CInt, most: Int) throws(RuntimeError) -> String {
    let size = Int(try stat(file).st_size)
    try check(raw(__NR_lseek, Int(file), max(0, size - most), 0), "lseek")
    let bytes = try readAll(file, limit: most, name: "output")
    let text = String(decoding: bytes, as: UTF8.self)
    let lines = text.split(whereSeparator: \.isNewline).map { $0.drop(while: \.isWhitespace) }
    return lines.joined(separator: "\n")
  }

  /// sendfile(2) until the end of the file.
  public static func copyContents(from source: CInt, to target: CInt) throws(RuntimeError) {
    while try check(retrying { raw(__NR_sendfile, Int(target), Int(source), 0, 1 << 30) }, "sendfile") > 0 {}
  }

  /// Sets IFF_UP on an interface of the process's network namespace. netdevice(7)
  public static func bringUp(interface: String) throws(RuntimeError) {
    try check(linux_interface_up(interface), "ioctl", "SIOCSIFFLAGS \(interface)")
  }

  /// seccomp(2) SECCOMP_SET_MODE_FILTER
  ///
  /// - Parameters:
  ///   - program: BPF instructions of 8 bytes each; nil only to ask about the flags.
  ///   - flags: SECCOMP_FILTER_FLAG_*.
  /// - Returns: The listener's descriptor with SECCOMP_FILTER_FLAG_NEW_LISTENER, else 0.
  public static func installFilter(_ program: UnsafeRawBufferPointer?, flags: UInt) -> Int {
    guard let program else { return raw(__NR_seccomp, 1, Int(flags), 0) }
    var filter = sock_fprog_address(count: UInt16(program.count / 8), address: program.baseAddress)
    return raw(__NR_seccomp, 1, Int(flags), address(&filter))
  }

  /// struct sock_fprog, which the headers' macros hide.
  private struct sock_fprog_address {
    var count: UInt16
    var address: UnsafeRawPointer?
  }
}
