import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Options of one mount, and the words that mountinfo then has and has not.
struct OptionCase: CustomTestStringConvertible, Sendable {
  let options: [String]
  let shown: [String]
  let absent: [String]

  /// `options` as a list with commas.
  init(_ options: String, shows shown: String = "", lacks absent: String = "") {
    func words(_ list: String) -> [String] { list.split(separator: ",").map(String.init) }
    (self.options, self.shown, self.absent) = (words(options), words(shown), words(absent))
  }

  var testDescription: String { options.joined(separator: ",") }

  func check(_ words: [String], sourceLocation: SourceLocation = #_sourceLocation) {
    for word in shown {
      #expect(words.contains(word), "\(self) gives \(words)", sourceLocation: sourceLocation)
    }
    for word in absent {
      #expect(!words.contains(word), "\(self) gives \(words)", sourceLocation: sourceLocation)
    }
  }
}

@Suite("mount options")
struct MountOptionTests {
  let runtime = Runtime()

  /// Every option that concerns one mount, alone and after its opposite.
  static let attributes = [
    OptionCase("defaults", shows: "rw,relatime", lacks: "nosuid,nodev,noexec"),
    OptionCase("ro", shows: "ro"),
    OptionCase("ro,rw", shows: "rw", lacks: "ro"),
    OptionCase("rw,ro", shows: "ro"),
    OptionCase("nosuid", shows: "nosuid"),
    OptionCase("nosuid,suid", lacks: "nosuid"),
    OptionCase("suid,nosuid", shows: "nosuid"),
    OptionCase("nodev", shows: "nodev"),
    OptionCase("nodev,dev", lacks: "nodev"),
    OptionCase("noexec", shows: "noexec"),
    OptionCase("noexec,exec", lacks: "noexec"),
    OptionCase("nosymfollow", shows: "nosymfollow"),
    OptionCase("nosymfollow,symfollow", lacks: "nosymfollow"),
    OptionCase("noatime", shows: "noatime", lacks: "relatime"),
    OptionCase("noatime,atime", shows: "relatime", lacks: "noatime"),
    OptionCase("noatime,relatime", shows: "relatime", lacks: "noatime"),
    OptionCase("relatime", shows: "relatime"),
    OptionCase("strictatime", lacks: "relatime,noatime"),
    OptionCase("strictatime,nostrictatime", shows: "relatime"),
    OptionCase("noatime,strictatime", lacks: "relatime,noatime"),
    OptionCase("norelatime"),
    OptionCase("nodiratime", shows: "nodiratime"),
    OptionCase("nodiratime,diratime", lacks: "nodiratime"),
    OptionCase("noexec,nosuid,nodev,noatime,ro", shows: "noexec,nosuid,nodev,noatime,ro"),
  ]

  @Test("an option of a new file system shows in mountinfo", arguments: attributes)
  func newFileSystem(option: OptionCase) throws {
    let container = try runtime.container {
      $0.mounts?.append(Mount(destination: "/m", type: "tmpfs", source: "t", options: option.options))
      $0.run("cat", "/proc/self/mountinfo")
    }
    let line = try #require(try container.run().succeeds().mounts["/m"])
    option.check(line.options)
  }

  @Test("an option of a bind mount shows in mountinfo, and only there", arguments: attributes)
  func bind(option: OptionCase) throws {
    let source = try runtime.mountTemporary("source")
    let before = MountLine.lines(of: File.text("/proc/self/mountinfo"))[source]
    let container = try runtime.container {
      $0.mounts?.append(Mount(destination: "/m", source: source, options: ["bind"] + option.options))
      $0.run("cat", "/proc/self/mountinfo")
    }
    let line = try #require(try container.run().succeeds().mounts["/m"])
    option.check(line.options)
    #expect(MountLine.lines(of: File.text("/proc/self/mountinfo"))[source] == before)
  }

