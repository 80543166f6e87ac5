internal import CTestSupport
internal import Foundation

/// A system call of the test's own that failed.
public struct SystemFailure: Error, CustomStringConvertible {
  /// What was tried and why it failed.
  public let description: String

  /// A failure of `step` with an errno.
  public init(_ step: String, _ code: CInt? = nil) {
    description = "\(step): \(String(cString: strerror(code ?? errno)))"
  }
}

/// Turns an answer of -1 into an error.
@discardableResult
public func checked(_ answer: CInt, _ step: @autoclosure () -> String) throws -> CInt {
  guard answer >= 0 else { throw SystemFailure(step()) }
  return answer
}

/// How many times longer than usual things may take: `$SWRUN_TEST_PATIENCE`, on slow machines.
let patience = Int(ProcessInfo.processInfo.environment["SWRUN_TEST_PATIENCE"] ?? "") ?? 1

/// Whether a descriptor has input, or its end, within some time.
public func canBeRead(_ descriptor: CInt, within time: Duration) -> Bool {
  var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
  let deadline = ContinuousClock.now + time * patience
  while true {
    let left = max(.zero, deadline - .now)
    let answer = poll(&request, 1, CInt(left / .milliseconds(1)))
    if answer >= 0 || errno != EINTR { return answer > 0 }
  }
}

/// Looks again and again until something is so.
///
/// - Returns: Whether it came to be within the time.
@discardableResult
public func eventually(within time: Duration = .seconds(20), _ isSo: () throws -> Bool) rethrows -> Bool {
  let deadline = ContinuousClock.now + time * patience
  while true {
    if try isSo() { return true }
    if ContinuousClock.now > deadline { return false }
    usleep(2000)
  }
}

/// argv or envp.
func withCStrings<Result>(
  _ strings: [String],
  _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
  let pointers = strings.map { strdup($0) }
  defer { for pointer in pointers { free(pointer) } }
  return body(pointers + [nil])
}

/// A pipe with close-on-exec ends.
public final class TestPipe {
  /// The end to read from.
  public private(set) var reading: CInt
  /// The end to write to.
  public private(set) var writing: CInt

  /// An empty pipe.
  public init() throws {
    var ends: [CInt] = [-1, -1]
    try checked(test_pipe(&ends), "pipe")
    (reading, writing) = (ends[0], ends[1])
  }

  deinit {
    close(reading)
    closeWriting()
  }

  /// The reader will see the end.
  public func closeWriting() {
    if writing >= 0 { close(writing) }
    writing = -1
  }

  /// Nobody reads any more.
  public func closeReading() {
    if reading >= 0 { close(reading) }
    reading = -1
  }

  /// Writes text.
  public func write(_ text: String) {
    _ = Array(text.utf8).withUnsafeBytes { Glibc.write(writing, $0.baseAddress, $0.count) }
  }

  /// Reads to the end, or for some time.
  public func readAll(within time: Duration = .seconds(20)) -> String {
    readText(from: reading, within: time) { _ in false }
  }
}

/// Reads until the text is good, the end comes or the time is over.
func readText(from descriptor: CInt, within time: Duration, until isGood: (String) -> Bool) -> String {
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  let deadline = ContinuousClock.now + time
  while !isGood(String(decoding: bytes, as: UTF8.self)) {
    guard canBeRead(descriptor, within: deadline - .now) else { break }
    let count = read(descriptor, &buffer, buffer.count)
    guard count > 0 else { break }
    bytes += buffer.prefix(count)
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// Small files and directories of tests.
public enum File {
  /// A file's text; empty if it cannot be read. Good for files of /proc, too.
  public static func text(_ path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    return readText(from: descriptor, within: .seconds(5)) { _ in false }
  }

  /// Writes a file.
  public static func write(_ text: String, to path: String, mode: UInt32 = 0o644) throws {
    let descriptor = try checked(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode), path)
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw SystemFailure(path) }
    fchmod(descriptor, mode)
  }

  /// Makes a directory and its parents.
  public static func makeDirectory(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// Whether something has this path.
  public static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// The names in a directory; none if it is not there.
  public static func names(in path: String) -> [String] {
    entries(of: path).map(\.name).sorted()
  }

  /// The directories in a directory.
  static func directories(in path: String) -> [String] {
    entries(of: path).filter(\.isDirectory).map(\.name)
  }

  // Not by FileManager: thousands of tests list hundreds of names each.
  private static func entries(of path: String) -> [(name: String, isDirectory: Bool)] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var entries: [(name: String, isDirectory: Bool)] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { entries.append((name, entry.pointee.d_type == DT_DIR)) }
    }
    return entries
  }

  /// What a symbolic link holds; empty if it is none.
  public static func link(_ path: String) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
      guard let start = buffer.baseAddress else { return "" }
      let length = readlink(path, start, buffer.count)
      return String(decoding: UnsafeRawBufferPointer(buffer).prefix(max(0, length)), as: UTF8.self)
    }
  }
}
