internal import ArgumentParser
internal import ContainerRuntime
internal import Glibc
internal import JSON
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// `spec`
struct SpecCommand: InvokedCommand {
  static let configuration = CommandConfiguration(
    commandName: "spec", abstract: "Write a config.json to start from.")

  @ParentCommand var parent: Swrun

  @Option(
    name: [.long, .customShort("b")], help: ArgumentHelp("Where to write it.", valueName: "dir"),
    completion: .directory)
  var bundle = "."

  @Option(
    name: [.long, .customShort("f")],
    help: ArgumentHelp("The file to write, counted from there (default: config.json).", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var file: String?

  @Flag(help: "For a user without privileges.")
  var rootless = false

  var requested: Invocation.Command { .spec(bundle: bundle, file: file, rootless: rootless) }
}

extension SpecCommand {
  /// Writes config.json, or the file that is named, to the directory `bundle`.
  static func write(to bundle: String, file: String?, rootless: Bool) throws(RuntimeError) {
    let config = rootless ? SpecTemplate.rootless(uid: geteuid(), gid: getegid()) : SpecTemplate.standard
    let file = file ?? "config.json"
    try write(
      JSONWriter(style: .tabs).encode(config) + [10], to: file.hasPrefix("/") ? file : "\(bundle)/\(file)")
  }

  /// Writes a file that must not exist yet.
  private static func write(_ bytes: [UInt8], to path: String) throws(RuntimeError) {
    do throws(RuntimeError) {
      let file = try Kernel.open(path, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o666)
      do throws(RuntimeError) {
        try Kernel.writeAll(file.number, bytes, name: path)
      } catch {
        try? Kernel.remove(path, at: Directory.working)
        throw error
      }
    } catch let error where error.errno == .fileExists {
      throw RuntimeError(
        .invalidBundle, "\(path) exists already", hint: "remove it first, or give another --bundle or --file")
    }
  }
}

/// `features`
struct FeaturesCommand: InvokedCommand {
  static let configuration = CommandConfiguration(
    commandName: "features", abstract: "Print what this runtime supports, as JSON.")

  @ParentCommand var parent: Swrun

  var requested: Invocation.Command { .features }
}
