import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

@Suite("user namespaces")
struct UserNamespaceTests {
  let runtime = Runtime()

  @Test("the process has the mappings of the configuration, and all rights inside them")
  func mappings() throws {
    let container = try runtime.container {
      $0.useUserNamespace()
      $0.changeLinux {
        $0.uidMappings = [(0, 100_000, 1000), (1000, 200_000, 1), (5000, 300_000, 70)].map {
          IDMapping(containerID: $0.0, hostID: $0.1, size: $0.2)
        }
        $0.gidMappings = [(0, 400_000, 65536)].map { IDMapping(containerID: $0.0, hostID: $0.1, size: $0.2) }
      }
      $0.shell("cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups")
    }
    let lines = try container.run().succeeds().lines.map { $0.split(separator: " ").joined(separator: " ") }
    #expect(lines == ["0 100000 1000", "1000 200000 1", "5000 300000 70", "0 400000 65536", "allow"])
  }

  @Test("the most ranges that the kernel takes are taken, and one more is an error")
  func manyRanges() throws {
    func ranges(_ count: UInt32) -> [IDMapping] {
      (0..<count).map { IDMapping(containerID: $0, hostID: 1_000_000_000 + 2 * $0, size: 1) }
    }
    let most = try runtime.container("most") {
      $0.useUserNamespace()
      $0.changeLinux {
        $0.uidMappings = ranges(340); $0.gidMappings = ranges(340)
      }
      $0.shell("wc -l < /proc/self/uid_map")
    }
    // Far too much for one page is refused by the kernel, never cut.
    let outcome = try most.run()
    if outcome.status == 0 {
      #expect(outcome.output == "340\n")
    } else {
      outcome.fails(saying: "/linux/uidMappings")
    }
    let tooMany = try runtime.container("many") {
      $0.useUserNamespace()
      $0.changeLinux {
        $0.uidMappings = ranges(341); $0.gidMappings = ranges(341)
      }
    }
    try tooMany.run().fails(saying: "/linux/uidMappings", "341")
  }

  @Test("a mapping without 0 is an error that says so")
  func noRoot() throws {
    let container = try runtime.container {
      $0.useUserNamespace()
      $0.changeLinux { $0.uidMappings = [IDMapping(containerID: 1, hostID: 100_001, size: 10)] }
    }
    try container.run().fails(saying: "linux.uidMappings", "must map the container's ID 0")
  }

  @Test("the root filesystem may lie where the mapped root cannot search", arguments: [false, true])
  func closedDirectory(noPivot: Bool) throws {
    let container = try runtime.container {
      $0.useUserNamespace()
      $0.bind("secret", "/m", "ro")
      $0.shell("cat /m/f; id -u; touch /tmp/x && stat -c %u /tmp/x")
    }
    try File.makeDirectory(container.bundle.path + "/secret")
    try File.makeDirectory(container.bundle.inside("m"))
    try File.write("bound\n", to: container.bundle.path + "/secret/f")
    chmod(container.bundle.path, 0o700)
    let outcome = noPivot ? try container.run("--no-pivot") : try container.run()
    #expect(outcome.succeeds().lines == ["bound", "0", "0"])
    var status = stat()
    stat(container.bundle.inside("tmp/x"), &status)
    #expect(status.st_uid == 100_000)
  }

