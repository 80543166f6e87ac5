import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

@Suite("mounts")
struct MountTests {
  let runtime = Runtime()

  @Test("a bind mount's relative source counts from the bundle")
  func relativeSource() throws {
    let container = try runtime.container {
      $0.bind("data", "/m"); $0.run("cat", "/m/f")
    }
    try File.makeDirectory(container.bundle.path + "/data")
    try File.write("from the bundle", to: container.bundle.path + "/data/f")
    var command = container.command("run")
    command.directory = "/"
    #expect(try command.run().succeeds().output == "from the bundle")
  }

  @Test(
    "a bind mount without a source that exists names its place in config.json",
    arguments: ["/nonexistent/source", "missing-in-bundle"]
  )
  func missingSource(source: String) throws {
    let container = try runtime.container { $0.bind(source, "/m") }
    try container.run().fails(saying: "config.json: /mounts/6", source, "no such file or directory")
  }

  @Test("a bind mount needs a source", arguments: [nil, ""], ["bind", "rbind"])
  func noSource(source: String?, option: String) throws {
    let container = try runtime.container { $0.addMount("/m", "bind", source, option) }
    try container.run().fails(saying: "/mounts/6", "is a bind mount without a source")
  }

  @Test("a mount of type bind needs no option, but a source")
  func typeBind() throws {
    let source = try runtime.volume("volume", ["f": "text"])
    let good = try runtime.container("good") {
      $0.addMount("/m", "bind", source); $0.run("cat", "/m/f")
    }
    #expect(try good.run().succeeds().output == "text")
    let bad = try runtime.container("bad") { $0.addMount("/m", "bind", nil) }
    try bad.run().fails(saying: "/mounts/6", "is a bind mount without a source")
  }

  @Test(
    "missing mount points are made inside the root filesystem, through whatever links lead there",
    arguments: [
      ("/new", "new"), ("/a/b/c", "a/b/c"), ("/link/x", "real/x"), ("/absolute/x", "real/x"),
      ("/dangling", "made/by/link"), ("/dangling/deeper", "made/by/link/deeper"), ("/chain", "made/by/link"),
      ("/upwards/x", "outside/x"), ("/real/../tmp/y", "tmp/y"), ("/../../../up", "up"),
      ("relative/z", "relative/z"),
      ("/deep/link2/w", "real/w"), ("/with space/\\n", "with space/\\n"), ("//double//slash", "double/slash"),
      ("/dangling-up", "elsewhere/made"),
    ]
  )
  func targets(destination: String, place: String) throws {
    let source = try runtime.volume("volume", ["f": "text"])
    let container = try runtime.container("c") {
      $0.bind(source, destination)
      $0.bind(source + "/f", destination + ".file")
      $0.run(
        "cat", "/\(place)/f",
        destination.hasPrefix("/dang") || destination == "/chain" ? "/\(place)/f" : "/\(place).file")
    }
    try File.makeDirectory(container.bundle.inside("real"))
    try File.makeDirectory(container.bundle.inside("deep"))
    for (link, target) in [
      ("link", "real"), ("absolute", "/real"), ("dangling", "/made/by/link"), ("chain", "dangling"),
      ("upwards", "../../../../outside"), ("deep/link2", "../real"),
      ("dangling-up", "../../real/../elsewhere/made"),
    ] {
      symlink(target, container.bundle.inside(link))
    }
    #expect(try container.run().succeeds().output == "texttext")
    #expect(File.exists(container.bundle.inside(place)))
    #expect(!File.exists(container.bundle.path + "/outside") && !File.exists("/outside"))
    #expect(!File.exists("/made") && !File.exists("/up"))
  }

  @Test("a file's mount point is made, also through a dangling link")
  func fileTargets() throws {
    let source = try runtime.volume("volume", ["f": "text"])
    let container = try runtime.container {
      for destination in ["/a/b/file", "/dangling", "/etc/passwd"] { $0.bind(source + "/f", destination) }
      $0.run("cat", "/a/b/file", "/made/file", "/etc/passwd")
    }
    symlink("/made/file", container.bundle.inside("dangling"))
    #expect(try container.run().succeeds().output == "texttexttext")
    #expect(File.text(container.bundle.inside("made/file")).isEmpty)
  }

  @Test("links without an end are an error")
  func loop() throws {
    let container = try runtime.container { $0.addMount("/loop/x", "tmpfs", "t") }
    symlink("loop2", container.bundle.inside("loop"))
    symlink("loop", container.bundle.inside("loop2"))
    try container.run().fails(saying: "/mounts/6", "/loop/x", "ELOOP")
  }

