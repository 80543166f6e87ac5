internal import Glibc
public import RuntimeErrors

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
  /// - Returns: The mount.
  public static func overlay(
    lower: [String], upper: CInt?, work: CInt?
  ) throws(RuntimeError) -> Descriptor {
    let context = try FileSystemContext(type: "overlay")
    // One by one where a list would be limited to a page.
    for path in lower { try context.set("lowerdir+", path) }
    if let upper { try context.set("upperdir", "/proc/self/fd/\(upper)") }
    if let work { try context.set("workdir", "/proc/self/fd/\(work)") }
    for (option, value) in [("index", "off"), ("metacopy", "off"), ("redirect_dir", "off"), ("xino", "off")] {
      try context.set(option, value)
    }
    return try context.mount(attributes: 0)
  }
}
