import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// State files that are damaged, and directories that are no container's.
@Suite("damaged and foreign state")
struct DamagedStateTests {
  let runtime = Runtime()

  private func path(_ container: Container) -> String { "\(runtime.root)/\(container.id)" }

  @Test(
    "a damaged record is told by every command, and list goes on without it",
    arguments: ["half", "", "{}", "[1]", "\0\0\0"])
  func damaged(_ text: String) throws {
    let container = try runtime.runningContainer()
    let good = try runtime.runningContainer("good")
    let record = path(container) + "/state.json"
    let whole = File.text(record)
    try File.write(text == "half" ? String(whole.prefix(whole.count / 2)) : text, to: record)

    for name in ["state", "start", "delete", "pause", "kill"] {
      try container.command(name).run().fails(
        saying: "the state file of container \(container.id) is damaged: \(record): ")
    }
    try container.exec("true").failsToExecute(saying: "is damaged")
    #expect(try runtime.listedIDs().sorted() == [container.id, good.id].sorted())
    for format in ["table", "json"] {
      let list = try runtime.run("list", "--format", format).succeeds()
      #expect(list.output.contains(good.id))
      #expect(!list.output.contains(container.id))
      #expect(list.errors.contains("the state file of container \(container.id) is damaged"))
      #expect(list.errors.contains("level=warning"))
    }

    let refused = try container.delete("--force")
    refused.fails(saying: "is damaged", "its processes and cgroups may still be there")
    #expect(File.text(record) != "" || text == "")
    try File.write(whole, to: record)
    #expect(try container.status() == "running")
  }

  @Test("a damaged record of an earlier boot is removed by force, with a warning")
  func earlierBoot() throws {
    let container = try runtime.runningContainer()
    let record = path(container) + "/state.json"
    let whole = File.text(record)
    // After a boot nothing but the directory is there.
    let remains = "\(runtime.root)/\(runtime.tag)remains"
    try File.makeDirectory(remains)
    for name in File.names(in: path(container)) where name != "start.sock" {
      try File.write(File.text("\(path(container))/\(name)"), to: "\(remains)/\(name)")
    }
    try File.write(String(whole.prefix(50)), to: remains + "/state.json")
    try Command("touch", ["-d", "2001-02-03", remains + "/state.json"]).run().succeeds()
    try runtime.run("delete", runtime.tag + "remains").fails(saying: "damaged")
    let outcome = try runtime.run("delete", "--force", runtime.tag + "remains").succeeds()
    #expect(outcome.errors.contains("level=warning"))
    #expect(outcome.errors.contains("earlier boot"))
    #expect(!File.exists(remains))
    #expect(try container.status() == "running")
  }

  @Test("a record that is whole is believed, however old its file is")
  func oldButWhole() throws {
    let container = try runtime.runningContainer()
    try Command("touch", ["-d", "2001-02-03", path(container) + "/state.json"]).run().succeeds()
    #expect(try container.status() == "running")
    try container.delete().fails(saying: "not stopped")
    try container.remove()
    #expect(Leftovers(tag: container.id, stateDirectory: runtime.root).isEmpty)
  }

  // MARK: directories without a record

  @Test(
    "an empty directory is no container, is passed over, and is removed by delete",
    arguments: [[], ["--force"]])
  func emptyDirectory(_ options: [String]) throws {
    let id = runtime.tag + "empty"
    try File.makeDirectory("\(runtime.root)/\(id)")
    for words in [["state"], ["start"], ["kill"], ["pause"]] {
      try runtime.command(words + [id]).run().fails(saying: "container \(id) does not exist")
    }
    try runtime.command(["exec", id, "true"]).run().failsToExecute(saying: "container \(id) does not exist")
    #expect(try runtime.listedIDs() == [])
    let list = try runtime.run("list").succeeds()
    #expect(list.lines.count == 1)
    #expect(list.errors == "")
    try runtime.command(["delete"] + options + [id]).run().succeeds()
    #expect(!File.exists("\(runtime.root)/\(id)"))
  }

  @Test(
    "create takes an empty directory over, also one with a configuration and nothing else",
    arguments: [true, false])
  func takenOver(isEmpty: Bool) throws {
    let container = try runtime.container { $0.wait() }
    try File.makeDirectory(path(container))
    if !isEmpty { try File.write("{}", to: path(container) + "/config.json") }
    try container.create().succeeds()
    #expect(try container.status() == "created")
    #expect(try container.exec("hostname").succeeds().output == "testing\n")
  }

  @Test("somebody's directory is neither taken over nor removed, and no file in it is touched")
  func foreignDirectory() throws {
    let container = try runtime.container { $0.wait() }
    let directory = path(container)
    try File.makeDirectory(directory)
    // One with a name that swrun uses, and one without.
    try File.write("precious", to: directory + "/config.json")
    try File.write("precious", to: directory + "/letter")
    try container.create().fails(saying: "already exists")
    try container.delete().fails(saying: "container \(container.id) does not exist")
    try container.delete("--force").fails(saying: "container \(container.id) does not exist")
    for name in ["config.json", "letter"] { #expect(File.text("\(directory)/\(name)") == "precious") }
    try container.state().fails(saying: "does not exist")
    #expect(try runtime.listedIDs() == [])
    try FileManager.default.removeItem(atPath: directory)
  }

  @Test("a file among the state directories is no container")
  func file() throws {
    let container = try runtime.container { $0.wait() }
    try File.makeDirectory(runtime.root)
    try File.write("precious", to: path(container))
    try container.create().fails(saying: "already exists")
    for name in ["state", "start", "delete"] {
      try container.command(name).run().fails(saying: "does not exist")
    }
    try container.delete("--force").succeeds()
    #expect(File.text(path(container)) == "precious")
    #expect(try runtime.run("list").succeeds().lines.count == 1)
    unlink(path(container))
  }

  @Test("a file of somebody's in a container's directory keeps the directory, and the files in it")
  func foreignFile() throws {
    let container = try runtime.container()
    try container.createAndStart()
    try container.expect("stopped")
    try File.write("precious", to: path(container) + "/letter")
    try container.delete().fails(saying: "\"letter\"", "not swrun's")
    #expect(File.text(path(container) + "/letter") == "precious")
    unlink(path(container) + "/letter")
    try container.delete().succeeds()
  }
}
