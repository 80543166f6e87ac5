import Foundation
import TestSupport
import Testing

@Suite("images that are built by steps")
struct BuildTests {
  let box: Box

  init() throws { box = try Box() }

  /// What `build --format json` tells.
  struct Report: Decodable {
    struct Step: Decodable {
      var summary: String
      var cached: Bool
    }
    var digest: String
    var id: String
    var layers: Int
    var steps: [Step]
  }

  /// Builds a file of the directory.
  private func build(
    _ file: String, _ options: [String] = [], root: String? = nil, environment: [String: String] = [:]
  ) throws -> Report {
    var command = box.command(["build", "--quiet", "--format", "json"] + options + [file], root: root)
    command.environment.merge(environment) { $1 }
    let outcome = try command.run(timeout: .seconds(240))
    outcome.succeeds()
    return try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
  }

  /// A context directory with a busybox and files of all kinds.
  private func makeContext() throws {
    try box.shell(
      """
      mkdir -p ctx/app/deep ctx/root/bin; cp /bin/busybox ctx/root/bin/; ln -s busybox ctx/root/bin/sh
      for name in cat ls mkdir rm ln chown echo id; do ln -s busybox ctx/root/bin/$name; done
      tar -C ctx/root --owner 0 --group 0 --mtime @1000000000 -cf ctx/base.tar .; rm -r ctx/root
      echo one >ctx/app/one; echo two >ctx/app/deep/two; ln -s one ctx/app/link; echo skip >ctx/app/skipped.log
      printf '#!/bin/sh\\necho "$WORD $1" >/said\\n' >ctx/app/script; chmod 755 ctx/app/script
      echo '**/*.log' >ctx/.swboxignore
      """)
  }

  private let plain = """
    steps:
      - image: ./base.tar
      - copy: [app, /srv/app]
      - write: {path: /etc/passwd, content: "root:x:0:0::/:/bin/sh\\n", mode: 0600, owner: 7:8}
      - mkdir: {path: /tmp, mode: 1777}
      - symlink: [[../srv/app/one, /etc/one]]
      - delete: [/bin/ls, /srv/app/deep]
    config:
      cmd: [/bin/sh]
      env: {A: b}
      ports: [80]
      labels: {org.example.kind: test}
    """

  @Test("the same steps on the same files give the same image, wherever and however they are built")
  func reproducible() throws {
    try makeContext()
    try File.write(plain, to: box.directory + "/ctx/build.yaml")
    let first = try build("ctx/build.yaml", root: box.directory + "/first")
    try box.shell(
      """
      umask 077; mkdir -p else/where; cp -r ctx else/where/other; cd else/where/other
      chmod -R go-rwx .; chmod 700 app/script; find . -exec touch -h -d 2001-02-03 {} +
      """)
    let environment = ["TZ": "Asia/Tokyo", "LANG": "de_DE.UTF-8"]
    let second = try build(
      "else/where/other/build.yaml", root: box.directory + "/second", environment: environment)
    #expect(first.digest == second.digest)
    #expect(!second.steps.contains { $0.cached })
    let later = try build(
      "ctx/build.yaml", root: box.directory + "/third", environment: ["SOURCE_DATE_EPOCH": "1700000000"])
    #expect(later.digest != first.digest)
  }

