import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

@Suite("the root filesystem")
struct RootfsTests {
  let runtime = Runtime()

  @Test("a read-only root cannot be written to, its volumes can", arguments: [[], ["--no-pivot"]])
  func readOnly(options: [String]) throws {
    let source = try runtime.volume()
    let container = try runtime.container {
      $0.root?.readonly = true
      $0.process?.cwd = "/work"
      $0.bind(source, "/m")
      $0.shell("touch /x || echo no; touch /m/x /dev/shm/x /dev/x && mount | grep -c ' / .*ro,'; pwd")
    }
    #expect(try container.command("run", options).run().succeeds().lines == ["no", "1", "/work"])
    try File.write("", to: container.bundle.inside("host-can-write"))
  }

  @Test("a read-only root is made without a change when nothing is missing")
  func untouched() throws {
    let container = try runtime.container { $0.root?.readonly = true }
    for name in ["dev", "proc", "sys", "etc"] { try File.makeDirectory(container.bundle.inside(name)) }
    func names() -> [String] {
      (FileManager.default.enumerator(atPath: container.bundle.inside(""))?.allObjects as? [String] ?? [])
        .sorted()
    }
    let before = names()
    try container.run().succeeds()
    #expect(names() == before)
  }

  @Test("the root may lie anywhere: an absolute path, a link, a tmpfs, a read-only mount")
  func places() throws {
    let shown = try runtime.container("absolute") { $0.run("cat", "/mark") }
    try File.write("mark", to: shown.bundle.inside("mark"))
    shown.bundle.config.root?.path = shown.bundle.path + "/rootfs"
    try shown.bundle.write()
    #expect(try shown.run().succeeds().output == "mark")

    symlink("rootfs", shown.bundle.path + "/link")
    shown.bundle.config.root?.path = "link"
    try shown.bundle.write()
    #expect(try shown.run().succeeds().output == "mark")

    let place = try runtime.mountTemporary("place")
    _ = try Command("cp", ["-a", shown.bundle.inside("."), place]).run().succeeds()
    for flag in ["rw", "ro"] {
      _ = try Command("mount", ["-o", "remount,\(flag)", place]).run().succeeds()
      shown.bundle.config.root?.path = place
      try shown.bundle.write()
      #expect(try shown.run().succeeds().output == "mark")
      #expect(try shown.run("--no-pivot").succeeds().output == "mark")
    }
  }

  @Test(
    "a root that is not there or no directory is an error that names it",
    arguments: [("missing", "no such file"), ("config.json", "not a directory")]
  )
  func wrongRoot(path: String, words: String) throws {
    let container = try runtime.container { $0.root?.path = path }
    try container.run().fails(saying: path, words)
  }

  @Test("with --no-pivot the host's root cannot be reached, even by a process with all rights")
  func noPivot() throws {
    let container = try runtime.container {
      $0.keepAllCapabilities()
      $0.shell(
        """
        ls /; mkdir -p /tmp/d; chroot /tmp/d /bin/true; cd ../../../../..; ls config.json ../config.json /proc/1/root/\(runtime.directory)
        cat /proc/self/mountinfo
        """
      )
    }
    let outcome = try container.run("--no-pivot").ends(with: 0)
    #expect(outcome.lines.contains("bin") && !outcome.output.contains("config.json\n"))
  }

  @Test(
    "the root has the propagation that is configured",
    arguments: RootfsPropagation.allCases,
    [[], ["--no-pivot"]]
  )
  func propagation(propagation: RootfsPropagation, options: [String]) throws {
    let container = try runtime.container {
      $0.changeLinux { $0.rootfsPropagation = propagation }
      $0.run("cat", "/proc/self/mountinfo")
    }
    let outcome = try container.command("run", options).onSharedHost().run().succeeds()
    let found = try #require(outcome.mounts["/"]).propagation.map { $0.components(separatedBy: ":")[0] }
    switch propagation {
    case .shared, .rshared: #expect(found.contains("shared"), "\(found)")
    case .slave, .rslave: #expect(!found.contains("shared"), "\(found)")
    case .private, .rprivate: #expect(found.isEmpty, "\(found)")
    case .unbindable, .runbindable: #expect(found == ["unbindable"], "\(found)")
    }
  }

  @Test(
    "whatever the propagation, nothing is mounted on a shared host and nothing unmounted",
    arguments: RootfsPropagation.allCases + [nil],
    [[], ["--no-pivot"]]
  )
  func hostIsUnchanged(propagation: RootfsPropagation?, options: [String]) throws {
    let source = try runtime.mountTemporary("source")
    _ = try runtime.mountTemporary("source/below")
    let container = try runtime.container {
      $0.changeLinux { $0.rootfsPropagation = propagation }
      $0.bind(source, "/m")
      $0.bind(source, "/n", "rprivate")
      $0.keepAllCapabilities()
      $0.shell("mkdir /own && mount -t tmpfs own /own && cat /proc/self/mountinfo > /m/inside")
    }
    let files = ["before", "after"].map { "\(runtime.directory)/\($0)" }
    try container.command("run", options).onSharedHost(
      before: "cat /proc/self/mountinfo > \(files[0])",
      after: "cat /proc/self/mountinfo > \(files[1])"
    ).run().succeeds()
    #expect(File.text(source + "/inside").contains(" /own "))
    #expect(!runtime.mounts(inCopy: files[0]).isEmpty)
    #expect(runtime.mounts(inCopy: files[1]) == runtime.mounts(inCopy: files[0]))
  }

