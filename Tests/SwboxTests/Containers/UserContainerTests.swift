import Foundation
import TestSupport
import Testing

@Suite("Containers of images of a user without root", .enabled(if: geteuid() == 0 && UserBox.isPossible))
struct UserContainerTests {
  @Test("run alone, take more commands, end when asked, and leave their output")
  func life() throws {
    let user = try UserBox()
    try user.makeImage()
    let script = "echo begun; trap 'echo asked; exit 5' TERM; touch /ready; while :; do sleep 0.1; done"
    try user.swbox("run", "-d", "--name", "c", "users", "sh", "-c", script).succeeds()
    #expect(try eventually { try user.swbox("exec", "c", "ls", "/ready").status == 0 })
    #expect(try user.status("c") == "running")
    #expect(try user.swbox("exec", "--user", "u", "c", "id", "-u").succeeds().output == "1000\n")
    try user.swbox("exec", "-d", "--user", "u", "c", "sleep", "1000").succeeds()
    #expect(try user.swbox("top", "--no-stream", "c").succeeds().output.contains("sleep 1000"))
    #expect(try user.swbox("cp", "c:/home/u/file", "-").succeeds().output.contains("hello"))
    try user.swbox("cp", "c:/home/u/file", "copied").succeeds()
    #expect(File.text(user.home + "/copied") == "hello\n")
    try user.swbox("rm", "c").refuses(saying: "running")
    try user.swbox("stop", "c").succeeds()
    #expect(try user.swbox("wait", "c").succeeds().output == "5\n")
    #expect(try user.swbox("logs", "c").succeeds().lines == ["begun", "asked"])
    try user.swbox("rm", "c").succeeds()
    #expect(try user.list().isEmpty)
  }

  @Test("are in one user namespace, however many begin at once, and so are all who work on them")
  func many() throws {
    let user = try UserBox()
    try user.makeImage()
    let running = try (1...4).map { number in
      try user.command(["run", "-d", "--name", "c\(number)", "--user", "1000", "users", "sleep", "1000"])
        .start()
    }
    for process in running { process.wait().succeeds() }
    let namespaces = Set(try (1...4).map { File.link("/proc/\(try user.pid("c\($0)"))/ns/user") })
    #expect(namespaces.count == 1 && !namespaces.contains(File.link("/proc/self/ns/user")))
    for number in 1...4 { try user.swbox("exec", "c\(number)", "true").succeeds() }
    try user.swbox("stop", "--time", "0", "--all").succeeds()
    #expect(try user.list().values.allSatisfy { $0["status"] as? String == "exited" })
  }

  @Test("whose supervisor was killed are still reached, and gc leaves nothing of them")
  func crash() throws {
    let user = try UserBox()
    try user.makeImage()
    // Not root of the container: signals need the namespace.
    try user.swbox("run", "-d", "--name", "c", "--user", "1000", "users", "sleep", "1000").succeeds()
    let pid = try user.pid("c")
    kill(try user.supervisor("c"), SIGKILL)
    #expect(try eventually { try user.status("c") == "unsupervised" })
    #expect(try user.swbox("exec", "c", "id", "-u").succeeds().output == "1000\n")
    try user.swbox("gc").succeeds()
    #expect(!isAlive(pid))
    #expect(File.names(in: user.store + "/containers").sorted() == ["names", "staging"])
    #expect(File.names(in: user.runtime + "/swbox").isEmpty)
  }

  @Test("are ended and collected also when what does not outlive a login is gone")
  func logout() throws {
    let user = try UserBox()
    try user.makeImage()
    for name in ["c", "d"] {
      try user.swbox("run", "-d", "--name", name, "users", "sleep", "1000").succeeds()
    }
    let pids = try ["c", "d"].map { try user.pid($0) }
    let supervisor = try user.supervisor("d")
    try user.box.shell("rm -rf home/run/swbox")
    #expect(try user.status("c") == "running")
    try user.swbox("rm", "--force", "c").succeeds()
    #expect(!isAlive(pids[0]) && isAlive(pids[1]))
    kill(supervisor, SIGKILL)
    #expect(try eventually { try user.status("d") == "unsupervised" })
    try user.swbox("gc").succeeds()
    #expect(!isAlive(pids[1]))
    #expect(File.names(in: user.store + "/containers").sorted() == ["names", "staging"])
  }

