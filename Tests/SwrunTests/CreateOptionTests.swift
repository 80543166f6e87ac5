import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

@Suite("options of create and run")
struct CreateOptionTests {
  let runtime = Runtime()

  @Test("--pid-file has the pid as the host sees it, and no newline", arguments: ["create", "run"])
  func pidFile(_ command: String) throws {
    let container = try runtime.container { $0.wait() }
    let path = runtime.directory + "/pid"
    try File.write("old and longer than a pid", to: path)
    try container.command(command, ["--pid-file", path] + (command == "run" ? ["-d"] : [])).run().succeeds()
    #expect(File.text(path) == "\(try container.report().pid)")
  }

  @Test("a relative --pid-file counts from the caller's directory")
  func relativePIDFile() throws {
    let container = try runtime.container()
    try container.create("--pid-file", "pid").succeeds()
    #expect(File.text(runtime.directory + "/pid") == "\(try container.report().pid)")
  }

  @Test("a pid file that cannot be written makes create fail and leaves nothing")
  func badPIDFile() throws {
    let container = try runtime.container()
    try container.create("--pid-file", "/proc/none/pid").fails(saying: "--pid-file")
    #expect(File.names(in: runtime.root) == [])
  }

  @Test("the bundle is the working directory unless --bundle names it", arguments: [nil, ".", "../%"])
  func bundle(_ option: String?) throws {
    let container = try runtime.container()
    let name = container.bundle.path.split(separator: "/").last.map(String.init) ?? ""
    let options = option.map { ["-b", $0.replacingOccurrences(of: "%", with: name)] } ?? []
    var command = runtime.command(["create"] + options + [container.id])
    command.directory = container.bundle.path
    try command.run().succeeds()
    #expect(try container.report().bundle == container.bundle.path)
  }

  @Test("--pidfd-socket receives a pidfd of the container's process")
  func pidfdSocket() throws {
    let container = try runtime.container { $0.wait() }
    let socket = try DescriptorSocket(in: runtime.directory, named: "pidfd.sock")
    let running = try container.command("create", ["--pidfd-socket", socket.path]).start()
    let descriptor = try socket.receive().descriptor
    defer { close(descriptor) }
    running.wait().succeeds()
    let info = File.text("/proc/self/fdinfo/\(descriptor)")
    #expect(info.contains("Pid:\t\(try container.report().pid)\n"))
    #expect(!canBeRead(descriptor, within: .zero))
    try container.kill("KILL").succeeds()
    #expect(canBeRead(descriptor, within: .seconds(10)))
  }

  @Test("only the standard streams reach the program")
  func noDescriptors() throws {
    let container = try runtime.container { $0.run("probe") }
    let pipe = try TestPipe()
    var command = container.command("run")
    command.descriptors = [3: pipe.writing, 4: pipe.writing, 9: pipe.reading]
    let facts = try command.run().succeeds().facts
    #expect(facts.keys.filter { $0.hasPrefix("fd.") }.sorted() == ["fd.0", "fd.1", "fd.2"])
  }

  @Test("a created container holds no descriptor of its caller's")
  func createdDescriptors() throws {
    let container = try runtime.container()
    let pipe = try TestPipe()
    var command = container.command("create")
    command.descriptors = [3: pipe.writing, 9: pipe.writing]
    try command.run().succeeds()
    pipe.closeWriting()
    #expect(canBeRead(pipe.reading, within: .zero), "somebody still holds the pipe's other end")
    #expect(try container.status() == "created")
  }

  @Test("--preserve-fds passes that many descriptors on, from 3", arguments: ["create", "run"])
  func preservedDescriptors(_ verb: String) throws {
    let container = try runtime.container { $0.shell("echo three >&3; echo four >&4; probe") }
    let (three, four) = (try TestPipe(), try TestPipe())
    var command = container.command(verb, ["--preserve-fds", "2"])
    command.descriptors = [3: three.writing, 4: four.writing, 5: four.writing]
    let outcome = try command.run().succeeds()
    if verb == "create" { try container.start().succeeds() }
    three.closeWriting()
    four.closeWriting()
    #expect(three.readAll() == "three\n")
    #expect(four.readAll() == "four\n")
    #expect(eventually { outcome.facts["cwd"] != nil })
    #expect(
      outcome.facts.keys.filter { $0.hasPrefix("fd.") }.sorted() == ["fd.0", "fd.1", "fd.2", "fd.3", "fd.4"]
    )
  }

  @Test("--preserve-fds of a descriptor that is not open is an error")
  func missingDescriptors() throws {
    let container = try runtime.container { $0.run("probe") }
    let pipe = try TestPipe()
    var command = container.command("run", ["--preserve-fds", "4"])
    command.descriptors = [4: pipe.writing]
    try command.run().fails(saying: "--preserve-fds 4", "descriptor 3 is not open")
  }

  @Test("a --preserve-fds that is no number is a usage error", arguments: ["x", "-1", "99999999"])
  func badNumber(_ value: String) throws {
    let container = try runtime.container()
    try container.create("--preserve-fds=\(value)").fails(saying: "preserve-fds")
  }

  @Test("the program has no signals blocked or ignored, whatever its caller did")
  func signals() throws {
    let container = try runtime.container { $0.run("probe") }
    var command = container.command("run")
    command.arguments =
      ["-c", "trap '' HUP USR1 PIPE; exec \"$@\"", "sh", command.program] + command.arguments
    command.program = "sh"
    let facts = try command.run().succeeds().facts
    #expect(facts["SigIgn"] == "0000000000000000")
    #expect(facts["SigBlk"] == "0000000000000000")
  }

  @Test("the program has a session keyring of its own")
  func keyring() throws {
    let container = try runtime.container { $0.run("probe") }
    let facts = try container.run().succeeds().facts
    #expect(facts["keyring"]?.hasSuffix("_ses.\(container.id)") == true, "\(facts["keyring"] ?? "")")
  }

  @Test("--no-new-keyring keeps the caller's")
  func noNewKeyring() throws {
    let container = try runtime.container { $0.run("probe") }
    let facts = try container.run("--no-new-keyring").succeeds().facts
    #expect(facts["keyring"]?.contains(container.id) != true)
  }

  @Test("--no-pivot gives the container the same root filesystem")
  func noPivot() throws {
    let container = try runtime.container { $0.shell("ls /; cat /proc/1/comm; grep -c . /proc/mounts") }
    let pivoted = try container.run().succeeds().output
    let moved = try container.run("--no-pivot").succeeds().output
    #expect(moved == pivoted)
    #expect(moved.contains("bin\n"))
  }
}
