import Foundation
import TestSupport
import Testing

@Suite("swbox cp")
struct CopyTests {
  /// Two containers, one of which has ended.
  private func host() throws -> ContainerBox {
    let host = try ContainerBox()
    try host.run("--name", "ended", "bb", "sh", "-c", "mkdir -p /d/e; echo f >/d/e/f; chown 5:6 /d/e/f")
      .succeeds()
    try host.run(
      "-d", "--name", "runs", "bb", "sh", "-c", "mkdir -p /d/e; echo f >/d/e/f; chown 5:6 /d/e/f; sleep 1000"
    ).succeeds()
    #expect(try eventually { try host.swbox("exec", "runs", "stat", "-c", "%u", "/d/e/f").output == "5\n" })
    return host
  }

  @Test("takes files and directories out, by podman's rules for names", arguments: ["ended", "runs"])
  func out(_ name: String) throws {
    let host = try host()
    try host.box.shell(
      """
      mkdir there; touch file
      $SWBOX cp \(name):/d there; test "$(cat there/d/e/f)" = f
      $SWBOX cp \(name):/d/. there; test "$(cat there/e/f)" = f
      $SWBOX cp \(name):/d fresh; test "$(cat fresh/e/f)" = f
      $SWBOX cp \(name):d/e/f there; test "$(stat -c %u:%g there/f)" = 0:0
      $SWBOX cp -a \(name):/d/e/f file; test "$(stat -c %u:%g file)" = 5:6
      $SWBOX cp \(name):/d - | tar tv | grep -q '5/6.*d/e/f'
      test "$(grep -c "$PWD" /proc/self/mountinfo)" = 0
      """)
    try host.swbox("cp", "\(name):/d", "file").refuses(saying: "no directory")
    try host.swbox("cp", "\(name):/d/e/f", "nosuch/").refuses(saying: "nosuch/")
    try host.swbox("cp", "\(name):/nosuch", "there").refuses(saying: "ENOENT")
    try host.swbox("cp", "there", "file").refuses(saying: "CONTAINER:PATH")
  }