  @Test("what was made before is not made again, until what it was made from changes")
  func cache() throws {
    try makeContext()
    try File.write(plain, to: box.directory + "/ctx/build.yaml")
    let first = try build("ctx/build.yaml", ["--tag", "plain"])
    #expect(first.steps.map(\.cached) == Array(repeating: false, count: 6))
    let again = try build("ctx/build.yaml", ["--tag", "plain"])
    #expect(again.steps.map(\.cached) == Array(repeating: true, count: 6))
    #expect(again.digest == first.digest)
    let anew = try build("ctx/build.yaml", ["--no-cache"])
    #expect(anew.steps.map(\.cached) == Array(repeating: false, count: 6))
    #expect(anew.digest == first.digest)
    // What is left out has no say.
    try box.shell("echo more >>ctx/app/skipped.log; touch ctx/app/one")
    #expect(try build("ctx/build.yaml").steps.map(\.cached) == Array(repeating: true, count: 6))
    try box.shell("echo more >>ctx/app/one")
    let changed = try build("ctx/build.yaml", ["--tag", "plain"])
    #expect(changed.steps.map(\.cached) == [true, false, false, false, false, false])
    #expect(changed.digest != first.digest)
    // The cache outlives gc, but not one that asks for its end.
    try box.run("gc").succeeds()
    #expect(try build("ctx/build.yaml").steps.map(\.cached) == Array(repeating: true, count: 6))
    try box.run("rmi", "plain").succeeds()
    try box.run("gc", "--build-cache", "0").succeeds()
    for image in try box.images() { try box.run("rmi", image["digest"] as? String ?? "").succeeds() }
    try box.run("gc", "--build-cache", "0").succeeds()
    for folder in ["blobs/sha256", "layers", "builds", "staging"] {
      #expect(File.names(in: "\(box.root)/\(folder)").isEmpty)
    }
  }

  @Test("the image is what its steps say, and other programs take it")
  func peers() throws {
    try makeContext()
    try File.write(plain, to: box.directory + "/ctx/build.yaml")
    for compression in ["gzip", "zstd", "none"] {
      let report = try build(
        "ctx/build.yaml", ["--tag", "plain", "--compression", compression, "--output", "\(compression).tar"])
      #expect(report.layers == 6)
      let lint = try box.run("image", "lint", "--strict", "plain").succeeds()
      #expect(lint.output.isEmpty, "\(lint)")
      let digest = try box.shell("skopeo inspect --format '{{.Digest}}' oci-archive:\(compression).tar")
      #expect(digest == report.digest + "\n")
    }
    try box.shell(
      """
      $SWBOX unpack plain mine; skopeo copy -q oci-archive:gzip.tar oci:layout:plain
      umoci unpack --image layout:plain theirs >/dev/null 2>&1
      podman --root pod --runroot podrun load -q -i gzip.tar >/dev/null
      podman --root pod --runroot podrun image inspect --format '{{.Config.Cmd}} {{.Config.Env}}' plain >said
      podman --root pod --runroot podrun rmi -af >/dev/null; podman --root pod --runroot podrun system reset -f || :
      """)
    #expect(File.text(box.directory + "/said") == "[/bin/sh] [A=b]\n")
    let mine = try box.listing(box.directory + "/mine")
    #expect(mine == (try box.listing(box.directory + "/theirs/rootfs")))
    #expect(mine.contains { $0.contains("b'./etc/passwd' 0o100600 7 8 22 0") })
    #expect(mine.contains { $0.contains("b'./srv/app/script' 0o100755 0 0") })
    #expect(mine.contains { $0.contains("b'./srv/app/link' 0o120777") && $0.contains("b'one'") })
    for gone in ["'./bin/ls'", "./srv/app/deep", "skipped.log"] {
      #expect(!mine.contains { $0.contains(gone) }, "\(gone)")
    }
    let config = try box.run("image", "inspect", "plain").succeeds().output
    for text in ["\"80/tcp\": {}", "\"org.example.kind\": \"test\"", "swbox build: copy app /srv/app"] {
      #expect(config.contains(text))
    }
  }

