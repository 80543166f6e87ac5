import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

let hasAppArmor = File.text("/sys/module/apparmor/parameters/enabled").hasPrefix("Y")
let hasSELinux = File.exists("/sys/fs/selinux/enforce")

/// Spec: config.md#linux-process, config-linux.md#mount-label
@Suite("labels on a kernel without security modules", .enabled(if: !hasAppArmor && !hasSELinux))
struct SecurityLabelTests {
  let runtime = Runtime()

  @Test("an AppArmor profile is refused before anything is made")
  func appArmor() throws {
    let container = try runtime.container { $0.process?.apparmorProfile = "docker-default" }
    try container.create().fails(saying: "config.json: /process/apparmorProfile: AppArmor is not enabled")
    #expect(!File.exists(runtime.root + "/" + container.id))
  }

  @Test("nobody is confined where everybody should not be", arguments: ["", "unconfined"])
  func unconfined(profile: String) throws {
    try runtime.container { $0.process?.apparmorProfile = profile }.run().succeeds()
  }

  @Test("an SELinux label of the process is refused")
  func processLabel() throws {
    let container = try runtime.container {
      $0.process?.selinuxLabel = "system_u:system_r:svirt_lxc_net_t:s0"
    }
    try container.run().fails(saying: "config.json: /process/selinuxLabel: SELinux is not enabled")
  }

  @Test("a label of mounts is a warning")
  func mountLabel() throws {
    let container = try runtime.container { config in
      config.changeLinux { $0.mountLabel = "system_u:object_r:svirt_sandbox_file_t:s0:c715,c811" }
    }
    let outcome = try container.run().succeeds()
    #expect(
      outcome.errors.contains("level=warning") && outcome.errors.contains("/linux/mountLabel has no effect")
    )
  }

  @Test("empty labels are none")
  func emptyLabels() throws {
    let container = try runtime.container { config in
      config.process?.selinuxLabel = ""
      config.changeLinux { $0.mountLabel = "" }
    }
    #expect(try container.run().succeeds().errors.isEmpty)
  }
}
