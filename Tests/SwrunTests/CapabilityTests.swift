import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

typealias CapabilityNames = OCIRuntimeSpec.Capabilities

/// Spec: config.md#linux-process, capabilities(7)
@Suite("capabilities")
struct CapabilityTests {
  let runtime = Runtime()

  /// What this process may hand on.
  private static let grantable: UInt64 = {
    let line = File.text("/proc/self/status").split(separator: "\n").first { $0.hasPrefix("CapPrm:") }
    return line.flatMap { UInt64($0.dropFirst(8), radix: 16) } ?? 0
  }()

  private func container(
    uid: UInt32 = 0,
    noNewPrivileges: Bool = false,
    _ configure: (inout CapabilityNames) -> Void
  ) throws -> Container {
    try runtime.container { config in
      config.run("probe")
      var sets = CapabilityNames()
      configure(&sets)
      config.changeProcess {
        $0.capabilities = sets
        $0.user = User(uid: uid, gid: uid)
        $0.noNewPrivileges = noNewPrivileges
      }
    }
  }

  /// Inheritable, permitted, effective, bounding, ambient.
  private func sets(of outcome: Outcome) -> [UInt64] {
    ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map {
      outcome.facts[$0].flatMap { UInt64($0, radix: 16) } ?? .max
    }
  }

  private static func bit(_ name: String) -> UInt64 {
    CapabilityNames.knownNames.firstIndex(of: name).map { 1 << UInt64($0) } ?? 0
  }

  @Test("each of them alone, in all five sets, or a warning", arguments: CapabilityNames.knownNames)
  func each(name: String) throws {
    let outcome = try container(uid: 1000) {
      ($0.bounding, $0.effective, $0.permitted, $0.inheritable, $0.ambient) = (
        [name], [name], [name], [name], [name]
      )
    }.run().succeeds()
    let bit = Self.bit(name)
    if Self.grantable & bit != 0 {
      #expect(sets(of: outcome) == [bit, bit, bit, bit, bit])
      #expect(outcome.errors.isEmpty)
    } else {
      #expect(sets(of: outcome) == [0, 0, 0, 0, 0])
      #expect(outcome.errors.contains("level=warning"))
      #expect(outcome.errors.contains("\(name) cannot be granted here"))
    }
  }

  @Test("without any, root has none")
  func none() throws {
    #expect(sets(of: try container { _ in }.run().succeeds()) == [0, 0, 0, 0, 0])
    let unset = try runtime.container("unset") {
      $0.run("probe")
      $0.process?.capabilities = nil
    }
    #expect(sets(of: try unset.run().succeeds()) == [0, 0, 0, 0, 0])
  }

  @Test("all of them: root has what can be granted, and nothing is inheritable that was not asked for")
  func all() throws {
    let outcome = try container {
      let names = CapabilityNames.knownNames
      ($0.bounding, $0.effective, $0.permitted) = (names, names, names)
    }.run().succeeds()
    let all = Self.grantable
    #expect(sets(of: outcome) == [0, all, all, all, 0])
  }

  @Test("a user without ambient capabilities has none, but the bounding set remains")
  func user() throws {
    let outcome = try container(uid: 1000) {
      ($0.bounding, $0.effective, $0.permitted) = (["CAP_CHOWN"], ["CAP_CHOWN"], ["CAP_CHOWN"])
    }.run().succeeds()
    #expect(sets(of: outcome) == [0, 0, 0, 1, 0])
  }

  @Test("what is bounding only comes back to root by execve, as the kernel has it")
  func boundingOnly() throws {
    let outcome = try container { $0.bounding = ["CAP_KILL"] }.run().succeeds()
    #expect(sets(of: outcome) == [0, 1 << 5, 1 << 5, 1 << 5, 0])
    let user = try runtime.container("user") { config in
      config.run("probe")
      config.process?.user = User(uid: 7, gid: 7)
      config.process?.capabilities = CapabilityNames()
      config.process?.capabilities?.bounding = ["CAP_KILL"]
    }
    #expect(sets(of: try user.run().succeeds()) == [0, 0, 0, 1 << 5, 0])
  }

