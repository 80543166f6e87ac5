import LinuxKernel
import OCIRuntimeSpec
import Testing

@testable import ContainerRuntime

@Suite("Mount options")
struct MountOptionsTests {
  @Test("every option of the specification's table is known")
  func table() throws {
    let specified = """
      async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev nodiratime
      noexec noiversion nolazytime nomand norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev
      rdiratime relatime remount rexec rnoatime rnodiratime rnoexec rnorelatime rnostrictatime rnosuid
      rnosymfollow ro rprivate rrelatime rro rrw rshared rslave rstrictatime rsuid rsymfollow runbindable rw
      shared silent slave strictatime suid symfollow sync tmpcopyup unbindable idmap ridmap
      """
    for option in specified.split(whereSeparator: \.isWhitespace) {
      #expect(MountOptions([String(option)]).data.isEmpty, "\(option)")
    }
  }

  @Test("what is not known is the file system's own")
  func data() {
    #expect(MountOptions(["size=1m", "nosuid", "mode=755", ""]).data == ["size=1m", "mode=755"])
  }

  @Test(
    "the last of two opposite options wins",
    arguments: [
      (["ro", "rw"], MountFlag.readOnly, false), (["rw", "ro"], MountFlag.readOnly, true),
      (["nosuid", "suid"], MountFlag.noSUID, false), (["dev", "nodev"], MountFlag.noDevices, true),
      (["noexec", "exec", "noexec"], MountFlag.noExecution, true),
    ])
  func lastWins(options: [String], flag: UInt64, isSet: Bool) {
    let attributes = MountOptions(options).attributes
    #expect((attributes.setting & flag != 0) == isSet)
    #expect((attributes.clearing & flag != 0) == !isSet)
  }

  @Test("an access time is set only together with an order to clear the whole field")
  func accessTime() {
    let noatime = MountOptions(["noatime"]).attributes
    #expect(noatime.setting == MountFlag.noAccessTime)
    #expect(noatime.clearing == MountFlag.accessTime)
    let strict = MountOptions(["noatime", "strictatime"]).attributes
    #expect(strict.setting == MountFlag.strictAccessTime)
    let relative = MountOptions(["strictatime", "relatime"]).attributes
    #expect(relative.setting == 0)
    #expect(relative.clearing == MountFlag.accessTime)
  }

  @Test("recursive options change other attributes than plain ones")
  func recursive() {
    let options = MountOptions(["ro", "rnosuid"])
    #expect(options.attributes.setting == MountFlag.readOnly)
    #expect(options.recursiveAttributes.setting == MountFlag.noSUID)
  }

  @Test("propagation types are kept in order")
  func propagation() {
    let options = MountOptions(["rslave", "shared"])
    #expect(options.propagation.map(\.type) == [MountFlag.slave, MountFlag.shared])
    #expect(options.propagation.map(\.isRecursive) == [true, false])
  }

  @Test("flags of the file system replace their opposites")
  func fileSystemFlags() {
    #expect(MountOptions(["sync", "async"]).fileSystemFlags == ["async"])
    #expect(MountOptions(["nolazytime", "lazytime", "dirsync"]).fileSystemFlags == ["lazytime", "dirsync"])
  }
}

@Suite("Planned mounts")
struct PlannedMountTests {
  private func plan(_ destination: String, type: String? = nil, source: String? = nil, options: [String] = [])
    -> PlannedMount
  {
    PlannedMount(
      Mount(destination: destination, type: type, source: source, options: options), index: 0, bundle: "/b")
  }

  @Test("a relative destination counts from the root, and .. never leads above it")
  func destination() {
    #expect(plan("data/x").destination == "/data/x")
    #expect(plan("/a/../../etc/./x/").destination == "/etc/x")
  }

  @Test("a relative source of a bind mount counts from the bundle")
  func source() {
    #expect(plan("/x", source: "data", options: ["bind"]).kind == .bind(source: "/b/data", recursive: false))
    #expect(plan("/x", source: "/data", options: ["rbind"]).kind == .bind(source: "/data", recursive: true))
  }

  @Test(
    "only proc may stand at /proc, and below it only what tools replace",
    arguments: ["/proc", "/proc/../proc"])
  func fakeProc(destination: String) {
    #expect(throws: Never.self) { try plan(destination, type: "proc", source: "proc").refuseFakeProc() }
    #expect(throws: (any Error).self) {
      try plan(destination, type: "tmpfs", source: "tmpfs").refuseFakeProc()
    }
    #expect(throws: (any Error).self) {
      try plan(destination + "/self/attr", source: "/x", options: ["bind"]).refuseFakeProc()
    }
    #expect(throws: Never.self) {
      try plan(destination + "/cpuinfo", source: "/x", options: ["bind"]).refuseFakeProc()
    }
  }
}
