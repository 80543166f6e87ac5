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
  public borrowing func readConfig() throws(RuntimeError) -> [UInt8] {
    do throws(RuntimeError) {
      let file = try Kernel.open("config.json", at: directory.number, flags: O_RDONLY | O_NONBLOCK)
      let status = try Kernel.stat(file.number)
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw RuntimeError(.invalidBundle, "config.json: not a regular file (bundle.md)")
      }
      guard status.st_size <= Config.maximumSize else {
        throw RuntimeError(
          .invalidConfig, "config.json: \(status.st_size) bytes, allowed are \(Config.maximumSize)")
      }
      return try Kernel.readAll(file.number, limit: Config.maximumSize, name: "config.json")
    } catch let error where error.errno == .noSuchFileOrDirectory {
      throw RuntimeError(
        .invalidBundle, "bundle \(path): config.json does not exist (bundle.md)",
        hint: "`swrun spec` writes one to start from")
    }
  }
}