  @Test("the default devices are there and work, bound from the host")
  func devices() throws {
    let container = try runtime.container {
      $0.useUserNamespace()
      $0.changeLinux {
        var fuse = Device(type: .character, path: "/dev/net/tun", major: 10, minor: 229)
        fuse.path = "/dev/fuse"
        $0.devices = [fuse, Device(type: .fifo, path: "/dev/pipe")]
      }
      $0.shell(
        """
        for d in null zero full random urandom tty fuse; do stat -c '%n %F %t:%T' /dev/$d; done; stat -c '%F' /dev/pipe
        echo > /dev/null && head -c 4 /dev/zero | wc -c; head -c 3 /dev/urandom | wc -c
        ls -l /dev/ptmx | grep -o 'pts/ptmx'; mknod /dev/mine c 1 3 || echo refused
        """
      )
    }
    let lines = try container.run().succeeds().lines
    #expect(
      lines.prefix(7) == [
        "/dev/null character special file 1:3", "/dev/zero character special file 1:5",
        "/dev/full character special file 1:7", "/dev/random character special file 1:8",
        "/dev/urandom character special file 1:9", "/dev/tty character special file 5:0",
        "/dev/fuse character special file a:e5",
      ]
    )
    #expect(lines.dropFirst(7) == ["fifo", "4", "3", "pts/ptmx", "refused"])
  }

  @Test("a device is the host's node of its number, also if the host has it at another path")
  func foundDevice() throws {
    let container = try runtime.container {
      $0.useUserNamespace()
      $0.shell("head -c 3 /dev/mine | od -An -tx1; echo x > /dev/full && echo written")
      $0.changeLinux {
        $0.devices = [
          Device(type: .character, path: "/dev/mine", major: 1, minor: 5),
          Device(type: .character, path: "/dev/full", major: 1, minor: 3),
        ]
      }
    }
    #expect(try container.run().succeeds().lines == [" 00 00 00", "written"])
  }

  @Test("a device that the host has not cannot be in a user namespace, and the error says so")
  func missingDevice() throws {
    let container = try runtime.container {
      $0.useUserNamespace()
      $0.changeLinux { $0.devices = [Device(type: .character, path: "/dev/none", major: 1, minor: 250)] }
    }
    try container.run().fails(saying: "/linux/devices/0", "/dev/none", "user namespace")
  }

  @Test("masked and read-only paths, kernel parameters and the keyring work under a user namespace")
  func hidden() throws {
    let container = try runtime.container {
      $0.useUserNamespace()
      $0.changeLinux { $0.sysctl = ["net.ipv4.ip_forward": "1"] }
      $0.shell(
        """
        cat /proc/sys/net/ipv4/ip_forward; cat /proc/keys | wc -c; ls /sys/firmware | wc -l
        echo 1 > /proc/sys/net/ipv4/ip_forward || echo readonly
        """
      )
    }
    #expect(try container.run().succeeds().lines == ["1", "0", "0", "readonly"])
  }

  @Test("a terminal belongs to the container's user")
  func terminal() throws {
    let container = try runtime.container {
      $0.useUserNamespace()
      $0.useTerminal()
      $0.shell("stat -c '%u %F' /dev/console; tty; test -c /dev/console && echo hi > /dev/console")
    }
    let terminal = try TestTerminal()
    let running = try container.command("run").at(terminal).start()
    let text = terminal.read(until: "hi")
    #expect(text.contains("0 character special file"))
    #expect(text.contains("/dev/pts/0"))
    running.wait()
  }

  @Test("cgroups can be mounted under a user namespace", arguments: [true, false])
  func cgroups(hasNamespace: Bool) throws {
    let container = try runtime.container {
      $0.useUserNamespace()
      if !hasNamespace { $0.removeNamespace(.cgroup) }
      $0.addMount("/sys/fs/cgroup", "cgroup", "cgroup", "ro", "nosuid", "nodev", "noexec")
      let cgroup = CgroupHost.inside("pids")
      $0.shell("cat \(cgroup)/cgroup.procs; mkdir \(cgroup)/x || echo refused")
    }
    let lines = try container.run().succeeds().lines
    #expect(lines.contains("1") && lines.last == "refused")
  }

  @Test("root of the container cannot reach the host's: files of root are nobody's")
  func ownership() throws {
    let source = try runtime.volume("volume", ["f": "secret"])
    chmod(source + "/f", 0o600)
    let container = try runtime.container {
      $0.useUserNamespace()
      $0.keepAllCapabilities()
      $0.bind(source, "/m")
      $0.shell("stat -c %u /m/f; cat /m/f || echo refused; chown 0 /m/f || echo kept")
    }
    try File.makeDirectory(container.bundle.inside("m"))
    #expect(try container.run().succeeds().lines == ["65534", "refused", "kept"])
  }

  @Test("without the right to make a mount point the error names it")
  func noMountPoint() throws {
    let container = try runtime.container {
      $0.useUserNamespace()
      $0.addMount("/missing", "tmpfs", "t")
    }
    try container.run().fails(saying: "/mounts/6", "/missing", "permission denied")
  }
}
