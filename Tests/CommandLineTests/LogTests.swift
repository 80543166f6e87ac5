import Testing

@testable import swrun

/// What `--log` means, and the forms of messages to services.
@Suite("targets and forms of the log")
struct LogTests {
  @Test("only three words before a colon are special")
  func targets() {
    func target(_ value: String?, _ id: String? = "c1") -> LogTarget? { LogTarget(value, containerID: id) }
    #expect(target(nil) == nil && target("") == nil)
    #expect(target("/a") == .file("/a") && target("file:/a:b") == .file("/a:b"))
    #expect(target("file") == .file("file") && target("journald") == .file("journald"))
    #expect(target("other:x") == .file("other:x") && target("./syslog:x") == .file("./syslog:x"))
    #expect(target("journald:web") == .journald(identifier: "web"))
    #expect(target("journald:") == .journald(identifier: "c1"))
    #expect(target("syslog:a:b") == .syslog(identifier: "a:b"))
    #expect(target("syslog:", nil) == .syslog(identifier: "swrun"))
  }

  @Test("a value with line ends is sent to the journal with its length")
  func journalFields() {
    #expect(JournalLog.field("A", "b=c") == Array("A=b=c\n".utf8))
    #expect(
      JournalLog.field("A", "b\nc") == Array("A\n".utf8) + [3, 0, 0, 0, 0, 0, 0, 0] + Array("b\nc\n".utf8))
  }

  @Test("a message to syslog stays one line")
  func oneLine() {
    #expect(SystemLog.oneLine("a\n<0>b\u{7f}\u{1b}[é") == "a <0>b  [é")
  }

  @Test("a similar word is found, another one is not")
  func spelling() {
    let commands = ["create", "start", "state", "run", "kill"]
    #expect(Spelling.distance("kitten", "sitting") == 3 && Spelling.distance("", "ab") == 2)
    #expect(Spelling.nearest(to: "crate", among: commands) == "create")
    #expect(Spelling.nearest(to: "stat", among: commands) == "state")
    #expect(Spelling.nearest(to: "frobnicate", among: commands) == nil)
    #expect(Spelling.nearest(to: "x", among: []) == nil)
  }
}
