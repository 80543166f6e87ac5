import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// The options by which criu is allowed what it refuses otherwise.
@Suite(
  "flags of checkpoint and restore",
  .enabled(
    if: Criu.program != nil && CgroupHost.isUsable, "no criu works here: run scripts/criu .build/criu"),
  .serialized)
struct CheckpointFlagTests: CheckpointSuite {
  let runtime = Runtime()

  private static let counting = "n=0; while :; do n=$((n+1)); echo $n > /count; sleep 0.01; done"
  /// These tests are not about cgroups.
  private static let cgroups = ["--manage-cgroups-mode", "ignore"]

  /// What a flag allows.
  struct Allowance: CustomTestStringConvertible {
    let flag: String
    /// What the container does.
    let line: String
    /// What criu says without the flag.
    let refusal: String
    /// Whether restore has the flag, too.
    var isForBoth = true
    /// What is to be seen in the restored container, as a line of shell.
    var proof = "true"

    var testDescription: String { flag }
  }

  static let allowances = [
    Allowance(
      flag: "--file-locks", line: "exec 9>/lock; flock 9; \(counting)", refusal: "file locks are hold",
      proof: "! flock --nonblock /lock true"),
    Allowance(
      flag: "--link-remap",
      line:
        "echo first > /a; ln /a /b; exec 8>>/a; rm /a; \(counting.replacing("done", with: "echo $n >&8; done"))",
      refusal: "Can't create link remap for /a", isForBoth: false,
      proof: "n=$(wc -l < /b); sleep 0.2; test $(wc -l < /b) -gt $n"),
    Allowance(
      flag: "--ext-unix-sk", line: counting.replacing("done", with: "echo $n >&3; done"),
      refusal: "External socket is used"),
    Allowance(
      flag: "--shell-job", line: counting, refusal: "/dev/pts/"),
  ]

  @Test("what criu refuses is saved with the flag that allows it, and goes on", arguments: allowances)
  func allows(_ allowance: Allowance) throws {
    let manager = try DatagramSocket(in: try runtime.volume("outside"), named: "socket")
    let terminal = try TestTerminal()
    let container = try runtime.container(rootfs: .debian) {
      $0.shell(allowance.line)
      // A socket that is outside, and in the same network.
      if allowance.flag == "--ext-unix-sk" {
        $0.removeNamespace(.network)
        $0.bind(runtime.directory + "/outside", runtime.directory + "/outside")
      }
    }
    let isSocket = allowance.flag == "--ext-unix-sk"
    let sender = try manager.connect()
    defer { close(sender) }
    var create = container.command("create", isSocket ? ["--preserve-fds", "1"] : [])
    (create.output, create.errors) = (.null, .null)
    if isSocket { create.descriptors = [3: sender] }
    if allowance.flag == "--shell-job" { create.input = .path(terminal.path) }
    try create.run().succeeds()
    try container.start().succeeds()
    try #require(eventually { count(container) > 3 })

    try command("checkpoint", container.id, Self.cgroups).run().fails(saying: allowance.refusal)
    #expect(try container.status() == "running")
    // criu 4.1 cannot bring a terminal of another mount namespace back.
    let isJob = allowance.flag == "--shell-job"
    let options = Self.cgroups + [allowance.flag] + (isJob ? ["--leave-running"] : [])
    try command("checkpoint", container.id, options).run().succeeds()
    let saved = count(container)
    if !isJob { try restoreAgain(container, allowance.isForBoth ? [allowance.flag] : []) }
    // Whoever sends to a socket waits until what came before is read.
    _ = manager.received()
    if isSocket { #expect(eventually { !manager.received().isEmpty }) }
    #expect(
      eventually {
        _ = manager.received()
        return count(container) > saved + 3
      })
    try container.execShell(allowance.proof).succeeds()
  }

  @Test("--auto-dedup frees the images' memory as it is restored")
  func deduplicates() throws {
    for flags in [[], ["--auto-dedup"]] {
      let container = try runtime.container("c\(flags.count)") { $0.shell(Self.counting) }
      try start(container)
      try command("checkpoint", container.id, Self.cgroups + flags).run().succeeds()
      #expect(blocks() > 0)
      try restoreAgain(container, flags)
      #expect((blocks() == 0) == !flags.isEmpty)
      let saved = count(container)
      #expect(eventually { count(container) > saved + 3 })
    }
  }

  @Test("what a container does not need may be allowed all the same")
  func allAtOnce() throws {
    let container = try runtime.container { $0.shell(Self.counting) }
    try start(container)
    let both = ["--ext-unix-sk", "--file-locks", "--shell-job", "--auto-dedup"]
    let options = Self.cgroups + both + ["--link-remap", "--tcp-skip-in-flight"]
    try command("checkpoint", container.id, options).run().succeeds()
    let saved = count(container)
    try restoreAgain(container, both)
    #expect(eventually { count(container) > saved + 3 })
  }

  private func restoreAgain(_ container: Container, _ flags: [String]) throws {
    let options = ["--detach", "--bundle", container.bundle.path] + Self.cgroups + flags
    var restore = command("restore", container.id, options)
    (restore.output, restore.errors) = (.null, .null)
    try restore.run().succeeds()
  }

  /// What the saved memory takes on the disk.
  private func blocks() -> Int {
    var status = stat()
    return stat(images + "/pages-1.img", &status) == 0 ? Int(status.st_blocks) : -1
  }
}
