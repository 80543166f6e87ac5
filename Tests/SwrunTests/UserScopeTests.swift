import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// The caller is in a cgroup of the system's, as in a login session: systemd has to move the processes.
@Suite(
  "cgroups by a user's systemd",
  .enabled(if: geteuid() == 0 && OrdinaryUser.withManager != nil, "no user's systemd runs here"))
struct UserScopeTests {
  private let runtime = Runtime()
  private let user: OrdinaryUser
  private let id: UInt32

  init() throws {
    id = try #require(OrdinaryUser.withManager)
    user = try OrdinaryUser(of: runtime, id: id)
  }

  private func container(_ change: (inout Config) -> Void) throws -> Container {
    try runtime.container { config in
      config.makeRootless()
      config.changeLinux { linux in
        linux.uidMappings = [IDMapping(containerID: 0, hostID: id, size: 1)]
        linux.gidMappings = linux.uidMappings
        linux.resources = Resources()
        linux.resources?.pids = PidsResources(limit: 20)
      }
      change(&config)
    }
  }

  private func run(_ words: [String]) throws -> Outcome {
    let command = [user.program, "--root", runtime.root, "--systemd-cgroup"] + words
    return try user.command(
      program: command, environment: ["XDG_RUNTIME_DIR": "/run/user/\(id)"]
    ).run()
  }

  @Test("a container and what exec adds are in a scope with the limits, and it goes with the container")
  func scope() throws {
    let container = try container { $0.wait() }
    try run(["run", "--detach", "--bundle", container.bundle.path, container.id]).succeeds()
    let pid = try container.report().pid
    let cgroup = File.text("/proc/\(pid)/cgroup").split(separator: ":").last.map {
      "/sys/fs/cgroup" + $0.split(separator: "\n")[0]
    }
    let path = try #require(cgroup)
    #expect(path.contains("/user@\(id).service/user.slice/swrun-\(container.id).scope"))
    #expect(File.text(path + "/pids.max") == "20\n")
    try run(["exec", "--detach", container.id, "sleep", "999"]).succeeds()
    #expect(File.text(path + "/cgroup.procs").split(separator: "\n").count == 2)
    try run(["pause", container.id]).succeeds()
    #expect(try container.status() == "paused")
    try run(["resume", container.id]).succeeds()
    try run(["update", "--pids-limit", "30", container.id]).succeeds()
    #expect(File.text(path + "/pids.max") == "30\n")
    try run(["delete", "--force", container.id]).succeeds()
    #expect(!File.exists(path))
  }

  @Test("a controller that the user does not have is named")
  func missingController() throws {
    let controllers = File.text(
      "/sys/fs/cgroup/user.slice/user-\(id).slice/user@\(id).service/cgroup.controllers")
    if controllers.contains("cpuset") { return }
    let container = try container {
      $0.changeLinux { linux in
        linux.resources?.cpu = CPUResources()
        linux.resources?.cpu?.cpus = "0"
      }
    }
    try run(["run", "--bundle", container.bundle.path, container.id]).fails(
      saying: "/linux/resources/cpu/cpus: the cpuset controller is not available", "user@.service")
  }

  @Test("without a bus the error says what is missing")
  func noBus() throws {
    let container = try container { _ in }
    let words = [
      user.program, "--root", runtime.root, "--systemd-cgroup", "run", "--bundle", container.bundle.path,
      container.id,
    ]
    try user.command(program: words, environment: [:]).run().fails(
      saying: "$DBUS_SESSION_BUS_ADDRESS nor $XDG_RUNTIME_DIR", "loginctl enable-linger")
  }
}
