import Foundation
import TestSupport
import Testing

@Suite("What a container has changed")
struct ContainerChangeTests {
  private let script = """
    echo x >/etc/new; rm /etc/group; mkdir -p /d/e; echo 1 >/d/e/f; ln /d/e/f /d/g; chown 5:6 /d/g
    rm -r /home; mkdir /home; echo y >/home/y; chmod 700 /root; touch "/bad
    name"
    """

  @Test("is listed as podman lists it, without mount points")
  func diff() throws {
    let host = try ContainerBox()
    try host.run("--name", "c", "-v", "\(host.directory):/data/in:ro", "bb", "sh", "-c", script).succeeds()
    let lines = try host.swbox("diff", "c").succeeds().lines
    #expect(lines.contains("C /etc") && lines.contains("A /etc/new") && lines.contains("D /etc/group"))
    #expect(lines.contains("A /d/e/f") && lines.contains("C /root") && lines.contains("A /home/y"))
    #expect(lines.contains("A /bad\\u{a}name"))
    #expect(!lines.contains { $0.contains("/data") || $0.contains("/etc/host") || $0.contains("/proc") })
    let json = try host.swbox("diff", "--format", "json", "c").succeeds().output
    let report = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: [String]])
    #expect(report["deleted"] == ["/etc/group"] && report["added"]?.contains("/bad\nname") == true)
    try host.run("-d", "--name", "runs", "bb", "sleep", "1000").succeeds()
    #expect(try host.swbox("diff", "runs").succeeds().output == "")
  }

  @Test("is an error where nothing was kept apart")
  func noBase() throws {
    let host = try ContainerBox()
    try host.run("--name", "c", "--rootfs", "bb.tar", "true").succeeds()
    try host.swbox("diff", "c").refuses(saying: "there is no base to compare with", "--ephemeral")
    try host.swbox("diff", "nosuch").refuses(saying: "no container is named")
  }

  @Test("becomes a layer that swbox, podman and skopeo take")
  func commit() throws {
    let host = try ContainerBox()
    try host.run("--name", "c", "bb", "sh", "-c", script).succeeds()
    try host.swbox(
      "commit", "-a", "me", "-m", "words", "-c", "CMD [\"cat\", \"/etc/new\"]", "-c", "ENV A=b C=\"d e\"",
      "-c",
      "EXPOSE 80", "-c", "WORKDIR /d", "-c", "LABEL a=b", "c", "made"
    ).succeeds()
    #expect(try host.run("--rm", "made").succeeds().output == "x\n")
    let look = "pwd; echo $C; stat -c %u:%g:%h /d/g; test ! -e /etc/group; cat /home/y"
    #expect(try host.run("--rm", "made", "sh", "-ec", look).succeeds().output == "/d\nd e\n5:6:2\ny\n")
    try host.swbox("image", "lint", "made").succeeds()
    try host.box.shell(
      """
      $SWBOX save -o made.tar made
      skopeo inspect --config oci-archive:made.tar >config.json
      python3 - <<'END'
      import json; c = json.load(open("config.json"))
      assert c["author"] == "me" and c["history"][-1]["comment"] == "words", c
      assert c["config"]["ExposedPorts"] == {"80/tcp": {}} and c["config"]["Labels"] == {"a": "b"}, c
      END
      mkdir storage
      podman --root $PWD/storage --runroot $PWD/run load -i made.tar
      podman --root $PWD/storage --runroot $PWD/run image inspect localhost/made:latest >/dev/null
      podman --root $PWD/storage --runroot $PWD/run rmi -f localhost/made:latest
      """)
    try host.swbox("commit", "-c", "NONSENSE x", "c").refuses(saying: "NONSENSE")
    try host.swbox("commit", "-c", "EXPOSE http", "c").refuses(saying: "--change EXPOSE")
  }

  @Test("has the container's owners where users are mapped")
  func mapped() throws {
    let host = try ContainerBox()
    try host.run(
      "--name", "c", "--userns", "100000:65536", "bb", "sh", "-c", "echo x >/root/x; chown 7:8 /root/x"
    ).succeeds()
    try host.swbox("commit", "c", "made").succeeds()
    #expect(
      try host.run("--rm", "made", "stat", "-c", "%u:%g", "/root", "/root/x").succeeds().output
        == "0:0\n7:8\n")
    #expect(try host.command(["cp", "c:/root/x", "-"]).run().succeeds().output.contains("0000007"))
    try File.write("in\n", to: host.directory + "/in")
    try host.swbox("cp", "in", "c:/root/").succeeds()
    try host.swbox("commit", "c", "again").succeeds()
    #expect(try host.run("--rm", "again", "stat", "-c", "%u", "/root/in").succeeds().output == "0\n")
  }

  @Test("becomes an image also where the root was a directory or an archive")
  func trees() throws {
    let host = try ContainerBox()
    try host.box.shell("mkdir root; tar -C root -xf bb.tar")
    try host.run("--name", "a", "--rootfs", "bb.tar", "sh", "-c", "echo a >/made").succeeds()
    try host.run("--name", "b", "--ephemeral", "--rootfs", "root", "sh", "-c", "echo b >/made").succeeds()
    for name in ["a", "b"] {
      try host.swbox("commit", name, "from-\(name)").succeeds()
      #expect(try host.run("--rm", "from-\(name)", "cat", "/made").succeeds().output == "\(name)\n")
    }
    #expect(!File.exists(host.directory + "/root/made"))
  }

  @Test("is read while files and directories come and go")
  func moving() throws {
    let host = try ContainerBox()
    let script = "while :; do mkdir -p /d/a/b/c /d/z; ln -s x /d/a/l; echo f >/d/a/b/f; rm -r /d/a /d/z; done"
    try host.run("-d", "--name", "c", "bb", "sh", "-c", script).succeeds()
    try host.box.shell(
      """
      for round in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
        $SWBOX diff c >/dev/null; $SWBOX commit --pause=false c made >/dev/null; $SWBOX cp c:/d - >/dev/null
      done
      """)
  }

  @Test("is read while the container stands still, which it does no longer if commit is killed")
  func killed() throws {
    let host = try ContainerBox()
    try host.run("-d", "--name", "c", "bb", "sh", "-c", "head -c 60000000 /dev/urandom >/big; sleep 1000")
      .succeeds()
    #expect(try eventually { try host.swbox("exec", "c", "stat", "-c", "%s", "/big").output == "60000000\n" })
    for round in 0..<4 {
      let running = try host.command(["commit", "c", "made"]).start()
      usleep(UInt32(round) * 200_000)
      running.signal(SIGKILL)
      running.wait()
      #expect(try eventually { try host.status("c") == "running" })
    }
    try host.swbox("commit", "c", "made").succeeds()
    #expect(try host.status("c") == "running")
    try host.swbox("rmi", "made").succeeds()
    try host.swbox("rm", "-f", "c").succeeds()
    try host.swbox("gc").succeeds()
    #expect(File.names(in: host.box.root + "/staging").isEmpty)
  }
}
