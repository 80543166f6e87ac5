import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Filters that stand in the runtime's own way. Spec: config-linux.md#seccomp
@Suite("filters and the runtime's own calls")
struct SeccompFilterTests {
  let runtime = Runtime()

  /// All but these are what a minimal program needs.
  private static let minimal = [
    "execve", "brk", "mmap", "mprotect", "munmap", "arch_prctl", "set_tid_address", "set_robust_list", "rseq",
    "prlimit64", "readlink", "readlinkat", "getrandom", "newfstatat", "fstat", "write", "exit_group",
    "getuid",
    "prctl",
  ]

  private func container(
    noNewPrivileges: Bool,
    _ configure: (inout Config) -> Void
  ) throws -> Container {
    try runtime.container { config in
      config.run("echo", "through")
      config.process?.noNewPrivileges = noNewPrivileges
      configure(&config)
    }
  }

  @Test("nothing but execve is needed behind the filter", arguments: [true, false])
  func onlyExecve(noNewPrivileges: Bool) throws {
    let container = try container(noNewPrivileges: noNewPrivileges) { config in
      config.filter(SeccompRule(names: Self.minimal, action: .allow)) { $0.defaultAction = .killProcess }
    }
    #expect(try container.run().succeeds().output == "through\n")
    try container.createAndStart()
    try container.expect("stopped")
  }

  @Test(
    "calls that the runtime makes until shortly before can be forbidden",
    arguments: [
      "read", "close", "openat", "getcwd", "prctl", "fcntl", "socket", "sendmsg", "recvmsg", "poll",
      "seccomp",
      "capget", "capset", "setresuid", "setgroups", "chdir", "fchdir", "mount", "umount2", "pivot_root",
      "rt_sigaction",
      "rt_sigprocmask", "dup", "futex", "madvise", "clock_gettime", "openat2", "close_range", "memfd_create",
    ],
    [true, false]
  )
  func forbidden(name: String, noNewPrivileges: Bool) throws {
    let container = try container(noNewPrivileges: noNewPrivileges) { config in
      // A program that needs little.
      config.run("probe", "syscall", "39")
      config.filter(SeccompRule(name, .killProcess))
      config.process?.user = User(uid: 1000, gid: 1000)
      config.process?.capabilities?.ambient = ["CAP_KILL"]
      config.process?.capabilities?.inheritable = ["CAP_KILL"]
    }
    try container.run().succeeds()
  }

  @Test("a filter that forbids to execute is told where it lets the runtime speak")
  func noExecve() throws {
    let container = try container(noNewPrivileges: true) {
      $0.filter(SeccompRule("execve", .errno, errno: 13))
    }
    try container.run().fails(saying: "exec: ", "permission denied")
    let deadly = try runtime.container("deadly") { $0.filter(SeccompRule("execve", .killProcess)) }
    try deadly.run().ends(with: 128 + SIGSYS)
  }

  /// Filters that let no program begin, by what else they forbid.
  enum Refusal: CaseIterable {
    case execve, andSendmsg, andExit, allButExecve, everything
  }

  @Test(
    "a filter that forbids to execute is told with the program and a hint, by run, start and exec",
    arguments: Refusal.allCases, [true, false])
  func noProgram(_ refusal: Refusal, noNewPrivileges: Bool) throws {
    let container = try container(noNewPrivileges: noNewPrivileges) { config in
      switch refusal {
      case .execve: config.filter(SeccompRule("execve", .errno))
      case .andSendmsg:
        config.filter(SeccompRule(names: ["execve", "sendmsg", "sendto", "write"], action: .errno))
      case .andExit:
        config.filter(SeccompRule(names: ["execve", "exit_group", "exit", "sendmsg"], action: .errno))
      case .allButExecve:
        config.filter(SeccompRule(names: Self.minimal.filter { $0 != "execve" }, action: .allow)) {
          $0.defaultAction = .errno
        }
      case .everything:
        config.filter(SeccompRule("getpid", .allow)) { $0.defaultAction = .errno }
      }
    }
    let words = "exec: \"/bin/echo\": operation not permitted"
    try container.run(timeout: .seconds(20)).fails(saying: words, "hint: ", "linux.seccomp")
    #expect(try container.status() == "gone")
    try container.create().succeeds()
    try container.exec("echo", "x").failsToExecute(saying: words, "hint: ", "linux.seccomp")
    #expect(try container.status() == "created")
    try container.start().fails(saying: words, "hint: ", "linux.seccomp")
    try container.expect("stopped")
    try container.delete().succeeds()
  }

  @Test("a filter with limits on memory, files and processes is installed")
  func withLimits() throws {
    let container = try container(noNewPrivileges: true) { config in
      config.changeLinux { $0.seccomp = try? TestProfile.seccomp() }
      config.process?.rlimits = [
        Rlimit(type: .addressSpace, soft: 3 << 20, hard: 3 << 20), Rlimit(type: .openFiles, soft: 3, hard: 3),
        Rlimit(type: .lockedMemory, soft: 0, hard: 0),
      ]
    }
    #expect(try container.run().succeeds().output == "through\n")
  }

  @Test("a filter larger than the kernel takes is an error before anything is made")
  func tooLarge() throws {
    let container = try container(noNewPrivileges: true) { config in
      let rules = (0..<5000).map { SeccompRule("lseek", .errno, errno: 1, SeccompArgument(1, .equal, $0)) }
      config.changeLinux {
        $0.seccomp = Seccomp(defaultAction: .allow)
        $0.seccomp?.syscalls = rules
      }
    }
    try container.create().fails(saying: "config.json: /linux/seccomp", "instructions", "4096")
    #expect(!File.exists(runtime.root + "/" + container.id))
  }

  @Test(
    "a profile of 400 calls, as clients send it, lets a shell work and forbids what it should",
    arguments: [true, false]
  )
  func wholeProfile(noNewPrivileges: Bool) throws {
    let container = try container(noNewPrivileges: noNewPrivileges) { config in
      config.changeLinux { $0.seccomp = try? TestProfile.seccomp() }
      config.shell(
        """
        ls / > /dev/null && echo $(echo piped | cat) && sleep 0
        probe syscall 272 0x10000000
        probe syscall 435 1
        probe syscall 135 0x8
        probe syscall 135 0x1
        probe syscall 250
        """
      )
    }
    let outcome = try container.run().succeeds()
    #expect(outcome.lines.contains("piped"))
    // unshare and its user namespace, clone3 as unknown, a personality that is listed and one that is not, keyctl.
    let answers = outcome.lines.filter { $0.hasPrefix("errno=") }
    #expect(answers == ["errno=1", "errno=38", "errno=0", "errno=1", "errno=1"])
  }
}

/// A profile of our own with the kinds of rules that docker's and podman's have.
enum TestProfile {
  static func seccomp() throws -> Seccomp {
    try decode(Seccomp.self, from: File.text(TestRootfs.package + "/Tests/Fixtures/seccomp-profile.json"))
  }
}
