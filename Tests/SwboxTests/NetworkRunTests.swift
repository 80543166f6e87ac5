import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// `run --network bridge`, in a network namespace that stands for the host's.
@Suite("run on a bridge", .serialized)
struct NetworkRunTests {
  let box: Box
  private let host: NamespaceHolder

  init() throws {
    box = try Box()
    host = try NamespaceHolder(.network)
    try box.makeTree()
    try inside("ip link set lo up")
  }

  /// A script in the host's network; `$SWBOX` is the program with its store.
  @discardableResult
  private func inside(_ script: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
    var command = Command("nsenter", ["--net=" + host.path(.network), "sh", "-ec", script])
    command.directory = box.directory
    command.environment["SWBOX"] = "\(Box.program) --root \(box.root)"
    let outcome = try command.run(timeout: .seconds(120))
    outcome.succeeds(sourceLocation: sourceLocation)
    return outcome.output
  }

  @Test func `a published port leads to the container, which has an address, a name and a way out`() throws {
    try inside(
      """
      echo hello >tree/index.html
      $SWBOX run --rootfs tree --name web --publish 8080:80 --detach -- /bin/busybox httpd -f -p 80 -h / >/dev/null
      """)
    let client =
      "import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:8080/index.html').read())"
    let isServed = eventually {
      (try? Command("nsenter", ["--net=" + host.path(.network), "python3", "-c", client]).run().output)
        == "b'hello\\n'\n"
    }
    #expect(isServed)
    let other = try inside(
      "$SWBOX run --rootfs tree --rm --network bridge -- /bin/busybox sh -c "
        + "'busybox wget -qO- http://10.213.0.2/index.html; busybox hostname -i; busybox ip route'")
    let lines = other.split(separator: "\n").map(String.init)
    try #require(lines.count == 4, "\(other)")
    #expect(lines[0] == "hello" && lines[1] == "10.213.0.3")
    #expect(lines[2].contains("default via 10.213.0.1 dev eth0"))
    let report = try inside("$SWBOX ps --format json")
    #expect(report.contains("10.213.0.2/22") && report.contains("8080:80"))
    #expect(try inside("$SWBOX gc; ip -o link | grep -c swbox0").contains("freed"))
    try inside("$SWBOX rm --force web; $SWBOX gc")
    let left = try inside("ip -o link | grep -c . ; nft list ruleset | grep -c . || true")
    #expect(left == "1\n0\n", "\(left)")
  }

  @Test func `a file of the host's in place of /etc/hosts stays as it is, and the others, too`() throws {
    let shown = try inside(
      "$SWBOX run --rootfs tree --name web --rm --network bridge --cp /etc/hosts -- /bin/busybox sh -c "
        + "'busybox cat /etc/hostname; echo --; busybox cat /etc/hosts'; $SWBOX gc >/dev/null")
    #expect(shown == "web\n--\n" + File.text("/etc/hosts"))
  }

  @Test func `ports that cannot be had are refused, and leave no container`() throws {
    func refused(_ words: String..., saying text: String) throws {
      let arguments = [
        "--net=" + host.path(.network), Box.program, "--root", box.root, "run", "--rootfs", "tree",
      ]
      var command = Command("nsenter", arguments + words + ["--", "/bin/busybox", "true"])
      command.directory = box.directory
      try command.run().refuses(saying: text)
    }
    try inside("$SWBOX run --rootfs tree --name web -p 8080:80 -d -- /bin/busybox sleep 1000 >/dev/null")
    try refused("-p", "8080:81", saying: "port 8080/tcp of the host leads to container")
    try refused("-p", "80", saying: "--publish: \"80\": names no port of the host and of the container")
    try refused("-p", "80:80", "--network", "host", saying: "--publish")
    #expect(try inside("$SWBOX ps --all --quiet").split(separator: "\n").count == 1)
    try inside("$SWBOX rm --force web; $SWBOX gc")
  }
}
