import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Each test has a /run of its own.
@Suite("filters that were compiled before", .enabled(if: geteuid() == 0))
struct FilterCacheTests {
  private static let directory = "/run/swrun-filters"

  /// What errno lseek(2) gets in each of two runs, with `between` done in a shell before the second.
  private func answers(_ between: String) throws -> [String] {
    try lines(between).compactMap { $0.hasPrefix("errno=") ? String($0.dropFirst(6)) : nil }
  }

  @Test("are not kept if they are longer than what is read again")
  func long() throws {
    let runtime = Runtime()
    let container = try runtime.container { config in
      config.filter(SeccompRule("lseek", .errno, errno: 99)) { seccomp in
        // Names of no call, which the compiler passes over.
        let names = (0..<100).map { String(repeating: "x", count: 12_000) + "\($0)" }
        seccomp.syscalls?.append(SeccompRule(names: names, action: .errno))
      }
      config.shell("probe syscall 8")
    }
    let script = """
      mount -t tmpfs -o mode=755 none /run &&
      $0 --root \(runtime.root) run --bundle \(container.bundle.path) \(container.id); ls -A /run
      """
    let outcome = try Command(
      "unshare", ["--mount", "--propagation", "private", "sh", "-c", script, Runtime.program]
    ).run().succeeds()
    #expect(outcome.lines.contains("errno=99"))
    #expect(!outcome.output.contains("swrun-filters"))
  }

  /// What the two runs say, and how many filters are kept at the end.
  private func lines(_ between: String) throws -> [String] {
    let runtime = Runtime()
    let container = try runtime.container { config in
      config.filter(SeccompRule("lseek", .errno, errno: 99))
      config.shell("probe syscall 8")
    }
    let run = "$0 --root \(runtime.root) run --bundle \(container.bundle.path) \(container.id)"
    let script = """
      mount -t tmpfs -o mode=755 none /run && \(run) && cd \(FilterCacheTests.directory) && file=$(ls) &&
      { \(between)
      } && \(run) && echo files=$(ls | wc -l)
      """
    return try Command(
      "unshare", ["--mount", "--propagation", "private", "sh", "-c", script, Runtime.program]
    ).run().succeeds().lines
  }

  /// Changes the errno 99 in a kept file to 98, with or without the sum of the file.
  private func forgery(hasSum: Bool) -> String {
    """
    python3 - "$file" <<'END'
    import sys
    path = sys.argv[1]
    data = open(path, "rb").read()
    body = data[:-8].replace(b"\\x63\\x00\\x05\\x00", b"\\x62\\x00\\x05\\x00")
    assert body != data[:-8]
    sum = 0xcbf29ce484222325
    for byte in body:
        sum = (sum ^ byte) * 0x100000001b3 % (1 << 64)
    open(path, "wb").write(body + (sum.to_bytes(8, "little") if \(hasSum ? "True" : "False") else data[-8:]))
    END
    """
  }

  @Test("are taken from the runtime's own file")
  func kept() throws {
    #expect(try answers("true") == ["99", "99"])
    #expect(try answers(forgery(hasSum: true)) == ["99", "98"])
  }

  @Test(
    "are compiled again if the file could be another's, or is not whole",
    arguments: [
      "chown 1 $file", "chmod 666 $file", "chown 1 .", "chmod 777 .", "mv $file x && ln -s x $file",
      "mv \(directory) /run/x && ln -s /run/x \(directory)",
    ])
  func foreign(change: String) throws {
    #expect(try answers("{ \(forgery(hasSum: true))\n} && \(change)") == ["99", "99"])
  }

  @Test(
    "are compiled again if the file is damaged",
    arguments: [
      "truncate -s -8 $file", "truncate -s 3 $file", "truncate -s 0 $file", "echo x >> $file", "rm $file",
    ])
  func damaged(change: String) throws {
    #expect(try answers(change) == ["99", "99"])
    #expect(try answers(forgery(hasSum: false)) == ["99", "99"])
  }

  @Test("are not kept without end")
  func bound() throws {
    #expect(try lines("true").last == "files=1")
    #expect(try lines("for i in $(seq 64); do : > f$i; done; rm $file").last == "files=1")
  }
}
