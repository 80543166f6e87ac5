import JSON
import Testing

private struct Sample: JSONObject, Equatable {
  var zeta = ""
  var alpha: [Int] = []
  var map: [String: [String: Bool]] = [:]
  var missing: String?
  var big: UInt64 = .max
  var small: Int64 = .min
  var ratio: Double = 0.1
  var nothing: [String] = []
  var void: [String: Int] = [:]

  mutating func members(_ json: inout JSONExchange) {
    json.member("zeta", &zeta)
    json.member("alpha", &alpha)
    json.member("map", &map)
    json.member("missing", &missing)
    json.member("big", &big)
    json.member("small", &small)
    json.member("ratio", &ratio)
    json.member("nothing", &nothing)
    json.member("void", &void)
  }
}

private func text(_ value: some JSONValue, _ style: JSONWriter.Style = .compact) -> String {
  String(decoding: JSONWriter(style: style).encode(value), as: UTF8.self)
}

@Suite("Writer")
struct WriterTests {
  private let sample = Sample(
    zeta: "a/b",
    alpha: [1, 2],
    map: ["b": ["y": true, "x": false, "z": true], "a": [:], "é": ["k": true]]
  )

  @Test("writes members in declared order, dictionaries sorted, without nil")
  func compact() {
    #expect(
      text(sample)
        == #"{"zeta":"a/b","alpha":[1,2],"map":{"a":{},"b":{"x":false,"y":true,"z":true},"é":{"k":true}},"#
        + #""big":18446744073709551615,"small":-9223372036854775808,"ratio":0.1,"nothing":[],"void":{}}"#
    )
  }

  @Test("indents like other runtimes do")
  func indented() {
    #expect(
      text(["b": [1, 2], "a": []], .tabs) == "{\n\t\"a\": [],\n\t\"b\": [\n\t\t1,\n\t\t2\n\t]\n}"
    )
    #expect(
      text(["a": ["c": 1, "b": 2]], .twoSpaces) == "{\n  \"a\": {\n    \"b\": 2,\n    \"c\": 1\n  }\n}"
    )
  }

  @Test("escapes what must be escaped")
  func escapes() {
    #expect(text(["\"\\\n\r\t\u{0}\u{1f}\u{7f}/ü😀"]) == #"["\"\\\n\r\t\u0000\u001f\u007f/ü😀"]"#)
  }

  @Test("escapes what is not printable where a person may read it, and nowhere else")
  func unprintable() throws {
    let hostile = ["\u{85}\u{9b}31m", "\u{202e}gpj.\u{2066}", "\u{2028}", "\u{e0041}", "ü😀漢"]
    let escaped = JSONWriter(escapesUnprintable: true).encode([JSONText(hostile)])
    #expect(
      String(decoding: escaped, as: UTF8.self)
        == #"[["\u0085\u009b31m","\u202egpj.\u2066","\u2028","\udb40\udc41","ü😀漢"]]"#)
    #expect(JSONReader.decode([[String]].self, from: try JSONDocument(parsing: escaped)).value == [hostile])
    #expect(text(hostile[0]) == "\"\u{85}\u{9b}31m\"")
  }

  @Test("writes single values, and null for numbers that JSON lacks")
  func single() {
    #expect(text("x") == "\"x\"")
    #expect(text(5) == "5")
    #expect(text([1.5, .infinity, .nan]) == "[1.5,null,null]")
    #expect(text([true, nil, false] as [Bool?]) == "[true,null,false]")
  }

  @Test(
    "everything written reads back the same",
    arguments: [.compact, .tabs, .twoSpaces] as [JSONWriter.Style]
  )
  func roundTrip(_ style: JSONWriter.Style) throws {
    let decoded = JSONReader.decode(
      Sample.self,
      from: try JSONDocument(parsing: JSONWriter(style: style).encode(sample))
    )
    #expect(decoded.faults == [])
    #expect(decoded.value == sample)
  }
}
