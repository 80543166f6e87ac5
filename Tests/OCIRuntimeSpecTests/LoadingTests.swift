import OCIRuntimeSpec
import RuntimeErrors
import Testing

private func message(_ body: () throws(RuntimeError) -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return error.message
  }
}

private func warnings(_ text: String) throws -> [String] {
  var found: [String] = []
  _ = try Config.load(from: Array(text.utf8)) { found.append($0.description) }
  return found
}

@Suite("Loading")
struct LoadingTests {
  @Test("a file of 100 MB is refused at once")
  func huge() {
    let bytes = [UInt8](repeating: UInt8(ascii: " "), count: 100 << 20)
    let started = ContinuousClock.now
    let refusal = message { () throws(RuntimeError) in _ = try Config.load(from: bytes) }
    #expect(refusal == "config.json: 104857600 bytes are more than a configuration may have (16777216)")
    #expect(ContinuousClock.now - started < .milliseconds(100))
  }

  @Test("nesting 100000 deep is refused at once")
  func deep() {
    let bytes = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
    let refusal = message { () throws(RuntimeError) in _ = try Config.load(from: bytes) }
    #expect(refusal == "config.json:1:129: arrays and objects are nested more than 128 deep")
  }

  @Test("a file full of faults is summed up")
  func manyFaults() {
    let args = String(repeating: "1,", count: 1_000_000) + "1"
    let text = #"{"ociVersion":"1.3.0","root":{"path":"r"},"process":{"cwd":"/","args":[\#(args)]}}"#
    let lines = message { () throws(RuntimeError) in _ = try Config.load(from: Array(text.utf8)) }?
      .split(separator: "\n")
    #expect(lines?.count == 101)
    #expect(lines?.last == "and 999901 more")
  }

  @Test("a file full of broken rules is summed up")
  func manyBrokenRules() {
    let paths = String(repeating: "\"x\",", count: 1_000_000) + "\"x\""
    let text = #"{"ociVersion":"1.3.0","root":{"path":"r"},"linux":{"maskedPaths":[\#(paths)]}}"#
    let lines = message { () throws(RuntimeError) in _ = try Config.load(from: Array(text.utf8)) }?
      .split(separator: "\n")
    #expect(lines?.count == 101)
    #expect(lines?.last == "and 999901 more")
  }

  @Test("a process on its own is named by its own pointers")
  func process() throws {
    let refusal = message { () throws(RuntimeError) in
      _ = try Process.load(
        from: Array(#"{"cwd":"tmp","args":["a", 5],"user":{"uid":1}}"#.utf8),
        fileName: "p.json"
      )
    }
    #expect(
      refusal == """
        p.json: /args/1: found 5, expected a string (config.md#process)
        p.json: /user/gid: is missing (config.md#posix-platform-user)
        p.json: /cwd: "tmp" is not an absolute path (config.md#process)
        """
    )
    let process = try Process.load(from: Array(#"{"cwd":"/","args":["a"]}"#.utf8), fileName: "p.json")
    #expect(process == Process(args: ["a"], cwd: "/"))
  }

  @Test("resources on their own are named by their own pointers")
  func resources() throws {
    let refusal = message { () throws(RuntimeError) in
      _ = try Resources.load(
        from: Array(#"{"memory":{"limit":-2},"pids":{"limit":"x"}}"#.utf8),
        fileName: "-"
      )
    }
    #expect(
      refusal == """
        -: /pids/limit: found "x", expected an integer from -9223372036854775808 to 9223372036854775807 \
        (config-linux.md#pids)
        -: /memory/limit: found -2, expected -1 (unlimited) or bytes (config-linux.md#memory)
        """
    )
    let resources = try Resources.load(
      from: Array(#"{"pids":{"limit":0},"devices":null}"#.utf8),
      fileName: "-"
    )
    #expect(resources.pids?.limit == 0)
  }

  @Test(
    "what is odd but allowed is a warning",
    arguments: [
      (#""process":{"cwd":"/","args":["a"],"env":["TERM"]}"#, "/process/env/0"),
      (
        #""process":{"cwd":"/","args":["a"],"capabilities":{"bounding":["CAP_X"]}}"#,
        "/process/capabilities/bounding/0"
      ),
      (#""mounts":[{"destination":"proc","type":"proc"}]"#, "/mounts/0/destination"),
      (#""linux":{"intelRdt":{"l3CacheSchema":"0=f"}}"#, "/linux/intelRdt/l3CacheSchema"),
      (
        #""linux":{"devices":[{"path":"/a","type":"c","major":1,"minor":1},{"path":"/a","type":"c","major":1,"minor":1}]}"#,
        "/linux/devices/1/path"
      ),
    ]
  )
  func warning(_ part: String, _ pointer: String) throws {
    let found = try warnings(#"{"ociVersion":"1.3.0","root":{"path":"r"},\#(part)}"#)
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("config.json: \(pointer): ") == true)
  }

  @Test("a newer minor version is a warning")
  func newerVersion() throws {
    #expect(try warnings(#"{"ociVersion":"1.4.0","root":{"path":"r"}}"#).count == 1)
    #expect(try warnings(#"{"ociVersion":"1.10.0-rc1","root":{"path":"r"}}"#).count == 1)
    #expect(try warnings(#"{"ociVersion":"1.3.99","root":{"path":"r"}}"#).isEmpty)
  }

  @Test("the name of a file cannot forge lines of a log")
  func fileName() {
    let refusal = message { () throws(RuntimeError) in
      _ = try Process.load(from: [], fileName: "a\nb")
    }
    #expect(refusal == #"a\u{a}b:1:1: the text ends where a value is expected"#)
  }
}
