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
    let overlay = try FileSystemContext(type: "overlay")
    // One by one where a list would be limited to a page.
    for path in lower { try overlay.set("lowerdir+", path) }
    try overlay.set("upperdir", "/proc/self/fd/\(upper)")
    try overlay.set("workdir", "/proc/self/fd/\(work)")
    for (option, value) in [("index", "off"), ("metacopy", "off"), ("redirect_dir", "off"), ("xino", "off")] {
      try overlay.set(option, value)
    }
    let mount = try overlay.mount(attributes: 0)
    return try open(".", at: mount.number, flags: O_RDONLY | O_DIRECTORY)
  }
}