  @Test("see mounts of the host below a directory that they are given")
  func mountsBelow() throws {
    let user = try UserBox()
    try user.makeImage()
    let script = "ls /h/fs/cgroup | wc -l; mkdir /h/x 2>&1 | grep -c 'Read-only'"
    let lines = try user.script("users", "-v", "/sys:/h:ro", script: script)
    #expect(lines.count == 2 && lines[0] != "0" && lines[1] == "1", "\(lines)")
  }

  @Test("of a swbox that is killed at any moment leave nothing that gc does not remove")
  func anyMoment() throws {
    let user = try UserBox()
    try user.makeImage()
    for round in 0..<10 {
      let running = try user.command(["run", "-d", "--user", "1000", "users", "sleep", "1000"]).start()
      usleep(UInt32(round) * 40_000)
      running.signal(SIGKILL)
      running.wait()
    }
    #expect(try eventually { try user.list().values.allSatisfy { $0["status"] as? String != "starting" } })
    for name in try user.list().filter({ $0.value["status"] as? String == "running" }).keys {
      kill(try user.supervisor(name), SIGKILL)
    }
    try user.swbox("gc").succeeds()
    #expect(File.names(in: user.store + "/containers").sorted() == ["names", "staging"])
    #expect(Leftovers(tag: user.box.directory).isEmpty)
  }

  @Test("can become the calling process")
  func inPlace() throws {
    let user = try UserBox()
    try user.makeImage()
    let words = [
      "run", "--in-place", "--name", "c", "users", "sh", "-c", "echo $$; stat -c %u /home/u/file; exit 3",
    ]
    let running = try user.command(words).start()
    #expect(running.wait().ends(with: 3).lines == ["\(running.pid)", "1000"])
    let lasting = try user.command(["run", "--in-place", "--name", "c", "users", "sleep", "1000"]).start()
    #expect(try eventually { try user.swbox("exec", "--user", "u", "c", "id", "-u").output == "1000\n" })
    lasting.signal(SIGKILL)
    lasting.wait()
  }

  @Test("have the host's network or none; what only root can do is an error that says so")
  func limits() throws {
    let user = try UserBox()
    try user.makeImage()
    #expect(try user.script("users", script: "ls /sys/class/net") == ["lo"])
    let network = File.link("/proc/self/ns/net")
    #expect(try user.script("users", "--network", "host", script: "readlink /proc/self/ns/net") == [network])
    for option in [["--network", "bridge"], ["--publish", "8080:80"]] {
      try user.command(["run", "--rm"] + option + ["users", "true"]).run().refuses(
        saying: "--network bridge: devices and filters of the host are root's", "--network host")
    }
    try user.swbox("run", "--rm", "--userns", "1000:10", "users", "true").refuses(
      saying: "--userns: only root")
    try user.swbox("run", "--rm", "--user", "70000", "users", "true").refuses(
      saying: "--user: there is no user 70000")
    #expect(try user.list().isEmpty)
  }

  @Test("need a directory for what does not outlive the login, which is the user's alone")
  func runtimeDirectory() throws {
    let user = try UserBox()
    try user.makeImage()
    try user.command(["run", "users", "true"], environment: ["XDG_RUNTIME_DIR": ""]).run()
      .refuses(saying: "XDG_RUNTIME_DIR is not set")
    let shared = user.box.directory + "/shared"
    try File.makeDirectory(shared)
    for change in ["chmod 777 shared", "chmod 755 shared", "chown \(UserBox.id) shared; chmod 775 shared"] {
      try user.box.shell(change)
      try user.command(["run", "users", "true"], environment: ["XDG_RUNTIME_DIR": shared]).run()
        .refuses(saying: "XDG_RUNTIME_DIR: \(shared) is not the caller's alone")
      try user.command(["gc"], environment: ["XDG_RUNTIME_DIR": shared]).run()
        .refuses(saying: "XDG_RUNTIME_DIR: \(shared) is not the caller's alone")
    }
    // Nor is a store that somebody else has made, whose layers would be believed.
    try user.box.shell("mkdir -m 777 other")
    try user.command(["--root", user.box.directory + "/other", "run", "users", "true"]).run()
      .refuses(saying: "belongs to another user")
  }
}
