import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

@Suite("id-mapped mounts")
struct IDMappedMountTests {
  let runtime = Runtime()

  private static func mapping(_ container: UInt32, _ host: UInt32, _ size: UInt32 = 1000) -> [IDMapping] {
    [IDMapping(containerID: container, hostID: host, size: size)]
  }

  /// A tree of two file systems with a file of user 5, group 6 in each.
  private func tree() throws -> String {
    let source = try runtime.mountTemporary("source")
    _ = try runtime.mountTemporary("source/below")
    for file in ["/f", "/below/f"] {
      try File.write("", to: source + file)
      chown(source + file, 5, 6)
    }
    return source
  }

  private func owners(_ config: inout Config) { config.shell("stat -c %u:%g /m/f /m/below/f") }

  @Test(
    "a mount's own mappings change owners as seen through it, with ridmap below it too",
    arguments: [
      ([], ["7005:8006", "5:6"]), (["idmap"], ["7005:8006", "5:6"]),
      (["ridmap"], ["7005:8006", "7005:8006"]),
    ]
  )
  func own(options: [String], expected: [String]) throws {
    let source = try tree()
    let container = try runtime.container {
      var mount = Mount(destination: "/m", type: "bind", source: source, options: ["rbind"] + options)
      // The file system's ID, and what it is through the mount.
      mount.uidMappings = IDMappedMountTests.mapping(0, 7000)
      mount.gidMappings = IDMappedMountTests.mapping(0, 8000)
      $0.mounts?.append(mount)
      owners(&$0)
    }
    #expect(try container.run().succeeds().lines == expected)
    var status = stat()
    stat(source + "/f", &status)
    #expect(status.st_uid == 5)
  }

  @Test(
    "idmap without mappings takes the container's", arguments: [("idmap", "65534:65534"), ("ridmap", "5:6")])
  func ofContainer(option: String, below: String) throws {
    let source = try tree()
    let container = try runtime.container {
      $0.useUserNamespace()
      $0.bind(source, "/m", option)
      owners(&$0)
    }
    try File.makeDirectory(container.bundle.inside("m"))
    #expect(try container.run().succeeds().lines == ["5:6", below])
  }

  @Test("idmap takes the mappings of a joined user namespace, and new files belong to the right user")
  func ofJoinedNamespace() throws {
    let source = try tree()
    let holder = try NamespaceHolder(.user, firstID: 5000)
    let container = try runtime.container {
      $0.setNamespace(.user, path: holder.path(.user))
      $0.bind(source, "/m", "ridmap")
      $0.shell("stat -c %u:%g /m/f /m/below/f; chmod 777 /m; touch /m/new")
    }
    try File.makeDirectory(container.bundle.inside("m"))
    #expect(try container.run().succeeds().lines == ["5:6", "5:6"])
    var status = stat()
    stat(source + "/new", &status)
    #expect(status.st_uid == 0)
  }

  @Test("without mappings from anywhere idmap is an error", arguments: ["idmap", "ridmap"])
  func nothingToMap(option: String) throws {
    let source = try tree()
    let container = try runtime.container { $0.bind(source, "/m", option) }
    try container.run().fails(saying: "/mounts/6/options/1", option)
  }

  @Test("mappings of what is no bind mount are refused, not forgotten")
  func newFileSystem() throws {
    let container = try runtime.container {
      var mount = Mount(destination: "/m", type: "tmpfs", source: "t")
      mount.uidMappings = IDMappedMountTests.mapping(0, 7000)
      mount.gidMappings = mount.uidMappings
      $0.mounts?.append(mount)
    }
    try container.run().fails(saying: "/mounts/6", "only the IDs of a bind mount")
  }

  @Test("a file can be id-mapped, and so can two mounts of one source with different mappings")
  func twice() throws {
    let source = try tree()
    let container = try runtime.container {
      for (place, first) in [("/one", UInt32(1000)), ("/two", 2000)] {
        var mount = Mount(destination: place, source: source + "/f", options: ["bind"])
        mount.uidMappings = IDMappedMountTests.mapping(0, first)
        mount.gidMappings = mount.uidMappings
        $0.mounts?.append(mount)
      }
      $0.shell("stat -c %u /one /two")
    }
    #expect(try container.run().succeeds().lines == ["1005", "2005"])
  }

  @Test("a file system that cannot be id-mapped is an error with the mount's place")
  func impossible() throws {
    let container = try runtime.container {
      var mount = Mount(destination: "/m", source: "/sys/kernel", options: ["bind"])
      mount.uidMappings = IDMappedMountTests.mapping(0, 7000)
      mount.gidMappings = mount.uidMappings
      $0.mounts?.append(mount)
    }
    try container.run().fails(saying: "/mounts/6", "mount_setattr")
  }
}
