import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// The root filesystem of a whole distribution, whose programs expect more than busybox does.
@Suite("Debian")
struct DebianTests {
  let runtime = Runtime()

  private func container(
    _ name: String = "c", _ configure: (inout Config) -> Void
  ) throws -> Container {
    try runtime.container(name, rootfs: .debian, configure)
  }

  @Test("run passes bash's streams through pipes, and its exit status back")
  func pipes() throws {
    let container = try container { $0.run("bash", "-c", "mapfile -t l; echo ${#l[@]} ${l[1]^^}; exit 23") }
    let (input, output) = (try TestPipe(), try TestPipe())
    var command = container.command("run")
    command.input = .descriptor(input.reading)
    command.output = .descriptor(output.writing)
    let running = try command.start()
    output.closeWriting()
    input.write("one\ntwo\n")
    input.closeWriting()
    #expect(output.readAll() == "2 TWO\n")
    running.wait().ends(with: 23)
    #expect(try container.status() == "gone")
  }

  @Test("an interactive bash prompts, edits lines, controls jobs, and tells its exit status")
  func terminal() throws {
    let container = try container { config in
      config.run("bash", "--norc", "-i")
      config.useTerminal()
      config.process?.env?.append("PS1=ready> ")
    }
    let terminal = try TestTerminal()
    let running = try container.command("run").at(terminal).start()
    let prompt = terminal.read(until: "ready> ")
    #expect(prompt.contains("ready> ") && !prompt.contains("no job control"), "\(prompt)")
    terminal.type("tty\n")
    let answer = terminal.read(until: "/dev/pts/0\r\n")
    #expect(answer.contains("/dev/pts/0\r\n"), "\(answer)")
    // ^A and ^E of readline, then ^Z of the terminal.
    terminal.type("o six-$((6*7))\u{1}ech\u{5}\n")
    #expect(terminal.read(until: "six-42\r\n").contains("six-42\r\n"))
    terminal.type("sh -c 'echo job-$((40+2)); exec sleep 1000'\n")
    #expect(terminal.read(until: "job-42\r\n").contains("job-42\r\n"))
    terminal.type("\u{1a}")
    #expect(terminal.read(until: "Stopped").contains("Stopped"))
    _ = terminal.read(until: "ready> ", within: .seconds(2))
    // bash does not exit as long as it takes the job for a stopped one.
    terminal.type("kill -KILL %1; while [[ $(jobs -s) ]]; do sleep 0.05; done; exit 7\n")
    running.wait(timeout: .seconds(20)).ends(with: 7)
  }

  @Test("create, state, start, kill and delete go through the states")
  func lifecycle() throws {
    let container = try container { $0.wait() }
    try container.create().succeeds()
    let created = try container.report()
    #expect(created.status == "created" && created.bundle == container.bundle.path)
    try container.start().succeeds()
    #expect(try container.status() == "running")
    #expect(eventually { File.text("/proc/\(created.pid)/cmdline") == "sleep\u{0}1000\u{0}" })
    try container.kill("KILL").succeeds()
    try container.expect("stopped")
    try container.delete().succeeds()
    #expect(try container.status() == "gone")
    #expect(!isAlive(created.pid))
  }

  @Test("dpkg and apt read their databases")
  func packages() throws {
    let script = "set -o pipefail; dpkg -l | sed -n 1,200p; apt-cache policy; apt-mark showauto"
    let container = try container { config in
      config.run("bash", "-ec", script)
      config.keepAllCapabilities()
    }
    let outcome = try container.run().succeeds()
    #expect(outcome.lines.contains { $0.hasPrefix("ii  bash ") }, "\(outcome)")
    #expect(outcome.output.contains("Package files:"), "\(outcome)")
  }

  @Test("dpkg installs and removes a package that was built inside")
  func install() throws {
    let script = """
      mkdir -p /tmp/p/DEBIAN /tmp/p/opt && cd /tmp && echo content >p/opt/file
      printf '%s\\n' 'Package: made-here' 'Version: 1' 'Architecture: all' \
        'Maintainer: Nobody <nobody@example.org>' 'Description: none' >p/DEBIAN/control
      dpkg-deb --build p made.deb && dpkg --install made.deb && cat /opt/file
      dpkg-query --show made-here && dpkg --purge made-here && test ! -e /opt/file
      """
    let container = try container { config in
      config.run("bash", "-ec", script)
      config.keepAllCapabilities()
    }
    let outcome = try container.run().succeeds()
    #expect(outcome.lines.contains("content") && outcome.lines.contains("made-here\t1"), "\(outcome)")
    #expect(!File.exists(container.bundle.inside("opt/file")))
  }

  @Test("a user and groups by number are those that the names' database tells")
  func user() throws {
    let script = "id; touch /root/x 2>/dev/null || echo refused; touch /tmp/x && stat -c %U:%G /tmp/x"
    let container = try container { config in
      config.run("bash", "-c", script)
      config.process?.user = User(uid: 1, gid: 1)
      config.process?.user?.additionalGids = [4, 20]
    }
    let outcome = try container.run().succeeds()
    #expect(
      outcome.lines == [
        "uid=1(daemon) gid=1(daemon) groups=1(daemon),4(adm),20(dialout)", "refused", "daemon:daemon",
      ],
      "\(outcome)"
    )
  }

  @Test("su changes the user, and back to root it does not without a password")
  func su() throws {
    let toRoot = "su root -c true </dev/null && echo let in || echo refused"
    let container = try container { config in
      config.run("bash", "-c", "su daemon -s /bin/bash -c 'id -un; \(toRoot)'; exit $?")
      config.keepAllCapabilities()
    }
    let outcome = try container.run().succeeds()
    #expect(outcome.lines == ["daemon", "refused"], "\(outcome)")
  }

  @Test("five at once do not see each other's files and processes")
  func fiveAtOnce() throws {
    let containers = try (1...5).map { number in
      try container("c\(number)") { config in
        let files = "touch /tmp/own.$$.\(number); ls /tmp"
        config.run("bash", "-c", "\(files); ls -d /proc/[0-9]*; read; exit \(number)")
      }
    }
    let inputs = try containers.map { _ in try TestPipe() }
    let running = try zip(containers, inputs).map { container, input in
      var command = container.command("run")
      command.input = .descriptor(input.reading)
      return try command.start()
    }
    #expect(eventually { running.allSatisfy { $0.output.contains("/proc/") } })
    #expect(try runtime.listedIDs().sorted() == containers.map(\.id))
    for input in inputs { input.closeWriting() }
    for (index, program) in running.enumerated() {
      let outcome = program.wait().ends(with: Int32(index + 1))
      #expect(outcome.lines.filter { $0.hasPrefix("own.") } == ["own.1.\(index + 1)"], "\(outcome)")
      // The shell looks before it starts ls.
      #expect(outcome.lines.filter { $0.hasPrefix("/proc/") } == ["/proc/1"], "\(outcome)")
    }
  }
}
