import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Spec: bundle.md, config.md#root
@Suite("bundles")
struct BundleTests {
  let runtime = Runtime()

  private func expectNothingMade(sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(File.names(in: runtime.root) == [], sourceLocation: sourceLocation)
    #expect(Leftovers(tag: runtime.tag).cgroups == [], sourceLocation: sourceLocation)
  }

  @Test("a bundle that does not exist, or is a file", arguments: ["/nonexistent", "/etc/passwd", ""])
  func noBundle(_ path: String) throws {
    try runtime.run("create", "--bundle=\(path)", runtime.tag + "c").fails(saying: "bundle")
    expectNothingMade()
  }

  @Test("a bundle without a config.json")
  func noConfig() throws {
    let container = try runtime.container()
    unlink(container.bundle.path + "/config.json")
    try container.create().fails(saying: "config.json does not exist")
    expectNothingMade()
  }

  @Test(
    "a config.json that is a directory, a fifo, a device or a broken link",
    arguments: ["dir", "fifo", "device", "link"])
  func oddConfig(_ kind: String) throws {
    let container = try runtime.container()
    let path = container.bundle.path + "/config.json"
    unlink(path)
    switch kind {
    case "dir": mkdir(path, 0o755)
    case "fifo": mkfifo(path, 0o644)
    case "device": mknod(path, S_IFCHR | 0o644, 1 << 8 | 5)
    default: symlink("nowhere", path)
    }
    try container.command("create").run(timeout: .seconds(5)).fails(saying: "config.json")
    expectNothingMade()
  }

  @Test(
    "malformed JSON is told with line and column",
    arguments: [
      ("", "config.json:1:1:"), ("{", "config.json:1:2:"),
      ("{\n  \"ociVersion\": \"1.0.0\",\n  oops\n}", "config.json:3:3:"), ("[]", "expected an object"),
      ("{\"ociVersion\": \"1.0.0\"} trailing", "config.json:1:25:"), ("\u{0}", "config.json:1:1:"),
      ("null", "expected an object"),
    ])
  func malformed(_ text: String, _ place: String) throws {
    let container = try runtime.container()
    try container.bundle.write(json: text)
    try container.create().fails(saying: "config.json", place)
    expectNothingMade()
  }

  @Test("every fault of a configuration is told at once, with its place")
  func allFaults() throws {
    let container = try runtime.container { config in
      config.ociVersion = "banana"
      config.process?.cwd = "tmp"
      config.root?.path = ""
    }
    try container.create().fails(saying: "/ociVersion", "/process/cwd: \"tmp\"", "/root/path")
    expectNothingMade()
  }

  @Test("a root filesystem that is missing or a file", arguments: ["missing", "config.json"])
  func noRootfs(_ path: String) throws {
    let container = try runtime.container { $0.root?.path = path }
    try container.create().fails(saying: path)
    expectNothingMade()
  }

  @Test("an empty root filesystem has no program, and says so")
  func emptyRootfs() throws {
    let container = try runtime.container(rootfs: .empty)
    try container.run().fails(saying: "executable file not found in $PATH")
    expectNothingMade()
  }

  @Test("an absolute path, and one with dots and links, lead to the root filesystem")
  func rootPaths() throws {
    let container = try runtime.container { $0.shell("cat /mark") }
    try File.write("here", to: container.bundle.inside("mark"))
    symlink("rootfs", container.bundle.path + "/link")
    for path in [container.bundle.path + "/rootfs", "./rootfs/", "rootfs/../rootfs", "link"] {
      container.bundle.config.root?.path = path
      try container.bundle.write()
      #expect(try container.run().succeeds().output == "here", "\(path)")
    }
  }

  @Test("a bundle by way of a link is known by its real path")
  func linkedBundle() throws {
    let container = try runtime.container()
    let link = runtime.directory + "/link"
    symlink(container.bundle.path, link)
    try runtime.run("create", "-b", link, container.id).succeeds()
    #expect(try container.report().bundle == container.bundle.path)
  }

