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
    let files = LogFiles(container: container)
    var lines = LineSplitter()
    var isAtBeginning = [false: true, true: true]
    func pass(_ file: LogFile) throws(RuntimeError) {
      while let part = try file.next() {
        for line in lines.split(part) {
          guard let found = LogPiece(line) else { continue }
          try piece(found, isAtBeginning[found.isError] ?? true)
          isAtBeginning[found.isError] = found.endsLine
        }
      }
    }
    var current: LogFile?
    if let tail { current = try files.beginning(ofLast: tail) }
    while true {
      // Looked at before the log: what is written up to the end is read.
      let goesOn = follows ? try container.isHeld() : false
      if let current { try pass(current) }
      if let next = try files.file(after: current) {
        // Once there is a newer one no more comes.
        if let current { try pass(current) }
        lines = LineSplitter()
        current = next
        continue
      }
      guard goesOn else { return }
      usleep(50_000)
    }
  }
}

/// One file of a log.
private final class LogFile {
  private let file: Descriptor
  let inode: UInt64

  init(_ file: consuming Descriptor) throws(RuntimeError) {
    inode = UInt64(try Kernel.stat(file.number).st_ino)
    self.file = file
  }

  /// The next part; nil at the end, behind which more may come.
  func next() throws(RuntimeError) -> [UInt8]? {
    let bytes = try Kernel.read(file.number, most: 64 << 10)
    return bytes.isEmpty ? nil : bytes
  }

  func seek(to offset: Int64) throws(RuntimeError) { try Kernel.seek(file.number, to: offset) }
}

/// The files of a container's log: one that is written to, and perhaps an older one.
private struct LogFiles {
  let container: Container

  /// The files as they are at one moment, the older one first. A container that is being started may have none yet.
  private func all() throws(RuntimeError) -> [LogFile] {
    while true {
      let older = try open(ContainerFile.olderLog)
      let newest = try open(ContainerFile.log)
      // Else the newest became the older one meanwhile, or was the one that did.
      if try inode(ContainerFile.olderLog) == older?.inode { return [older, newest].compactMap(\.self) }
    }
  }

  private func open(_ name: String) throws(RuntimeError) -> LogFile? {
    do throws(RuntimeError) {
      return try LogFile(Kernel.open(name, at: container.number, flags: O_RDONLY | O_NOFOLLOW))
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return nil
    }
  }

  private func inode(_ name: String) throws(RuntimeError) -> UInt64? {
    try Kernel.stat(name, at: container.number).map { UInt64($0.st_ino) }
  }

  /// The file that goes on where another ends.
  ///
  /// - Parameters:
  ///   - current: nil for the beginning.
  /// - Returns: nil if there is none yet.
  func file(after current: LogFile?) throws(RuntimeError) -> LogFile? {
    let files = try all()
    guard let current else { return files.first }
    if let place = files.firstIndex(where: { $0.inode == current.inode }) {
      return files.dropFirst(place + 1).first
    }
    // Either two came since, or the container is being removed.
    return files.count == 2 ? files.first : nil
  }

  /// The file in which the last lines of what is there begin, and it is read from there. The lines are not kept: a
  /// program need not write line feeds.
  ///
  /// - Returns: nil if there is no file yet. A last line without an end counts, too.
  func beginning(ofLast count: Int) throws(RuntimeError) -> LogFile? {
    var starts: [(file: LogFile, offset: Int64)] = []
    var end: (file: LogFile, offset: Int64)?
    var isAtBeginning = true
    for file in try all() {
      var lines = LineSplitter()
      var offset: Int64 = 0
      while let part = try file.next() {
        for line in lines.split(part) {
          if isAtBeginning { starts.append((file, offset)) }
          offset += Int64(line.count) + 1
          isAtBeginning = LogPiece(line)?.endsLine ?? isAtBeginning
        }
        if starts.count > 2 * count { starts.removeFirst(starts.count - count) }
      }
      end = (file, offset)
    }
    let place = starts.suffix(count).first ?? end
    if let place { try place.file.seek(to: place.offset) }
    return place?.file
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
