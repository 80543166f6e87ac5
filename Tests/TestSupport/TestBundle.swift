internal import Foundation
import JSON
public import OCIRuntimeSpec

/// A bundle of a test's own: a directory with a config.json and a root filesystem.
public final class TestBundle {
  /// Its directory.
  public let path: String
  /// The configuration; `write` puts it into the bundle.
  public var config: Config
  private var mounted: [String] = []

  /// Makes a bundle at `path`, which must not exist.
  public init(at path: String, rootfs: TestRootfs = .busybox, config: Config = .forTests) throws {
    self.path = path
    self.config = config
    try File.makeDirectory(path)
    mounted = try rootfs.make(at: path + "/rootfs")
  }

  deinit { for path in mounted { umount2(path, Int32(MNT_DETACH)) } }

  /// Writes config.json.
  public func write() throws {
    try write(json: String(decoding: JSONWriter(style: .tabs).encode(config), as: UTF8.self))
  }

  /// Writes any text as config.json.
  public func write(json: String) throws { try File.write(json, to: path + "/config.json") }

  /// The path of a file of the root filesystem, seen from outside.
  public func inside(_ path: String) -> String { "\(self.path)/rootfs/\(path)" }

  /// Adds an executable script to the root filesystem.
  public func addScript(_ path: String, _ text: String) throws {
    try File.write(text, to: inside(path), mode: 0o755)
  }
}
