import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Something on the host that no container may change.
struct Decoy {
  let path: String
  private let files: [String]
  private let before: [String]

  /// A directory with a file, a directory and a device of its own.
  init(_ runtime: Runtime) throws {
    path = try runtime.volume(
      "decoy",
      ["file": "of the host", "null": "x", "sub/file": "deeper", "pts/ptmx": "no"]
    )
    mkdir(path + "/empty", 0o711)
    files = ["", "/file", "/null", "/sub", "/sub/file", "/empty", "/pts", "/pts/ptmx"]
    before = Decoy.look(path, files)
  }

  /// Contents, names and everything that stat(2) tells but the access time.
  private static func look(_ path: String, _ files: [String]) -> [String] {
    files.map { file in
      var status = stat()
      lstat(path + file, &status)
      let times =
        "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) \(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec)"
      return "\(file) \(status.st_ino) \(status.st_mode) \(status.st_uid) \(status.st_nlink) \(times) "
        + "\(File.names(in: path + file)) \(File.text(path + file))"
    }
  }

  func isUnchanged(sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(Decoy.look(path, files) == before, sourceLocation: sourceLocation)
    #expect(!File.text("/proc/self/mountinfo").contains(path), sourceLocation: sourceLocation)
  }
}

/// Places of the root filesystem that an image can make links, and where the links lead.
struct HostileLink: CustomTestStringConvertible, Sendable {
  let place: String
  let kind: Kind
  /// Whether a tmpfs is mounted on /dev.
  var hasDevMount = true
  enum Kind: String, CaseIterable { case absolute, relative, magic, file }
  var testDescription: String { "\(place) \(kind)" + (hasDevMount ? "" : " without a mount on /dev") }

  static let places = [
    "proc", "sys", "dev", "dev/pts", "dev/shm", "dev/mqueue", "dev/null", "dev/console", "dev/ptmx", "dev/fd",
    "etc",
    "etc/passwd", "etc/group", "m", "m/inner", "work", "masked", "masked/file", "frozen", "tmp",
  ]
  static let all =
    places.flatMap { place in
      Kind.allCases.map { HostileLink(place: place, kind: $0, hasDevMount: !place.hasPrefix("dev/")) }
    } + Kind.allCases.map { HostileLink(place: "dev", kind: $0, hasDevMount: false) }

  /// Puts the link into the image.
  func plant(in container: Container, decoy: Decoy) throws {
    let path = container.bundle.inside(place)
    _ = try Command("rm", ["-rf", path]).run()
    try File.makeDirectory((path as NSString).deletingLastPathComponent)
    let target: String
    switch kind {
    case .absolute: target = decoy.path
    case .relative: target = String(repeating: "../", count: 12) + decoy.path.dropFirst()
    case .magic: target = "/proc/self/root/../../../../" + decoy.path
    case .file: target = decoy.path + "/file"
    }
    try #require(symlink(target, path) == 0)
  }
}

@Suite("hostile root filesystems")
struct HostileRootfsTests {
  let runtime = Runtime()

  private func configure(_ config: inout Config, source: String) {
    config.bind(source, "/m")
    config.addMount("/m/inner/deep", "tmpfs", "t", "tmpcopyup")
    config.bind(source + "/f", "/etc/hosts")
    config.process?.cwd = "/work"
    config.changeLinux {
      $0.maskedPaths = ["/masked/file", "/masked", "/proc/keys"]
      $0.readonlyPaths = ["/frozen", "/etc", "/proc/sys"]
      $0.devices = [Device(type: .character, path: "/dev/x/fuse", major: 10, minor: 229)]
    }
    config.changeLinux { $0.devices?[0].uid = 12 }
    config.run("true")
  }

  @Test("links to the host change nothing on the host", arguments: HostileLink.all)
  func links(link: HostileLink) throws {
    let decoy = try Decoy(runtime)
    let source = try runtime.volume("volume", ["f": "text"])
    let container = try runtime.container {
      configure(&$0, source: source)
      if !link.hasDevMount { $0.mounts?.removeAll { $0.destination == "/dev" } }
    }
    try link.plant(in: container, decoy: decoy)
    // Whether it starts is not the point: with some links it can, with others it must not.
    let outcome = try container.run(timeout: .seconds(20))
    #expect(outcome.isPunctual)
    decoy.isUnchanged()
  }

  @Test("a terminal with links in the way changes nothing on the host", arguments: HostileLink.Kind.allCases)
  func terminalLinks(kind: HostileLink.Kind) throws {
    let decoy = try Decoy(runtime)
    for place in ["dev", "dev/console", "dev/pts", "dev/ptmx"] {
      let container = try runtime.container("c-" + place.replacingOccurrences(of: "/", with: "-")) {
        $0.mounts?.removeAll { $0.destination == "/dev" }
        $0.useTerminal()
      }
      try HostileLink(place: place, kind: kind).plant(in: container, decoy: decoy)
      let socket = try DescriptorSocket(
        in: runtime.directory,
        named: "s" + place.replacingOccurrences(of: "/", with: "-")
      )
      let outcome = try container.create("--console-socket", socket.path)
      #expect(outcome.isPunctual)
      if place == "dev/console" { outcome.fails(saying: "/dev/console", "symbolic link") }
      decoy.isUnchanged()
    }
  }

  @Test("/proc and /sys as links are an error", arguments: ["proc", "sys"], HostileLink.Kind.allCases)
  func procLinks(place: String, kind: HostileLink.Kind) throws {
    let decoy = try Decoy(runtime)
    let container = try runtime.container()
    try HostileLink(place: place, kind: kind).plant(in: container, decoy: decoy)
    try container.run().fails(saying: "/\(place)", "ordinary directory")
    decoy.isUnchanged()
  }

