internal import Glibc
internal import LinuxKernel
public import RuntimeErrors
internal import SystemPackage

/// One piece of what a container's program wrote.
public struct LogPiece: Sendable, Equatable {
  /// When. RFC 3339
  public let time: String
  /// Whether it came from standard error.
  public let isError: Bool
  /// Whether the line ends here.
  public let endsLine: Bool
  /// Without a line feed.
  public let text: [UInt8]

  /// A line of the log; nil for one that a full disk or a crash cut.
  init?(_ line: ArraySlice<UInt8>) {
    let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
    guard fields.count == 4 else { return nil }
    time = String(decoding: fields[0], as: UTF8.self)
    isError = fields[1].elementsEqual("stderr".utf8)
    endsLine = fields[2].elementsEqual("F".utf8)
    text = Array(fields[3])
  }
}

/// Reads what a container's program wrote.
public struct LogReading {
  /// How many lines at most, the last ones; nil for all.
  public var tail: Int?
  /// Whether to go on until the container has ended.
  public var follows = false

  /// All that is there now.
  public init() {}

  /// Reads it.
  ///
  /// - Parameters:
  ///   - piece: Gets each piece, and whether a line begins with it.
  public func read(
    _ container: Container, _ piece: (LogPiece, Bool) throws(RuntimeError) -> Void
  ) throws(RuntimeError) {
    guard let file = try open(container) else { return }
    var lines = LineSplitter()
    var isAtBeginning = [false: true, true: true]
    func emit(_ found: LogPiece) throws(RuntimeError) {
      try piece(found, isAtBeginning[found.isError] ?? true)
      isAtBeginning[found.isError] = found.endsLine
    }
    if let tail { try Kernel.seek(file.number, to: beginning(ofLast: tail, in: file.number)) }
    while true {
      // Looked at before the log: what is written up to the end is read.
      let goesOn = follows ? try container.isHeld() : false
      while let part = try next(file.number) {
        for line in lines.split(part) { if let found = LogPiece(line) { try emit(found) } }
      }
      guard goesOn else { return }
      usleep(50_000)
    }
  }

  /// A container that is being started may have none yet.
  private func open(_ container: Container) throws(RuntimeError) -> Descriptor? {
    while true {
      let goesOn = follows ? try container.isHeld() : false
      do throws(RuntimeError) {
        return try Kernel.open(ContainerFile.log, at: container.number, flags: O_RDONLY | O_NOFOLLOW)
      } catch let error where error.errno == .noSuchFileOrDirectory {
        guard goesOn else { return nil }
        usleep(50_000)
      }
    }
  }

  private func next(_ file: CInt) throws(RuntimeError) -> [UInt8]? {
    let bytes = try Kernel.read(file, most: 64 << 10)
    return bytes.isEmpty ? nil : bytes
  }

  /// Where the last lines of what is there begin. They are not kept: a program need not write line feeds.
  ///
  /// - Returns: In bytes. A last line without an end counts, too.
  private func beginning(ofLast count: Int, in file: CInt) throws(RuntimeError) -> Int64 {
    var lines = LineSplitter()
    var starts: [Int64] = []
    var offset: Int64 = 0
    var isAtBeginning = true
    while let part = try next(file) {
      for line in lines.split(part) {
        if isAtBeginning { starts.append(offset) }
        offset += Int64(line.count) + 1
        isAtBeginning = LogPiece(line)?.endsLine ?? isAtBeginning
      }
      if starts.count > 2 * count { starts.removeFirst(starts.count - count) }
    }
    return starts.suffix(count).first ?? offset
  }
}

/// Lines out of parts of a file.
private struct LineSplitter {
  private var rest: [UInt8] = []

  /// - Returns: The lines that are whole now, without their ends.
  mutating func split(_ part: [UInt8]) -> [ArraySlice<UInt8>] {
    let bytes = rest + part
    var lines: [ArraySlice<UInt8>] = []
    var start = 0
    while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      lines.append(bytes[start..<end])
      start = end + 1
    }
    rest = Array(bytes[start...])
    return lines
  }
}