  @Test("replaces a file as a whole, and nothing that is no file")
  func replacing() throws {
    let host = try host()
    try host.box.shell("echo precious >kept; mknod zero c 1 5; mkfifo pipe; mkdir -p into/f")
    for target in ["zero", "pipe", "into"] {
      try host.swbox("cp", "runs:/d/e/f", target).refuses(saying: "no regular file that could be replaced")
    }
    try host.swbox("cp", "kept", "runs:/dev/null").refuses(saying: "\"null\" is there")
    try host.swbox("exec", "runs", "truncate", "-s", "40G", "/big").succeeds()
    try host.box.shell("truncate -s 40G big")
    let upper = host.containers + "/" + (try #require(try host.list()["runs"]?["id"] as? String)) + "/upper"
    for (words, directory) in [
      (["runs:/big", "kept"], host.directory), (["big", "runs:/d/e/f"], upper + "/d/e"),
    ] {
      let before = File.names(in: directory).sorted()
      for signal in [SIGTERM, SIGKILL] {
        let running = try host.box.command(["cp"] + words).start()
        #expect(eventually { running.hasUnnamedFile })
        running.signal(signal)
        running.wait()
        // Nothing of a copy stays that was killed.
        #expect(File.names(in: directory).sorted() == before)
        #expect(File.text(host.directory + "/kept") == "precious\n")
        #expect(try host.swbox("exec", "runs", "cat", "/d/e/f").output == "f\n")
      }
    }
    try host.box.shell("test -c zero; test -p pipe")
  }

  @Test("brings files and directories in", arguments: ["ended", "runs"])
  func into(_ name: String) throws {
    let host = try host()
    try host.box.shell(
      """
      mkdir -p tree/sub; echo t >tree/sub/t; chown 7:8 tree/sub/t; echo w >tree/.wh.x
      $SWBOX cp tree \(name):/d; $SWBOX cp tree/. \(name):/d; $SWBOX cp -a tree \(name):/kept
      $SWBOX cp tree/sub/t \(name):/d/e/f; tar -C tree -c . | $SWBOX cp - \(name):/tmp
      $SWBOX cp \(name):/ - >all.tar; tar tvf all.tar >all
      grep -q '0/0.*[ /]d/tree/sub/t$' all; grep -q '0/0.*[ /]d/sub/t$' all; grep -q '7/8.*[ /]kept/sub/t$' all
      grep -q '0/0.*[ /]d/e/f$' all; grep -q '[ /]d/.wh.x$' all; grep -q '[ /]tmp/sub/t$' all
      test "$(tar xOf all.tar d/e/f)" = t
      """)
    try host.swbox("cp", "tree", "\(name):/d/e/f").refuses(saying: "no directory")
    try host.box.shell("mkdir -p over/tree; mkdir x; echo >over/tree/sub")
    try host.swbox("cp", "over/tree", "\(name):/d").refuses(saying: "would replace the directory")
  }

  @Test("gives nobody rights by what it copies, unless all is to be kept", arguments: ["ended", "runs"])
  func rights(_ name: String) throws {
    let host = try host()
    try host.box.shell(
      """
      mkdir tree; echo x >tree/suid; chmod 6755 tree/suid; echo y >tree/able; chmod 755 tree/able
      python3 -c 'import os; os.setxattr("tree/able", "security.capability", bytes([1,0,0,2,0,32]) + bytes(14))
      os.setxattr("tree/able", "user.note", b"kept")'
      mknod tree/null c 1 3; ln tree/null tree/zero
      $SWBOX cp tree \(name):/plain 2>warnings; test "$(grep -c 'device, and left out' warnings)" = 2
      tar --xattrs --xattrs-include='*' -C tree -c . | $SWBOX cp - \(name):/tmp
      $SWBOX cp -a tree \(name):/kept
      $SWBOX cp \(name):/plain - >plain.tar; $SWBOX cp \(name):/tmp - >tmp.tar; $SWBOX cp \(name):/kept - >kept.tar
      for set in plain tmp; do
        tar tvf $set.tar | grep -q -- '^-rwxr-xr-x.*suid'; ! tar tvf $set.tar | grep -q '^[ch].*\\(null\\|zero\\)'
        ! grep -aq security.capability $set.tar; grep -aq user.note $set.tar
      done
      tar tvf kept.tar | grep -q -- '^-rwsr-sr-x.*suid'; tar tvf kept.tar | grep -q '^c.*null'
      grep -aq security.capability kept.tar
      $SWBOX cp \(name):/kept out 2>warnings; test "$(grep -c 'device, and left out' warnings)" = 2
      test "$(stat -c %a out/suid)" = 755; ! test -e out/null; ! test -e out/zero
      """)
  }

  @Test("leaves out the kernel's own file systems of a container that runs, and no others of their names")
  func kernelOwn() throws {
    let host = try host()
    try host.swbox(
      "exec", "runs", "sh", "-ec",
      "mkdir -p /x/dev /x/proc; echo f >/x/dev/f; echo f >/x/proc/f; ln -s / /x/top"
    ).succeeds()
    try host.box.shell(
      """
      $SWBOX cp runs:/x/. out; test "$(cat out/dev/f out/proc/f | grep -c f)" = 2
      for root in / /. /x/.. /x/top/.; do
        $SWBOX cp runs:$root - | tar t >names; grep -q '^x/dev/f$' names; ! grep -q '^\\(dev\\|proc\\|sys\\)/.' names
      done
      $SWBOX cp runs:/x/top - | tar t >names; grep -q '^top/x/dev/f$' names; ! grep -q '^top/proc/.' names
      """)
  }

  @Test("is led nowhere by links, neither reading nor writing", arguments: ["ended", "runs"])
  func links(_ name: String) throws {
    let host = try ContainerBox()
    try host.box.shell("mkdir decoy; echo secret >decoy/secret; echo in >in")
    let decoy = host.directory + "/decoy"
    let script = """
      ln -s \(decoy) /abs; ln -s ../../../../../..\(decoy) /rel; ln -s /proc/1/root\(decoy) /magic
      ln -s \(decoy)/secret /file; mkdir /tree; ln -s \(decoy) /tree/l; ln -s / /self; echo linked
      """
    let sleeps = name == "runs" ? "; sleep 1000" : ""
    try host.run("-d", "--name", name, "bb", "sh", "-c", script + sleeps).succeeds()
    #expect(try eventually { try host.swbox("logs", name).output == "linked\n" })
    if name == "ended" { try host.swbox("wait", name).succeeds() }
    for link in ["abs", "rel", "magic"] {
      #expect(try host.swbox("cp", "in", "\(name):/\(link)/new").status == 125)
      #expect(try host.swbox("cp", "\(name):/\(link)/secret", "got").status == 125)
    }
    #expect(try host.swbox("cp", "\(name):/file", "got").status == 125)
    // A link that takes the place of a file is replaced itself.
    try host.swbox("cp", "in", "\(name):/file").succeeds()
    try host.swbox("cp", "in", "\(name):/self/new").succeeds()
    try host.swbox("cp", "\(name):/new", "got").succeeds()
    try host.swbox("cp", "\(name):/tree", "tree").succeeds()
    #expect(File.link(host.directory + "/tree/l") == decoy)
    #expect(File.names(in: decoy) == ["secret"] && File.text(decoy + "/secret") == "secret\n")
  }

  @Test("takes no path out of the directory from an archive")
  func archive() throws {
    let host = try host()
    try host.box.shell(
      """
      python3 - <<'END'
      import io, tarfile
      def make(name, entries):
        t = tarfile.open(name, "w")
        for path, kind, link in entries:
          i = tarfile.TarInfo(path); i.type = kind; i.linkname = link; t.addfile(i, io.BytesIO())
        t.close()
      make("up.tar", [("../up", tarfile.REGTYPE, "")])
      make("hard.tar", [("h", tarfile.LNKTYPE, "/etc/passwd")])
      END
      """)
    for name in ["up.tar", "hard.tar"] {
      var command = host.command(["cp", "-", "ended:/tmp"])
      command.input = .path(host.directory + "/" + name)
      #expect(try command.run().status == 125)
    }
  }
}

extension Running {
  /// Whether it writes to a file that has no name.
  fileprivate var hasUnnamedFile: Bool {
    File.names(in: "/proc/\(pid)/fd").contains { number in
      let file = File.link("/proc/\(pid)/fd/\(number)")
      return file.hasSuffix(" (deleted)") && !file.hasPrefix("/memfd:")
    }
  }
}
