import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Spec: config.md#process; the texts are those that clients look for.
@Suite("the program's file")
struct ProgramTests {
  let runtime = Runtime()

  private func container(_ words: [String], path: String?, cwd: String = "/") throws -> Container {
    try runtime.container {
      $0.process?.args = words
      $0.process?.env = path.map { ["PATH=\($0)"] } ?? []
      $0.process?.cwd = cwd
    }
  }

  @Test("PATH is searched in the container, past files that cannot be executed and directories")
  func search() throws {
    let container = try container(["tool"], path: "/none:/etc/passwd:/plain:/directory:/good")
    try File.makeDirectory(container.bundle.inside("directory/tool"))
    try File.makeDirectory(container.bundle.inside("plain"))
    try File.makeDirectory(container.bundle.inside("good"))
    try File.write("#!/bin/sh\n", to: container.bundle.inside("plain/tool"))
    try container.bundle.addScript("good/tool", "#!/bin/sh\necho found $0\n")
    #expect(try container.run().succeeds().output == "found /good/tool\n")
  }

  @Test(
    "relative and empty entries of PATH start at the working directory",
    arguments: ["here", "/x:here", "./here"])
  func relativeEntries(path: String) throws {
    let container = try container(["tool"], path: path, cwd: "/work")
    try File.makeDirectory(container.bundle.inside("work/here"))
    try container.bundle.addScript("work/here/tool", "#!/bin/sh\necho found\n")
    #expect(try container.run().succeeds().output == "found\n")
  }

  @Test("an empty entry of PATH is the working directory", arguments: ["", ":/x", "/x::/y", "/x:"])
  func emptyEntries(path: String) throws {
    let container = try container(["tool"], path: path, cwd: "/work")
    try File.makeDirectory(container.bundle.inside("work"))
    try container.bundle.addScript("work/tool", "#!/bin/sh\necho found\n")
    #expect(try container.run().succeeds().output == "found\n")
  }

  @Test("without PATH the default is searched")
  func noPath() throws {
    #expect(try container(["echo", "found"], path: nil).run().succeeds().output == "found\n")
  }

  @Test("a name with a slash is not searched for, but starts at the working directory")
  func relativeProgram() throws {
    let container = try container(["./tool"], path: "/bin", cwd: "/work")
    try File.makeDirectory(container.bundle.inside("work"))
    try container.bundle.addScript("work/tool", "#!/bin/sh\necho $0\n")
    #expect(try container.run().succeeds().output == "./tool\n")
  }

  @Test(
    "what cannot be run says why, as clients expect it",
    arguments: [
      ("missing", "executable file not found in $PATH"),
      ("/bin/missing", "\"/bin/missing\": no such file or directory"),
      ("/etc/passwd/x", "\"/etc/passwd/x\": not a directory"),
      ("/etc", "\"/etc\": is a directory: permission denied"),
      ("/etc/passwd", "\"/etc/passwd\": permission denied"),
      ("passwd-like", "\"/odd/passwd-like\": permission denied"),
      ("/odd/interpreter", "bad interpreter \"/no/such\": no such file or directory"),
      ("/odd/empty", "\"/odd/empty\": exec format error"),
      ("/odd/arm", "\"/odd/arm\": exec format error"),
      ("/odd/loader", "\"/odd/loader\": no such file or directory"),
      ("/odd/loop", "\"/odd/loop\": too many levels of symbolic links"),
      ("/odd/fifo", "\"/odd/fifo\": permission denied"),
    ]
  )
  func refusals(name: String, text: String) throws {
    let container = try container([name], path: "/bin:/odd")
    try makeOddPrograms(in: container.bundle)
    try container.run().fails(saying: "exec: ", text)
  }

  @Test("a refused program is told by create, and nothing is left of the container")
  func refusedByCreate() throws {
    let container = try container(["missing"], path: "/bin")
    try container.create().fails(saying: "executable file not found in $PATH")
    #expect(try container.status() == "gone")
  }

  @Test("a program that another user may not execute is refused for that user only")
  func rightsOfTheUser() throws {
    let container = try container(["/bin/private"], path: nil)
    try container.bundle.addScript("bin/private", "#!/bin/sh\necho run\n")
    chmod(container.bundle.inside("bin/private"), 0o700)
    #expect(try container.run().succeeds().output == "run\n")
    container.bundle.config.process?.user = User(uid: 1000, gid: 1000)
    try container.bundle.write()
    try container.run().fails(saying: "\"/bin/private\": permission denied")
  }

  private func makeOddPrograms(in bundle: TestBundle) throws {
    try File.makeDirectory(bundle.inside("odd"))
    try File.write("x", to: bundle.inside("odd/passwd-like"))
    try bundle.addScript("odd/interpreter", "#!/no/such -x\n")
    try bundle.addScript("odd/empty", "")
    // The head of an ELF file for AArch64.
    let arm: [UInt8] = [
      0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0xb7, 0, 1, 0, 0, 0,
    ]
    try Data(arm + Array(repeating: 0, count: 200)).write(to: URL(filePath: bundle.inside("odd/arm")))
    chmod(bundle.inside("odd/arm"), 0o755)
    // A dynamic program of the host, whose loader is not in the container.
    try FileManager.default.copyItem(atPath: "/usr/bin/env", toPath: bundle.inside("odd/loader"))
    symlink("loop", bundle.inside("odd/loop"))
    mkfifo(bundle.inside("odd/fifo"), 0o755)
  }
}
