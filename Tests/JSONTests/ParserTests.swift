import JSON
import Testing

private func problem(of text: String) -> String? {
  problem(of: Array(text.utf8))
}

private func problem(of bytes: [UInt8]) -> String? {
  do {
    _ = try JSONDocument(parsing: bytes)
    return nil
  } catch {
    return error.description
  }
}

@Suite("Parser")
struct ParserTests {
  @Test(
    "accepts every kind of value",
    arguments: [
      "null", " true ", "false", "0", "-0", "12", "-1.5", "1e9", "1E+9", "2.5e-3", "\"\"", "[]", "{}",
      "[ ]", "{ }", "[1,[2,[3]],{}]", "\r\n\t{\"a\" : [null , true]}\n", "\"\\u0041\\n\\\\\\/\\\"\"",
      "\"\\ud83d\\ude00\"", "\"Größe 漢字 😀\"", "{\"\":0}",
    ]
  )
  func accepts(_ text: String) {
    #expect(problem(of: text) == nil)
  }

  @Test(
    "refuses what RFC 8259 does not allow",
    arguments: [
      "", " ", "tru", "True", "nul", "+1", ".5", "1.", "1e", "1e+", "01", "-", "--1", "0x10", "NaN",
      "\"", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\u{1}\"", "[", "[1", "[1,", "[1,]", "[,1]",
      "[1 2]", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{a:1}", "{1:2}", "{\"a\" 1}",
      "{} {}", "1 2", "]", "}", "[}", "{]", "\u{FEFF}1", "\u{A0}1", "'a'", "/**/1",
    ]
  )
  func refuses(_ text: String) {
    #expect(problem(of: text) != nil)
  }

  @Test(
    "refuses bytes that are not UTF-8",
    arguments: [
      [0x80], [0xC0, 0xAF], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF],
    ] as [[UInt8]]
  )
  func refusesBytes(_ bytes: [UInt8]) {
    #expect(problem(of: [0x22] + bytes + [0x22])?.contains("UTF-8") == true)
    #expect(problem(of: bytes) != nil)
  }

  @Test("every truncation of a text is refused")
  func truncation() {
    let text = Array(#"{"a": [1, -2.5e3, "x\u00e9\ud83d\ude00ü", true, null], "b": {"c": false}}"#.utf8)
    #expect(problem(of: text) == nil)
    for length in 0..<text.count {
      #expect(problem(of: Array(text[..<length])) != nil)
    }
  }

  @Test("no single changed byte makes the parser fail otherwise than with an error")
  func mutation() {
    let text = Array(#"{"a": [1, -2.5e3, "x\u00e9\ud83d\ude00ü", true, null], "b": {"c": false}}"#.utf8)
    for index in text.indices {
      for byte in UInt8.min...UInt8.max {
        var changed = text
        changed[index] = byte
        if let document = try? JSONDocument(parsing: changed) {
          _ = JSONReader.decode([String: [Int]].self, from: document)
        }
      }
    }
  }

  @Test("errors tell line and column in characters")
  func position() {
    #expect(problem(of: "{\n  \"ä\": 1\n  \"b\": 2}") == "3:3: found \"\\\"\", expected \",\" or \"}\"")
    #expect(problem(of: "[\"äöü\" x]") == "1:8: found \"x\", expected \",\" or \"]\"")
    #expect(problem(of: "[1,\n") == "2:1: the text ends where a value is expected")
  }

  @Test("duplicate keys are refused, however they are written")
  func duplicates() {
    #expect(problem(of: #"{"a": {"b/c": 1, "b\/c": 2}}"#) == "1:18: the key /a/b~1c stands twice")
    #expect(
      problem(of: #"[0, {"x": 1}, {"k": [], "x": 1, "\u006b": 2}]"#) == "1:33: the key /2/k stands twice"
    )
    let many = (0..<100).map { "\"key\($0)\": 0" }.joined(separator: ",")
    #expect(problem(of: "{\(many)}") == nil)
    #expect(problem(of: "{\(many),\"key50\":1}")?.contains("the key /key50 stands twice") == true)
    #expect(problem(of: #"{"a": 1, "b": {"a": 1}, "c": [{"a": 1}, {"a": 1}]}"#) == nil)
  }

  @Test("nesting is limited")
  func nesting() {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(problem(of: nested(128)) == nil)
    #expect(problem(of: nested(129)) == "1:129: arrays and objects are nested more than 128 deep")
    #expect(problem(of: nested(100_000)) == "1:129: arrays and objects are nested more than 128 deep")
    #expect(problem(of: String(repeating: "{\"a\":", count: 100_000))?.contains("nested more than") == true)
  }

  @Test("a byte order mark is named")
  func byteOrderMark() {
    #expect(problem(of: [0xEF, 0xBB, 0xBF, 0x7B, 0x7D])?.contains("byte order mark") == true)
  }

  @Test("strings with U+0000 are found, values and keys")
  func nul() throws {
    let text = #"{"a": ["x", "y\u0000z", {"k\u0000": "\u0000\u0000"}], "b": "\\u0000"}"#
    let document = try JSONDocument(parsing: Array(text.utf8))
    #expect(document.pointersOfNULStrings(limit: 10) == ["/a/1", "/a/2/k\0", "/a/2/k\0"])
    #expect(document.pointersOfNULStrings(limit: 1) == ["/a/1"])
  }
}
