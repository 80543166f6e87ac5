import Foundation
import TestSupport
import Testing

@Suite("A hostile root file system")
struct HostileRootTests {
  /// A directory with busybox, changed by a script that runs in it.
  private func root(_ host: ContainerBox, _ script: String) throws -> String {
    try host.box.shell("rm -rf root; mkdir root; tar -C root -xf bb.tar; cd root; \(script)")
    return host.directory + "/root"
  }

  @Test("names no users by a link out of it")
  func passwd() throws {
    let host = try ContainerBox()
    try File.write("evil:x:0:0::/:/bin/sh\n", to: host.directory + "/outside")
    for link in [
      host.directory + "/outside", "../../../../../../\(host.directory)/outside", "/proc/self/fd/3",
    ] {
      let path = try root(host, "rm etc/passwd; ln -s '\(link)' etc/passwd")
      try host.run("--rm", "--ephemeral", "--rootfs", path, "-u", "evil", "id").refuses(
        saying: "has no user evil")
    }
    let device = try root(host, "rm etc/passwd; mkfifo etc/passwd")
    try host.run("--rm", "--ephemeral", "--rootfs", device, "-u", "evil", "id").refuses(
      saying: "has no user evil")
  }

  @Test("gets no other user by a name of digits")
  func digits() throws {
    let host = try ContainerBox()
    let path = try root(host, "echo '1000:x:0:0::/:/bin/sh' >>etc/passwd")
    #expect(
      try host.run("--rm", "--ephemeral", "--rootfs", path, "-u", "1000", "id", "-u").output == "1000\n")
  }

  @Test("has nothing of the host changed or shown by links in place of its files")
  func links() throws {
    let host = try ContainerBox()
    try host.box.shell("mkdir decoy; echo the-host >decoy/resolv.conf; echo the-host >decoy/secret")
    let decoy = host.directory + "/decoy"
    let path = try root(
      host,
      """
      mkdir -p etc; rm -f etc/resolv.conf etc/hosts; ln -s \(decoy)/resolv.conf etc/resolv.conf
      ln -s ../../../../../..\(decoy)/secret etc/hosts; ln -s \(decoy) data; ln -s /proc/1/root/ host
      """)
    let outcome = try host.run(
      "--rm", "--ephemeral", "--network", "host", "--name", "guest", "--rootfs", path, "-v",
      "\(host.directory)/bb.tar:/data/inside:ro", "sh", "-c",
      "cat /etc/hosts /etc/resolv.conf; ls /data/inside")
    #expect(outcome.succeeds().output.contains("guest") && !outcome.output.contains("the-host"))
    // A mount point by way of a magic link is none.
    try host.run("--rm", "--ephemeral", "--rootfs", path, "--tmpfs", "/host/mounted", "true").refuses(
      saying: "/host")
    #expect(File.text(decoy + "/resolv.conf") == "the-host\n" && File.text(decoy + "/secret") == "the-host\n")
    #expect(File.names(in: decoy).sorted() == ["resolv.conf", "secret"])
    #expect(!File.exists("/mounted"))
  }

  @Test("makes no volume outside of it")
  func volumes() throws {
    let host = try ContainerBox()
    try host.box.shell("mkdir decoy")
    for (name, target) in [("abs", host.directory + "/decoy"), ("rel", "../../../..\(host.directory)/decoy")]
    {
      try host.run("--name", name, "bb", "ln", "-s", target, "/data").succeeds()
      try host.swbox("commit", "-c", "VOLUME /data/x", name, name).succeeds()
      #expect(try host.run("--rm", name, "true").status == 125)
    }
    #expect(File.names(in: host.directory + "/decoy").isEmpty)
    try host.run("--name", "own", "bb", "ln", "-s", "../../etc", "/data").succeeds()
    try host.swbox("commit", "-c", "VOLUME /data/x", "own", "own").succeeds()
    #expect(try host.run("--rm", "own", "ls", "-d", "/etc/x").succeeds().output == "/etc/x\n")
    #expect(!File.exists("/etc/x"))
  }
}
