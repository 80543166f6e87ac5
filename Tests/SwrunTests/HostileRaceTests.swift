import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Somebody exchanges what the runtime walks through for a link, as fast as he can, while containers start.
///
/// `SWRUN_RACE_SECONDS` says how long each race lasts; one second otherwise.
@Suite("races with the runtime", .serialized)
struct HostileRaceTests {
  let runtime = Runtime()

  private static let duration = Duration.seconds(
    Int(ProcessInfo.processInfo.environment["SWRUN_RACE_SECONDS"] ?? "") ?? 1
  )

  /// What is exchanged for a link, relative to the bundle, and where the link leads: %D is a directory of
  /// the host, %F a file.
  static let races: [(name: String, target: String)] = [
    ("volume/dir", "%D"), ("volume/dir", "../../../../../../../..%D"), ("volume/dir", "/proc"),
    ("volume/dir/sub", "%D"), ("volume/file", "%F"), ("rootfs/proc", "%D"), ("rootfs/sys", "%D"),
    ("rootfs/dev", "%D"),
    ("rootfs/dev", "/tmp/../../../../../..%D"), ("rootfs/dev/null", "%F"),
    ("rootfs/dev/null", "/proc/sys/kernel/panic"),
    ("rootfs/etc", "%D"), ("rootfs/job", "%D"), ("rootfs/masked", "%F"), ("rootfs/proc", "tmp"),
  ]

  private func prepare(_ container: Container) throws {
    for path in ["volume/dir/sub", "rootfs/job", "rootfs/dev", "rootfs/m"] {
      try File.makeDirectory("\(container.bundle.path)/\(path)")
    }
    for path in ["volume/file", "rootfs/masked", "volume/dir/file", "rootfs/dev/null"] {
      try File.write("own", to: "\(container.bundle.path)/\(path)")
    }
    unlink(container.bundle.inside("dev/null"))
    mknod(container.bundle.inside("dev/null"), S_IFCHR | 0o666, 0x103)
  }

  private func configure(_ config: inout Config) {
    config.mounts?.removeAll { $0.destination.hasPrefix("/dev") }
    config.bind("volume", "/m")
    config.bind("volume", "/m/dir/sub/new/deep")
    config.bind("volume/file", "/m/dir/made/file")
    config.addMount("/m/dir/tmp", "tmpfs", "t", "tmpcopyup")
    config.bind("volume/file", "/m/file")
    config.bind("volume/file", "/etc/hosts")
    config.process?.cwd = "/job/inner"
    config.changeLinux {
      $0.maskedPaths = ["/masked", "/m/dir/file", "/m/dir/sub", "/proc/keys"]
      $0.readonlyPaths = ["/m/dir", "/etc", "/proc/sys"]
      $0.sysctl = ["net.ipv4.ip_forward": "1"]
      $0.devices = [Device(type: .fifo, path: "/m/dir/pipe"), Device(type: .fifo, path: "/dev/x/pipe")]
      $0.devices?[0].uid = 12
    }
    config.shell("ls /config.json /m/dir/../config.json; cat /proc/self/mountinfo | wc -l")
  }

  @Test("nothing of the host changes, whatever is exchanged for a link", arguments: races)
  func exchange(name: String, target: String) throws {
    let decoy = try Decoy(runtime)
    let container = try runtime.container { configure(&$0) }
    try prepare(container)
    let path = "\(container.bundle.path)/\(name)"
    let link = path + ".link"
    symlink(
      target.replacingOccurrences(of: "%D", with: decoy.path)
        .replacingOccurrences(of: "%F", with: decoy.path + "/file"),
      link
    )
    let host = File.text("/proc/sys/kernel/panic")
    let racer = try Command(container.bundle.inside("bin/probe"), ["exchange", path, link]).start()
    let deadline = ContinuousClock.now + HostileRaceTests.duration
    var (starts, count) = (0, 0)
    // On a machine with other work, longer.
    while ContinuousClock.now < deadline && count < 300 || count <= 5 {
      let outcome = try container.run(timeout: .seconds(20))
      #expect(outcome.isPunctual)
      count += 1
      starts += outcome.status < 2 ? 1 : 0
      #expect(!outcome.output.contains("config.json"))
    }
    racer.signal(SIGKILL)
    racer.wait()
    decoy.isUnchanged()
    #expect(File.text("/proc/sys/kernel/panic") == host)
  }

  @Test("a fake /proc that comes and goes is never written to")
  func fakeProc() throws {
    let container = try runtime.container {
      $0.changeLinux {
        $0.sysctl = ["net.ipv4.ip_forward": "1"]; $0.maskedPaths = ["/proc/keys"]
      }
      $0.process?.oomScoreAdj = 500
      $0.run("true")
    }
    let real = container.bundle.inside("proc")
    let fake = container.bundle.inside("fake")
    for directory in [real, fake] {
      for path in ["self/attr", "sys/net/ipv4", "1/attr"] { try File.makeDirectory("\(directory)/\(path)") }
      for path in ["keys", "self/attr/exec", "sys/net/ipv4/ip_forward", "self/oom_score_adj"] {
        try File.write("fake", to: "\(directory)/\(path)")
      }
    }
    let racer = try Command(container.bundle.inside("bin/probe"), ["exchange", real, fake]).start()
    let deadline = ContinuousClock.now + HostileRaceTests.duration
    while ContinuousClock.now < deadline {
      #expect(try container.run(timeout: .seconds(20)).isPunctual)
    }
    racer.signal(SIGKILL)
    racer.wait()
    for directory in [real, fake] {
      for path in ["keys", "self/attr/exec", "sys/net/ipv4/ip_forward", "self/oom_score_adj"] {
        #expect(File.text("\(directory)/\(path)") == "fake")
      }
    }
  }

  @Test("a container that exchanges directories of a volume gains nothing in those that start beside it")
  func fromInside() throws {
    let decoy = try Decoy(runtime)
    let volume = try runtime.volume("shared", ["dir/file": "own"])
    symlink("/../../../../../.." + decoy.path, volume + "/link")
    let attacker = try runtime.container("attacker") {
      $0.bind(volume, "/m")
      $0.run("probe", "exchange", "/m/dir", "/m/link")
    }
    try attacker.createAndStart()
    let victim = try runtime.container("victim") {
      $0.bind(volume, "/m")
      $0.addMount("/m/dir/made/here", "tmpfs", "t")
      $0.bind(volume, "/m/dir/sub")
      $0.changeLinux { $0.maskedPaths = ["/m/dir/file"] }
      $0.run("ls", "/m")
    }
    let deadline = ContinuousClock.now + HostileRaceTests.duration
    while ContinuousClock.now < deadline { #expect(try victim.run(timeout: .seconds(20)).isPunctual) }
    decoy.isUnchanged()
  }
}
