import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

extension SeccompRule {
  /// A rule for one call.
  init(_ name: String, _ action: SeccompAction, errno: UInt32? = nil, _ arguments: SeccompArgument...) {
    self.init(names: [name], action: action)
    errnoRet = errno
    args = arguments.isEmpty ? nil : arguments
  }
}

extension SeccompArgument {
  /// Argument `index` compared.
  init(_ index: UInt32, _ op: SeccompOperator, _ value: UInt64, _ second: UInt64? = nil) {
    self.init(index: index, value: value, op: op)
    valueTwo = second
  }
}

extension Config {
  /// Allows all but what the rules say.
  mutating func filter(_ rules: SeccompRule..., changing change: (inout Seccomp) -> Void = { _ in }) {
    changeLinux {
      var seccomp = Seccomp(defaultAction: .allow)
      seccomp.syscalls = rules
      change(&seccomp)
      $0.seccomp = seccomp
    }
  }
}

/// Spec: config-linux.md#seccomp
@Suite("the system call filter")
struct SeccompTests {
  let runtime = Runtime()
  /// lseek(2), which the probe calls with a descriptor that is not open: EBADF if the filter lets it pass.
  private static let lseek = "8"
  private static let passed = "9"

  private func container(_ command: String, _ configure: (inout Config) -> Void) throws -> Container {
    try runtime.container { config in
      config.shell(command)
      configure(&config)
    }
  }

  /// What errno the calls get.
  private func answers(_ calls: [String], _ configure: (inout Config) -> Void) throws -> [String] {
    let line = calls.map { "probe syscall \($0)" }.joined(separator: "; ")
    let outcome = try container(line, configure).run().succeeds()
    return outcome.lines.compactMap { $0.hasPrefix("errno=") ? String($0.dropFirst(6)) : nil }
  }

  @Test(
    "actions that end the process",
    arguments: [SeccompAction.kill, .killProcess, .killThread, .trap],
    [true, false]
  )
  func deadly(action: SeccompAction, noNewPrivileges: Bool) throws {
    let container = try container("exec probe syscall 8 999") {
      $0.filter(SeccompRule("lseek", action))
      $0.process?.noNewPrivileges = noNewPrivileges
    }
    try container.run().ends(with: 128 + SIGSYS)
  }

  @Test("killing a thread leaves the process, killing the process does not")
  func threads() throws {
    for (name, action, survives) in [("t", SeccompAction.killThread, true), ("p", .killProcess, false)] {
      let container = try runtime.container(name) {
        $0.run("probe", "thread", Self.lseek)
        $0.filter(SeccompRule("lseek", action))
      }
      let outcome = try container.run().ends(with: survives ? 0 : 128 + SIGSYS)
      #expect(outcome.facts["survived"] == (survives ? "1" : nil))
    }
  }

  @Test("a trap is a signal that the process can handle")
  func trap() throws {
    let facts = try container("probe trapped 8") { $0.filter(SeccompRule("lseek", .trap)) }.run().succeeds()
      .facts
    #expect(facts["trapped"] == Self.lseek)
    #expect(facts["signal"] == "\(SIGSYS)")
  }

  @Test(
    "actions that answer for the kernel",
    arguments: [
      (SeccompAction.errno, nil, "1"), (.errno, 0, "0"), (.errno, 42, "42"), (.errno, 4094, "4094"),
      (.trace, nil, "38"), (.trace, 7, "38"), (.allow, nil, passed), (.log, nil, passed),
    ] as [(SeccompAction, UInt32?, String)]
  )
  func answering(action: SeccompAction, errno: UInt32?, expected: String) throws {
    let answers = try answers(["8 999"]) { config in
      config.filter(SeccompRule("lseek", action, errno: errno)) {
        // The same action as the default's would be no rule.
        if action == .allow {
          $0.defaultAction = .log
        }
      }
    }
    #expect(answers == [expected])
  }

  @Test(
    "the default action answers with its errno, which is EPERM if unset",
    arguments: [nil, 55] as [UInt32?]
  )
  func defaultErrno(value: UInt32?) throws {
    let answers = try answers(["8 999", "104"]) { config in
      config.filter(SeccompRule(names: Self.essential, action: .allow)) {
        $0.defaultAction = .errno
        $0.defaultErrnoRet = value
      }
    }
    #expect(answers == ["\(value ?? 1)", "\(value ?? 1)"])
  }

  @Test("a rule's errno is EPERM if unset, whatever the default action's is")
  func errnoOfRules() throws {
    let answers = try answers(["8 999", "104"]) { config in
      config.filter(SeccompRule(names: Self.essential, action: .allow), SeccompRule("lseek", .errno)) {
        $0.defaultAction = .errno
        $0.defaultErrnoRet = 55
      }
    }
    #expect(answers == ["1", "55"])
  }

  /// All that busybox' shell and the probe need.
  private static let essential = [
    "execve", "brk", "mmap", "mprotect", "munmap", "arch_prctl", "set_tid_address", "set_robust_list", "rseq",
    "prlimit64", "readlink", "readlinkat", "getrandom", "newfstatat", "fstat", "write", "exit_group",
    "getuid",
    "getpid", "getppid", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "clone", "vfork", "fork", "wait4",
    "read", "open", "close", "fcntl", "getcwd", "stat", "ioctl", "uname", "geteuid", "prctl", "setpgid",
    "madvise", "access", "faccessat", "faccessat2",
  ]

