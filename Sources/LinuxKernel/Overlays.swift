internal import Glibc
public import RuntimeErrors
internal import SystemPackage

extension Kernel {
  /// An overlay that is attached nowhere, by fsopen(2), fsconfig(2) and fsmount(2). It ends with its descriptor.
  ///
  /// - Parameters:
  ///   - lower: Absolute paths, the uppermost first.
  ///   - upper: What gets the changes.
  ///   - work: An empty directory of the same file system.
  /// - Returns: Its root, opened for reading.
  public static func detachedOverlay(
    lower: [String], upper: CInt, work: CInt
  ) throws(RuntimeError) -> Descriptor {
    let mount = try overlay(lower: lower, upper: upper, work: work)
    return try open(".", at: mount.number, flags: O_RDONLY | O_DIRECTORY)
  }

  /// An overlay that cannot be written to, and is attached nowhere.
  ///
  /// - Parameters:
  ///   - lower: At least two absolute paths, the uppermost first.
  /// - Returns: Its root, opened for reading.
  public static func detachedOverlay(lower: [String]) throws(RuntimeError) -> Descriptor {
    let mount = try overlay(lower: lower, upper: nil, work: nil)
    return try open(".", at: mount.number, flags: O_RDONLY | O_DIRECTORY)
  }

  /// An overlay that can be attached later, as long as its descriptor is open.
  ///
  /// - Parameters:
  ///   - upper: What gets the changes; nil, with `work`, for an overlay that cannot be written to.
  ///   - isVolatile: Whether changes need not reach the disk.
  /// - Returns: The mount.
  public static func overlay(
    lower: [String], upper: CInt?, work: CInt?, isVolatile: Bool = false
  ) throws(RuntimeError) -> Descriptor {
    var options = [("index", "off"), ("metacopy", "off"), ("xino", "off")]
    // Nobody may write trusted attributes in a user namespace. Who reads upper directories has to know: `UpperDirectory`.
    options +=
      Caller.isInUserNamespace
      ? [("userxattr", ""), ("redirect_dir", "nofollow")] : [("redirect_dir", "off")]
    if let upper { options.append(("upperdir", "/proc/self/fd/\(upper)")) }
    if let work { options.append(("workdir", "/proc/self/fd/\(work)")) }
    if isVolatile { options.append(("volatile", "")) }
    do throws(RuntimeError) {
      return try overlay(lower.map { ("lowerdir+", $0) } + options)
    } catch let error where error.errno == .invalidArgument {
      // Before Linux 6.7 there is only a list, of which the call takes 255 bytes.
      guard let mount = try? overlayByList(lower, options) else { throw error }
      return mount
    }
  }

  private static func overlay(_ options: [(name: String, value: String)]) throws(RuntimeError) -> Descriptor {
    let context = try FileSystemContext(type: "overlay")
    for (name, value) in options {
      if value.isEmpty { try context.set(name) } else { try context.set(name, value) }
    }
    return try context.mount(attributes: 0)
  }

  /// Names directories by numbers, so that many fit: the working directory is changed for a moment.
  package static func overlayByList(
    _ lower: [String], _ options: [(name: String, value: String)]
  ) throws(RuntimeError) -> Descriptor {
    var numbers: [CInt] = []
    defer { for number in numbers { close(number) } }
    for path in lower { numbers.append(try open(path, flags: OpenFlags.path | O_DIRECTORY).release()) }
    let before = try open(".", flags: OpenFlags.path | O_DIRECTORY)
    try changeDirectory("/proc/self/fd")
    defer { try? changeDirectory(before.number) }
    let list = numbers.map { "\($0)" }.joined(separator: ":")
    return try overlay([("lowerdir", list)] + options)
  }
}
