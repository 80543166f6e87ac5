import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

@Suite("hostile /etc/passwd")
struct HostilePasswdTests {
  let runtime = Runtime()

  @Test(
    "an odd /etc/passwd neither hangs nor crashes, and the process keeps its numbers",
    arguments: [
      "1000 is root", "huge", "fifo", "link to host", "directory", "device", "loop", "bytes", "long line",
      "no fields",
    ]
  )
  func odd(kind: String) throws {
    let container = try runtime.container {
      $0.process?.user = User(uid: 1000, gid: 1000)
      $0.shell("grep '^Uid' /proc/self/status; echo $HOME")
    }
    let path = container.bundle.inside("etc/passwd")
    unlink(path)
    switch kind {
    case "1000 is root":
      try File.write("1000:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:\n", to: path)
    case "huge": try File.write(String(repeating: "x:y:1000:1000::/evil:\n", count: 200_000), to: path)
    case "fifo": mkfifo(path, 0o666)
    case "link to host": symlink("../../../../../../../../etc/shadow", path)
    case "directory": mkdir(path, 0o755)
    case "device": mknod(path, S_IFCHR | 0o666, 0x105)
    case "loop": symlink("passwd", path)
    case "bytes":
      try Data((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }).write(to: URL(filePath: path))
    case "long line": try File.write("u:x:1000:1000::/" + String(repeating: "h", count: 300_000), to: path)
    default: try File.write("\n:::\n::1000\nx:x:1000:1000::relative:\n", to: path)
    }
    let outcome = try container.run(timeout: .seconds(20))
    // A home of 300 KB is more than execve(2) takes, and may be said.
    if kind == "long line", outcome.status == 1 { return }
    let lines = outcome.succeeds().lines
    #expect(lines[0] == "Uid:\t1000\t1000\t1000\t1000")
    #expect(lines[1] == (kind == "1000 is root" ? "/home/user" : "/"))
  }

  @Test(
    "HOME is that of the configuration, or the user's, or /",
    arguments: [
      (0 as UInt32, nil, "/root"), (0, "HOME=/else", "/else"), (65534, nil, "/"), (4242, nil, "/"),
      (0, "HOME=", ""),
    ] as [(UInt32, String?, String)]
  )
  func home(uid: UInt32, variable: String?, expected: String) throws {
    let container = try runtime.container {
      $0.process?.user = User(uid: uid, gid: 0)
      if let variable { $0.process?.env?.append(variable) }
      $0.shell("echo $HOME")
    }
    #expect(try container.run().succeeds().output == expected + "\n")
  }
}
