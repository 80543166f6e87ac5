import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// What clients do that the specification does not make them do, each with the client and version that does it.
@Suite("habits of clients")
struct ClientHabitTests {
  let runtime = Runtime()

  @Test("podman 4.3 mounts images by overlays whose options are longer than fsconfig(2) takes")
  func longOptions() throws {
    let base = runtime.directory + "/" + String(repeating: "long", count: 50)
    for name in ["lower", "upper", "work"] { try File.makeDirectory("\(base)/\(name)") }
    // overlay(5) does not lie on another overlay, which the test's directory may be on.
    let mounted = try runtime.mountTemporary("tmpfs")
    try File.makeDirectory("\(mounted)/upper")
    try File.makeDirectory("\(mounted)/work")
    try File.write("from below", to: "\(base)/lower/file")
    let container = try runtime.container {
      $0.addMount(
        "/image", "overlay", "overlay", "lowerdir=\(base)/lower:\(base)/upper", "upperdir=\(mounted)/upper",
        "workdir=\(mounted)/work", "nosuid", "private")
      $0.shell("cat /image/file; echo; grep -c ' /image overlay rw,nosuid' /proc/mounts; touch /image/new")
    }
    #expect(try container.run().succeeds().lines == ["from below", "1"])
    #expect(File.exists("\(mounted)/upper/new"))
  }

  @Test("podman 4.3 writes a pids limit of 0 for none; since version 1.3.0 that is a limit")
  func noPidsLimit() throws {
    for (version, expected) in [("1.0.2-dev", "max"), ("1.3.0", "0")] {
      let container = try runtime.container(version) {
        $0.ociVersion = version
        $0.changeLinux {
          $0.resources = $0.resources ?? Resources()
          $0.resources?.pids = PidsResources(limit: 0)
        }
      }
      try container.create().succeeds()
      #expect(CgroupHost.read("pids.max", of: container) == expected)
    }
  }

  @Test("containerd 1.6 takes these words for a container that is gone or has ended, whatever their case")
  func containerdWords() throws {
    try runtime.run("state", "nobody").fails(saying: "does not exist")
    try runtime.run("delete", "nobody").fails(saying: "does not exist")
    try runtime.run("kill", "nobody", "KILL").fails(saying: "does not exist")
    let container = try runtime.container { $0.run("true") }
    try container.createAndStart()
    try container.expect("stopped")
    try container.kill("KILL").fails(saying: "container not running")
  }

  @Test(
    "docker 20.10 and podman 4.3 tell programs that are missing from those that may not run by these words")
  func programWords() throws {
    for (program, words) in [
      ("nothing", "executable file not found in $PATH"), ("/nothing", "no such file or directory"),
      ("/etc/passwd", "permission denied"), ("/etc", "permission denied"),
      ("/etc/passwd/x", "not a directory"),
    ] {
      let container = try runtime.container("c\(program.utf8.count)\(words.utf8.count)") { $0.run(program) }
      try container.create().fails(saying: words)
      let running = try runtime.container("e\(program.utf8.count)\(words.utf8.count)") { $0.wait() }
      try running.createAndStart()
      let outcome = try runtime.run("exec", running.id, program).ends(with: 255)
      #expect(outcome.errors.contains(words), "\(outcome)")
    }
  }

  @Test("podman 4.3 probes for checkpoints by the help, and for an option by leaving out its value")
  func podmanProbes() throws {
    try runtime.run("checkpoint", "--help").succeeds()
    try runtime.run("restore", "--lsm-mount-context").fails(saying: "flag needs an argument")
  }

  @Test(
    "containerd's shim 1.6 calls restore with one dash before an option, and asks for the version's lines")
  func shimWords() throws {
    try runtime.run("restore", "-no-subreaper", "--image-path", "/no/such", "c").fails(saying: "/no/such")
    let lines = try runtime.run("--version").succeeds().lines
    #expect(lines.first?.hasPrefix("swrun version ") == true && lines.contains { $0.hasPrefix("spec: 1.") })
  }
}