  @Test(
    "operators compare 64 bits",
    arguments: [
      (SeccompOperator.equal, [false, true, false]), (.notEqual, [true, false, true]),
      (.lessThan, [true, false, false]), (.lessOrEqual, [true, true, false]),
      (.greaterThan, [false, false, true]), (.greaterOrEqual, [false, true, true]),
    ]
  )
  func operators(op: SeccompOperator, expected: [Bool]) throws {
    for value in [UInt64(1000), 0x1_0000_0001, 0xffff_ffff_ffff_fff0] {
      let calls = [value - 1, value, value + 1].map { "8 999 \($0)" }
      let runtime = Runtime()
      let container = try runtime.container {
        $0.shell(calls.map { "probe syscall \($0)" }.joined(separator: "; "))
        $0.filter(SeccompRule("lseek", .errno, errno: 77, SeccompArgument(1, op, value)))
      }
      let answers = try container.run().succeeds().lines.filter { $0.hasPrefix("errno=") }
      #expect(answers == expected.map { $0 ? "errno=77" : "errno=9" }, "\(value)")
    }
  }

  @Test("the masked operator compares what remains under the mask with the second value")
  func masked() throws {
    let answers = try answers(["8 999 0xf5", "8 999 0x05", "8 999 0x100000005", "8 999 0x06"]) {
      $0.filter(SeccompRule("lseek", .errno, errno: 77, SeccompArgument(1, .maskedEqual, 0x1_0000_000f, 5)))
    }
    #expect(answers == ["77", "77", Self.passed, Self.passed])
  }

  @Test("conditions on different arguments must all hold")
  func conjunction() throws {
    let answers = try answers(["8 999 5 6", "8 999 5 7", "8 999 4 6", "8 998 5 6"]) {
      $0.filter(
        SeccompRule(
          "lseek",
          .errno,
          errno: 77,
          SeccompArgument(0, .equal, 999),
          SeccompArgument(1, .equal, 5),
          SeccompArgument(2, .greaterOrEqual, 6)
        )
      )
    }
    #expect(answers == ["77", "77", Self.passed, Self.passed])
  }

  @Test("conditions on the same argument are alternatives, as rules of their own are")
  func alternatives() throws {
    let same = try answers(["8 999 5", "8 999 6", "8 999 7"]) {
      $0.filter(
        SeccompRule("lseek", .errno, errno: 77, SeccompArgument(1, .equal, 5), SeccompArgument(1, .equal, 6))
      )
    }
    #expect(same == ["77", "77", Self.passed])
  }

  @Test("rules about one call stand side by side")
  func severalRules() throws {
    let answers = try answers(["8 999 5", "8 999 6", "8 999 7"]) {
      $0.filter(
        SeccompRule("lseek", .errno, errno: 77, SeccompArgument(1, .equal, 5)),
        SeccompRule("lseek", .errno, errno: 78, SeccompArgument(1, .equal, 6))
      )
    }
    #expect(answers == ["77", "78", Self.passed])
  }

  @Test("calls that no kernel knows are ignored")
  func unknownCalls() throws {
    let answers = try answers(["8 999"]) {
      var rule = SeccompRule("lseek", .errno, errno: 77)
      rule.names = ["no_such_call", "lseek", "fadvise64_64"]
      $0.filter(rule)
    }
    #expect(answers == ["77"])
  }

  @Test("calls by another architecture's convention are filtered if it is listed, else deadly")
  func architectures() throws {
    // getpid(2) is 20 there.
    let listed = try container("probe syscall32 20") {
      $0.filter(SeccompRule("getpid", .errno, errno: 77)) { $0.architectures = [.x86, .x86_64, .x32] }
    }
    #expect(try listed.run().succeeds().facts["result"] == "-77")
    let unlisted = try runtime.container("unlisted") {
      $0.run("probe", "syscall32", "20")
      $0.filter(SeccompRule("lseek", .errno))
    }
    try unlisted.run().ends(with: 128 + SIGSYS)
  }

  @Test("architectures of other machines may be listed")
  func foreignArchitectures() throws {
    let answers = try answers(["8 999"]) {
      $0.filter(SeccompRule("lseek", .errno, errno: 77)) {
        $0.architectures = [.x86_64, .x86, .x32, .aarch64, .arm, .riscv64, .ppc64le]
      }
    }
    #expect(answers == ["77"])
    let odd = try runtime.container("odd") {
      $0.filter { $0.architectures = [.s390x] }
    }
    try odd.run().fails(saying: "/linux/seccomp/architectures/0: SCMP_ARCH_S390X", "byte order")
  }

  @Test(
    "flags are taken, alone and together",
    arguments: SeccompFlag.allCases.map { [$0] } + [SeccompFlag.allCases]
  )
  func flags(flags: [SeccompFlag]) throws {
    let answers = try answers(["8 999"]) {
      $0.filter(SeccompRule("lseek", .errno, errno: 77)) { $0.flags = flags }
    }
    #expect(answers == ["77"])
  }

  @Test(
    "the process has one filter, and no more rights for it",
    arguments: [true, false],
    [UInt32(0), 1000]
  )
  func oneFilter(noNewPrivileges: Bool, uid: UInt32) throws {
    let facts = try container("probe; true") {
      $0.filter(SeccompRule("lseek", .errno))
      $0.process?.noNewPrivileges = noNewPrivileges
      $0.process?.user = User(uid: uid, gid: uid)
      $0.process?.capabilities?.inheritable = ["CAP_KILL"]
      $0.process?.capabilities?.ambient = ["CAP_KILL"]
    }.run().succeeds().facts
    #expect(facts["Seccomp"] == "2")
    #expect(facts["Seccomp_filters"] == "1")
    #expect(facts["NoNewPrivs"] == (noNewPrivileges ? "1" : "0"))
    let expected = uid == 0 ? "0000000020000420" : "0000000000000020"
    for set in ["CapEff", "CapPrm"] { #expect(facts[set] == expected) }
    #expect(facts["CapBnd"] == "0000000020000420")
  }
}
