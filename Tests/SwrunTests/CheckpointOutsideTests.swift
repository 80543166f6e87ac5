import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// What of the host a container had when it was saved, and what it gets when it is restored.
@Suite(
  "checkpoint and what is outside",
  .enabled(
    if: Criu.program != nil && CgroupHost.isUsable, "no criu works here: run scripts/criu .build/criu"),
  .serialized)
struct CheckpointOutsideTests: CheckpointSuite {
  let runtime = Runtime()

  @Test("what the program writes goes to the pipe of who restored it")
  func pipes() throws {
    let container = try runtime.container {
      $0.shell("while read line; do echo got $line; echo err $line >&2; done; echo end")
    }
    let first = (input: try TestPipe(), output: try TestPipe(), errors: try TestPipe())
    var create = container.command("create")
    create.input = .descriptor(first.input.reading)
    create.output = .descriptor(first.output.writing)
    create.errors = .descriptor(first.errors.writing)
    try create.run().succeeds()
    try container.start().succeeds()
    first.input.write("one\n")
    #expect(canBeRead(first.output.reading, within: .seconds(10)))
    #expect(canBeRead(first.errors.reading, within: .seconds(10)))
    try checkpoint(container).succeeds()

    let second = (input: try TestPipe(), output: try TestPipe(), errors: try TestPipe())
    var restore = command(
      "restore", container.id, ["--detach", "--bundle", container.bundle.path])
    restore.input = .descriptor(second.input.reading)
    restore.output = .descriptor(second.output.writing)
    restore.errors = .descriptor(second.errors.writing)
    try restore.run().succeeds()
    second.output.closeWriting()
    second.errors.closeWriting()
    second.input.write("two\n")
    second.input.closeWriting()
    #expect(second.output.readAll() == "got two\nend\n")
    #expect(second.errors.readAll() == "err two\n")
    try container.expect("stopped")
    first.output.closeWriting()
    #expect(first.output.readAll() == "got one\n")
  }

