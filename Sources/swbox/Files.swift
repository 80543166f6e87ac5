internal import Glibc
internal import ImageLayers
internal import JSON
internal import LinuxKernel
internal import OCIImage
internal import RuntimeErrors
internal import SystemPackage

/// Standard input, where an archive is expected.
enum StandardInput {
  /// - Throws: `invalidArgument` if it is a terminal.
  static func source(hint: String) throws(RuntimeError) -> FileSource {
    guard isatty(0) != 1 else {
      throw RuntimeError(.invalidArgument, "standard input is a terminal, not an archive", hint: hint)
    }
    return FileSource(try Kernel.duplicate(0), name: "standard input")
  }
}

/// Where an archive goes: standard output, a device or pipe, or a file that comes to its name only when it is complete.
final class OutputFile: ByteSink {
  private let sink: FileSink
  /// The name that the file gets; nil for what has one.
  private var path: String?
  /// What the file is called until then, where a file system has no files without names.
  private var temporary: String?

  /// - Parameters:
  ///   - path: nil for standard output.
  init(_ path: String?) throws(RuntimeError) {
    guard let path, path != "-" else {
      guard isatty(1) != 1 else {
        throw RuntimeError(
          .invalidArgument, "an archive is not written to a terminal", hint: "--output names a file")
      }
      sink = FileSink(try Kernel.duplicate(1), name: "standard output")
      return
    }
    guard try OutputFile.isReplaceable(path) else {
      sink = FileSink(try Kernel.open(path, flags: O_WRONLY | O_NOCTTY), name: path)
      return
    }
    self.path = path
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    do throws(RuntimeError) {
      // Nothing of it stays if this process is killed.
      sink = FileSink(
        try Kernel.open(folder, flags: OpenFlags.unnamed | O_WRONLY, mode: 0o644), name: path)
    } catch let error where error.errno == .notSupportedOnSocket || error.errno == .isDirectory {
      let temporary = OutputFile.temporaryName(path)
      sink = FileSink(
        try Kernel.open(temporary, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o644), name: path)
      self.temporary = temporary
    }
  }

  deinit {
    if let temporary { unlink(temporary) }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(RuntimeError) { try sink.write(bytes) }

  func finish() {}

  /// Gives the file its name.
  func complete() throws(RuntimeError) {
    guard let path else { return }
    try Kernel.synchronize(sink.number)
    if temporary == nil {
      do throws(RuntimeError) {
        return try Kernel.link(sink.number, to: path, at: Directory.working)
      } catch let error where error.errno == .fileExists {
        let temporary = OutputFile.temporaryName(path)
        try Kernel.link(sink.number, to: temporary, at: Directory.working)
        self.temporary = temporary
      }
    }
    guard let temporary else { return }
    try Kernel.rename(temporary, at: Directory.working, to: path, at: Directory.working)
    self.temporary = nil
  }

  private static func temporaryName(_ path: String) -> String { "\(path).\(getpid())" }

  /// Whether there is nothing, or a regular file.
  private static func isReplaceable(_ path: String) throws(RuntimeError) -> Bool {
    do throws(RuntimeError) {
      let file = try Kernel.open(path, flags: OpenFlags.path)
      return try Kernel.stat(file.number).st_mode & S_IFMT == S_IFREG
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return true
    }
  }
}

/// A directory that a command fills.
enum NewDirectory {
  /// Makes the directory, or takes an empty one, and fills it. If that fails nothing stays of what was made.
  ///
  /// - Parameters:
  ///   - body: Gets the directory's descriptor.
  /// - Throws: `invalidArgument` if something is in it.
  static func fill(_ path: String, _ body: (CInt) throws(RuntimeError) -> Void) throws(RuntimeError) {
    var isNew = true
    do throws(RuntimeError) {
      try Kernel.makeDirectory(path, at: Directory.working, mode: 0o755)
    } catch let error where error.errno == .fileExists {
      isNew = false
    }
    let directory = try Kernel.open(path, flags: O_RDONLY | O_DIRECTORY)
    guard try Kernel.names(in: directory.number).isEmpty else {
      throw RuntimeError(.invalidArgument, "the directory \(path) is not empty")
    }
    do throws(RuntimeError) {
      try body(directory.number)
    } catch {
      for name in (try? Kernel.names(in: directory.number)) ?? [] {
        try? DirectoryTree.remove(name, at: directory.number)
      }
      if isNew { try? Kernel.remove(path, at: Directory.working, isDirectory: true) }
      throw error
    }
  }
}

/// Names of images as people write them.
enum Names {
  /// The full name that is meant by one for a new image: short ones are this machine's own.
  static func full(_ text: String) throws(RuntimeError) -> Reference {
    let reference = try Reference(text)
    guard reference.digest == nil else {
      throw RuntimeError(.invalidArgument, "\(text): a name with a digest cannot be given")
    }
    return reference.inRegistry("localhost").tagged
  }
}

/// Sizes as people write them.
enum Sizes {
  /// `64G`, `1.5g`, `512MiB` or `100b` in bytes; a part of a byte is left out.
  static func bytes(_ text: String, option: String) throws(RuntimeError) -> UInt64 {
    let units = ["": 0, "k": 10, "m": 20, "g": 30, "t": 40]
    let digits = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
    let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    var letters = text.dropFirst(digits.count).lowercased()
    if letters.hasSuffix("ib"), letters.count == 3 { letters.removeLast(2) }
    if letters.hasSuffix("b") { letters.removeLast() }
    func fault() -> RuntimeError {
      RuntimeError(
        .invalidArgument, "\(option): found \(quoted(text)), expected a size such as 512M or 1.5G")
    }
    guard let unit = units[letters], let whole = UInt64(parts[0]), whole <= UInt64.max >> (unit + 1),
      parts.count == 1 || unit > 0 && !parts[1].isEmpty,
      let fraction = parts.count == 1 ? 0 : Double("0.\(parts[1])")
    else {
      throw fault()
    }
    let bytes = whole << unit + UInt64(fraction * Double(UInt64(1) << unit))
    guard bytes > 0 else { throw fault() }
    return bytes
  }

  /// Bytes for people: `3.4 MB`.
  static func text(_ bytes: Int64) -> String {
    var value = Double(bytes)
    for unit in ["B", "kB", "MB", "GB"] {
      if value < 999.5 { return unit == "B" ? "\(bytes) B" : "\(rounded(value)) \(unit)" }
      value /= 1000
    }
    return "\(rounded(value)) TB"
  }

  private static func rounded(_ value: Double) -> String {
    value < 9.95 ? "\((value * 10).rounded() / 10)" : "\(Int(value.rounded()))"
  }
}

/// Times as people write them.
enum Durations {
  /// `90s`, `10m`, `2h` or `7d` in seconds.
  static func seconds(_ text: String, option: String) throws(RuntimeError) -> Int64 {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
    guard let unit = text.last.flatMap({ units[$0] }) ?? (text == "0" ? 1 : nil),
      let number = Int64(text == "0" ? text[...] : text.dropLast()), number >= 0, number < 1 << 32
    else {
      throw RuntimeError(.invalidArgument, "\(option): found \"\(text)\", expected a time such as 30m or 7d")
    }
    return number * unit
  }
}
