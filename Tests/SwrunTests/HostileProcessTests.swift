import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

@Suite("hostile processes")
struct HostileProcessTests {
  let runtime = Runtime()

  /// What must not change, told quickly: size, inode, times.
  private var program: String {
    var status = stat()
    stat(Runtime.program, &status)
    return
      "\(status.st_ino) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) \(status.st_nlink)"
  }

  private func hash() throws -> String { try Command("sha256sum", [Runtime.program]).run().succeeds().output }

  @Test(
    "the runtime as the container's program, or as its script's interpreter, does not change the runtime",
    arguments: ["/proc/self/exe", "/script", "/link"]
  )
  func selfExecution(entry: String) throws {
    let (before, sum) = (program, try hash())
    let container = try runtime.container {
      $0.keepAllCapabilities()
      $0.changeProcess { $0.args = [entry, "--version"] }
    }
    try container.bundle.addScript("script", "#!/proc/self/exe\nx\n")
    symlink("/proc/self/exe", container.bundle.inside("link"))
    _ = try container.run(timeout: .seconds(20))
    #expect(program == before)
    #expect(try hash() == sum)
  }

  @Test("a process that holds the runtime's program, to write to it when it has ended, finds it read-only")
  func writer() throws {
    let copy = runtime.directory + "/runtime"
    _ = try Command("cp", [Runtime.program, copy]).run().succeeds()
    // In the host's pid namespace, with all rights: as bad as it gets.
    let attacker = try runtime.container("attacker") {
      $0.removeNamespace(.pid)
      $0.keepAllCapabilities()
      $0.mounts?.removeAll { $0.destination == "/proc" }
      $0.mounts?.insert(Mount(destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]), at: 0)
      $0.changeLinux {
        $0.maskedPaths = []; $0.readonlyPaths = []
      }
      // O_WRONLY | O_TRUNC asks for the mount's permission first, even of a program that runs.
      $0.shell(
        """
        echo ready
        while true; do for p in /proc/[0-9]*; do case $(tr '\\0' ' ' < $p/cmdline 2> /dev/null) in *victim*)
          (exec 9< $p/exe && for i in 1 2 3 4 5; do probe open /proc/self/fd/9 0x201; sleep 0.05; done) & ;;
        esac; done; done
        """)
    }
    let running = try attacker.command("run").start()
    eventually { running.output.contains("ready") }
    let victim = try runtime.container("victim") { $0.run("sleep", "0.3") }
    let before = try Command("sha256sum", [copy]).run().output
    for _ in 0..<5 {
      var command = victim.command("run")
      command.program = copy
      try command.run().succeeds()
    }
    eventually(within: .seconds(5)) { running.output.contains("errno=30") }
    _ = try attacker.kill()
    let answers = Set(running.wait().lines.filter { $0.hasPrefix("errno") })
    #expect(try Command("sha256sum", [copy]).run().output == before)
    // EROFS, or what holds the container's own programs: ETXTBSY.
    #expect(answers.isSubset(of: ["errno=30", "errno=26"]), "\(answers)")
    #expect(answers.contains("errno=30"), "the attacker came too late: \(answers)")
  }

  @Test(
    "a working directory by a descriptor is an error",
    arguments: Array(stride(from: 0, to: 1024, by: 64))
  )
  func descriptorDirectories(first: Int) throws {
    let host = open("/", O_RDONLY | O_DIRECTORY)
    defer { close(host) }
    let container = try runtime.container("c") { $0.run("pwd") }
    for number in (first..<first + (first == 0 ? 64 : 4)) {
      container.bundle.config.process?.cwd = "/proc/self/fd/\(number)"
      try container.bundle.write()
      var command = container.command("run")
      command.descriptors = [7: host, 9: host, 20: host]
      try command.run().fails(saying: "/proc/self/fd/\(number)")
    }
  }

  @Test(
    "nor does it help to go through a link or upwards",
    arguments: [
      "/link", "/link/..", "/proc/self/fd/7/../../..", "/proc/self/cwd", "/proc/self/root",
      "/proc/thread-self/cwd/..",
      "/dev/fd/7",
    ]
  )
  func descriptorDirectoryByLink(cwd: String) throws {
    let host = open("/", O_RDONLY | O_DIRECTORY)
    defer { close(host) }
    let container = try runtime.container {
      $0.process?.cwd = cwd; $0.run("pwd")
    }
    symlink("/proc/self/fd/7", container.bundle.inside("link"))
    var command = container.command("run")
    command.descriptors = [7: host]
    try command.run().fails(saying: "/process/cwd")
  }

  @Test("a program by a descriptor is none of the host's", arguments: 0..<32)
  func descriptorPrograms(number: Int) throws {
    let container = try runtime.container {
      let up = String(repeating: "../", count: 12)
      $0.changeProcess {
        $0.args = ["/proc/self/fd/\(number)/\(up)\(Runtime.program.dropFirst())", "--version"]
      }
    }
    let host = open("/", O_RDONLY | O_DIRECTORY)
    defer { close(host) }
    var command = container.command("run")
    command.descriptors = [7: host, 9: host, 20: host]
    let outcome = try command.run().fails(saying: "exec:")
    #expect(!outcome.output.contains("swrun"))
    #expect(outcome.errors.contains("ENOENT") || outcome.errors.contains("ENOTDIR"), "\(outcome)")
  }

  @Test("while it waits to be started the process has nothing of the host's open", arguments: [true, false])
  func openDescriptors(hasUser: Bool) throws {
    let container = try runtime.container {
      if hasUser { $0.useUserNamespace() }
      $0.wait()
    }
    let host = open("/", O_RDONLY | O_DIRECTORY)
    defer { close(host) }
    var command = container.command("create")
    command.descriptors = [7: host, 20: host]
    try command.run().succeeds()
    let directory = "/proc/\(try container.report().pid)/fd"
    let open = File.names(in: directory).filter { Int($0) ?? 0 > 2 }.map { File.link("\(directory)/\($0)") }
    #expect(!open.isEmpty)
    #expect(open.allSatisfy { $0.hasPrefix("socket:") }, "\(open)")
  }

  @Test(
    "the program inherits its standard streams and what is preserved, nothing else",
    arguments: [0, 1, 3]
  )
  func inherited(preserved: Int) throws {
    let container = try runtime.container { $0.run("probe") }
    let file = open("/dev/full", O_RDWR)
    defer { close(file) }
    var command = container.command("run", ["--preserve-fds", "\(preserved)"])
    command.descriptors = [3: file, 4: file, 5: file, 6: file, 9: file, 100: file]
    let facts = try command.run().succeeds().facts
    let numbers = facts.keys.filter { $0.hasPrefix("fd.") }.compactMap { Int($0.dropFirst(3)) }.sorted()
    #expect(numbers == Array(0..<(3 + preserved)))
    if preserved > 0 { #expect(facts["fd.3"] == "/dev/full") }
  }

  @Test(
    "a descriptor to preserve that is not there is an error, not one of the runtime's",
    arguments: [1, 3, 10, 60]
  )
  func missingPreserved(count: Int) throws {
    let container = try runtime.container { $0.run("probe") }
    try container.run("--preserve-fds", "\(count)").fails(saying: "--preserve-fds \(count)", "is not open")
    try container.create("--preserve-fds", "\(count)").fails(saying: "--preserve-fds \(count)", "is not open")
  }

  @Test("hooks inherit nothing either")
  func hooks() throws {
    let log = runtime.directory + "/log"
    let container = try runtime.container {
      var hook = Hook(path: "/bin/sh")
      hook.args = ["sh", "-c", "ls /proc/self/fd >> \(log)"]
      hook.env = ["PATH=/bin:/usr/bin"]
      var hooks = Hooks()
      (hooks.prestart, hooks.createRuntime, hooks.createContainer) = ([hook], [hook], [hook])
      (hooks.poststart, hooks.poststop) = ([hook], [hook])
      $0.hooks = hooks
      $0.run("true")
    }
    let file = open("/", O_RDONLY)
    defer { close(file) }
    var command = container.command("run")
    command.descriptors = [5: file, 7: file]
    try command.run().succeeds()
    #expect(Set(File.text(log).split(separator: "\n").compactMap { Int($0) }) == [0, 1, 2, 3])
  }

  @Test(
    "a process beside it, with its user, cannot look into one that waits to be started",
    arguments: [false, true]
  )
  func notDumpable(hasUser: Bool) throws {
    let holder = hasUser ? try NamespaceHolder(.user, .pid) : try NamespaceHolder(.pid)
    func join(_ config: inout Config) {
      config.setNamespace(.pid, path: holder.path(.pid))
      if hasUser { config.setNamespace(.user, path: holder.path(.user)) }
    }
    let waiting = try runtime.container("waiting") {
      join(&$0); $0.wait()
    }
    try waiting.create().succeeds()
    let pid =
      File.text("/proc/\(try waiting.report().pid)/status").split(separator: "\n")
      .first { $0.hasPrefix("NSpid") }?.split(separator: "\t").last.map(String.init) ?? ""
    let attacker = try runtime.container("attacker") {
      join(&$0)
      $0.changeLinux { $0.maskedPaths = [] }
      $0.shell(
        """
        for f in fd/0 exe root cwd ns/net; do readlink /proc/\(pid)/$f; done; cat /proc/\(pid)/environ
        for f in mem maps auxv; do probe open /proc/\(pid)/$f 0; done; grep -c . /proc/\(pid)/status
        """
      )
    }
    let lines = try attacker.run().lines.filter { !$0.hasPrefix("argv0") }
    #expect(lines.prefix(3).allSatisfy { $0 == "errno=13" || $0 == "errno=1" }, "\(lines)")
    #expect(lines.count == 4, "\(lines)")
    // Once it runs its program it is open to its like.
    try waiting.start().succeeds()
  }
}
