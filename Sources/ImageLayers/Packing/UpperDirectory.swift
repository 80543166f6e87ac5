public import Glibc
internal import LinuxKernel
public import RuntimeErrors
internal import SystemPackage

/// What of a tree is packed, and how.
public struct PackOptions {
  /// Later times become this one.
  public var latest: timespec?
  /// The tree is the upper directory of an overlay, and what lies below is here: what overlayfs has written down of
  /// removals becomes whiteouts.
  public var lower: CInt?
  /// Whether a path, from the tree's root on and without a slash first, is packed with what is below it.
  public var includes: (([UInt8]) -> Bool)?
  /// Whether names that would mark removed files in a layer are left out.
  public var isLayer = true
  /// Changes what is said of a file: its owner, for example.
  public var adjust: ((inout TarEntry) throws(RuntimeError) -> Void)?

  /// All, as it is.
  public init() {}
}

/// What overlayfs writes down in an upper directory.
///
/// Documentation/filesystems/overlayfs.rst of the kernel, "whiteouts and opaque directories"
public enum UpperDirectory {
  /// Whether a directory hides what a lower one has of it. Directories in it then hide as well.
  public static func isOpaque(_ directory: CInt) -> Bool {
    Kernel.hasAttribute(
      Caller.isInUserNamespace ? "user.overlay.opaque" : "trusted.overlay.opaque", of: directory)
  }

  /// Whether a file says that one of its name was removed: a device 0:0.
  public static func isRemoval(_ status: stat) -> Bool {
    status.st_mode & S_IFMT == S_IFCHR && status.st_rdev == 0
  }
}

/// Spec: layer.md#representing-changes
extension TreePacker {
  /// The names in a directory that become whiteouts: those of devices 0:0, and where the lower directory is hidden as
  /// a whole all that it has and the upper one has not. Spec: layer.md#opaque-whiteout asks for explicit ones.
  func removedNames(
    _ names: [[UInt8]], in directory: CInt, path: [UInt8], lower: CInt, isOpaque: Bool
  ) throws(RuntimeError) -> Set<[UInt8]> {
    var removed: Set<[UInt8]> = []
    for name in names {
      guard let status = try Kernel.stat(RawName(bytes: name), at: directory) else { continue }
      if UpperDirectory.isRemoval(status) { removed.insert(name) }
    }
    guard isOpaque, let hidden = try namesBelow(path, lower) else { return removed }
    return removed.union(Set(hidden).subtracting(names))
  }

  /// The names in the lower directory of a path; nil if it has none.
  private func namesBelow(_ path: [UInt8], _ lower: CInt) throws(RuntimeError) -> [[UInt8]]? {
    do throws(RuntimeError) {
      let directory = try Kernel.open(
        RawName(bytes: path), at: lower, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
        resolve: ResolveFlags.beneath | ResolveFlags.noSymlinks)
      return try Kernel.names(in: directory.number).map(\.withoutZero)
    } catch let error
      where [.noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels].contains(error.errno)
    {
      return nil
    }
  }
}
