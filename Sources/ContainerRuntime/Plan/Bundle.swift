internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
public import RuntimeErrors
internal import SystemPackage

/// A directory with a config.json. Spec: bundle.md
public struct Bundle: ~Copyable {
  /// Absolute path, without symbolic links.
  public let path: String
  let directory: Descriptor

  /// Opens the bundle.
  ///
  /// - Parameters:
  ///   - path: Absolute, or relative to the working directory.
  public init(path: String) throws(RuntimeError) {
    let opened = try Bundle.open(path)
    self.path = try Kernel.readLink("/proc/self/fd/\(opened.number)", at: Directory.working)
    directory = opened
  }

  private static func open(_ path: String) throws(RuntimeError) -> Descriptor {
    do {
      return try Kernel.open(path, flags: OpenFlags.path | O_DIRECTORY)
    } catch {
      throw error.coded(.invalidBundle).adding(context: "bundle \(path)")
    }
  }

  /// Reads config.json, which may hold anything.
  ///
  /// - Parameters:
  ///   - file: Read in its place; counted from the working directory. `--config`
  public borrowing func readConfig(_ file: String? = nil) throws(RuntimeError) -> [UInt8] {
    guard let file else {
      do {
        return try Bundle.read("config.json", at: directory.number)
      } catch let error where error.errno == .noSuchFileOrDirectory {
        throw RuntimeError(
          .invalidBundle, "bundle \(path): config.json does not exist (bundle.md)",
          hint: "`swrun spec` writes one to start from")
      }
    }
    return try during("--config") { () throws(RuntimeError) in try Bundle.read(file, at: Directory.working) }
  }

  private static func read(_ name: String, at directory: CInt) throws(RuntimeError) -> [UInt8] {
    let file = try Kernel.open(name, at: directory, flags: O_RDONLY | O_NONBLOCK)
    let status = try Kernel.stat(file.number)
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw RuntimeError(.invalidBundle, "\(name): not a regular file (bundle.md)")
    }
    guard status.st_size <= Config.maximumSize else {
      throw RuntimeError(
        .invalidConfig, "\(name): \(status.st_size) bytes, allowed are \(Config.maximumSize)")
    }
    return try Kernel.readAll(file.number, limit: Config.maximumSize, name: name)
  }
}
