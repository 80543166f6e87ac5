internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// Where files are copied from or to: a path of the host, or one below a container's root.
struct CopyRoot {
  /// nil for the host itself.
  private let root: OpenDirectory?

  /// Whether a file is the container's root itself, by whatever path it was reached.
  func isRoot(_ status: stat) throws(RuntimeError) -> Bool {
    guard let root else { return false }
    let own = try Kernel.stat(root.descriptor.number)
    return own.st_dev == status.st_dev && own.st_ino == status.st_ino
  }

  /// The host's own file system.
  static let host = CopyRoot(root: nil)

  /// A container's.
  static func container(_ root: borrowing ContainerRoot) throws(RuntimeError) -> CopyRoot {
    CopyRoot(root: OpenDirectory(try Kernel.duplicate(root.number)))
  }

  private init(root: OpenDirectory?) {
    self.root = root
  }

  /// Opens a path, following links: below a container's root these lead nowhere else.
  func open(_ path: String, _ flags: CInt) throws(RuntimeError) -> Descriptor {
    guard let root else { return try Kernel.open(path.isEmpty ? "." : path, flags: flags) }
    let trimmed = path.drop { $0 == "/" }
    do throws(RuntimeError) {
      return try Kernel.open(
        trimmed.isEmpty ? "." : String(trimmed), at: root.descriptor.number, flags: flags,
        resolve: ResolveFlags.inRoot | ResolveFlags.noMagicLinks)
    } catch let error where error.errno == .tooManySymbolicLinkLevels {
      throw error.coded(.hostileRootfs).hinting("links to themselves and those of /proc are not followed")
    }
  }

  /// Opens a directory; nil if the path leads to something else, or to nothing.
  func directory(_ path: String) throws(RuntimeError) -> (found: OpenDirectory?, isThere: Bool) {
    do throws(RuntimeError) {
      return (OpenDirectory(try open(path, O_RDONLY | O_DIRECTORY)), true)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return (nil, false)
    } catch let error where error.errno == .notDirectory {
      return (nil, true)
    }
  }
}

/// An open directory.
final class OpenDirectory: Sendable {
  let descriptor: Descriptor

  init(_ descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }
}

/// A path in words of `cp`.
struct CopyPath {
  let text: String

  private var parts: [Substring] { text.split(separator: "/") }

  /// Whether the directory's content is meant, not the directory.
  var meansContents: Bool { parts.last.map { $0 == "." || $0 == ".." } ?? true }

  /// Whether it can only be a directory.
  var isDirectory: Bool { text.hasSuffix("/") || meansContents }

  /// The last name.
  var name: [UInt8] { Array((parts.last ?? "").utf8) }

  /// What the last name lies in.
  var parent: String {
    let above = parts.dropLast().joined(separator: "/")
    return (text.hasPrefix("/") ? "/" : "") + above
  }
}

/// What is copied, looked up once: what is decided on is what is read.
final class CopySource {
  let path: CopyPath
  let isDirectory: Bool
  /// Whether it is a regular file, and was not named as a directory.
  let isFile: Bool
  /// Whether it is the container's root.
  let isRoot: Bool
  private let descriptor: Descriptor

  /// - Throws: Also if nothing is there.
  init(_ path: CopyPath, _ root: CopyRoot) throws(RuntimeError) {
    self.path = path
    descriptor = try root.open(path.text, OpenFlags.path)
    let status = try Kernel.stat(descriptor.number)
    isDirectory = status.st_mode & S_IFMT == S_IFDIR
    isFile = status.st_mode & S_IFMT == S_IFREG && !path.isDirectory
    isRoot = isDirectory ? try root.isRoot(status) : false
  }

  /// The descriptor's number; it is open by O_PATH alone.
  var number: CInt { descriptor.number }
}
