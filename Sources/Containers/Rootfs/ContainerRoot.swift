internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// A container's root file system as seen from outside: what lies in it is hostile.
///
/// Everything is reached by its descriptor. Links are followed as if it were `/`, magic links never.
public struct ContainerRoot: ~Copyable {
  private static let confined = ResolveFlags.inRoot | ResolveFlags.noMagicLinks
  /// The largest file that is read here, in bytes.
  private static let largest = 4 << 20

  private let root: Descriptor

  /// Takes over a descriptor of the root directory.
  init(_ root: consuming Descriptor) {
    self.root = root
  }

  /// The descriptor's number.
  var number: CInt { root.number }

  /// Reads a small regular file as text; nil if there is none, or something else.
  func text(_ path: String) throws(RuntimeError) -> String? {
    let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY
    let file: Descriptor
    do throws(RuntimeError) {
      guard
        let found = try Kernel.openIfPresent(
          relative(path), at: root.number, flags: flags, resolve: ContainerRoot.confined)
      else { return nil }
      file = found
      // A link that leads round, a device, a socket: nothing that a person meant.
    } catch let error where [.tooManySymbolicLinkLevels, .noSuchAddressOrDevice].contains(error.errno) {
      return nil
    }
    guard try Kernel.stat(file.number).st_mode & S_IFMT == S_IFREG else { return nil }
    let bytes = try Kernel.readAll(
      file.number, limit: ContainerRoot.largest, name: "\(path) of the container")
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Whether a path leads to something.
  func isThere(_ path: String) throws(RuntimeError) -> Bool {
    let found = try Kernel.openIfPresent(
      relative(path), at: root.number, flags: OpenFlags.path, resolve: ContainerRoot.confined)
    return found != nil
  }

  /// Makes a directory with those above it, unless it is there.
  func makeDirectory(_ path: String) throws(RuntimeError) {
    var reached = "."
    for part in path.split(separator: "/") where part != "." && part != ".." {
      let parent = try Kernel.open(
        reached, at: root.number, flags: OpenFlags.path | O_DIRECTORY, resolve: ContainerRoot.confined)
      do throws(RuntimeError) {
        try Kernel.makeDirectory(String(part), at: parent.number, mode: 0o755)
      } catch let error where error.errno == .fileExists {}
      reached += "/\(part)"
    }
  }

  private func relative(_ path: String) -> String {
    let trimmed = path.drop { $0 == "/" }
    return trimmed.isEmpty ? "." : String(trimmed)
  }
}