  @Test(
    "a directory is no place for a file, nor a file for a directory",
    arguments: [("d", "/file"), ("f", "/tmp")])
  func mismatch(source: String, destination: String) throws {
    let volume = try runtime.volume("volume", ["f": "text", "d/f": "text"])
    let container = try runtime.container { $0.bind("\(volume)/\(source)", destination) }
    try File.write("", to: container.bundle.inside("file"))
    try container.run().fails(saying: "/mounts/6", destination, "is a directory", "is not")
  }

  @Test("mounts are made in their order, later ones on top")
  func order() throws {
    let one = try runtime.volume("one", ["f": "one", "below/f": "hidden"])
    let two = try runtime.volume("two", ["f": "two"])
    let container = try runtime.container {
      $0.bind(one, "/m")
      $0.bind(two, "/m/below")
      $0.bind(one, "/n")
      $0.bind(two, "/n")
      $0.run("cat", "/m/f", "/m/below/f", "/n/f")
    }
    #expect(try container.run().succeeds().output == "onetwotwo")
  }

  @Test("a mount on / is the container's root", arguments: ["bind", "tmpfs"])
  func root(kind: String) throws {
    let programs = try runtime.volume("programs")
    let container = try runtime.container {
      let root = Mount(destination: "/", source: "second", options: ["bind"])
      let empty = Mount(destination: "/", type: "tmpfs", source: "t")
      $0.mounts?.insert(kind == "bind" ? root : empty, at: 0)
      $0.bind(programs, "/bin")
      $0.shell("cat /mark; ls -A /")
    }
    _ = try Command("cp", ["-a", container.bundle.inside("bin/."), programs]).run().succeeds()
    try File.makeDirectory(container.bundle.path + "/second")
    try File.write("second\n", to: container.bundle.path + "/second/mark")
    let lines = try container.run().succeeds().lines
    #expect(lines.contains("second") == (kind == "bind"))
    #expect(!lines.contains("etc") && lines.contains("proc"))
  }

