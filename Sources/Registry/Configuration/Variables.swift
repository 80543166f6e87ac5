internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// The environment, as far as it says where files are.
enum Variables {
  /// A variable that is set and not empty.
  static func value(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The person's home directory.
  static var home: String? { value("HOME").flatMap { $0.hasPrefix("/") ? $0 : nil } }

  /// `~/.config`, or where the person has it.
  static var configuration: String? {
    value("XDG_CONFIG_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home.map { $0 + "/.config" }
  }
}

/// Files that other tools for containers read, too.
enum ConfigurationFile {
  /// The whole file; nil if there is none.
  static func read(_ path: String, limit: Int = 1 << 20) throws(RuntimeError) -> [UInt8]? {
    do throws(RuntimeError) {
      let file = try Kernel.open(path, flags: O_RDONLY | O_NONBLOCK)
      return try Kernel.readAll(file.number, limit: limit, name: path)
    } catch let error where error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory {
      return nil
    }
  }

  /// The names in a directory that end so, sorted; none if there is no directory.
  static func names(in path: String, suffix: String) throws(RuntimeError) -> [String] {
    do throws(RuntimeError) {
      return try Kernel.list(path).filter { $0.hasSuffix(suffix) }.sorted()
    } catch let error where error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory {
      return []
    }
  }
}
