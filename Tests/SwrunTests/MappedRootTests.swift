import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// As podman runs a runtime for users.
@Suite("root of a user namespace", .enabled(if: geteuid() == 0))
struct MappedRootTests {
  private let runtime = Runtime()
  private let user: OrdinaryUser

  init() throws { user = try OrdinaryUser(of: runtime) }

  private func container(_ name: String = "c", _ change: (inout Config) -> Void) throws -> Container {
    try runtime.container(name) { config in
      config.makeRootless()
      config.removeNamespace(.user)
      config.changeLinux { linux in
        linux.uidMappings = nil
        linux.gidMappings = nil
      }
      change(&config)
    }
  }

  private func run(_ container: Container, _ global: [String] = []) throws -> Outcome {
    let words = global + ["run", "--bundle", container.bundle.path, container.id]
    return try user.commandAsMappedRoot(words).run()
  }

  @Test("gets the host's devices, and its sysfs for reading")
  func hostsFiles() throws {
    let container = try container {
      $0.shell(
        "stat -c '%n %t:%T %u' /dev/null /dev/tty; head -c 2 /dev/zero | wc -c; mkdir /sys/x 2>&1; ls /sys/class"
      )
    }
    let outcome = try run(container).succeeds()
    #expect(outcome.lines.prefix(3) == ["/dev/null 1:3 65534", "/dev/tty 5:0 65534", "2"])
    #expect(outcome.output.contains("Read-only file system") && outcome.output.contains("net"))
  }

  @Test("finds containers of that user, and works with them")
  func lifecycle() throws {
    let container = try container { $0.wait() }
    let bundle = container.bundle.path
    let script =
      "s=$0; $s run --detach --bundle \(bundle) \(container.id) && $s exec \(container.id) id -u"
      + " && $s ps -f json \(container.id) && $s delete --force \(container.id)"
    let command = user.command(program: [
      "unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, user.program,
    ])
    let lines = try command.run().succeeds().lines
    #expect(lines.count == 2 && lines.first == "0")
  }

  @Test("puts a container into the pid namespace of another one")
  func joinedProcesses() throws {
    let first = try container { $0.wait() }
    let handle = user.directory + "/pid-namespace"
    let second = try container("second") {
      $0.setNamespace(.pid, path: handle)
      $0.shell("ps -o pid,args")
    }
    let script = """
      set -e
      $0 run --detach --pid-file \(user.directory)/pid --bundle \(first.bundle.path) \(first.id)
      touch \(handle) && mount --bind /proc/$(cat \(user.directory)/pid)/ns/pid \(handle)
      $0 run --bundle \(second.bundle.path) \(second.id)
      $0 delete --force \(first.id)
      """
    let command = user.command(program: [
      "unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, user.program,
    ])
    let lines = try command.run().succeeds().lines
    #expect(lines.contains { $0.contains("1 ") && $0.contains("sleep") }, "\(lines)")
    #expect(lines.contains { $0.contains("ps -o") })
  }

  @Test("shares the processes and queues of its caller through his file systems")
  func shared() throws {
    let container = try container {
      $0.removeNamespace(.pid)
      $0.removeNamespace(.ipc)
      $0.mounts?.removeAll { $0.destination == "/dev/mqueue" }
      $0.shell("cat /proc/\(getpid())/comm; touch /proc/sys/kernel/hostname; stat -f -c %T /proc")
    }
    let outcome = try run(container).succeeds()
    #expect(outcome.lines.first.map { $0 + "\n" } == File.text("/proc/self/comm"))
    #expect(outcome.lines.last == "proc")
  }

  @Test("a link of the image's in the place of /sys leads nowhere")
  func linkedSys() throws {
    let container = try container { _ in }
    rmdir(container.bundle.inside("sys"))
    symlink("/tmp", container.bundle.inside("sys"))
    try run(container).fails(saying: "must be mounted on an ordinary directory")
  }

  @Test("groups that cannot be given are a warning")
  func groups() throws {
    let container = try container {
      $0.shell("id -u")
      $0.changeProcess { $0.user?.additionalGids = [5] }
    }
    let outcome = try run(container).succeeds()
    #expect(outcome.errors.contains("/process/user/additionalGids"))
  }

  @Test("a /proc that is covered in part explains why there is no new one")
  func coveredProc() throws {
    let container = try container { _ in }
    // What covers it must be out of the caller's hands.
    let script = "mount -t tmpfs tmpfs /proc/sys && exec unshare --user --map-root-user --mount \"$0\" \"$@\""
    let command = user.command(program: [
      "unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, user.program, "run", "--bundle",
      container.bundle.path, container.id,
    ])
    try command.run().fails(saying: "mounting /proc", "/proc is covered")
  }

  @Test("may not have a limit without a cgroup, nor --rootless=false without rights")
  func limits() throws {
    let container = try container {
      $0.changeLinux {
        $0.resources = Resources()
        $0.resources?.memory = MemoryResources()
        $0.resources?.memory?.limit = 100_000_000
      }
    }
    try run(container).fails(saying: "/linux/resources/memory: a limit needs a cgroup")
    let other = try runtime.container("other") {
      $0.makeRootless()
      $0.removeNamespace(.user)
      $0.changeLinux { linux in
        linux.uidMappings = nil
        linux.gidMappings = nil
      }
    }
    try run(other, ["--rootless=false"]).fails(saying: "creating the cgroup")
  }
}