  @Test(
    "remount changes what is mounted there",
    arguments: [
      OptionCase("remount,ro", shows: "ro,nosuid"),
      OptionCase("remount,bind,noexec,nodev", shows: "noexec,nodev"),
      OptionCase("remount,suid", lacks: "nosuid"), OptionCase("remount,rro", shows: "ro"),
    ]
  )
  func remount(option: OptionCase) throws {
    let container = try runtime.container {
      $0.addMount("/m", "tmpfs", "t", "nosuid")
      $0.mounts?.append(Mount(destination: "/m", options: option.options))
      $0.run("cat", "/proc/self/mountinfo")
    }
    option.check(try #require(try container.run().succeeds().mounts["/m"]).options)
  }

  @Test("remount changes options of the file system, and says which are wrong")
  func remountData() throws {
    let good = try runtime.container("good") {
      $0.addMount("/m", "tmpfs", "t", "size=1m", "sync")
      $0.addMount("/m", nil, nil, "remount", "size=2m", "async")
      $0.run("cat", "/proc/self/mountinfo")
    }
    let options = try #require(try good.run().succeeds().mounts["/m"]).superOptions
    #expect(options.contains("size=2048k") && !options.contains("sync"))
    let bad = try runtime.container("bad") { $0.addMount("/dev/shm", nil, nil, "remount", "size=huge") }
    try bad.run().fails(saying: "/mounts/6", "size=huge")
  }

  @Test(
    "an option that nobody knows goes to the file system, whose words are in the error",
    arguments: [
      ("tmpfs", "bogus", "tmpfs: Unknown parameter 'bogus'"),
      ("tmpfs", "size=huge", "tmpfs: Bad value for 'size'"),
      ("tmpfs", "bogus=1", "Unknown parameter 'bogus'"), ("proc", "hidepid=9", "hidepid"),
      ("devpts", "gid=x", "gid=x"), ("nonexistentfs", "rw", "nonexistentfs"),
    ]
  )
  func wrongOptions(type: String, option: String, words: String) throws {
    let container = try runtime.container { $0.addMount("/m", type, "x", option) }
    try container.run().fails(saying: "config.json: /mounts/6: mounting /m", words)
  }

  @Test(
    "file systems of the kernel can be mounted",
    arguments: [
      ("proc", "hidepid=2", "/m/self/status"), ("sysfs", "ro", "/m/kernel"), ("mqueue", "nosuid", "/m"),
      ("devpts", "newinstance", "/m/ptmx"), ("tmpfs", "mode=700", "/m"), ("ramfs", "nodev", "/m"),
    ]
  )
  func types(type: String, option: String, file: String) throws {
    let container = try runtime.container {
      $0.addMount("/m", type, type, option)
      $0.shell("test -e \(file) && cat /proc/self/mountinfo")
    }
    #expect(try container.run().succeeds().mounts["/m"]?.type == type)
  }

  @Test("an overlay takes its layers from its options")
  func overlay() throws {
    let lower = try runtime.volume("lower", ["f": "lower"])
    let work = try runtime.mountTemporary("work")
    for name in ["upper", "work"] { try File.makeDirectory("\(work)/\(name)") }
    let container = try runtime.container {
      $0.addMount("/m", "overlay", "o", "lowerdir=\(lower)", "upperdir=\(work)/upper", "workdir=\(work)/work")
      $0.shell("cat /m/f; echo -n upper > /m/f")
    }
    #expect(try container.run().succeeds().output == "lower")
    #expect(File.text(work + "/upper/f") == "upper")
    #expect(File.text(lower + "/f") == "lower")
  }

  @Test(
    "a file system on a device is mounted, also one that the container may not open itself",
    arguments: ["rw", "ro"])
  func blockDevice(option: String) throws {
    let image = runtime.directory + "/image"
    _ = try Command("sh", ["-c", "truncate -s 4M \(image) && mkfs.ext4 -q \(image)"]).run().succeeds()
    let device = try Command("losetup", ["--find", "--show", image]).run().succeeds().lines[0]
    defer { _ = try? Command("losetup", ["--detach", device]).run() }
    let container = try runtime.container {
      $0.addMount("/m", "ext4", device, option, "noatime", "data=journal")
      $0.shell("touch /m/f; cat /proc/self/mountinfo")
    }
    let line = try #require(try container.run().succeeds().mounts["/m"])
    #expect(line.type == "ext4" && line.superOptions.contains(option) && line.options.contains("noatime"))
    #expect(line.superOptions.contains("data=journal"))
  }

  @Test("tmpcopyup fills a tmpfs with what it covers: modes, owners, links, devices, big files")
  func copyUp() throws {
    let container = try runtime.container {
      $0.keepAllCapabilities()
      $0.addMount("/covered", "tmpfs", "t", "tmpcopyup", "mode=0750")
      $0.addMount("/frozen", "tmpfs", "t", "tmpcopyup", "ro")
      $0.shell(
        """
        cd /covered && find . -exec stat -c '%n %A %u %g %N' {} + | sort && wc -c < big && cat d/f && stat -c %A . \
        && touch new && ls /frozen && ! touch /frozen/x
        """
      )
    }
    let inside = container.bundle.inside("covered")
    try File.makeDirectory(inside + "/d")
    try File.makeDirectory(container.bundle.inside("frozen/sub"))
    try File.write("text", to: inside + "/d/f", mode: 0o4711)
    try File.write(String(repeating: "x", count: 3 << 20), to: inside + "/big")
    chown(inside + "/d/f", 12, 34)
    chmod(inside + "/d/f", 0o4711)
    chmod(inside + "/d", 0o1777)
    chown(inside + "/d", 56, 78)
    symlink("/nowhere", inside + "/link")
    lchown(inside + "/link", 5, 6)
    mkfifo(inside + "/fifo", 0o640)
    let outcome = try container.run().succeeds()
    for text in [
      "./d drwxrwxrwt 56 78", "./d/f -rws--x--x 12 34", "./link lrwxrwxrwx 5 6 './link' -> '/nowhere'",
      "./fifo prw-r-----",
      "3145728\ntext", "sub\n",
    ] {
      #expect(outcome.output.contains(text), "\(outcome)")
    }
    #expect(!File.exists(inside + "/new"))
  }

  @Test("a tmpfs that is read-only still holds later mount points")
  func readOnlyParent() throws {
    let source = try runtime.volume("volume", ["f": "text"])
    let container = try runtime.container {
      $0.addMount("/m", "tmpfs", "t", "ro")
      $0.bind(source, "/m/inner")
      $0.shell("cat /m/inner/f; ! touch /m/x")
    }
    #expect(try container.run().succeeds().output == "text")
  }
}