  @Test("host programs come with their libraries and run; extract leaves only them")
  func libraries() throws {
    try box.shell("mkdir ctx; echo keep >ctx/kept; echo lost >ctx/lost")
    try File.write(
      """
      {"steps": [
        {"host-files": {"binaries": ["/bin/ls", "/usr/bin/env", "/usr/bin/python3"],
                        "files": [["/etc/debian_version", "/etc/"]]}},
        {"copy": ["kept", "lost", "/data/"]}, {"symlink": [["env", "/usr/bin/again"]]},
        {"extract": {"binaries": ["/bin/ls", "/usr/bin/again"], "keep": ["/data/k*", "/etc"]}}
      ]}
      """, to: box.directory + "/ctx/build.json")
    let report = try build("ctx/build.json", ["--tag", "few"])
    #expect(report.layers == 1)
    try box.run("image", "lint", "few").succeeds()
    try box.run("unpack", "few", "few").succeeds()
    let said = try box.shell("chroot few /bin/ls /data /etc; chroot few /usr/bin/again -i A=b")
    #expect(said == "/data:\nkept\n\n/etc:\ndebian_version\nA=b\n")
    #expect(!File.exists(box.directory + "/few/usr/bin/python3"))
    let needed = try box.shell("ldd /bin/ls | grep -c /")
    let kept = try box.shell("find few -type f -o -type l | grep -c -e 'lib.*[.]so'")
    #expect(Int(kept.filter(\.isNumber)) ?? 0 >= Int(needed.filter(\.isNumber)) ?? 99)
  }

  @Test("the host's Python runs in an image of its own")
  func python() throws {
    try File.write("steps: [{python-env: /usr/bin/python3}]\n", to: box.directory + "/build.yaml")
    _ = try build("build.yaml", ["--tag", "py", "--compression", "zstd"])
    try box.run("unpack", "py", "py").succeeds()
    let said = try box.shell(
      "chroot py /usr/bin/python -c 'import ctypes, json, ssl, sqlite3, sys; print(sys.version_info[0])'")
    #expect(said == "3\n")
  }

  @Test("manifests of aci-packer are built as they are")
  func former() throws {
    try makeContext()
    try File.write(
      """
      {"name": "example.com/hello", "labels": [{"name": "version", "value": "1.0"}],
       "app": {"exec": ["/bin/cat", "/etc/motd"], "user": "root", "group": "root",
               "isolators": [{"name": "resource/memory", "value": {"limit": "1G"}}]},
       "-aci-packer-build-steps-": [
         {"type": "image", "path": "base.tar"}, {"type": "setup_chroot", "make_debian_policy_rc": true},
         {"type": "copy_host_files", "files": [["app/one", "/etc/motd"]]},
         {"step": "write", "path": "/etc/hello", "contents": "hello"},
         {"type": "extract", "binaries": ["/bin/cat"], "keeps": ["/etc/motd"]}]}
      """, to: box.directory + "/ctx/old.json")
    let outcome = try box.run("build", "--tag", "old", "ctx/old.json").succeeds()
    #expect(outcome.errors.contains("/app/isolators/0"))
    let files = try box.shell("$SWBOX export old | tar t | sort")
    #expect(files == "./\nbin/\nbin/busybox\nbin/cat\netc/\netc/motd\n")
    let config = try box.run("image", "inspect", "old").succeeds().output
    #expect(config.contains("\"io.appc.name\": \"example.com/hello\""))
    #expect(config.contains("\"Entrypoint\""))
  }

