import Foundation
import TestSupport
import Testing

@Suite("swbox without root")
struct RootlessContainerTests {
  @Test("runs containers on a directory, whose root is the user")
  func directory() throws {
    let host = try ContainerBox()
    try host.box.shell(
      """
      cp \(Box.program) swbox; cp \(Runtime.program) swrun; chmod 755 . swbox swrun
      mkdir user user/run user/fs; tar -C user/fs -xf bb.tar; chown -R 61235:61235 user
      """)
    func swbox(_ arguments: String...) throws -> Outcome {
      let user = host.directory + "/user"
      let drop = ["--reuid", "61235", "--regid", "61235", "--clear-groups"]
      let program = [host.directory + "/swbox", "--root", user + "/store"]
      var command = Command("setpriv", drop + program + arguments)
      command.directory = user
      command.environment["XDG_RUNTIME_DIR"] = user + "/run"
      return try command.run()
    }
    let script = "id -u; touch /made; stat -c %u /made; cat /proc/self/uid_map; exit 3"
    let outcome = try swbox("run", "--rm", "--rootfs", "fs", "--", "sh", "-c", script).ends(with: 3)
    #expect(outcome.lines.prefix(2) == ["0", "0"])
    #expect(outcome.lines.last?.split(separator: " ") == ["0", "61235", "1"])
    try swbox("run", "-d", "--name", "c", "--rootfs", "fs", "sleep", "1000").succeeds()
    #expect(try swbox("exec", "c", "id", "-u").succeeds().output == "0\n")
    try swbox("run", "--rm", "--ephemeral", "--rootfs", "fs", "rm", "/made").succeeds()
    #expect(File.exists(host.directory + "/user/fs/made"))
    let unit = try swbox("generate", "systemd", "c").succeeds().output
    #expect(unit.contains("WantedBy=default.target\n") && !unit.contains("network-online"), "\(unit)")
    try swbox("rm", "-f", "c").succeeds()
    try swbox("gc").succeeds()
    #expect(File.names(in: host.directory + "/user/run/swbox").isEmpty)
  }
}
