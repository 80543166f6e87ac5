import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

@Suite("devices")
struct DeviceTests {
  let runtime = Runtime()

  private static func device(
    _ type: DeviceType,
    _ path: String,
    _ number: (Int64, Int64)? = (1, 3),
    mode: UInt32? = nil,
    uid: UInt32? = nil,
    gid: UInt32? = nil
  ) -> Device {
    var device = Device(type: type, path: path, major: number?.0, minor: number?.1)
    (device.fileMode, device.uid, device.gid) = (mode, uid, gid)
    return device
  }

  @Test("the default devices are there, everybody's, and root's", arguments: [true, false])
  func defaults(hasMount: Bool) throws {
    let container = try runtime.container {
      if !hasMount { $0.mounts?.removeAll { $0.destination.hasPrefix("/dev") } }
      $0.shell(
        "umask; for d in null zero full random urandom tty; do stat -c '%n %F %a %u:%g %t:%T' /dev/$d; done"
      )
    }
    var command = container.command("run")
    command.program = "/bin/sh"
    command.arguments =
      ["-c", "umask 077; exec \"$@\"", "sh", Runtime.program] + container.command("run").arguments
    let lines = try command.run().succeeds().lines
    #expect(
      lines == [
        "0077", "/dev/null character special file 666 0:0 1:3",
        "/dev/zero character special file 666 0:0 1:5",
        "/dev/full character special file 666 0:0 1:7", "/dev/random character special file 666 0:0 1:8",
        "/dev/urandom character special file 666 0:0 1:9", "/dev/tty character special file 666 0:0 5:0",
      ]
    )
  }

  @Test("the links in /dev are there")
  func links() throws {
    let container = try runtime.container {
      $0.shell("for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done; ls /dev/fd/0 /dev/stdin")
    }
    #expect(
      try container.run().succeeds().lines.prefix(5) == [
        "/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2", "pts/ptmx",
      ]
    )
  }

  @Test(
    "a configured device has its type, numbers, mode and owner",
    arguments: [
      (device(.character, "/dev/c1", (10, 229)), "character special file 666 0:0 a:e5"),
      (
        device(.character, "/dev/c2", (4095, 1_048_575), mode: 0o600),
        "character special file 600 0:0 fff:fffff"
      ),
      (
        device(.unbufferedCharacter, "/dev/u", (1, 5), mode: 0o640, uid: 12, gid: 34),
        "character special file 640 12:34 1:5"
      ),
      (device(.block, "/dev/b", (7, 0), mode: 0o660, gid: 6), "block special file 660 0:6 7:0"),
      (device(.fifo, "/dev/p", nil, mode: 0o622, uid: 7), "fifo 622 7:0 0:0"),
      (device(.character, "/dev/deep/er/c"), "character special file 666 0:0 1:3"),
      (device(.character, "/opt/outside", (1, 3), mode: 0o4755), "character special file 4755 0:0 1:3"),
      (device(.character, "/dev/null", (1, 3), mode: 0o600, uid: 5), "character special file 600 5:0 1:3"),
      (device(.character, "/dev/link/c"), "character special file 666 0:0 1:3"),
    ]
  )
  func configured(device: Device, facts: String) throws {
    let container = try runtime.container {
      $0.changeLinux { $0.devices = [device] }
      $0.bind("volume", "/dev/link")
      $0.run("stat", "-c", "%F %a %u:%g %t:%T", device.path)
    }
    try File.makeDirectory(container.bundle.path + "/volume")
    #expect(try container.run().succeeds().output == facts + "\n")
  }

  @Test("an existing node that is the device is kept, with its mode and owner")
  func existing() throws {
    let container = try runtime.container {
      $0.mounts?.removeAll { $0.destination.hasPrefix("/dev") }
      $0.changeLinux { $0.devices = [DeviceTests.device(.character, "/dev/mine", (1, 5), mode: 0o666)] }
      $0.shell("stat -c '%a %u' /dev/mine /dev/null")
    }
    mknod(container.bundle.inside("dev/mine"), S_IFCHR | 0o600, 0x105)
    mknod(container.bundle.inside("dev/null"), S_IFCHR | 0o666, 0x103)
    chmod(container.bundle.inside("dev/null"), 0o666)
    chown(container.bundle.inside("dev/mine"), 9, 9)
    #expect(try container.run().succeeds().lines == ["600 9", "666 0"])
  }

  @Test(
    "a file that is not the device is an error, and stays as it is",
    arguments: ["file", "directory", "other device", "link", "dangling link", "fifo"]
  )
  func mismatch(kind: String) throws {
    let container = try runtime.container {
      $0.mounts?.removeAll { $0.destination.hasPrefix("/dev") }
      $0.changeLinux {
        $0.devices = [DeviceTests.device(.character, "/dev/mine", (1, 5), mode: 0o666, uid: 3)]
      }
    }
    let path = container.bundle.inside("dev/mine")
    let target = try runtime.volume("volume", ["f": "text"]) + "/f"
    switch kind {
    case "file": try File.write("text", to: path)
    case "directory": mkdir(path, 0o755)
    case "other device": mknod(path, S_IFCHR | 0o600, 0x103)
    case "link": symlink(target, path)
    case "fifo": mkfifo(path, 0o600)
    default: symlink("/nowhere", path)
    }
    var (before, after) = (stat(), stat())
    lstat(path, &before)
    try container.run().fails(saying: "/linux/devices/0", "/dev/mine", "another file")
    lstat(path, &after)
    #expect(before.st_ino == after.st_ino && after.st_uid == 0 && before.st_mode == after.st_mode)
    #expect(File.text(target) == "text")
  }

  @Test("nothing is added to a /dev that the caller binds")
  func foreignDev() throws {
    let dev = try runtime.volume("dev", ["mark": ""])
    let container = try runtime.container {
      $0.mounts?.removeAll { $0.destination.hasPrefix("/dev") }
      $0.bind(dev, "/dev")
      $0.run("ls", "/dev")
    }
    #expect(try container.run().succeeds().output == "mark\n")
    #expect(File.names(in: dev) == ["mark"])
  }

  @Test("a terminal is /dev/console, and the container's own pts/0")
  func console() throws {
    let container = try runtime.container {
      $0.useTerminal()
      $0.shell(
        "tty; stat -c '%F %a' /dev/console; grep ' /dev/console ' /proc/self/mountinfo; echo typed > /dev/console; echo done"
      )
    }
    let terminal = try TestTerminal()
    let running = try container.command("run").at(terminal).start()
    let text = terminal.read(until: "done")
    for word in ["/dev/pts/0", "character special file", "devpts", "typed"] {
      #expect(text.contains(word), "\(text)")
    }
    running.wait()
  }

  @Test("without a terminal there is no /dev/console of the host's")
  func noConsole() throws {
    let container = try runtime.container { $0.run("ls", "/dev/console") }
    try container.run().fails(saying: "No such file")
  }

  @Test(
    "with no rule for devices, or with all denied, only the defaults can be made and opened",
    arguments: [nil, [], [DeviceRule(allow: false, access: "rwm")]] as [[DeviceRule]?]
  )
  func denied(rules: [DeviceRule]?) throws {
    let container = try runtime.container {
      $0.keepAllCapabilities()
      $0.changeLinux {
        $0.resources = rules == nil ? nil : Resources(); $0.resources?.devices = rules
      }
      $0.shell(
        """
        cd /tmp; mknod disk b 254 0; mknod mem c 1 1; mknod kmsg c 1 11; mknod null c 1 3
        for d in disk mem kmsg; do head -c 1 $d > /dev/null && echo $d can be read; (: < $d) && echo $d opens; done
        echo > null && echo null works; head -c 1 /dev/zero | wc -c; dd if=/dev/null of=/dev/full count=0 && echo full opens
        """
      )
    }
    let outcome = try container.run().succeeds()
    #expect(outcome.lines == ["null works", "1", "full opens"], "\(outcome)")
  }

  @Test("a rule allows one device and no other")
  func allowed() throws {
    let container = try runtime.container {
      $0.keepAllCapabilities()
      var rule = DeviceRule(allow: true, access: "r")
      (rule.type, rule.major, rule.minor) = (.character, 10, 229)
      $0.changeLinux { $0.resources?.devices = [DeviceRule(allow: false, access: "rwm"), rule] }
      $0.changeLinux { $0.devices = [DeviceTests.device(.character, "/dev/fuse", (10, 229))] }
      $0.shell(
        "(: < /dev/fuse) && echo reads; (: > /dev/fuse) || echo no write; mknod /tmp/mem c 1 1; ! head -c 1 /tmp/mem"
      )
    }
    #expect(try container.run().succeeds().lines == ["reads", "no write"])
  }
}