  @Test(
    "a root on a mount of its own appears nowhere on a shared host",
    arguments: [.shared, .rshared, .slave, nil] as [RootfsPropagation?],
    [[], ["--no-pivot"]]
  )
  func ownMount(propagation: RootfsPropagation?, options: [String]) throws {
    let place = try runtime.mountTemporary("place")
    let container = try runtime.container {
      $0.changeLinux { $0.rootfsPropagation = propagation }
      $0.root?.path = place
      $0.run("ls", "/")
    }
    _ = try Command("cp", ["-a", container.bundle.inside("."), place]).run().succeeds()
    let files = ["before", "after"].map { "\(runtime.directory)/\($0)" }
    try container.command("run", options).onSharedHost(
      before: "cat /proc/self/mountinfo > \(files[0])",
      after: "cat /proc/self/mountinfo > \(files[1])"
    ).run().succeeds()
    #expect(!runtime.mounts(inCopy: files[0]).isEmpty)
    #expect(runtime.mounts(inCopy: files[1]) == runtime.mounts(inCopy: files[0]))
  }

  @Test(
    "a mount of the host's reaches the container's volume when the root is a slave or shared, and not when private",
    arguments: [
      (nil, true), (.slave, true), (.rslave, true), (.shared, true), (.rshared, true), (.private, false),
      (.rprivate, false),
    ] as [(RootfsPropagation?, Bool)]
  )
  func hostMounts(propagation: RootfsPropagation?, arrives: Bool) throws {
    let source = try runtime.mountTemporary("source")
    try File.makeDirectory(source + "/later")
    let container = try runtime.container {
      $0.changeLinux { $0.rootfsPropagation = propagation }
      $0.bind(source, "/m")
      $0.wait()
    }
    let inside = runtime.directory + "/inside"
    let start = Runtime.program + " --root \(runtime.root) start \(container.id)"
    let state = Runtime.program + " --root \(runtime.root) state \(container.id)"
    try container.command("create").onSharedHost(
      after: """
        \(start); mount -t tmpfs later \(source)/later
        pid=$(\(state) | grep '"pid"' | tr -dc 0-9); cat /proc/$pid/mountinfo > \(inside); umount \(source)/later
        """
    ).run().succeeds()
    #expect(File.text(inside).contains(" /m/later ") == arrives)
  }

  @Test("masked files are empty and masked directories too, for everybody and for good")
  func masked() throws {
    let container = try runtime.container {
      $0.changeLinux {
        $0.maskedPaths = [
          "/proc/meminfo", "/proc/keys", "/sys/firmware", "/secret/file", "/secret/dir", "/nonexistent",
          "/etc/passwd/x",
          "/link", "/proc/1/task",
        ]
      }
      $0.keepAllCapabilities()
      $0.shell(
        """
        for f in /proc/meminfo /proc/keys /secret/file /target; do wc -c < $f; done
        for d in /sys/firmware /secret/dir /proc/1/task; do ls -A $d | wc -l; touch $d/x || echo read-only; done
        echo x > /secret/file; wc -c < /secret/file; readlink /link
        """
      )
    }
    for path in ["secret/dir", "secret/dir/below"] { try File.makeDirectory(container.bundle.inside(path)) }
    for path in ["secret/file", "secret/dir/f", "target"] {
      try File.write("text", to: container.bundle.inside(path))
    }
    symlink("/target", container.bundle.inside("link"))
    let lines = try container.run().succeeds().lines
    #expect(lines.prefix(4) == ["0", "0", "0", "0"])
    #expect(lines.dropFirst(4) == ["0", "read-only", "0", "read-only", "0", "read-only", "0", "/target"])
    #expect(File.text(container.bundle.inside("secret/file")) == "text")
  }

  @Test("a masked path does not come back by an unmount without rights")
  func maskStays() throws {
    let container = try runtime.container {
      $0.shell("umount /proc/keys || echo refused; wc -c < /proc/keys")
    }
    #expect(try container.run().succeeds().lines == ["refused", "0"])
  }