  @Test("a bundle with spaces, quotes and newlines in its path works")
  func oddBundle() throws {
    let path = runtime.directory + "/a b\"c\\\n'd ü"
    let bundle = try TestBundle(at: path)
    bundle.config.shell("echo fine")
    bundle.config.changeLinux { $0.cgroupsPath = "/\(runtime.tag)c" }
    bundle.config.hooks = hooks(.poststop, "cat > state")
    try bundle.write()
    let outcome = try runtime.run("run", "--bundle", path, runtime.tag + "c").succeeds()
    #expect(outcome.output == "fine\n")
    let state =
      try JSONSerialization.jsonObject(with: Data(File.text(path + "/state").utf8)) as? [String: Any]
    #expect(state?["bundle"] as? String == path)
  }

  @Test("spec writes a configuration that runs, and never over another one")
  func spec() throws {
    let container = try runtime.container()
    unlink(container.bundle.path + "/config.json")
    try runtime.run("spec", "--bundle", container.bundle.path).succeeds()
    let text = File.text(container.bundle.path + "/config.json")
    try runtime.run("spec", "--bundle", container.bundle.path).fails(saying: "exists already")
    #expect(File.text(container.bundle.path + "/config.json") == text)
    #expect(text.contains("\t\"ociVersion\": \"1.3.0\""))
    let terminal = try TestTerminal()
    let running = try container.command("run").at(terminal).start()
    _ = terminal.read(until: "# ")
    terminal.type("exit 5\n")
    running.wait(timeout: .seconds(10)).ends(with: 5)
  }

  @Test("features is JSON with the versions and the words that a configuration may use")
  func features() throws {
    let outcome = try runtime.run("features").succeeds()
    let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    let features = try #require(json as? [String: Any])
    #expect(features["ociVersionMin"] as? String != nil)
    #expect(features["ociVersionMax"] as? String == "1.3.0")
    #expect((features["hooks"] as? [String])?.count == 6)
    #expect((features["mountOptions"] as? [String])?.contains("rro") == true)
    let linux = try #require(features["linux"] as? [String: Any])
    #expect((linux["namespaces"] as? [String])?.contains("time") == true)
    #expect((linux["capabilities"] as? [String])?.contains("CAP_SYS_ADMIN") == true)
  }

  @Test("--config is read in place of the bundle's config.json, and messages speak of it")
  func otherConfiguration() throws {
    let container = try runtime.container { $0.shell("echo other; cat /proc/sys/kernel/hostname") }
    try FileManager.default.moveItem(
      atPath: container.bundle.path + "/config.json", toPath: runtime.directory + "/other.json")
    for options in [
      ["--config", "other.json"], ["-fother.json"], ["--config=\(runtime.directory)/other.json"],
    ] {
      let outcome = try container.command("run", options + ["--no-subreaper"]).run().succeeds()
      #expect(outcome.lines == ["other", "testing"])
    }
    try container.create("-f", "other.json", "--no-subreaper").succeeds()
    #expect(try container.report().bundle == container.bundle.path)
    try container.start().succeeds()
    try container.remove()

    try container.create("--config", "none.json").fails(saying: "--config: openat(2) none.json")
    container.bundle.config.process?.cwd = "relative"
    try container.bundle.write()
    try container.create("--config", "bundle-c/../bundle-c/config.json")
      .fails(saying: "bundle-c/../bundle-c/config.json: /process/cwd")
    container.bundle.config.process?.cwd = "/"
    container.bundle.config.addMount("/x", "nosuchtype", "x")
    try container.bundle.write()
    let name = runtime.directory + "/third.json"
    try FileManager.default.moveItem(atPath: container.bundle.path + "/config.json", toPath: name)
    let outcome = try container.create("--config", name)
    outcome.fails(saying: "\(name): /mounts/\((container.bundle.config.mounts?.count ?? 0) - 1): mounting /x")
    #expect(!outcome.errors.contains("config.json"), "\(outcome)")
  }

  @Test("spec --file names the file, which counts from the bundle")
  func specFile() throws {
    let directory = try runtime.volume()
    try runtime.run("spec", "-b", directory, "-f", "mine.json").succeeds()
    try runtime.run("spec", "--bundle", directory, "--file=\(directory)/second.json").succeeds()
    #expect(File.names(in: directory) == ["mine.json", "second.json"])
    #expect(File.text(directory + "/mine.json") == File.text(directory + "/second.json"))
    try runtime.run("spec", "-b", directory, "-f", "mine.json").fails(saying: "mine.json exists already")
  }
}
