import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// `mounts add` and `mounts remove`
@Suite("mounts")
struct MountsCommandTests {
  let runtime = Runtime()

  /// A running container, and a file for `mounts`.
  private func prepared(_ json: String) throws -> (Container, String) {
    let container = try runtime.container { $0.wait() }
    try container.createAndStart()
    let file = runtime.directory + "/mounts.json"
    try File.write(json, to: file)
    return (container, file)
  }

  private func change(_ change: String, _ container: Container, _ file: String) throws -> Outcome {
    try runtime.run("mounts", change, container.id, file)
  }

  private func inside(_ container: Container, _ line: String) throws -> String {
    try runtime.run("exec", container.id, "sh", "-c", line).output
  }

  @Test("mounts are added with their options, in order, and removed again")
  func addAndRemove() throws {
    let volume = try runtime.volume("volume", ["file": "hello"])
    let (container, file) = try prepared(
      """
      {"mounts": [
        {"destination": "/new/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["size=1m", "noexec"]},
        {"destination": "/new/tmp/volume", "type": "bind", "source": "\(volume)", "options": ["bind", "ro"]},
        {"destination": "/new/file", "type": "bind", "source": "\(volume)/file", "options": ["bind"]}
      ]}
      """)
    try change("add", container, file).succeeds()
    #expect(try inside(container, "cat /new/tmp/volume/file /new/file") == "hellohello")
    #expect(try inside(container, "echo x > /new/tmp/volume/file || echo refused") == "refused\n")
    #expect(try inside(container, "grep ' /new/tmp ' /proc/mounts").contains("noexec"))
    #expect(try inside(container, "echo there > /new/file; cat /new/tmp/volume/file") == "there\n")
    #expect(!File.text("/proc/self/mountinfo").contains("/new/"), "the host sees them")

    try change("remove", container, file).succeeds()
    #expect(try inside(container, "grep -c /new/ /proc/mounts") == "0\n")
  }