  @Test(
    "a recursive option reaches the mounts below",
    arguments: [
      OptionCase("rro", shows: "ro"),
      OptionCase("rnosuid", shows: "nosuid"),
      OptionCase("rnodev", shows: "nodev"),
      OptionCase("rnoexec", shows: "noexec"),
      OptionCase("rnosymfollow", shows: "nosymfollow"),
      OptionCase("rnoatime", shows: "noatime", lacks: "relatime"),
      OptionCase("rnodiratime", shows: "nodiratime"),
      OptionCase("rstrictatime", lacks: "relatime,noatime"),
      OptionCase("rrelatime", shows: "relatime"),
      OptionCase("ro,rnoexec", shows: "noexec"),
    ]
  )
  func recursive(option: OptionCase) throws {
    let source = try runtime.mountTemporary("source")
    _ = try runtime.mountTemporary("source/below")
    let container = try runtime.container {
      $0.mounts?.append(Mount(destination: "/m", source: source, options: ["rbind"] + option.options))
      $0.run("cat", "/proc/self/mountinfo")
    }
    let mounts = try container.run().succeeds().mounts
    for point in ["/m", "/m/below"] { option.check(try #require(mounts[point]).options) }
  }

  @Test(
    "a recursive option takes an attribute from the mounts below",
    arguments: [
      OptionCase("rrw", shows: "rw"),
      OptionCase("rsuid", lacks: "nosuid"),
      OptionCase("rdev", lacks: "nodev"),
      OptionCase("rexec", lacks: "noexec"),
      OptionCase("rsymfollow", lacks: "nosymfollow"),
      OptionCase("ratime", shows: "relatime", lacks: "noatime"),
      OptionCase("rdiratime", lacks: "nodiratime"),
      OptionCase("rnorelatime", lacks: "noatime"),
      OptionCase("rnostrictatime", lacks: "strictatime"),
    ]
  )
  func recursiveClearing(option: OptionCase) throws {
    // Of <linux/mount.h>: ro, nosuid, nodev, noexec, nosymfollow, noatime, nodiratime.
    let all = 1 | 2 | 4 | 8 | 256 | 1024 | 2048
    let source = try runtime.mountTemporary("source")
    _ = try runtime.mountTemporary("source/below", flags: all & ~1)
    _ = try Command("mount", ["-o", "remount,bind,ro", source + "/below"]).run().succeeds()
    let container = try runtime.container {
      $0.mounts?.append(Mount(destination: "/m", source: source, options: ["rbind"] + option.options))
      $0.run("cat", "/proc/self/mountinfo")
    }
    let mounts = try container.run().succeeds().mounts
    for point in ["/m", "/m/below"] { option.check(try #require(mounts[point]).options) }
  }

  @Test("ro leaves the mounts below writable")
  func notRecursive() throws {
    let source = try runtime.mountTemporary("source")
    _ = try runtime.mountTemporary("source/below")
    let container = try runtime.container {
      $0.bind(source, "/m", "ro")
      $0.shell("touch /m/below/f && ! touch /m/f")
    }
    try container.run().succeeds()
  }

  @Test("bind leaves out the mounts below")
  func single() throws {
    let source = try runtime.mountTemporary("source")
    _ = try runtime.mountTemporary("source/below")
    let container = try runtime.container {
      $0.addMount("/m", nil, source, "bind")
      $0.run("cat", "/proc/self/mountinfo")
    }
    #expect(try container.run().succeeds().mounts["/m/below"] == nil)
  }

  @Test(
    "an option of the file system shows among its own",
    arguments: [
      OptionCase("sync", shows: "sync"),
      OptionCase("sync,async", lacks: "sync"),
      OptionCase("dirsync", shows: "dirsync"),
      OptionCase("lazytime", shows: "lazytime"),
      OptionCase("lazytime,nolazytime", lacks: "lazytime"),
      OptionCase("mand"),
      OptionCase("mand,nomand", lacks: "mand"),
      OptionCase("silent"),
      OptionCase("silent,loud"),
      OptionCase("iversion"),
      OptionCase("noiversion"),
      OptionCase("size=1m,nr_inodes=77", shows: "size=1024k,nr_inodes=77"),
      OptionCase("mode=0711,uid=5,gid=6", shows: "mode=711,uid=5,gid=6"),
    ]
  )
  func fileSystem(option: OptionCase) throws {
    let container = try runtime.container {
      $0.mounts?.append(Mount(destination: "/m", type: "tmpfs", source: "t", options: option.options))
      $0.run("cat", "/proc/self/mountinfo")
    }
    let line = try #require(try container.run().succeeds().mounts["/m"])
    option.check(line.superOptions)
  }

  @Test(
    "an option of the file system is accepted for a bind mount, and means nothing",
    arguments: [
      "size=1m", "mode=755", "sync", "async", "lazytime", "iversion", "mand", "silent", "loud", "uid=4",
    ]
  )
  func bindData(option: String) throws {
    let source = try runtime.volume()
    let container = try runtime.container { $0.bind(source, "/m", option) }
    try container.run().succeeds()
  }

  @Test(
    "the propagation of a mount is what its option says",
    arguments: [
      ("private", ""), ("rprivate", ""), ("shared", "shared"), ("rshared", "shared"),
      ("unbindable", "unbindable"), ("runbindable", "unbindable"), ("slave", ""), ("rslave", ""),
    ]
  )
  func propagation(option: String, word: String) throws {
    let source = try runtime.mountTemporary("source")
    _ = try runtime.mountTemporary("source/below")
    let container = try runtime.container {
      $0.bind(source, "/m", option)
      $0.run("cat", "/proc/self/mountinfo")
    }
    let mounts = try container.run().succeeds().mounts
    let found = ["/m", "/m/below"].map { mounts[$0]?.propagation.first ?? "" }
    #expect(found[0].hasPrefix(word) && found[0].isEmpty == word.isEmpty, "\(found)")
    #expect(found[1].isEmpty == (word.isEmpty || !option.hasPrefix("r")), "\(found)")
  }

  @Test("slave receives the host's mounts, and sends none", arguments: ["slave", "rslave"])
  func slave(option: String) throws {
    let source = try runtime.mountTemporary("source")
    _ = try Command("mount", ["--make-rshared", source]).run().succeeds()
    try File.makeDirectory(source + "/later")
    try File.makeDirectory(source + "/own")
    let container = try runtime.container {
      $0.bind(source, "/m", option)
      $0.keepAllCapabilities()
      $0.shell("mount -t tmpfs own /m/own; until [ -e /m/later/mark ]; do sleep 0.02; done; echo seen")
    }
    let running = try container.command("run").start()
    eventually { File.text("/proc/self/mountinfo").contains(source) }
    _ = try runtime.mountTemporary("source/later")
    try File.write("", to: source + "/later/mark")
    #expect(running.wait(timeout: .seconds(20)).output == "seen\n")
    #expect(!File.text("/proc/self/mountinfo").contains("\(source)/own"))
  }

  @Test("a mount in a shared volume appears on the host, if the root filesystem's propagation allows it")
  func sharedVolume() throws {
    let source = try runtime.mountTemporary("source")
    _ = try Command("mount", ["--make-shared", source]).run().succeeds()
    try File.makeDirectory(source + "/own")
    let container = try runtime.container {
      $0.bind(source, "/m", "rshared")
      $0.changeLinux { $0.rootfsPropagation = .shared }
      $0.keepAllCapabilities()
      $0.shell("mount -t tmpfs own /m/own && echo from-inside > /m/own/f")
    }
    try container.run().succeeds()
    #expect(File.text(source + "/own/f") == "from-inside\n")
    _ = try Command("umount", [source + "/own"]).run().succeeds()
  }

  @Test("nosymfollow keeps links from being followed, nodev devices, noexec programs, nosuid set-uid bits")
  func effects() throws {
    let source = try runtime.volume("volume", ["target": "text"])
    symlink("target", source + "/link")
    mknod(source + "/null", S_IFCHR | 0o666, 0x103)
    let container = try runtime.container {
      $0.bind(source, "/open")
      $0.bind(source, "/closed", "nosymfollow", "nodev", "noexec")
      $0.bind(source, "/nosuid", "nosuid")
      $0.changeProcess {
        $0.user = User(uid: 1000, gid: 1000); $0.noNewPrivileges = false
      }
      $0.shell(
        """
        cat /open/link; echo > /open/null; /open/probe | grep Uid; /nosuid/probe | grep Uid
        cat /closed/link || echo no link; echo > /closed/null || echo no device; /closed/probe || echo no program
        """
      )
    }
    _ = try Command("cp", [container.bundle.inside("bin/probe"), source]).run().succeeds()
    chmod(source + "/probe", 0o4755)
    let outcome = try container.run().succeeds()
    #expect(
      outcome.output
        == "textUid=1000 0 0 0\nUid=1000 1000 1000 1000\nno link\nno device\nno program\n"
    )
  }
}
