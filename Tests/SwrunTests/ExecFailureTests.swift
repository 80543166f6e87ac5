import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// What is said when a process cannot be added to a container for reasons outside of the program.
@Suite("failures of exec")
struct ExecFailureTests {
  let runtime = Runtime()

  @Test("a file of the state directory that is missing is named with its whole path")
  func missingConfiguration() throws {
    let container = try runtime.runningContainer()
    let path = "\(runtime.root)/\(container.id)/config.json"
    unlink(path)
    try container.exec("true").failsToExecute(saying: "openat(2) \(path): no such file or directory")
  }

  @Test(
    "a limit of processes that is reached is told with what may have set it",
    .enabled(if: CgroupHost.isUsable))
  func processLimit() throws {
    let container = try runtime.runningContainer { config in
      config.limit { $0.pids = PidsResources(limit: 1) }
    }
    try container.exec("true").failsToExecute(
      saying: "clone3(2): resource temporarily unavailable",
      "hint: the pids limit of the cgroup, or RLIMIT_NPROC")
  }

  @Test(
    "a container that ends while a process is being added is not running", .enabled(if: CgroupHost.isUsable))
  func endsMeanwhile() throws {
    let container = try runtime.runningContainer()
    let pid = try container.report().pid
    try container.command("pause").run().succeeds()
    let exec = try container.execCommand(["--ignore-paused"], ["true"]).start()
    // It stands still in the container's cgroup, before it has come into the namespaces.
    #expect(eventually { CgroupHost.processes(of: container).count == 2 })
    try File.write("\(pid)", to: CgroupHost.directory("freezer", "") + "/cgroup.procs")
    kill(pid, SIGKILL)
    #expect(eventually { (try? container.status()) == "stopped" })
    try CgroupHost.freeze("/" + container.id, false)
    exec.wait().failsToExecute(
      saying: "exec \(container.id): container not running: \(container.id) has ended")
  }
}