  @Test("files outside stay outside: the null device, and a log that is appended to")
  func files() throws {
    let log = runtime.directory + "/log"
    let descriptor = try checked(open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600), log)
    defer { close(descriptor) }
    let container = try counter {
      $0.shell("n=0; while :; do n=$((n+1)); echo $n; echo $n > /count; sleep 0.01; done")
    }
    var create = container.command("create")
    create.output = .descriptor(descriptor)
    create.errors = .descriptor(descriptor)
    try create.run().succeeds()
    try container.start().succeeds()
    try #require(eventually { count(container) > 3 })
    try checkpoint(container).succeeds()
    let lines = File.text(log).split(separator: "\n").count
    var restore = command("restore", container.id, ["--detach", "--bundle", container.bundle.path])
    restore.output = .descriptor(descriptor)
    restore.errors = .descriptor(descriptor)
    try restore.run().succeeds()
    #expect(eventually { File.text(log).split(separator: "\n").count > lines + 3 })
    let numbers = File.text(log).split(separator: "\n").compactMap { Int($0) }
    #expect(numbers == Array(1...numbers.count))
  }

  @Test("a terminal goes to the console socket of who restores it")
  func terminal() throws {
    let container = try runtime.container {
      $0.shell("while read line; do echo got $line; done")
      $0.useTerminal()
    }
    let socket = try DescriptorSocket(in: runtime.directory)
    try container.create("--console-socket", socket.path).succeeds()
    let first = try socket.receiveTerminal()
    try container.start().succeeds()
    first.type("one\n")
    #expect(first.read(until: "got one").contains("got one"))
    try checkpoint(container).succeeds()
    try restore(container).fails(saying: "console-socket")
    try restore(container, "--console-socket", socket.path).succeeds()
    let second = try socket.receiveTerminal()
    second.type("two\n")
    #expect(second.read(until: "got two").contains("got two"))
  }

  @Test("bind mounts come from the configuration again, also where links lead to them")
  func bindMounts() throws {
    let volume = try runtime.volume("volume", ["name": "first"])
    let container = try counter {
      $0.shell("ln -s /x /y; while :; do cat /vol/name /var/run/file > /count; sleep 0.01; done")
      $0.bind(volume, "/vol", "ro")
      $0.bind(volume + "/name", "/var/run/file")
    }
    try FileManager.default.createSymbolicLink(
      atPath: container.bundle.inside("var/run"), withDestinationPath: "/run")
    func said() -> String { File.text(container.bundle.inside("count")) }
    try container.createAndStart()
    try #require(eventually { said() == "firstfirst" })
    try checkpoint(container).succeeds()
    let other = try runtime.volume("other", ["name": "second"])
    container.bundle.config.mounts = container.bundle.config.mounts?.map { mount in
      var mount = mount
      mount.source = mount.source?.replacingOccurrences(of: volume, with: other)
      return mount
    }
    try container.bundle.write()
    try restore(container).succeeds()
    #expect(eventually { said() == "secondsecond" })
    var exec = runtime.command(["exec", container.id, "touch", "/vol/new"])
    #expect(try exec.run().errors.contains("Read-only file system"))
    exec.arguments = runtime.command(["exec", container.id, "cat", "/proc/keys"]).arguments
    #expect(try exec.run().succeeds().output == "")
  }

  @Test("a container without a cgroup namespace sees its new cgroups")
  func cgroupBinds() throws {
    let container = try counter {
      $0.removeNamespace(.cgroup)
      $0.addMount("/sys/fs/cgroup", "cgroup", "cgroup", "ro", "nosuid", "noexec", "nodev")
    }
    try start(container)
    try checkpoint(container).succeeds()
    container.bundle.config.changeLinux { $0.cgroupsPath = "/\(runtime.tag)moved" }
    try container.bundle.write()
    try restore(container).succeeds()
    let exec = runtime.command(["exec", container.id, "cat", CgroupHost.inside("freezer") + "/cgroup.procs"])
    #expect(try exec.run().succeeds().lines.count >= 1)
    #expect(File.text("/proc/\(try container.report().pid)/cgroup").contains(":/\(runtime.tag)moved"))
  }

  @Test("a network namespace that was joined is joined again")
  func joinedNetwork() throws {
    let holder = try NamespaceHolder(.network)
    let container = try counter { $0.setNamespace(.network, path: holder.path(.network)) }
    try start(container)
    try checkpoint(container).succeeds()
    let other = try NamespaceHolder(.network)
    container.bundle.config.setNamespace(.network, path: other.path(.network))
    try container.bundle.write()
    let saved = count(container)
    try restore(container).succeeds()
    #expect(eventually { count(container) > saved })
    let pid = try container.report().pid
    #expect(File.link("/proc/\(pid)/ns/net") == other.identity(.network))
    #expect(File.link("/proc/\(pid)/ns/net") != holder.identity(.network))
  }

  @Test("other namespaces that were joined are joined again", arguments: [NamespaceType.ipc, .uts])
  func joined(type: NamespaceType) throws {
    let holder = try NamespaceHolder(type)
    let container = try counter {
      $0.setNamespace(type, path: holder.path(type))
      $0.hostname = nil
    }
    try start(container)
    try checkpoint(container).succeeds()
    let saved = count(container)
    try restore(container).succeeds()
    #expect(eventually { count(container) > saved })
    #expect(File.link("/proc/\(try container.report().pid)/ns/\(type.fileName)") == holder.identity(type))
  }

  @Test("a user namespace that was joined is refused")
  func joinedUser() throws {
    let holder = try NamespaceHolder(.user)
    let container = try runtime.container {
      $0.setNamespace(.user, path: holder.path(.user))
      $0.wait()
    }
    try container.createAndStart()
    try checkpoint(container).fails(saying: "user namespace by path")
    #expect(try container.status() == "running")
  }
}
