import Foundation
import TestSupport
import Testing

@Suite("commands of build steps")
struct BuildCommandTests {
  let box: Box
  /// The runtime under test.
  private static let runtime = Runtime.program

  init() throws { box = try Box() }

  private func command(_ options: [String]) -> Command {
    box.command(["build", "--runtime", BuildCommandTests.runtime] + options)
  }

  private func build(_ text: String, _ options: String...) throws -> Outcome {
    try File.write(text, to: box.directory + "/build.yaml")
    return try command(options + ["build.yaml"]).run(timeout: .seconds(240))
  }

  /// An archive with little in it: not even places to mount something at.
  private func makeBase() throws {
    try box.shell(
      """
      mkdir -p root/bin; cp /bin/busybox root/bin/; for name in sh cat ls mkdir rm rmdir ln chown echo id env ip sleep
      do ln -s busybox root/bin/$name; done; mkdir -p root/data/old; echo a >root/data/old/a; echo b >root/data/old/b
      tar -C root --owner 0 --group 0 --mtime @1000000000 -cf base.tar .; rm -r root
      """)
  }

  @Test("a command changes the image, and nothing of the container stays in it")
  func changes() throws {
    try makeBase()
    let text = """
      steps:
        - image: ./base.tar
        - setup: {no-service-starts: true}
        - run: >-
            cat /usr/sbin/policy-rc.d /etc/hosts >/seen; ls /proc/self/status /dev/null /sys/kernel >>/seen;
            rm -r /data/old; mkdir /data/old; echo c >/data/old/c; ln /seen /data/again; chown 5:6 /seen
        - run: {script: script, args: [word], env: {GREETING: hello}, user: "7:8", working-dir: /tmp, network: none}
        - run: [/bin/sh, -c, "rm /data/again"]
      """
    try box.shell(
      #"printf '#!/bin/sh\necho "$GREETING $1 $PWD $(id -u):$(id -g)"\nls /sys/class/net >&2\n' >script"#)
    let outcome = try build(text, "--tag", "changed").succeeds()
    #expect(outcome.output == "localhost/changed:latest\n")
    #expect(outcome.errors.contains("hello word /tmp 7:8"), "\(outcome)")
    #expect(outcome.errors.contains("\nlo\n") && !outcome.errors.contains("eth"), "\(outcome)")
    let files = try box.shell("$SWBOX export changed | tar t | grep -v '^bin/' | sort")
    #expect(files == "./\ndata/\ndata/old/\ndata/old/c\nseen\ntmp/\n")
    let seen = try box.shell("$SWBOX export changed | tar xO seen")
    for text in ["exit 101", "127.0.0.1", "/proc/self/status", "/dev/null"] { #expect(seen.contains(text)) }
    let lint = try box.run("image", "lint", "--strict", "changed").succeeds()
    #expect(lint.output.isEmpty, "\(lint)")
    // umoci applies the same whiteouts.
    try box.shell(
      """
      $SWBOX save -o changed.tar changed; skopeo copy -q oci-archive:changed.tar oci:layout:changed
      umoci unpack --image layout:changed theirs >/dev/null 2>&1; $SWBOX unpack changed mine
      """)
    #expect(
      try box.listing(box.directory + "/mine") == (try box.listing(box.directory + "/theirs/rootfs")))
    let digest = try box.image("localhost/changed:latest", "digest")
    try box.run("tag", "changed", "before").succeeds()
    #expect(try build(text, "--tag", "changed", "--no-cache").succeeds().status == 0)
    #expect(try box.image("localhost/changed:latest", "digest") == digest)
  }

  @Test("a command that fails ends the build, and what came before stays in the cache")
  func failure() throws {
    try makeBase()
    let text = "steps:\n  - image: ./base.tar\n  - run: echo yes >/yes\n  - run: exit 7\n"
    let outcome = try build(text, "--tag", "x")
    outcome.refuses(saying: "step 3, run: the command ended with 7")
    let again = try build(text, "--tag", "x")
    #expect(again.errors.contains("step 2/3: run echo yes >/yes: made before"))
    #expect(try box.images().isEmpty)
    #expect(File.names(in: box.root + "/staging").isEmpty)
    #expect(File.names(in: box.root + "/containers").filter { $0.count > 20 }.isEmpty)
    try build("steps:\n  - run: x\n").refuses(saying: "there is nothing yet that a command could run in")
  }

  @Test("Debian's packages are installed by a command, and their services stay down")
  func debian() throws {
    let tree = TestRootfs.package + "/.build/rootfs/debian"
    try #require(File.exists(tree + "/bin/bash"), "make rootfs makes it")
    try box.shell(
      """
      tar -C \(tree) -cf debian.tar --exclude=./proc/* --exclude=./sys/* --exclude=./dev/* .
      mkdir -p pkg/DEBIAN pkg/usr/share/demo; echo data >pkg/usr/share/demo/data
      printf 'Package: demo\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@example.com>\\nDescription: x\\n' \
        >pkg/DEBIAN/control
      printf '#!/bin/sh\\nif [ -x /usr/sbin/policy-rc.d ]; then /usr/sbin/policy-rc.d; echo $? >/policy; fi\\n' \
        >pkg/DEBIAN/postinst; chmod 755 pkg/DEBIAN/postinst; dpkg-deb -Zgzip -b pkg demo.deb >/dev/null
      """)
    let text = """
      steps:
        - image: ./debian.tar
        - setup: {no-service-starts: true}
        - copy: [demo.deb, /tmp/]
        - run: dpkg -i /tmp/demo.deb
        - delete: /tmp/demo.deb
      """
    try build(text, "--tag", "deb", "--compression", "zstd").succeeds()
    try box.run("unpack", "deb", "deb").succeeds()
    #expect(File.text(box.directory + "/deb/policy") == "101\n")
    #expect(File.text(box.directory + "/deb/usr/share/demo/data") == "data\n")
    #expect(!File.exists(box.directory + "/deb/usr/sbin/policy-rc.d"))
    #expect(!File.exists(box.directory + "/deb/tmp/demo.deb"))
  }

  @Test("a build that is killed at any moment leaves no mount, and nothing that gc does not remove")
  func killed() throws {
    try makeBase()
    let text = """
      steps:
        - image: ./base.tar
        - run: echo 1 >/1; sleep 0.2
        - host-files: [/bin/ls]
        - run: [/bin/sh, -c, "echo 2 >/2; sleep 0.2"]
        - extract: {binaries: [/bin/sh], keep: ["/[12]"]}
      """
    let duration = try ContinuousClock().measure {
      try build(text, "--no-cache", "--tag", "whole").succeeds()
    }
    let digest = try box.image("localhost/whole:latest", "digest")
    let mounts = File.text("/proc/self/mountinfo")
    var kills = 0
    for attempt in 0..<16 {
      let build = try command(["--no-cache", "--tag", "cut", "build.yaml"]).start()
      usleep(UInt32((duration / .microseconds(1)) * Double(attempt) / 16))
      build.signal(SIGKILL)
      if build.wait().status == 128 + SIGKILL { kills += 1 }
      #expect(!File.text("/proc/self/mountinfo").contains(box.directory))
    }
    #expect(kills > 4)
    #expect(File.text("/proc/self/mountinfo") == mounts)
    try build(text, "--tag", "whole").succeeds()
    #expect(try box.image("localhost/whole:latest", "digest") == digest)
    for digest in Set(try box.images().compactMap { $0["digest"] as? String }) {
      try box.run("rmi", digest).succeeds()
    }
    try box.run("gc", "--build-cache", "0").succeeds()
    for folder in ["blobs/sha256", "layers", "builds", "staging"] {
      #expect(File.names(in: "\(box.root)/\(folder)").isEmpty, "\(folder)")
    }
  }

  @Test(
    "a build ends by the signals that a person sends, also in the middle of a command, and leaves nothing")
  func interrupted() throws {
    try makeBase()
    let text = "steps:\n  - image: ./base.tar\n  - run: echo ready; exec sleep 333\n"
    try File.write(text, to: box.directory + "/build.yaml")
    for signal in [SIGINT, SIGTERM, SIGHUP] {
      let running = try command(["build.yaml"]).start()
      #expect(eventually { running.errors.contains("ready") || running.output.contains("ready") })
      usleep(300_000)
      running.signal(signal)
      let outcome = running.wait(timeout: .seconds(30))
      #expect(outcome.isPunctual && outcome.status == 125, "\(outcome)")
      #expect(outcome.errors.contains("the command ended with \(128 + signal)"), "\(outcome)")
      #expect(File.names(in: box.root + "/containers").filter { $0.count == 64 }.isEmpty)
      #expect(File.names(in: box.root + "/staging").isEmpty)
    }
  }

  @Test("builds at once share the cache and give the same image")
  func atOnce() throws {
    try makeBase()
    try File.write(
      "steps:\n  - image: ./base.tar\n  - run: echo 1 >/1\n  - mkdir: /x\n", to: box.directory + "/build.yaml"
    )
    let builds = try (0..<4).map { try command(["--tag", "at-once-\($0)", "build.yaml"]).start() }
    for build in builds { build.wait(timeout: .seconds(120)).succeeds() }
    #expect(Set(try box.images().compactMap { $0["digest"] as? String }).count == 1)
    #expect(try box.images().count == 4)
  }
}
