import Foundation
import TestSupport
import Testing

@Suite("the harness")
struct HarnessTests {
  let runtime = Runtime()

  @Test("a container's output and status come back")
  func outputAndStatus() throws {
    let container = try runtime.container { $0.shell("echo hello; exit 3") }
    let outcome = try container.run().ends(with: 3)
    #expect(outcome.output == "hello\n")
  }

  @Test("the probe tells facts")
  func probe() throws {
    let container = try runtime.container { $0.run("probe") }
    let facts = try container.run().succeeds().facts
    #expect(facts["NoNewPrivs"] == "1")
    #expect(facts["RLIMIT_NOFILE"] == "1024 1024")
  }

  @Test("what a container leaves behind is a failure of its test")
  func leftoversAreFound() throws {
    let signs = [
      "cgroups [\"\(CgroupHost.directory("pids", ""))/", "mounts [\"", "processes [\"", "containers [\"left",
    ]
    try withKnownIssue {
      let runtime = Runtime()
      mkdir(CgroupHost.directory("pids", "/\(runtime.tag)left"), 0o755)
      try File.makeDirectory(runtime.root + "/left")
      mount("tmpfs", runtime.root, "tmpfs", 0, "")
      try File.makeDirectory(runtime.root + "/left")
      _ = try Command("sh", ["-c", "TAG=\(runtime.tag) sleep 100 &"]).run()
    } matching: { issue in
      signs.allSatisfy { "\(issue)".contains($0) }
    }
  }
}
