internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// The control files of one open cgroup, for reading what is counted.
struct ControlFiles {
  private let directory: CInt

  /// - Parameters:
  ///   - directory: Stays open while this is used.
  init(_ directory: CInt) { self.directory = directory }

  /// - Returns: All of a file without newlines at its end; nil if there is no such file.
  func text(_ file: String) throws(RuntimeError) -> String? {
    do throws(RuntimeError) {
      var text = String(decoding: try Kernel.readTable(file, at: directory), as: UTF8.self)
      while text.utf8.last == UInt8(ascii: "\n") { text.removeLast() }
      return text
    } catch {
      // EOPNOTSUPP: a file of something that was switched off, such as PSI.
      if error.errno == .noSuchFileOrDirectory || error.errno == .notSupportedOnSocket { return nil }
      throw error
    }
  }

  /// A file with one number.
  ///
  /// - Returns: nil for another text, such as `max`.
  func number(_ file: String) throws(RuntimeError) -> UInt64? { try text(file).flatMap { UInt64($0) } }

  /// A file with lines of a name and a number.
  func counters(_ file: String) throws(RuntimeError) -> [String: UInt64] {
    ControlFileText.counters(try text(file) ?? "")
  }

  /// `cpu.pressure` and its like, of cgroup2.
  func pressure(_ file: String) throws(RuntimeError) -> PressureStatistics? {
    try text(file).map { ControlFileText.pressure($0) }
  }

  /// The sizes of huge pages that have files, which is the only place where the kernel names them so.
  ///
  /// - Parameters:
  ///   - ending: Of the names of files that are meant.
  func hugePageSizes(ending: String) throws(RuntimeError) -> [String] {
    try Kernel.list(".", at: directory).compactMap { name in
      let parts = name.split(separator: ".")
      guard parts.count == 3, parts[0] == "hugetlb", name.hasSuffix(ending) else { return nil }
      return String(parts[1])
    }
  }

  /// What cgroup2 counts of huge pages, by size.
  func hugePages() throws(RuntimeError) -> [String: HugePageStatistics] {
    var result: [String: HugePageStatistics] = [:]
    for size in try hugePageSizes(ending: ".current") {
      var pages = HugePageStatistics()
      pages.usage = try number("hugetlb.\(size).current") ?? 0
      pages.failures = try counters("hugetlb.\(size).events")["max"] ?? 0
      result[size] = pages
    }
    return result
  }
}
