import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

@Suite("huge and odd configurations")
struct HugeInputTests {
  let runtime = Runtime()

  @Test("arguments and environment far beyond 64 KiB arrive whole", arguments: [100, 3000, 100_000])
  func manyArguments(length: Int) throws {
    let word = String(repeating: "a", count: length)
    let count = 1_500_000 / length
    let container = try runtime.container {
      $0.changeProcess {
        $0.args =
          ["sh", "-c", "echo $#; printf %s \"$*\" | wc -c; env | grep -c '^V'", "sh"]
          + Array(repeating: word, count: count / 2)
        $0.env? += (0..<count / 4).map { "V\($0)=\(word)" }
      }
    }
    let lines = try container.run().succeeds().lines
    #expect(lines == ["\(count / 2)", "\(count / 2 * (length + 1) - 1)", "\(count / 4)"])
  }

  @Test(
    "one argument or variable that the kernel does not take is an error that says so",
    arguments: [true, false]
  )
  func longString(isArgument: Bool) throws {
    let word = String(repeating: "a", count: 10 << 20)
    let container = try runtime.container {
      $0.changeProcess { if isArgument { $0.args = ["echo", word] } else { $0.env?.append("V=" + word) } }
    }
    let place = isArgument ? "/process/args/1" : "/process/env/2"
    try container.run().fails(saying: "config.json: \(place)", "is longer than")
  }

  @Test("more arguments than the kernel takes at once are an error of start")
  func tooMuch() throws {
    let word = String(repeating: "a", count: 100_000)
    let container = try runtime.container {
      $0.changeProcess { $0.args = ["true"] + Array(repeating: word, count: 100) }
    }
    try container.run().fails(saying: "E2BIG")
    try container.create().succeeds()
    try container.start().fails(saying: "E2BIG")
  }

  @Test("10 MB annotations go in and come out")
  func annotations() throws {
    let container = try runtime.container {
      $0.annotations = ["big": String(repeating: "x", count: 10 << 20)]
      for number in 0..<5000 { $0.annotations?["key\(number)"] = "value" }
      $0.wait()
    }
    try container.createAndStart()
    let annotations = try container.report().annotations
    #expect(annotations?["big"]?.count == 10 << 20 && annotations?.count == 5001)
  }

  @Test(
    "paths beyond what the kernel takes are errors, not cut",
    arguments: [5000, 70_000, 1 << 20],
    ["mount", "cwd", "masked", "device", "root", "source", "args", "namespace"]
  )
  func longPaths(length: Int, place: String) throws {
    let path = "/" + String(repeating: "d/", count: length / 2)
    let container = try runtime.container { config in
      switch place {
      case "mount": config.addMount(path, "tmpfs", "t")
      case "cwd": config.process?.cwd = path
      case "masked": config.changeLinux { $0.maskedPaths = [path] }
      case "device": config.changeLinux { $0.devices = [Device(type: .fifo, path: path + "x")] }
      case "root": config.root?.path = path
      case "source": config.bind(path, "/m")
      case "args": config.changeProcess { $0.args = [path + "x"] }
      default: config.setNamespace(.network, path: path)
      }
    }
    let outcome = try container.run()
    outcome.fails()
    #expect(outcome.errors.utf8.count < 20_000, "\(outcome.errors.utf8.count) bytes of error")
  }

  @Test("a name of 255 bytes is made, one of 256 is an error", arguments: [255, 256])
  func longNames(length: Int) throws {
    let container = try runtime.container {
      $0.addMount("/" + String(repeating: "n", count: length), "tmpfs", "t")
      $0.run("cat", "/proc/self/mountinfo")
    }
    let outcome = try container.run()
    if length == 255 { outcome.succeeds() } else { outcome.fails(saying: "/mounts/6") }
  }

  @Test("a hundred mounts, masks and devices are all made")
  func many() throws {
    let source = try runtime.volume("volume", ["f": "text"])
    let container = try runtime.container {
      for number in 0..<100 {
        $0.bind(source, "/m/\(number)")
        $0.changeLinux {
          $0.maskedPaths?.append("/m/\(number)/f")
          $0.devices =
            ($0.devices ?? []) + [Device(type: .character, path: "/dev/d/\(number)", major: 1, minor: 3)]
        }
      }
      $0.shell("ls /dev/d | wc -l; ls /m | wc -l; cat /m/*/f | wc -c")
    }
    #expect(try container.run(timeout: .seconds(60)).succeeds().lines == ["100", "100", "0"])
  }

  @Test("a mapping list beyond 64 KiB is refused before anything is made", arguments: [1000, 20_000])
  func mappings(count: UInt32) throws {
    let container = try runtime.container {
      $0.useUserNamespace()
      $0.changeLinux {
        $0.uidMappings = (0..<count).map { IDMapping(containerID: $0, hostID: 2_000_000 + 2 * $0, size: 1) }
      }
    }
    try container.run().fails(saying: "/linux/uidMappings", "has \(count) ranges")
    #expect(File.names(in: runtime.root).isEmpty)
  }

  @Test(
    "a NUL byte in a string is an error with its place",
    arguments: ["cwd", "arg", "env", "mount", "hostname", "option"]
  )
  func nul(place: String) throws {
    let container = try runtime.container { config in
      switch place {
      case "cwd": config.process?.cwd = "/a\0b"
      case "arg": config.changeProcess { $0.args = ["true", "a\0b"] }
      case "env": config.changeProcess { $0.env = ["A=a\0b"] }
      case "mount": config.addMount("/a\0b", "tmpfs", "t")
      case "option": config.addMount("/m", "tmpfs", "t", "size=1m\0x")
      default: config.hostname = "a\0b"
      }
    }
    try container.run().fails(saying: "config.json: /")
  }
}