  @Test("read-only paths cannot be written to, with all that is below, and missing ones are passed over")
  func readOnlyPaths() throws {
    let source = try runtime.mountTemporary("source")
    _ = try runtime.mountTemporary("source/below")
    let container = try runtime.container {
      $0.bind(source, "/m")
      $0.changeLinux {
        $0.readonlyPaths = ["/proc/sys", "/m", "/etc/passwd", "/nonexistent/x", "/etc/passwd/y"]
      }
      $0.keepAllCapabilities()
      $0.shell(
        """
        for f in /proc/sys/kernel/domainname /m/x /m/below/x /etc/passwd; do (echo x > $f) 2>&1 | grep -o 'Read-only.*'; done
        echo x > /etc/other && cat /etc/other
        """
      )
    }
    let lines = try container.run().succeeds().lines
    #expect(lines == Array(repeating: "Read-only file system", count: 4) + ["x"])
    try File.write("", to: source + "/host-can-write")
  }

  @Test("masked and read-only paths without a mount namespace of the container's are an error")
  func hostPaths() throws {
    let container = try runtime.container { $0.removeNamespace(.mount) }
    try container.run().fails(saying: "/linux/namespaces", "need a mount namespace")
  }

  @Test(
    "kernel parameters are set in both spellings",
    arguments: [
      ("net.ipv4.ip_forward", "1", "net/ipv4/ip_forward"),
      ("net/ipv4/ip_forward", "1", "net/ipv4/ip_forward"),
      ("net.ipv4.conf.lo.forwarding", "1", "net/ipv4/conf/lo/forwarding"),
      ("kernel.msgmax", "4096", "kernel/msgmax"), ("kernel/shmall", "77", "kernel/shmall"),
      ("kernel.domainname", "some.domain", "kernel/domainname"),
      ("fs.mqueue.msg_max", "9", "fs/mqueue/msg_max"),
      ("kernel.sem", "32 64 32 8", "kernel/sem"),
    ]
  )
  func parameters(name: String, value: String, path: String) throws {
    let before = File.text("/proc/sys/" + path)
    let container = try runtime.container {
      $0.changeLinux { $0.sysctl = [name: value] }
      $0.shell("cat /proc/sys/\(path) | tr '\\t' ' '")
    }
    #expect(try container.run().succeeds().output == value + "\n")
    #expect(File.text("/proc/sys/" + path) == before)
  }

  @Test(
    "kernel parameters of the whole machine, of a namespace not new, or none at all are refused",
    arguments: [
      ("kernel.panic", "1"), ("vm.swappiness", "1"), ("net.ipv4.no_such_thing", "1"),
      ("kernel.core_pattern", "|/x"),
      ("net/../kernel/panic", "1"), ("net..ipv4", "1"), ("kernel.msgmax", "text"), ("fs.file-max", "5"),
      ("net.ipv4/../../kernel/panic", "1"), ("kernel.hostname", "contradiction"),
    ]
  )
  func refusedParameters(name: String, value: String) throws {
    let before = File.text("/proc/sys/kernel/panic")
    let container = try runtime.container { $0.changeLinux { $0.sysctl = [name: value] } }
    try container.run().fails(saying: "/linux/sysctl/" + name.replacing("/", with: "~1"))
    #expect(File.text("/proc/sys/kernel/panic") == before)
  }

  @Test(
    "the working directory is made, and links on the way are the container's",
    arguments: [
      ("/", "/"), ("/tmp", "/tmp"), ("/new/deep/dir", "/new/deep/dir"), ("/link", "/tmp"),
      ("/absolute/x", "/tmp/x"),
      ("/upwards", "/tmp"), ("/dangling", "/made"), ("/tmp/../etc", "/etc"), ("/m/new", "/m/new"),
    ]
  )
  func workingDirectory(cwd: String, real: String) throws {
    let source = try runtime.volume()
    let container = try runtime.container {
      $0.bind(source, "/m")
      $0.process?.cwd = cwd
      $0.run("sh", "-c", "readlink /proc/self/cwd")
    }
    for (link, target) in [
      ("link", "tmp"), ("absolute", "/tmp"), ("upwards", "../../../../../../tmp"), ("dangling", "/made"),
    ] {
      symlink(target, container.bundle.inside(link))
    }
    #expect(try container.run().succeeds().output == real + "\n")
  }

  @Test("a working directory that is a file is an error with its place")
  func wrongWorkingDirectory() throws {
    let container = try runtime.container { $0.process?.cwd = "/etc/passwd" }
    try container.run().fails(saying: "/process/cwd", "not a directory")
  }

  @Test("a process without search permission for its working directory does not start")
  func closedWorkingDirectory() throws {
    let container = try runtime.container {
      $0.process?.cwd = "/closed"
      $0.process?.user = User(uid: 1000, gid: 1000)
    }
    mkdir(container.bundle.inside("closed"), 0o700)
    try container.run().fails(saying: "/process/cwd", "permission denied")
  }

  /// Lines of mountinfo with mounts of this test; those that run beside it come and go.
  private func ownLines(_ file: String) -> [Substring] {
    File.text(file).split(separator: "\n").filter { $0.contains(runtime.tag) }
  }
}