  @Test(
    "/proc as a link inside the image is an error too",
    arguments: ["/tmp", "tmp", ".", "/", "/sys", "/proc/1"]
  )
  func procLinksInside(target: String) throws {
    let container = try runtime.container()
    _ = try Command("rm", ["-rf", container.bundle.inside("proc")]).run()
    symlink(target, container.bundle.inside("proc"))
    try container.run().fails(saying: "/proc", "ordinary directory")
  }

  @Test(
    "what is no proc file system cannot be mounted in /proc",
    arguments: [
      ("/proc", "bind"), ("/proc", "tmpfs"), ("/proc/sys", "bind"), ("/proc/self/attr", "tmpfs"),
      ("/proc/1", "tmpfs"),
      ("//proc/", "bind"), ("/tmp/../proc/sys", "bind"), ("/proc/sys/kernel", "proc"), ("proc", "bind"),
    ]
  )
  func fakeProc(destination: String, type: String) throws {
    let source = try runtime.volume("volume", ["cpuinfo": "x"])
    let container = try runtime.container {
      $0.addMount(destination, type, source, type == "bind" ? "bind" : "rw")
    }
    try container.run().fails(saying: "/mounts/6")
  }

  @Test(
    "nor can it through a link of the image's",
    arguments: ["/vol", "/vol/sys", "/vol/self/attr", "/rel/self"]
  )
  func fakeProcByLink(destination: String) throws {
    let source = try runtime.volume()
    for type in ["bind", "tmpfs"] {
      let container = try runtime.container(type) {
        $0.addMount(destination, type, source, type == "bind" ? "bind" : "rw")
      }
      symlink("/proc", container.bundle.inside("vol"))
      symlink("tmp/../proc", container.bundle.inside("rel"))
      try container.run().fails(saying: "/mounts/6", destination)
    }
  }

  @Test(
    "the files that stand for the machine may be replaced",
    arguments: ["cpuinfo", "meminfo", "stat", "uptime", "loadavg"]
  )
  func replaceable(name: String) throws {
    let source = try runtime.volume("volume", ["f": "of lxcfs"])
    let container = try runtime.container {
      $0.bind(source + "/f", "/proc/" + name); $0.run("cat", "/proc/" + name)
    }
    #expect(try container.run().succeeds().output == "of lxcfs")
  }

  @Test("the host's proc can be bound, to /proc or elsewhere")
  func hostProc() throws {
    let container = try runtime.container {
      $0.mounts?.removeAll { $0.destination == "/proc" }
      $0.mounts?.insert(Mount(destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]), at: 0)
      $0.bind("/proc", "/host/proc")
      $0.shell("ls /proc | grep -c '^[0-9]'; ls /host/proc | grep -c '^[0-9]'")
    }
    #expect(try container.run().succeeds().lines.allSatisfy { Int($0) ?? 0 > 3 })
  }

  @Test(
    "/dev/null of the image is never what masks a file",
    arguments: [
      "/proc/self/environ", "/proc/1/environ", "/etc/passwd", "/proc/sys/kernel/core_pattern", "/dev/zero",
    ]
  )
  func fakeNull(target: String) throws {
    let decoy = try Decoy(runtime)
    let container = try runtime.container {
      $0.mounts?.removeAll { $0.destination == "/dev" }
      $0.changeLinux { $0.maskedPaths = ["/secret"] }
      $0.shell("wc -c < /secret")
    }
    try File.write("secret", to: container.bundle.inside("secret"))
    symlink(target, container.bundle.inside("dev/null"))
    try container.run().fails(saying: "/dev/null", "another file")
    decoy.isUnchanged()
  }

  @Test(
    "a socket, a fifo or a device in the place of a directory does not hang",
    arguments: ["proc", "dev", "etc", "m", "work"]
  )
  func oddFiles(place: String) throws {
    let source = try runtime.volume("volume", ["f": "text"])
    for (type, name) in [(S_IFIFO, "fifo"), (S_IFSOCK, "socket"), (S_IFCHR, "device"), (S_IFREG, "file")] {
      let container = try runtime.container(name) {
        configure(&$0, source: source)
        $0.changeLinux { $0.devices = [] }
      }
      _ = try Command("rm", ["-rf", container.bundle.inside(place)]).run()
      mknod(container.bundle.inside(place), type | 0o666, 0x105)
      #expect(try container.run(timeout: .seconds(20)).fails().isPunctual)
    }
  }

  @Test(
    "odd bytes in the paths of mounts work as they are",
    arguments: [
      "a]:b", "new\nline", "tab\there", "back\\slash", " space ", "[:x]", "quote\"'", "-dash", "ümläut",
      "a,b=c:d",
    ]
  )
  func oddBytes(name: String) throws {
    let source = try runtime.volume("vol \(name)", ["f": "text"])
    let container = try runtime.container {
      $0.bind(source, "/m/\(name)")
      $0.changeLinux { $0.readonlyPaths = ["/m/\(name)"] }
      $0.changeProcess { $0.cwd = "/m/\(name)" }
      $0.shell("cat f; touch x || echo -n ' read-only'")
    }
    #expect(try container.run().succeeds().output == "text read-only")
  }

  @Test("a link named like a mount point leads to nothing unnamed", arguments: ["x]:y", "a\nb"])
  func oddLink(name: String) throws {
    let decoy = try Decoy(runtime)
    let source = try runtime.volume()
    let container = try runtime.container {
      $0.bind(source, "/m"); $0.run("ls", "/\(name)")
    }
    _ = try Command("rm", ["-rf", container.bundle.inside("m")]).run()
    symlink(name, container.bundle.inside("m"))
    try container.run().succeeds()
    decoy.isUnchanged()
  }
}
