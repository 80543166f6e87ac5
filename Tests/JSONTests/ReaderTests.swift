import JSON
import Testing

private enum Color: String, JSONValue, CaseIterable {
  case red, green
}

private struct Point: JSONObject, Equatable {
  var x: Int32 = 0
  var y: UInt8?

  mutating func members(_ json: inout JSONExchange) {
    json.member("x", &x)
    json.member("y", &y)
  }
}

private struct Picture: JSONObject, Equatable {
  var name = ""
  var color = Color()
  var points: [Point] = []
  var tags: [String]?
  var sizes: [String: UInt64]?
  var scale: Double?
  var visible: Bool?
  var frame: Point?

  mutating func members(_ json: inout JSONExchange) {
    json.member("name", &name)
    json.member("color", &color)
    json.member("points", &points)
    json.member("tags", &tags)
    json.member("sizes", &sizes)
    json.member("scale", &scale)
    json.member("visible", &visible)
    json.member("frame", &frame)
  }
}

private func read<T: JSONValue>(_ type: T.Type, _ text: String) throws -> JSONDecoded<T> {
  JSONReader.decode(type, from: try JSONDocument(parsing: Array(text.utf8)))
}

private func faults<T: JSONValue>(_ type: T.Type, _ text: String) throws -> [String] {
  try read(type, text).faults.map { "\($0.pointer): \($0.problem)" }
}

@Suite("Reader")
struct ReaderTests {
  @Test("decodes what fits and ignores unknown keys")
  func decodes() throws {
    let result = try read(
      Picture.self,
      #"""
      {"unknown": [{}], "points": [{"x": -5}, {"y": 255, "x": 7}], "name": "a\tü\ud83d\ude00", "color": "green",
       "tags": [], "sizes": {"a\/b": 18446744073709551615}, "scale": 2.5e-1, "visible": true, "frame": null}
      """#
    )
    #expect(result.faults == [])
    #expect(
      result.value
        == Picture(
          name: "a\tü😀",
          color: .green,
          points: [Point(x: -5), Point(x: 7, y: 255)],
          tags: [],
          sizes: ["a/b": .max],
          scale: 0.25,
          visible: true
        )
    )
  }

  @Test("collects all faults and goes on with replacements")
  func collects() throws {
    let result = try read(
      Picture.self,
      #"{"name": 5, "color": "blue", "points": [{"x": 1}, {"y": 256}, 7], "tags": ["a", null, "c"], "sizes": {"~/": -1}, "visible": "no"}"#
    )
    #expect(
      result.faults.map { "\($0.pointer): \($0.problem)" } == [
        "/name: found 5, expected a string",
        "/color: found \"blue\", expected one of \"red\", \"green\"",
        "/points/1/x: is missing",
        "/points/1/y: found 256, expected an integer from 0 to 255",
        "/points/2: found 7, expected an object",
        "/tags/1: found null, expected a string",
        "/sizes/~0~1: found -1, expected an integer from 0 to 18446744073709551615",
        "/visible: found \"no\", expected true or false",
      ]
    )
    #expect(result.value.points == [Point(x: 1), Point(x: 0, y: 0), Point(x: 0)])
    #expect(result.value.tags == ["a", "", "c"])
    #expect(result.value.color == .red)
  }

  @Test("replaces a whole missing structure without further faults")
  func missing() throws {
    #expect(
      try faults(Picture.self, "{}")
        == ["/name: is missing", "/color: is missing", "/points: is missing"]
    )
    #expect(try faults(Picture.self, "[]") == [": found an array, expected an object"])
    #expect(try faults([Point].self, #"[null, {"x": null}]"#).count == 2)
  }

  @Test(
    "integers are exact or faults",
    arguments: [
      ("127", 127), ("-128", -128), ("-0", 0), ("128", nil), ("-129", nil), ("1.0", nil), ("1e1", nil),
      ("99999999999999999999999", nil), ("-99999999999999999999999", nil), ("\"1\"", nil), ("true", nil),
    ] as [(String, Int8?)]
  )
  func integers(_ text: String, _ value: Int8?) throws {
    let result = try read([Int8].self, "[\(text)]")
    #expect(result.faults.isEmpty == (value != nil))
    #expect(result.value == [value ?? 0])
  }

  @Test("64 bits are exact at both ends")
  func extremes() throws {
    #expect(try read([Int64].self, "[-9223372036854775808, 9223372036854775807]").value == [.min, .max])
    #expect(try read([UInt64].self, "[18446744073709551615]").value == [.max])
    #expect(try faults([Int64].self, "[9223372036854775808, -9223372036854775809]").count == 2)
    #expect(try faults([UInt64].self, "[18446744073709551616, -1]").count == 2)
  }

  @Test("faults are described up to a limit and counted beyond")
  func limit() throws {
    let result = try read([String].self, "[" + String(repeating: "1,", count: 5000) + "1]")
    #expect(result.faults.count == JSONReader.maximumFaults)
    #expect(result.furtherFaults == 5001 - JSONReader.maximumFaults)
  }

  @Test("what was found is shortened and printable")
  func quoting() throws {
    let fault = try #require(try faults([Int].self, #"["\#(String(repeating: "x", count: 100))"]"#).first)
    #expect(fault.contains(String(repeating: "x", count: 64) + "…\""))
    #expect(
      try faults([Int].self, #"["\u001b[0m\"\u2028"]"#).first?.contains(#""\u{1b}[0m\"\u{2028}""#) == true
    )
  }
}