  @Test("they can be read from standard input")
  func standardInput() throws {
    let (container, _) = try prepared("")
    var command = runtime.command(["mounts", "add", container.id, "-"])
    command.input = .text(#"[{"destination": "/new", "type": "tmpfs", "source": "tmpfs"}]"#)
    try command.run().succeeds()
    #expect(try inside(container, "grep -c ' /new ' /proc/mounts") == "1\n")
  }

  @Test("of several mounts all are made, or none")
  func allOrNone() throws {
    let (container, file) = try prepared(
      """
      [{"destination": "/new/a", "type": "tmpfs", "source": "tmpfs"},
       {"destination": "/new/b", "type": "nosuchtype", "source": "x"}]
      """)
    try change("add", container, file).fails(saying: "\(file): /1: mounting /new/b", "nosuchtype")
    #expect(try inside(container, "grep -c /new/ /proc/mounts") == "0\n")
    try File.write(#"[{"destination": "/proc"}, {"destination": "/bin"}]"#, to: file)
    try change("remove", container, file).fails(
      saying: "\(file): /1: unmounting /bin: nothing is mounted there")
    #expect(try inside(container, "grep -c '^proc /proc ' /proc/mounts") == "1\n", "/proc was removed")
  }

  @Test("with a user namespace, file systems belong to the container's root and host files can be bound")
  func userNamespace() throws {
    let volume = try runtime.volume("volume", ["file": "hello"])
    let container = try runtime.container { config in
      config.wait()
      config.useUserNamespace()
    }
    try container.createAndStart()
    let file = runtime.directory + "/mounts.json"
    try File.write(
      """
      [{"destination": "/tmp/new", "type": "tmpfs", "source": "tmpfs"},
       {"destination": "/tmp/new/volume", "type": "bind", "source": "\(volume)", "options": ["rbind"]}]
      """, to: file)
    try change("add", container, file).succeeds()
    #expect(
      try inside(container, "cat /tmp/new/volume/file; stat -c %u /tmp/new; touch /tmp/new/x && echo mine")
        == "hello0\nmine\n")
  }

  @Test("what cannot be mounted is refused with its place: /proc, cgroups, faults of the file")
  func refusals() throws {
    let volume = try runtime.volume("volume", ["file": "hello"])
    let (container, file) = try prepared("")
    for (json, text) in [
      (
        #"[{"destination": "/proc", "type": "tmpfs", "source": "tmpfs"}]"#,
        "\(file): /0/destination: \"/proc\" lies in /proc"
      ),
      (
        #"{"mounts": [{"destination": "/proc", "type": "tmpfs", "source": "tmpfs"}]}"#,
        "\(file): /mounts/0/destination: \"/proc\" lies in /proc"
      ),
      (
        #"[{"destination": "/proc/sys", "type": "bind", "source": "\#(volume)", "options": ["bind"]}]"#,
        "\(file): /0/destination"
      ),
      (#"[{"destination": "/new", "type": "proc", "source": "proc"}]"#, "when the container is made"),
      (#"[{"destination": "/sys/fs/x", "type": "cgroup", "source": "cgroup"}]"#, "cgroups are mounted when"),
      (#"[{"destination": 1}, {"type": "bind"}]"#, "/0/destination: found 1"),
      (#"[{"destination": "/new", "type": "tmpfs", "options": ["nonsense,x"]}]"#, "\(file): /0"),
      ("[", ":1:2"), ("", "mounts.json"),
    ] {
      try File.write(json, to: file)
      try change("add", container, file).fails(saying: "mounts \(container.id)", text)
    }
    #expect(try inside(container, "grep -c volume /proc/mounts") == "0\n")
    try change("remove", container, runtime.directory + "/none").fails(saying: "none", "ENOENT")
    try File.write(#"[{"destination": "/"}]"#, to: file)
    try change("remove", container, file).fails(saying: "the root filesystem cannot be removed")
  }

  @Test("faults of standard input say so")
  func faultsOfStandardInput() throws {
    let (container, _) = try prepared("")
    for (json, text) in [
      (#"[{"destination": "/proc", "type": "tmpfs"}]"#, "standard input: /0/destination"),
      ("[", "standard input:1:2"),
      (#"[{"destination": "/a", "type": "nosuchtype", "source": "x"}]"#, "standard input: /0: mounting /a"),
    ] {
      var command = runtime.command(["mounts", "add", container.id, "-"])
      command.input = .text(json)
      let outcome = try command.run().fails(saying: text)
      #expect(!outcome.errors.contains("config.json"), "\(outcome)")
    }
  }

  @Test("nothing is mounted over the root, by no way to it")
  func root() throws {
    let (container, file) = try prepared("")
    _ = try inside(container, "ln -s / /root-link")
    for destination in ["/", "/..", "/root-link"] {
      try File.write(#"[{"destination": "\#(destination)", "type": "tmpfs", "source": "tmpfs"}]"#, to: file)
      try change("add", container, file).fails(
        saying: "\(file): /0: mounting", "the root filesystem cannot be replaced")
      try change("remove", container, file).fails(saying: "the root filesystem cannot be removed")
    }
    #expect(try inside(container, "echo fine") == "fine\n")
    try File.write(#"[{"destination": "/", "options": ["bind", "remount", "ro"]}]"#, to: file)
    try change("add", container, file).succeeds()
    #expect(try inside(container, "touch /x || echo refused") == "refused\n")
  }

  @Test("a mount that is named twice, by any path, is refused before one is removed")
  func duplicates() throws {
    let (container, file) = try prepared(
      """
      [{"destination": "/a", "type": "tmpfs", "source": "t"},
       {"destination": "/a/b", "type": "tmpfs", "source": "t"}]
      """)
    try change("add", container, file).succeeds()
    _ = try inside(container, "ln -s a /link")
    for second in ["/a", "//a/.", "/link"] {
      try File.write(#"[{"destination": "/a"}, {"destination": "\#(second)"}]"#, to: file)
      try change("remove", container, file).fails(
        saying: "\(file): /1: unmounting", "\(file): /0 is the same mount")
    }
    #expect(try inside(container, "grep -c ' /a' /proc/mounts") == "2\n")
    // In whatever order: the one below the other comes away with it.
    try File.write(#"[{"destination": "/link/b"}, {"destination": "/a"}]"#, to: file)
    try change("remove", container, file).succeeds()
    #expect(try inside(container, "grep -c ' /a' /proc/mounts") == "0\n")
  }

  @Test("places that were made for mounts are gone after a failure, and no others")
  func madePlaces() throws {
    let volume = try runtime.volume("volume", ["file": "hello"])
    let (container, file) = try prepared(
      """
      [{"destination": "/old/new/a", "type": "tmpfs", "source": "tmpfs"},
       {"destination": "/old/new/a/inner", "type": "tmpfs", "source": "tmpfs"},
       {"destination": "/old/file", "type": "bind", "source": "\(volume)/file", "options": ["bind"]},
       {"destination": "/old/there", "type": "bind", "source": "\(volume)/file", "options": ["bind"]},
       {"destination": "/old/z", "type": "nosuchtype", "source": "x"}]
      """)
    _ = try inside(container, "mkdir -p /old/empty; touch /old/there")
    try change("add", container, file).fails(saying: "\(file): /4: mounting /old/z")
    #expect(try inside(container, "ls /old") == "empty\nthere\n")
    #expect(try inside(container, "grep -c /old /proc/mounts") == "0\n")
  }

  @Test("a link of the image's leads to where it leads inside, and never to the host")
  func hostileLink() throws {
    let (container, file) = try prepared(
      #"[{"destination": "/link/x", "type": "tmpfs", "source": "tmpfs"}]"#)
    _ = try inside(container, "ln -s ../../../../../../tmp/inside /link; mkdir -p /tmp/inside")
    try change("add", container, file).succeeds()
    #expect(try inside(container, "grep -c ' /tmp/inside/x ' /proc/mounts") == "1\n")
    #expect(!File.exists("/tmp/inside"))
    _ = try inside(container, "ln -sfn /proc/self/root/proc/1/root /magic")
    try File.write(#"[{"destination": "/magic/x", "type": "tmpfs", "source": "tmpfs"}]"#, to: file)
    try change("add", container, file).fails(saying: "/magic/x")
  }

  @Test("a stopped, or missing, container and one without a mount namespace are refused")
  func states() throws {
    let (container, file) = try prepared("[]")
    try container.kill("KILL").succeeds()
    try container.expect("stopped")
    try change("add", container, file).fails(saying: "container not running")
    try runtime.run("mounts", "add", "nobody", file).fails(saying: "does not exist")
    try runtime.run("mounts", "replace", container.id, file).fails(saying: "replace")
  }
}
