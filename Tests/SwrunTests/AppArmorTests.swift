import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Profiles that the tests load, and take out again.
///
/// Spec: config.md#linux-process
@Suite(
  "AppArmor profiles", .serialized, .enabled(if: hasAppArmor && getuid() == 0, "AppArmor is not enabled"))
final class AppArmorTests {
  let runtime = Runtime()
  private let source: String
  private let profile: String

  /// A profile that keeps from writing below /denied, and one that only keeps from reading there.
  init() throws {
    profile = "swrun-test-\(getpid())"
    source = runtime.directory + "/profiles"
    func text(_ name: String, _ mode: String) -> String {
      "profile \(name) flags=(attach_disconnected,mediate_deleted) { "
        + "file, capability, network, mount, signal, ptrace, umount, pivot_root, unix, dbus, "
        + "deny /denied/** \(mode), }\n"
    }
    try File.write(text(profile, "w") + text(profile + "-reading", "r"), to: source)
    try TestSupport.Command("apparmor_parser", ["-r", source]).run().succeeds()
  }

  deinit { _ = try? TestSupport.Command("apparmor_parser", ["-R", source]).run() }

  private let line = """
    cat /proc/self/attr/current; cat /denied/there || echo not read; echo x > /denied/new || echo not written
    """

  private func container(
    _ profile: String?, name: String = "c", _ configure: (inout Config) -> Void = { _ in }
  ) throws -> Container {
    let container = try runtime.container(name) { config in
      config.shell(line)
      config.process?.apparmorProfile = profile
      configure(&config)
    }
    try File.makeDirectory(container.bundle.inside("denied"))
    try File.write("there\n", to: container.bundle.inside("denied/there"))
    return container
  }

  @Test("the process is confined from its first instruction", arguments: [true, false])
  func confined(noNewPrivileges: Bool) throws {
    let container = try container(profile) { $0.process?.noNewPrivileges = noNewPrivileges }
    let outcome = try container.run().succeeds()
    #expect(outcome.output == "\(profile) (enforce)\nthere\nnot written\n")
    #expect(!File.exists(container.bundle.inside("denied/new")))
  }

  @Test("exec takes the container's profile, or its own")
  func exec() throws {
    let container = try container(profile) { $0.wait() }
    try container.createAndStart()
    #expect(try container.execShell(line).output == "\(profile) (enforce)\nthere\nnot written\n")
    let other = try container.execShell(line, options: ["--apparmor", profile + "-reading"])
    #expect(other.output == "\(profile)-reading (enforce)\nnot read\n")
  }

  @Test("a profile that is not loaded is refused by name, and nothing runs")
  func unknown() throws {
    let container = try container("swrun-no-such-profile")
    try container.run().fails(saying: "/process/apparmorProfile", "swrun-no-such-profile")
    #expect(!File.exists(container.bundle.inside("denied/new")))
    let running = try self.container(nil, name: "running") { $0.wait() }
    try running.createAndStart()
    try running.exec("touch", "/denied/new", options: ["--apparmor", "swrun-no-such-profile"])
      .failsToExecute(saying: "swrun-no-such-profile")
    #expect(!File.exists(running.bundle.inside("denied/new")))
  }

  @Test("nobody is confined without a profile, or with the one that says so", arguments: [nil, "unconfined"])
  func unconfined(profile: String?) throws {
    #expect(try container(profile).run().succeeds().output == "unconfined\nthere\n")
  }

  @Test("a container in a user namespace is confined as well")
  func userNamespace() throws {
    let container = try container(profile) { $0.useUserNamespace() }
    #expect(try container.run().output.hasPrefix("\(profile) (enforce)\nthere\n"))
  }

  @Test("what is at /proc/self/attr in the image is not written to")
  func hostileAttributes() throws {
    let container = try container(profile) { config in
      config.mounts?.removeAll { $0.destination == "/proc" }
      config.linux?.maskedPaths = []
      config.linux?.readonlyPaths = []
      config.shell("cat /proc/self/attr/exec /proc/self/attr/apparmor/exec")
    }
    for directory in ["proc/self/attr", "proc/self/attr/apparmor", "proc/thread-self/attr/apparmor"] {
      try File.makeDirectory(container.bundle.inside(directory))
      try File.write("untouched\n", to: container.bundle.inside(directory + "/exec"))
    }
    // Confined, or refused because there is no way to be: but never by a file of the image's.
    let outcome = try container.run()
    if outcome.status == 0 { #expect(outcome.output == "untouched\nuntouched\n") }
    #expect(File.text(container.bundle.inside("proc/self/attr/exec")) == "untouched\n")
  }
}