  @Test("what is inheritable need not be in the bounding set")
  func inheritableOnly() throws {
    let outcome = try container(uid: 1000) { $0.inheritable = ["CAP_KILL"] }.run().succeeds()
    #expect(sets(of: outcome) == [1 << 5, 0, 0, 0, 0])
    #expect(outcome.errors.isEmpty)
  }

  @Test("what cannot be effective or ambient without being in other sets is a warning")
  func incomplete() throws {
    let effective = try container { $0.effective = ["CAP_KILL"] }.run().succeeds()
    #expect(effective.errors.contains("CAP_KILL cannot be effective without being permitted"))
    let ambient = try runtime.container("ambient") { config in
      config.run("probe")
      config.process?.user = User(uid: 7, gid: 7)
      config.process?.capabilities = CapabilityNames()
      config.process?.capabilities?.ambient = ["CAP_KILL", "CAP_CHOWN"]
      config.process?.capabilities?.permitted = ["CAP_KILL", "CAP_CHOWN"]
      config.process?.capabilities?.inheritable = ["CAP_CHOWN"]
    }
    let outcome = try ambient.run().succeeds()
    #expect(outcome.errors.contains("CAP_KILL cannot be ambient"))
    #expect(sets(of: outcome) == [1, 1, 1, 0, 1])
  }

  @Test(
    "unknown names are a warning, once",
    arguments: ["CAP_UNKNOWN", "chown", "cap_chown", "CAP_", "41", "CAP_41"]
  )
  func unknown(name: String) throws {
    let outcome = try container { $0.bounding = [name, "CAP_CHOWN"] }.run().succeeds()
    #expect(sets(of: outcome)[3] == 1)
    #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome)")
    #expect(outcome.errors.contains("level=warning") && outcome.errors.contains(name))
  }

  @Test("warnings go to the log file, as JSON if asked for, and detached containers start, too")
  func warningsInLog() throws {
    let container = try container { $0.bounding = ["CAP_SYS_RESOURCE", "CAP_MADE_UP"] }
    let log = runtime.directory + "/log.json"
    let create = container.command("create", global: ["--log", log, "--log-format", "json"])
    #expect(try create.run().succeeds().errors.isEmpty)
    let lines = File.text(log).split(separator: "\n")
    #expect(lines.contains { $0.contains("CAP_MADE_UP") })
    for line in lines {
      let entry = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
      #expect(entry?["level"] == "warning")
    }
    try container.start().succeeds()
  }

  @Test("in a user namespace all capabilities can be had, which count there only")
  func userNamespace() throws {
    let container = try container {
      let names = CapabilityNames.knownNames
      ($0.bounding, $0.effective, $0.permitted) = (names, names, names)
    }
    container.bundle.config.changeLinux {
      $0.namespaces?.append(Namespace(type: .user))
      $0.uidMappings = [IDMapping(containerID: 0, hostID: 100_000, size: 65536)]
      $0.gidMappings = [IDMapping(containerID: 0, hostID: 100_000, size: 65536)]
    }
    try container.bundle.write()
    chmod(runtime.directory + "/bundle-c", 0o755)
    let all: UInt64 = (1 << 41) - 1
    let outcome = try container.run().succeeds()
    #expect(sets(of: outcome)[1...2].allSatisfy { $0 == all & sets(of: outcome)[3] })
    #expect(sets(of: outcome)[0] == 0)
  }

  @Test("a setuid program gains rights, and with noNewPrivileges none", arguments: [false, true])
  func setuid(noNewPrivileges: Bool) throws {
    let container = try container(uid: 1000, noNewPrivileges: noNewPrivileges) { $0.bounding = ["CAP_KILL"] }
    let program = container.bundle.inside("bin/raise")
    try FileManager.default.copyItem(atPath: container.bundle.inside("bin/probe"), toPath: program)
    chmod(program, 0o4755)
    container.bundle.config.run("raise")
    try container.bundle.write()
    let outcome = try container.run().succeeds()
    #expect(outcome.facts["Uid"] == (noNewPrivileges ? "1000 1000 1000 1000" : "1000 0 0 0"))
    #expect(sets(of: outcome) == (noNewPrivileges ? [0, 0, 0, 32, 0] : [0, 32, 32, 32, 0]))
  }
}
