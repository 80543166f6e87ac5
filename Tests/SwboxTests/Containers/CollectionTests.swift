import Foundation
import TestSupport
import Testing

@Suite("swbox gc and containers")
struct CollectionTests {
  private let host: ContainerBox

  init() throws { host = try ContainerBox() }

  private var identifiers: [String] { File.names(in: host.containers).filter { $0.count == 64 } }

  @Test("a container whose record is damaged keeps gc from no other, and goes when nobody supervises it")
  func damagedRecord() throws {
    try host.run("-d", "--name", "runs", "bb", "sleep", "1000").succeeds()
    try host.run("--name", "ended", "bb", "true").succeeds()
    let id = try #require(try host.list()["runs"]?["id"] as? String)
    let supervisor = try #require(try host.supervisor("runs"))
    try File.write("{", to: "\(host.containers)/\(id)/record.json")
    try host.swbox("gc").refuses(
      saying: "container \(id.prefix(12))", "damaged", "when it does not run any more",
      "images are left as they are")
    #expect(identifiers == [id])
    kill(supervisor, SIGKILL)
    #expect(eventually { (try? host.swbox("gc").status) == 0 })
    #expect(identifiers.isEmpty)
    #expect(try host.run("--rm", "bb", "true").succeeds().output.isEmpty)
  }

  @Test("files of an exec that was killed go while the container runs on")
  func killedExecution() throws {
    try host.run("-d", "--name", "c", "bb", "sleep", "1000").succeeds()
    let id = try #require(try host.list()["c"]?["id"] as? String)
    func files() -> [String] {
      File.names(in: "\(host.containers)/\(id)").filter { $0.hasPrefix("exec-") }
    }
    let running = try host.box.command(["exec", "c", "sleep", "1000"]).start()
    #expect(eventually { files().contains { $0.hasSuffix(".pid") } })
    try host.swbox("gc").succeeds()
    #expect(!files().isEmpty)
    running.signal(SIGKILL)
    running.wait()
    try host.swbox("gc").succeeds()
    #expect(files().isEmpty)
    #expect(try host.status("c") == "running")
  }
}