  @Test("all that is wrong with a build file is told at once, each with its place")
  func faults() throws {
    try File.write(
      """
      steps:
        - runn: x
        - copy: {from: a, too: b}
        - setup:
            proc: maybe
      conf: 1
      """, to: box.directory + "/bad.yaml")
    try box.run("build", "bad.yaml").refuses(
      saying: "bad.yaml:2:5: /steps/0/runn: is unknown", "bad.yaml:3:21: /steps/1/copy/too: is unknown",
      "/steps/1/copy: has no \"to\"", "bad.yaml:5:13: /steps/2/setup/proc: found \"maybe\"",
      "bad.yaml:6:1: /conf: is unknown")
    try File.write(
      #"{"steps": [{"image": "x", "run": "y"}], "tag": 5, "x/y": 1}"#, to: box.directory + "/bad.json")
    try box.run("build", "bad.json").refuses(
      saying: "bad.json: /steps/0: has 2 steps", "bad.json: /x~1y: is unknown")
    for (text, problem) in [
      ("steps: [\n", "2:1"), ("steps: !!python/object:os.system [x]\n", "means nothing"), ("", "is empty"),
      ("a: &a [x, x]\nb: &b [*a, *a]\nsteps: []\n", "is unknown"), ("steps: {}\n", "expected a list"),
      ("steps: []\n", "there are no steps"), ("steps: [run: x]\nsteps: []\n", "occurs twice"),
      (String(repeating: "[", count: 5000), "too deep"), ("steps: [{run: \"a\\0b\"}]\n", "zero byte"),
    ] {
      try File.write(text, to: box.directory + "/odd.yaml")
      try box.run("build", "odd.yaml").refuses(saying: problem)
    }
    var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1..<9 {
      bomb +=
        "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
        + "]\n"
    }
    try File.write(bomb + "steps: []\n", to: box.directory + "/bomb.yaml")
    try box.run("build", "bomb.yaml").refuses(saying: "too many values")
  }

  @Test("nothing outside of the context directory comes into an image")
  func context() throws {
    try box.shell(
      """
      mkdir -p ctx/in; echo secret >secret; ln -s ../secret ctx/out; ln -s \(box.directory)/secret ctx/absolute
      ln -s .. ctx/up; ln -s /etc ctx/host; ln -s ../../secret ctx/in/link; mkfifo ctx/pipe
      touch ctx/.wh.gone
      """)
    for from in [
      "out", "absolute", "up/secret", "host/passwd", "../secret", "/etc/passwd", "\(box.directory)/secret",
    ] {
      try File.write("steps: [{copy: [\(from), /x]}]\n", to: box.directory + "/ctx/build.yaml")
      try box.run("build", "ctx/build.yaml").refuses(saying: "nothing at")
      try File.write("steps: [{image: {archive: \(from)}}]\n", to: box.directory + "/ctx/build.yaml")
      try box.run("build", "ctx/build.yaml").refuses(saying: "context directory")
    }
    for from in ["pipe", ".wh.gone"] {
      try File.write("steps: [{copy: [\(from), /x/]}]\n", to: box.directory + "/ctx/build.yaml")
      try box.run("build", "ctx/build.yaml").refuses(saying: from)
    }
    // Links inside are copied as links.
    try File.write("steps: [{copy: [in, /in]}]\n", to: box.directory + "/ctx/build.yaml")
    _ = try build("ctx/build.yaml", ["--tag", "links"])
    #expect(try box.shell("$SWBOX export links | tar tv | grep -c 'in/link -> ../../secret'") == "1\n")
    for path in ["/../x", "a/../../x", "/.wh.x"] {
      try File.write("steps: [{write: {path: \(path)}}]\n", to: box.directory + "/ctx/build.yaml")
      #expect(try box.command(["build", "ctx/build.yaml"]).run().status == 125)
    }
  }

  @Test func `a link of the image leads nowhere but into the image`() throws {
    try box.shell("mkdir ctx; echo mine >ctx/file")
    try File.write(
      """
      steps:
        - mkdir: \(box.directory)
        - symlink: [[\(box.directory), /trap], [../../../..\(box.directory), /etc/trap]]
        - copy: [file, /trap/copied]
        - write: {path: /etc/trap/written, content: x}
      """, to: box.directory + "/ctx/build.yaml")
    _ = try build("ctx/build.yaml", ["--tag", "trap"])
    let names = try box.shell("$SWBOX export trap | tar t").split(separator: "\n").map(String.init)
    for name in ["copied", "written"] {
      #expect(!File.exists("\(box.directory)/\(name)"))
      #expect(names.contains { "/" + $0 == "\(box.directory)/\(name)" }, "\(names)")
    }
  }
}
